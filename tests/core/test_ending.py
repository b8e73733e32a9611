"""The process ends within its limit in every kind of wait."""

from __future__ import annotations

import threading

from voicegw_desktop.core.ending import END_LIMIT, end_within


def test_the_limit_leaves_room_within_three_seconds() -> None:
    assert END_LIMIT < 3


def test_the_process_is_left_with_status_0_while_something_hangs() -> None:
    left: list[int] = []
    done = threading.Event()

    def leave(status: int) -> None:
        left.append(status)
        done.set()

    end_within(0.01, leave)
    assert done.wait(30)
    assert left == [0]


def test_what_waits_to_leave_does_not_keep_the_process() -> None:
    timer = end_within(3600, lambda status: None)
    assert timer.daemon
    timer.cancel()
