"""Python's garbage: freed in Qt's thread, never piling up, and looked at as a whole in a quiet time."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PySide6 = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from shiboken6 import isValid  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.gallery_hosts import busy  # noqa: E402
from tests.support.pages import Play, play  # noqa: E402
from voicegw_desktop.app.garbage import HOUR, LOOK_EVERY, MANY, MOST, QUIET, TIMES, Collector  # noqa: E402
from voicegw_desktop.app.in_parts import WAITS  # noqa: E402
from voicegw_desktop.app.loop import GatewayLoop  # noqa: E402

pytestmark = pytest.mark.app
__all__ = ["play"]


class Circle:
    """Holds itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[Collector]:
    # a timer without an application does nothing: looks come from the tests alone
    PySide6.QApplication.instance() or PySide6.QApplication([])
    gc.collect()
    collector = Collector()
    yield collector
    collector.close()
    gc.unfreeze()


def test_streams_go_on_before_and_after_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    PySide6.QApplication.instance() or PySide6.QApplication([])
    order: list[str] = []

    def streams() -> bool:
        order.append("streams")
        return True

    collector = Collector(streams)
    monkeypatch.setattr(collector, "look", lambda: order.append("look"))
    collector._timer.timeout.emit()
    collector.close()
    assert order == ["streams", "look", "streams"]


def test_a_look_waits_a_few_turns_of_the_loop_for_streams_that_had_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    PySide6.QApplication.instance() or PySide6.QApplication([])
    looks: list[int] = []
    collector = Collector(lambda: False)
    monkeypatch.setattr(collector, "look", lambda: looks.append(turn))
    for turn in range(2 * (WAITS + 1)):
        collector._timer.timeout.emit()
        assert collector._timer.interval() == (LOOK_EVERY if turn in looks else 0)
    collector.close()
    assert looks == [WAITS, 2 * WAITS + 1]


def test_cycles_are_freed_in_the_thread_of_qt_only() -> None:
    app = PySide6.QApplication.instance() or PySide6.QApplication([])
    loop = GatewayLoop(app)
    freed_in: list[int] = []

    def elsewhere() -> None:
        # far more than makes Python's collector run by itself
        rest = [[n] for n in range(100_000)]
        assert rest

    async def main() -> None:
        weakref.finalize(Circle(), lambda: freed_in.append(threading.get_ident()))
        await asyncio.to_thread(elsewhere)
        assert freed_in == []
        gc.collect()

    assert not gc.isenabled()
    loop.run_until_complete(main())
    assert freed_in == [threading.get_ident()]
    loop.close()
    assert gc.isenabled()


def test_garbage_does_not_pile_up_in_a_program_that_runs_for_days(collector: Collector) -> None:
    """Some of it was held for long, and outlived the looks at what is young."""
    alive = weakref.WeakSet[Circle]()
    held = deque[Circle](maxlen=3000)
    most = 0
    for _ in range(4000):
        for _ in range(100):
            circle = Circle()
            alive.add(circle)
            held.append(circle)
        # as a busy program does between two looks
        collector.look()
        most = max(most, len(alive))
    # of 400,000; some were set aside while they were held, and are looked at once there are many of those
    assert most < 2 * MOST


def test_what_is_set_aside_is_looked_at_once_an_hour_in_a_quiet_time_alone(collector: Collector) -> None:
    circle = Circle()
    gone = weakref.ref(circle)
    collector.set_aside()
    del circle
    for _ in range(HOUR):
        collector.look()
    gc.collect()
    assert gone() is not None
    collector.quiet = lambda: True
    for _ in range(QUIET - 1):
        collector.look()
    assert gone() is not None, "a pause between two requests is not yet quiet"
    collector.look()
    assert gone() is None
    assert gc.get_freeze_count() > 0, "what is left is set aside again"
    circle = Circle()
    gone = weakref.ref(circle)
    collector.set_aside()
    del circle
    for _ in range(HOUR - 1):
        collector.look()
    assert gone() is not None
    collector.look()
    assert gone() is None


def test_a_request_in_a_quiet_time_begins_another_one(collector: Collector) -> None:
    circle = Circle()
    gone = weakref.ref(circle)
    collector.set_aside()
    del circle
    collector._since = HOUR
    for _ in range(3):
        collector.quiet = lambda: True
        for _ in range(QUIET - 1):
            collector.look()
        collector.quiet = lambda: False
        collector.look()
    assert gone() is not None


def test_a_program_that_is_never_quiet_looks_at_few_objects_at_once(collector: Collector) -> None:
    """A look at all of them takes several frames. What was set aside and is gone without a collection asks for none."""
    looked_at: list[int] = []
    collector.set_aside()
    kept: list[list[int]] = []
    collect, counted, times = gc.collect, 0, 0

    def watched(generation: int = 2) -> int:
        looked_at.append(sum(len(gc.get_objects(generation=n)) for n in range(generation + 1)))
        return collect(generation)

    gc.collect = watched
    try:
        for n in range(1200):
            # such as the rows of a long list, which go when another list is looked at
            if len(kept) > 3 * MANY:
                kept.clear()
            kept.extend([n] for _ in range(600))
            before = collector._times
            collector.look()
            times += collector._times > before
            counted += collector._times < before
    finally:
        gc.collect = collect
    assert times > 2 * TIMES
    assert counted > 1
    assert max(looked_at) < 2 * MANY


def test_everything_is_looked_at_where_more_and_more_is_set_aside(collector: Collector) -> None:
    circle: Circle | None = Circle()
    gone = weakref.ref(circle)
    collector.set_aside()
    del circle
    kept: list[list[int]] = []
    while gone() is not None:
        kept.extend([0] for _ in range(600))
        collector.look()
        assert len(kept) < 2 * MOST
    assert len(kept) > MOST // 2
    assert gc.get_freeze_count() == collector._kept


def test_pages_in_a_language_before_are_freed(play: Play) -> None:
    """Pages out of view go one after the other, also while streams go on; the page in view once another is there."""

    async def scene(desk: Desk) -> None:
        pages = []
        for name in ("Overview", "Settings", "Models", "Conversations"):
            await desk.open(name)
            pages.append(weakref.ref(desk.window.page(name)))
        window, gone = desk.window, 0
        window.speak(iter(()))
        window._turn.stop()
        while window._dressing:
            window._next_part()
            window._turn.stop()
            await desk.turns()
            now = sum(page() is None or not isValid(page()) for page in pages)
            assert now <= gone + 1
            gone = now
        assert gone == len(pages) - 1
        assert window.stack.currentWidget() is pages[-1]()
        window._turn.start(0)
        await desk.settle()
        assert window.stack.currentWidget() is window.page("Conversations")
        gc.unfreeze()
        gc.collect()
        assert [page() for page in pages] == [None] * len(pages)

    play(busy(), scene)
