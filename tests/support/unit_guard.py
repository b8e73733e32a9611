"""A pytest plugin for the categories: a test without one is a `unit` test, which fails if it starts a process or uses a
network socket."""

from __future__ import annotations

import socket
import sys
import traceback
from collections.abc import Generator
from typing import Any

import pytest

OTHERS = ("process", "socket", "real_engine", "app", "e2e", "conformance", "fault")
"""Categories of tests that may do what a unit test must not."""
PROCESSES = frozenset(
    {
        "subprocess.Popen",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "pty.spawn",
    }
)
SOCKETS = frozenset({"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"})
FAMILIES = {socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_UNIX", socket.AF_INET)}


class UnitGuard:
    """Python's audit hook, active while a unit test, its set-up and its tear-down run.

    An audit hook cannot be removed, so one hook per process stays and looks at `active`.
    """

    def __init__(self) -> None:
        self.active = False
        self.seen: list[str] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.active or not (event in PROCESSES or event in SOCKETS):
            return
        if event in SOCKETS and args[0].family not in FAMILIES:
            return
        frames = traceback.extract_stack()[:-1]
        # Windows has no socketpair(); Python builds the one an event loop needs from two loopback sockets
        if any(frame.name == "_fallback_socketpair" for frame in frames):
            return
        # recorded, not raised: the code under test could swallow the error
        own = [f for f in frames if "site-packages" not in f.filename and "/lib/python" not in f.filename]
        where = ", ".join(f"{frame.filename}:{frame.lineno}" for frame in own[-3:])
        self.seen.append(f"{event} {args[1:2]} from {where}")

    def check(self) -> None:
        """Fail the running test with everything it did that a unit test must not do."""
        seen, self.seen = self.seen, []
        if seen:
            pytest.fail(
                "This test is marked `unit` but used a process or a socket: "
                + "; ".join(seen)
                + ". Give it a stand-in, or mark it `process` or `socket` instead of `unit`.",
                pytrace=False,
            )


GUARD = UnitGuard()


def others_of(item: pytest.Item) -> list[str]:
    """The categories of a test besides `unit`."""
    return [name for name in OTHERS if item.get_closest_marker(name)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what has no category as `unit`; this comes before `-m` selects."""
    for item in items:
        if not others_of(item) and not item.get_closest_marker("unit"):
            item.add_marker(pytest.mark.unit)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Start to watch a unit test before its fixtures are made."""
    GUARD.seen.clear()
    GUARD.active = item.get_closest_marker("unit") is not None
    if GUARD.active and (others := others_of(item)):
        pytest.fail(f"This test is marked `unit` and also {', '.join(others)}: remove one of the marks.", pytrace=False)
    result = yield
    GUARD.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the body of a test that has passed."""
    result = yield
    GUARD.check()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Check the tear-down and stop watching."""
    try:
        result = yield
    finally:
        GUARD.active = False
    GUARD.check()
    return result
