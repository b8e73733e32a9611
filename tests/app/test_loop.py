"""asyncio's promises hold on the Qt loop, and cancelled delays leave nothing behind."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PySide6 = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QTimer  # noqa: E402

from voicegw_desktop.app.loop import SLICE, GatewayLoop  # noqa: E402

pytestmark = pytest.mark.app


@pytest.fixture
def loop() -> Iterator[GatewayLoop]:
    app = PySide6.QApplication.instance() or PySide6.QApplication([])
    loop = GatewayLoop(app)
    yield loop
    loop.close()


def run(loop: GatewayLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    return loop.run_until_complete(coroutine)


def test_callbacks_run_in_the_order_they_were_queued(loop: GatewayLoop) -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        for n in range(100):
            loop.call_soon(seen.append, n)
        await asyncio.sleep(0.01)
        return seen

    assert run(loop, main()) == list(range(100))


def test_qt_has_its_turn_between_slices_of_many_callbacks(loop: GatewayLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    now, seen = [0.0], list[str]()
    monkeypatch.setattr("voicegw_desktop.app.loop.perf_counter", lambda: now[0])

    def long() -> None:
        now[0] += SLICE
        seen.append("long")
        QTimer.singleShot(0, lambda: seen.append("picture"))

    async def main() -> None:
        loop.call_soon(long)
        loop.call_soon(seen.append, "next")
        while len(seen) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)

    run(loop, main())
    assert seen == ["long", "picture", "next"]


def test_delays_fire_in_order_of_time_and_know_when(loop: GatewayLoop) -> None:
    async def main() -> list[str]:
        seen: list[str] = []
        done = asyncio.Event()
        late = loop.call_later(0.03, seen.append, "late")
        loop.call_later(0.05, done.set)
        loop.call_later(0.01, seen.append, "early")
        assert late.when() > loop.time()
        await done.wait()
        return seen

    assert run(loop, main()) == ["early", "late"]


def test_a_delay_that_is_over_does_not_wait_for_another_turn_of_qt(loop: GatewayLoop) -> None:
    async def main() -> None:
        seen: list[str] = []
        loop.call_later(0.001, seen.append, "late")
        loop._later_timer.stop()
        while loop.time() < loop._later[0].when():
            pass
        loop._expire()
        assert seen == ["late"]

    run(loop, main())


def test_a_task_that_a_delay_wakes_goes_on_in_the_same_turn_of_qt(loop: GatewayLoop) -> None:
    """The end of the delay and the task that goes on are two callbacks."""
    seen: list[str] = []

    def expire() -> None:
        while loop.time() < loop._later[0].when():
            pass
        loop._expire()
        seen.append("turn")

    async def main() -> None:
        loop.call_soon(QTimer.singleShot, 0, expire)
        await asyncio.sleep(0.001)
        seen.append("awake")
        loop.call_soon(seen.append, "third step")
        await asyncio.sleep(0.01)

    run(loop, main())
    assert seen == ["awake", "turn", "third step"], "the third step waits for Qt"


def test_what_is_due_runs_before_a_picture(loop: GatewayLoop) -> None:
    """A picture takes long, and may stand in Qt's queue before what is due."""
    seen: list[str] = []

    def picture() -> None:
        loop.catch_up()
        seen.append("picture")

    def begin() -> None:
        loop.call_soon(seen.append, "due")
        loop._soon_timer.stop()
        QTimer.singleShot(0, picture)

    async def main() -> None:
        QTimer.singleShot(0, begin)
        while "picture" not in seen:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        # and not within a callback: that would run others before it has ended
        loop.call_soon(seen.append, "later")
        loop.catch_up()
        assert "later" not in seen

    run(loop, main())
    assert seen[:2] == ["due", "picture"]


def test_a_long_callback_puts_no_other_behind_a_picture(loop: GatewayLoop) -> None:
    """A stream would wait for both of them."""
    seen: list[str] = []

    def long() -> None:
        until = loop.time() + 2 * SLICE
        while loop.time() < until:
            pass
        seen.append("long")

    def picture() -> None:
        for call in (long, lambda: seen.append("due")):
            loop.call_soon(call)
        loop.catch_up()
        seen.append("picture")

    async def main() -> None:
        QTimer.singleShot(0, picture)
        while "picture" not in seen:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    run(loop, main())
    assert seen == ["long", "due", "picture"]


def test_what_has_no_time_before_a_picture_is_told(loop: GatewayLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture then waits for another turn; a stream would wait for two slices and for the picture."""
    now, seen = [0.0], list[bool]()
    monkeypatch.setattr("voicegw_desktop.app.loop.perf_counter", lambda: now[0])

    def long() -> None:
        now[0] += SLICE

    def picture() -> None:
        for _ in range(5):
            loop.call_soon(long)
        seen.extend(loop.catch_up() for _ in range(3))

    async def main() -> None:
        QTimer.singleShot(0, picture)
        while not seen:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    run(loop, main())
    assert seen == [False, False, True]


def test_cancelled_delays_do_not_pile_up(loop: GatewayLoop) -> None:
    async def main() -> int:
        for _ in range(10_000):
            loop.call_later(3600, print).cancel()
        return len(loop._later)

    assert run(loop, main()) < 500


def test_timeouts_cancel_what_waits(loop: GatewayLoop) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(loop, main())


def test_another_thread_may_call_in_with_its_context(loop: GatewayLoop) -> None:
    var: contextvars.ContextVar[str] = contextvars.ContextVar("var", default="none")

    async def main() -> str:
        got: asyncio.Future[str] = loop.create_future()
        context = contextvars.copy_context()
        context.run(var.set, "carried")

        def call() -> None:
            loop.call_soon_threadsafe(lambda: got.set_result(var.get()), context=context)

        thread = threading.Thread(target=call)
        thread.start()
        value = await got
        thread.join()
        return value

    assert run(loop, main()) == "carried"


def test_blocking_work_runs_in_a_thread_and_children_report_back(loop: GatewayLoop) -> None:
    async def main() -> tuple[str, int]:
        name = await asyncio.to_thread(lambda: threading.current_thread().name)
        child = await asyncio.create_subprocess_exec("true")
        return name, await child.wait()

    name, code = run(loop, main())
    assert name.startswith("voicegw")
    assert code == 0


def test_this_qt_keeps_its_references_to_none() -> None:
    # PySide6 6.12 on Python 3.11 lost one for every void call and aborted; see the pins in pyproject.toml
    obj = PySide6.QWidget.__mro__[1]()
    for _ in range(20_000):
        obj.setObjectName("x")
