"""What was spent over days and months, by provider, model, project or key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDate

from voicegw_desktop.app.language import locale, tr, whole_number
from voicegw_desktop.app.viewmodels.words import count, day_of_year, money, places
from voicegw_desktop.core.money import known
from voicegw_desktop.core.typed import whole

PERIODS = {
    "Today": "today",
    "7 days": "week",
    "30 days": "month",
    "This month": "this-month",
    "Last month": "last-month",
    "All": "all",
}
GROUPS = {"Provider": "by_provider", "Model": "by_model", "Project": "by_project", "Key": "key", "Day": "day"}
MOST_DAYS = 62  # bars; more days are added up to months


@dataclass(frozen=True)
class Sum:
    """What one provider, project, key, day or month has cost."""

    name: str
    nanos: int | None
    """None: no price of it is known."""
    requests: int
    unpriced: int
    estimated: int
    errors: int | None
    """How many requests failed; None: not known."""
    share: float
    """Share of the largest sum, 0 to 1."""
    places: int = 2
    """Decimal places of all sums that stand together."""

    @property
    def when(self) -> str:
        """The day or month that `name` is, as the language in force writes it."""
        return day_words(self.name)

    @property
    def words(self) -> str:
        """The amount. Nothing spent is $0.00 and not `free`, because a provider that only failed was paid nothing."""
        return money(self.nanos, self.places)

    @property
    def notes(self) -> str:
        """Which part is not known or estimated."""
        parts = [tr("{unpriced} without a price", unpriced=whole_number(self.unpriced))] if self.unpriced else []
        return ", ".join(
            parts + ([tr("{estimated} estimated", estimated=whole_number(self.estimated))] if self.estimated else [])
        )


def day_words(day: str) -> str:
    """`Nov 25` for `2026-11-25`, `Nov 2026` for `2026-11`, in the language in force; other text as it is."""
    date = QDate.fromString(day, "yyyy-MM-dd")
    if date.isValid():
        return day_of_year(date)
    month = QDate.fromString(f"{day}-01", "yyyy-MM-dd")
    return locale().toString(month, "MMM yyyy") if month.isValid() else day


def sums(entries: Mapping[str, Mapping[str, object]], *, by_time: bool = False) -> list[Sum]:
    """One for each entry of a `by_…` answer: the dearest first, or by time."""
    amounts = {name: whole(e.get("cost_nanos")) for name, e in entries.items()}
    biggest, fine = max((nanos or 0 for nanos in amounts.values()), default=0) or 1, places(amounts.values())
    found = [
        Sum(
            name, amounts[name], whole(e.get("requests")) or 0, whole(e.get("unpriced")) or 0,
            whole(e.get("estimated")) or 0, whole(e.get("errors")), (amounts[name] or 0) / biggest, fine,
        )
        for name, e in entries.items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (0 if by_time else -(s.nanos or 0), s.name))


def by_time(rows: Sequence[Mapping[str, object]]) -> list[Sum]:
    """Days, or months where there are many days; of `rows` with a `day` each."""
    days = {str(row["day"]): row for row in rows}
    if len(days) <= MOST_DAYS:
        return sums(days, by_time=True)
    months: dict[str, dict[str, int]] = {}
    for day, row in days.items():
        held = months.setdefault(day[:7], {"cost_nanos": 0, "requests": 0, "unpriced": 0, "estimated": 0, "errors": 0})
        for name in held:
            held[name] += whole(row.get(name)) or 0
    return sums(
        {m: {**h, "cost_nanos": known(h["cost_nanos"], h["requests"], h["unpriced"])} for m, h in months.items()},
        by_time=True,
    )


def total_words(costs: Mapping[str, object]) -> tuple[str, str, str]:
    """The amount, how many requests, and what is not in the amount or only estimated."""
    requests, unpriced, estimated = (whole(costs.get(n)) or 0 for n in ("requests", "unpriced", "estimated"))
    nanos = whole(costs.get("total_nanos"))
    notes = [tr("{count} without a known price, not in the sum", count=count(unpriced, "request"))] if unpriced else []
    notes += [tr("{count} with an estimated amount", count=count(estimated, "request"))] if estimated else []
    return money(nanos if requests else 0), count(requests, "request"), "; ".join(notes)
