"""Which project and session the Python surface's calls belong to; follows the task that set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_project: ContextVar[str | None] = ContextVar("voicegw_project", default=None)
_session: ContextVar[str | None] = ContextVar("voicegw_session", default=None)


def set_project(project: str | None) -> None:
    """All calls of this task, and of tasks it starts, are paid by `project`; None: the default project."""
    _project.set(project)


def get_active_project(default: str = "default") -> str:
    """The project set here, else `default`."""
    return _project.get() or default


def get_active_session() -> str | None:
    """The session attached here, if any."""
    return _session.get()


def attach_session(session: str | None) -> None:
    """Join a session that exists, such as a LiveKit room's."""
    _session.set(session)


@contextmanager
def start_session(session: str | None = None) -> Iterator[str]:
    """Group the calls inside into one session; gives its id."""
    import uuid

    name = session or uuid.uuid4().hex
    token = _session.set(name)
    try:
        yield name
    finally:
        _session.reset(token)
