"""How the day, week and month will end, where budgets stand, and what another stack would have cost, in words."""

from __future__ import annotations

from collections.abc import Mapping

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.words import money, places
from voicegw_desktop.core.typed import Record, records, whole

TONES = {"ok": "good", "warning": "warn", "exceeded": "bad"}
MOST = 5  # budgets shown


def month_words(answer: Mapping[str, object]) -> tuple[str, str]:
    """What this month has cost, and what it ends at; empty while that is too early to say."""
    month = next((p for p in records(answer.get("periods")) if p.get("period") == "month"), None)
    if month is None:
        return "–", ""
    spent, ahead = whole(month.get("spent_nanos")), whole(month.get("forecast_nanos"))
    return money(spent), "" if ahead is None else tr("At this pace it ends at {amount}.", amount=money(ahead))


def budget_rows(answer: Mapping[str, object]) -> list[tuple[str, str, float, str]]:
    """The fullest budgets for `Bars`: whose and for which period, how much of it, the share, the colour."""
    found = [(_share(row), row) for row in records(answer.get("budgets"))]
    found.sort(key=lambda pair: -pair[0])
    return [
        (_name(row), _amount(row, share), share, TONES.get(str(row.get("status")), "good"))
        for share, row in found[:MOST]
    ]


def overruns(answer: Mapping[str, object]) -> str:
    """Which budgets will not last at this pace, and by how much they will be passed; empty: all will last."""
    found = []
    for row in records(answer.get("budgets")):
        limit, ahead = whole(row.get("budget_nanos")), whole(row.get("forecast_nanos"))
        if limit is not None and ahead is not None and ahead > limit and row.get("status") != "exceeded":
            # no break before the amount
            found.append(f"{_name(row)}\u00a0+{money(ahead - limit)}")
    return tr("Over the budget at this pace: {budgets}", budgets="; ".join(found[:MOST])) if found else ""


def stack_rows(answer: Mapping[str, object]) -> list[tuple[str, str, float, str]]:
    """What each stack would have cost for `Bars`, with the difference to what was served."""
    rows = [(row, _nanos(row.get("would_cost"))) for row in records(answer.get("stacks"))]
    biggest, fine = max((nanos or 0 for _, nanos in rows), default=0) or 1, places(nanos for _, nanos in rows)
    return [(str(row.get("stack")), _compared(row, nanos, fine), (nanos or 0) / biggest, "good") for row, nanos in rows]


def served_words(answer: Mapping[str, object]) -> str:
    """What the time has cost as it was served."""
    return tr("As served: {amount}", amount=money(_nanos(answer.get("served")))) if answer else ""


def _compared(row: Record, nanos: int | None, fine: int) -> str:
    text, saved = money(nanos, fine), _nanos(row.get("saved"))
    if saved:
        text += f" ({'+' if saved > 0 else '-'}{money(abs(saved), fine)})"
    unpriced = whole(row.get("unpriced"))
    return text + (tr(", {count} without a price", count=unpriced) if unpriced else "")


def _name(row: Record) -> str:
    whose = tr("Machine") if row.get("kind") == "machine" else str(row.get("label") or row.get("name"))
    period = {"day": tr("day"), "week": tr("week"), "month": tr("month")}.get(str(row.get("period")), "")
    return f"{whose}, {period}"


def _share(row: Record) -> float:
    limit, spent = whole(row.get("budget_nanos")), whole(row.get("spent_nanos")) or 0
    return spent / limit if limit else float(bool(spent))


def _amount(row: Record, share: float) -> str:
    limit, spent = whole(row.get("budget_nanos")) or 0, whole(row.get("spent_nanos")) or 0
    if spent > limit:
        return tr("{used}, {amount} over", used=f"{share:.0%}", amount=money(spent - limit))
    return tr("{used} of {amount}", used=f"{share:.0%}", amount=money(limit))


def _nanos(dollars: object) -> int | None:
    return round(dollars * 1e9) if isinstance(dollars, int | float) and not isinstance(dollars, bool) else None
