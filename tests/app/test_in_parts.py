"""What a window draws and makes at once, and what in parts while streams wait for its thread."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play
from voicegw_desktop.app.viewmodels.state import Point
from voicegw_desktop.app.windows import latency_chart
from voicegw_desktop.app.windows.charts import scale_marks
from voicegw_desktop.app.windows.latency_chart import LatencyChart
from voicegw_desktop.core import events as e

pytestmark = pytest.mark.app
__all__ = ["play"]

LEAST, MOST = 260.0, 1990.0  # ms
MIDDLE = math.sqrt(scale_marks(LEAST, MOST)[0] * scale_marks(LEAST, MOST)[-1])


class Drawn(QObject):
    """Keeps which of some widgets were drawn."""

    def __init__(self, *of: QtWidgets.QWidget) -> None:
        super().__init__()
        self.found: list[str] = []
        for widget in of:
            widget.installEventFilter(self)

    def eventFilter(self, of: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.found.append(type(of).__name__)
        return False


async def stream(desk: Desk) -> None:
    """Read what is stored, and let one request run; the window is not shown yet."""
    desk.view.set_life("running", endpoint=desk.host.endpoint)
    await desk.actions.load()
    desk.view.feed(e.RequestStarted("r1", "llm", "openai/gpt-4o-mini", "default", "http", ""))


@pytest.mark.parametrize("name", ["Conversations", "Engines", "Models", "Providers"])
def test_a_table_is_drawn_without_what_lies_below_it(play: Play, name: str) -> None:
    """Page, card and style sheet below it take as long as the table itself."""

    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        table = next(t for t in page.findChildren(QtWidgets.QTableView) if t.isVisible())
        above, around = [], table
        while around is not None:
            above.append(around)
            around = around.parentWidget()
        drawn = Drawn(*above)
        table.viewport().repaint()
        assert drawn.found == []
        # the colour of the card is its own
        corner = table.viewport().grab().toImage().pixelColor(1, table.viewport().height() - 2)
        assert corner == page.findChildren(QtWidgets.QFrame, "card")[0].grab().toImage().pixelColor(20, 4)

    play(busy(), scene)


def test_a_chart_works_its_bands_out_once_for_the_same_requests(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for each step of a window that is dragged larger."""
    times: list[int] = []
    before = latency_chart.bands

    def counted(points: list[Point], now: float, span: float) -> Any:
        times.append(1)
        return before(points, now, span)

    monkeypatch.setattr(latency_chart, "bands", counted)

    async def scene(desk: Desk) -> None:
        chart = LatencyChart()
        chart.show()
        points = [Point(1000.0 + n, 100.0 + n, "a") for n in range(200)]
        chart.show_points({"llm": points}, 1200.0, 300.0)
        for width in (600, 640, 680):
            chart.resize(width, 300)
            chart.grab()
        first = len(times)
        assert first
        # others: those before are drawn until the new ones are worked out, in another turn of the loop
        chart.show_points({"llm": points[10:]}, 1201.0, 300.0)
        chart.grab()
        assert len(times) == first
        chart._redraw.timeout.emit()
        assert len(times) == 2 * first
        chart.grab()
        assert len(times) == 2 * first
        # another span is seen at once
        chart.show_points({"llm": points[10:]}, 1201.0, 900.0)
        chart.grab()
        assert len(times) == 3 * first
        chart.deleteLater()

    play(busy(), scene)


def test_a_first_window_beside_streams_makes_its_page_in_parts(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await stream(desk)
        window = desk.window
        assert not window._pages, "nothing is made for a window that is not seen"
        assert window.nav.item(0).icon().isNull()
        window.show()
        assert not window._pages
        parts = 0
        while window._turning is not None:
            assert window.nav.isVisible()
            window._next_part()
            parts += 1
        assert parts > 10 + len(window.names)
        assert window.stack.currentWidget() is window.page("Overview")
        assert not any(window.nav.item(n).icon().isNull() for n in range(window.nav.count()))

    play(busy(), scene)


def test_a_first_window_without_streams_is_whole_at_once(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        desk.view.set_life("running", endpoint=desk.host.endpoint)
        desk.window.show()
        assert desk.window._turning is None
        assert desk.window.stack.currentWidget() is desk.window.page("Overview")
        assert not desk.window.nav.item(0).icon().isNull()
        await desk.settle()

    play(FakeHost(), scene)


@pytest.mark.parametrize("made", [True, False])
def test_a_page_comes_back_in_parts_when_the_gateway_does(play: Play, made: bool) -> None:
    """Streams may be back as soon as the gateway is."""

    async def scene(desk: Desk) -> None:
        await desk.open("Money" if made else "Overview")
        desk.view.set_life("stopped", message="Stopped by you; requests are refused.")
        desk.window.refresh()
        desk.window.turn_to("Money")
        down = desk.window.stack.currentWidget()
        assert down is desk.window._down
        desk.view.set_life("running", endpoint=desk.host.endpoint)
        desk.window.refresh()
        parts = 0
        while desk.window.stack.currentWidget() is down:
            assert desk.window._turning is not None
            desk.window._next_part()
            parts += 1
        assert parts > 3
        await desk.settle()
        assert desk.window.stack.currentWidget() is desk.window.page("Money")

    play(busy(), scene)


def test_streams_go_on_between_two_things_that_are_read(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gateway is asked for when it comes takes several frames, and waits for nothing of its own accord."""

    async def scene(desk: Desk) -> None:
        turns, seen = 0, list[int]()

        async def stream() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        running = asyncio.create_task(stream())
        await asyncio.sleep(0)
        call = desk.host.call

        async def counted(name: str, **what: Any) -> Any:
            seen.append(turns)
            return await call(name, **what)

        monkeypatch.setattr(desk.host, "call", counted)
        await desk.actions.load()
        running.cancel()
        assert len(seen) > 5
        assert seen[:6] == sorted(set(seen[:6])), seen

    play(busy(), scene)


@pytest.mark.parametrize("ms", [300.0, MIDDLE, 1900.0])
def test_the_sentence_on_a_chart_with_few_requests_leaves_their_dots_free(play: Play, ms: float) -> None:
    async def scene(desk: Desk) -> None:
        chart = LatencyChart()
        chart.resize(700, 260)
        # the others give the scale; they lie at its left end, beside the words
        edge = [Point(5.0, LEAST, "a"), Point(5.0, MOST, "a")]
        chart.show_points({"stt": [*edge, Point(150.0, ms, "a")]}, 300.0, 300.0)
        picture = chart.grab().toImage()
        dot = next(at for at, _, point in chart._spots if point.ms == ms)
        row = [picture.pixelColor(round(dot.x()) + x, round(dot.y())) for x in (*range(-60, -4), *range(5, 61))]
        assert all(color == row[0] for color in row), dot

    play(busy(), scene)
