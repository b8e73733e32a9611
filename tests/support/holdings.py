"""Holdings asked about one scope's day, as most tests of them do."""

from __future__ import annotations

from voicegw_desktop.middleware.holdings import Holdings, Limit, Sums


class DayHoldings(Holdings):
    """Holdings' methods with the parts of one limit."""

    def day_sums(self, scope: str, day: int, known: int) -> Sums:
        return self.sums(Limit(scope, "day", day, known))[0]

    def day_take(
        self, scope: str, day: int, known: int, limit: int | None, least: int, most: int, *, shared: bool = False
    ) -> tuple[int, Sums]:
        taken = self.take([Limit(scope, "day", day, known, limit)], least, most, shared=shared)
        return taken.granted, taken.sums[0]

    def day_settle(self, scope: str, day: int, known: int, released: int, cost: int) -> None:
        self.settle([(Limit(scope, "day", day, known), cost)], {scope: released} if released else {})
