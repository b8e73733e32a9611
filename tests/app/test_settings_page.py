"""The page Settings: values, origins, what the file holds; also while the gateway is down."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost, broken
from tests.support.pages import Play, texts
from voicegw_desktop.app import theme
from voicegw_desktop.app.host import LocalHost
from voicegw_desktop.app.windows.charts import Bars
from voicegw_desktop.app.windows.main_window import SMALLEST
from voicegw_desktop.app.windows.settings_page import SettingsPage
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.config import settings
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.gateway.preferences import told

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from shiboken6 import delete  # noqa: E402

pytestmark = pytest.mark.app


def test_a_setting_is_changed_where_it_stands(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        preferred: list[tuple[str, object]] = []
        desk.actions.prefer = lambda path, value: preferred.append((path, value))
        page = await desk.open("Settings")
        desk.host.answers["set_setting"] = desk.host.answers["settings"]
        row = page.rows["serve.port"]
        assert row.control.text() == "7717"
        row.control.setText("7800")
        row.control.editingFinished.emit()
        await desk.settle()
        assert desk.host.asked("set_setting") == [{"path": "serve.port", "value": "7800"}]
        assert page._again.isVisible()
        choice = page.rows["desktop.theme"].control
        choice.chosen.emit("dark")
        await desk.settle()
        assert desk.host.asked("set_setting")[-1] == {"path": "desktop.theme", "value": "dark"}
        assert preferred[-1][0] == "desktop.theme"
        page.rows["start_at_login"].control.click()
        await desk.settle()
        assert desk.host.asked("set_setting")[-1] == {"path": "start_at_login", "value": "true"}
        desk.host.answers["set_setting"] = broken("The port is no number.")
        row.control.setText("x")
        row.control.editingFinished.emit()
        await desk.settle()
        await desk.settle()
        assert "The port is no number." in texts(page)

    play(FakeHost(), scene)


def test_a_file_that_is_read_again_is_shown(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        asked = len(desk.host.asked("settings"))
        desk.view.feed(DesktopPreferences("dark", True, True, 150, "system"))
        await desk.settle()
        assert len(desk.host.asked("settings")) == asked + 1
        # an answer that comes once the window was replaced, as by another language, finds no page
        gone = SettingsPage(desk.view, desk.actions)
        delete(gone)
        gone._take({})
        gone._broke(VoiceGatewayError("Too late."))

    play(FakeHost(), scene)


def test_tab_goes_down_the_page(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Settings")
        inside = next(w for w in page.findChildren(QtWidgets.QWidget, "scrolled") if w.isVisible())
        stops, at = [], inside.nextInFocusChain()
        while at is not inside:
            if inside.isAncestorOf(at) and at.isVisibleTo(inside) and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
                stops.append((at.mapTo(inside, QPoint()).y(), at.accessibleName()))
            at = at.nextInFocusChain()
        assert len(stops) > 15
        heights = [y for y, _ in stops]
        # what stands side by side has one height, but for some pixels
        assert all(after > before - 10 for before, after in itertools.pairwise(heights)), stops

    play(FakeHost(), scene)


def test_what_the_file_holds_is_told_and_cannot_be_changed(play: Play, tmp_path: Path) -> None:
    file = tmp_path / "voicegw.yaml"
    file.write_text("serve: {port: 7900}\n")
    config = GatewayConfig.load(file, paths=paths_below(tmp_path))

    async def scene(desk: Desk) -> None:
        page = await desk.open("Settings")
        row = page.rows["serve.port"]
        assert not row.control.isEnabled()
        assert "Set in voicegw.yaml:1" in texts(row)
        assert page._open_file.isEnabled()

    play(FakeHost(settings=told(config, paths_below(tmp_path))), scene)


def test_a_gateway_that_is_down_can_be_told_another_port(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    host = LocalHost(paths, None)
    asyncio.run(host.call("set_setting", path="serve.port", value="7801"))
    assert settings.stored(paths.config) == {"serve.port": 7801}
    with pytest.raises(VoiceGatewayError, match="does not run"):
        asyncio.run(host.call("status"))


def test_larger_text_is_larger_everywhere() -> None:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    theme.apply(app, "light", 150)
    assert app.font().pointSize() == 15
    assert "font-size: 22pt" in theme.sheet(theme.LIGHT)
    theme.apply(app, "light")
    assert app.font().pointSize() == 10


@pytest.mark.parametrize("size", [150, 200])
def test_larger_text_finds_more_room(play: Play, size: int) -> None:
    """No bar is drawn through words, and no page's name is cut, when the person chooses larger letters."""

    async def scene(desk: Desk) -> None:
        app = QtWidgets.QApplication.instance()
        page = await desk.open("Projects")
        bars = desk.window.page("Overview").findChildren(Bars)[0]
        bars.show_rows([("openai", "$1.00", 0.5, "accent")] * 2)
        try:
            theme.apply(app, "light", size)
            await desk.settle()
            assert bars.sizeHint().height() >= 2 * (bars.fontMetrics().height() + Bars.BELOW)
            table = page.findChildren(Table)[0]
            assert table.verticalHeader().defaultSectionSize() >= table.fontMetrics().height() + 10
            desk.window.restyle()
            wanted = SMALLEST * (1 + (size - 100) / 200)
            screen = desk.window.screen().availableSize()
            assert desk.window.minimumWidth() >= min(wanted.width(), screen.width())
            nav = desk.window.nav
            assert max(nav.sizeHintForIndex(nav.model().index(n, 0)).width() for n in range(nav.count())) <= (
                nav.viewport().width()
            )
        finally:
            theme.apply(app, "light")
            desk.window.restyle()
        assert desk.window.minimumSize() == SMALLEST

    play(FakeHost(), scene)
