"""Holds one object for this process: the one a caller chose, else the first that is in use."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Empty, or with one object."""

    def __init__(self) -> None:
        self.held: T | None = None
        self._chosen = False
        """Whether `held` was chosen, and not only adopted."""

    def choose(self, one: T | None) -> None:
        """Put an object into the place of any other; None empties it."""
        self.held, self._chosen = one, one is not None

    def adopt(self, one: T) -> None:
        """Take an object that is in use now, unless another one is here."""
        if self.held is None:
            self.held = one

    def forget(self, one: T) -> None:
        """Remove an object that is no longer in use, unless it was chosen."""
        if self.held is one and not self._chosen:
            self.held = None
