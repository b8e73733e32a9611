"""Money that is set aside while a request runs, as the corridor and the meters see it."""

from __future__ import annotations

from typing import Protocol


class ReservationPort(Protocol):
    """Nano-dollars of a project's and a key's budgets that one request may spend."""

    @property
    def nanos(self) -> int:
        """Nano-dollars that are set aside now."""
        ...

    @property
    def counts(self) -> bool:
        """True when a budget may refuse a larger reservation."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """The budgets it is set aside in; each has all of it."""
        ...

    def grow(self, least: int, most: int | None = None) -> int:
        """Set aside between `least` and `most` nano-dollars in all; raises BudgetError where budgets lack `least`."""
        ...

    def release(self) -> None:
        """Give everything back: the request cost nothing."""
        ...

    def taken(self) -> int:
        """The nano-dollars, handed to the code that settles them with the cost; nothing stays set aside here."""
        ...
