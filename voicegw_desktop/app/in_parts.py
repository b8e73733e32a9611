"""Work on many widgets in parts, each in a turn of the loop of its own, so that streams do not wait for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TypeVar

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

W = TypeVar("W", bound=QWidget)
PART = 0.004  # s of work in one turn of the loop
WAITS = 5  # turns of the loop in a row that such work leaves to streams which had no time


def in_parts(widgets: Iterable[W], do: Callable[[W], object]) -> Iterator[None]:
    """Call `do` with each widget that is still there; `next` does so for `PART` seconds."""
    return parts_of(do(widget) for widget in widgets if isValid(widget))


def parts_of(steps: Iterable[object]) -> Iterator[None]:
    """Take the steps; `next` does so for `PART` seconds."""
    began = perf_counter()
    for _ in steps:
        if perf_counter() - began > PART:
            yield
            began = perf_counter()


def finish(parts: Iterable[object]) -> None:
    """Do all that is left, at once."""
    for _ in parts:
        pass
