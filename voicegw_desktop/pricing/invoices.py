"""Compares what is recorded here with what a provider bills, by model and day, and tells likely reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from voicegw_desktop.core.money import exact
from voicegw_desktop.pricing.exports import Bill, Billed

SAME = Decimal("0.01")  # part by which two amounts may differ and still be the same work
UNIT = {"stt": "seconds", "llm": "tokens", "tts": "characters"}
ALL = "all models"


class Recorded(NamedTuple):
    """What is stored of one model on one day (UTC)."""

    day: str
    model: str
    """The provider's own name."""
    modality: str
    requests: int
    errors: int
    unpriced: int
    estimated: int
    nanos: int
    input_units: float
    """Minutes of audio, tokens or characters, by modality."""
    output_units: float

    @property
    def amount(self) -> Decimal:
        """Seconds, tokens or characters."""
        if self.modality == "stt":
            return Decimal(str(self.input_units)) * 60
        return Decimal(str(self.input_units)) + (Decimal(str(self.output_units)) if self.modality == "llm" else 0)


@dataclass(slots=True)
class Line:
    """One model on one day, or over all days."""

    day: str
    model: str
    unit: str
    """`tokens`, `seconds`, `characters`, or empty where the export has no amounts."""
    ours: Decimal
    theirs: Decimal | None
    our_nanos: int | None
    their_nanos: int | None
    reason: str = ""
    """Why the two may differ; empty: they agree."""

    def told(self) -> dict[str, object]:
        """Plain data, amounts as exact decimal text; None where a side does not say."""
        both = self.our_nanos is not None and self.their_nanos is not None
        difference = (self.their_nanos or 0) - (self.our_nanos or 0) if both else None
        return {
            "day": self.day,
            "model": self.model,
            "unit": self.unit,
            "ours": _text(self.ours),
            "theirs": None if self.theirs is None else _text(self.theirs),
            "cost_ours": None if self.our_nanos is None else exact(self.our_nanos),
            "cost_theirs": None if self.their_nanos is None else exact(self.their_nanos),
            "difference": None if difference is None else exact(difference),
            "reason": self.reason,
        }


def compare(ours: Iterable[Recorded], bill: Bill, tolerance: Decimal = SAME) -> tuple[list[Line], list[Line]]:
    """(one line for each day and model, one for each model over all days); `tolerance`: part of an amount or cost.

    A bill whose names are longer (`gpt-4o-mini-2024-07-18`) is matched with the recorded name they begin with. One that
    names no model is compared with all of them together.
    """
    together = not any(model for _, model in bill)
    recorded: dict[tuple[str, str], list[Recorded]] = {}
    for one in ours:
        recorded.setdefault((one.day, ALL if together else one.model), []).append(one)
    names = {model for _, model in recorded}
    billed: Bill = {}
    for (day, model), row in bill.items():
        billed.setdefault((day, ALL if together else _ours(model, names)), Billed()).add(row.nanos, row.units)
    days = [_line(key, recorded.get(key, []), billed.get(key), tolerance) for key in sorted({*recorded, *billed})]
    totals: dict[str, tuple[list[Recorded], Billed | None]] = {}
    for model in sorted({model for _, model in (*recorded, *billed)}):
        rows = [row for (_, name), rows in recorded.items() if name == model for row in rows]
        parts = [part for (_, name), part in billed.items() if name == model]
        whole = Billed() if parts else None
        for part in parts:
            assert whole is not None
            whole.add(part.nanos, part.units)
        totals[model] = (rows, whole)
    sums = [_line(("", model), rows, whole, tolerance) for model, (rows, whole) in totals.items()]
    agreeing = {line.model for line in sums if not line.reason}
    for line in days:
        if line.reason and line.model in agreeing:
            line.reason = "the sum over all days agrees: the provider counts these requests on a neighbouring day"
    return days, sums


def _ours(model: str, names: set[str]) -> str:
    """The recorded name that is meant: that name, the longest that it begins with, or the one that begins with it."""
    if model in names:
        return model
    plain = model.lower().replace(" ", "-").replace("_", "-")
    forms = {name.lower().replace("_", "-"): name for name in names}
    if plain in forms:
        return forms[plain]
    longer = sorted((form for form in forms if plain.startswith(f"{form}-")), key=len)
    if longer:
        return forms[longer[-1]]
    shorter = [form for form in forms if form.startswith(f"{plain}-")]
    return forms[shorter[0]] if len(shorter) == 1 else model


def _line(key: tuple[str, str], rows: Sequence[Recorded], bill: Billed | None, tolerance: Decimal) -> Line:
    units = [UNIT[row.modality] for row in rows]
    unit = next((unit for unit in units if bill is not None and unit in bill.units), units[0] if units else "")
    if bill is not None and unit not in bill.units:
        # where the export has no such amount, requests are compared; else only money
        unit = "requests" if "requests" in bill.units and rows else next(iter(bill.units), "") if not rows else ""
    ours = (
        Decimal(sum(row.requests for row in rows)) if unit == "requests" else sum((r.amount for r in rows), Decimal(0))
    )
    priced = sum(row.requests - row.unpriced for row in rows)
    nanos = sum(row.nanos for row in rows) if priced or not rows else None
    theirs = bill.units.get(unit) if bill is not None else None
    line = Line(*key, unit, ours, theirs, nanos, bill.nanos if bill is not None else None)
    line.reason = _reason(line, rows, bill, tolerance)
    return line


def _reason(line: Line, rows: Sequence[Recorded], bill: Billed | None, tolerance: Decimal) -> str:
    if bill is None:
        return "not in the export: another account's key, a day that is not complete yet, or free there"
    if not rows:
        return "not recorded here: the provider's key was used without this gateway, or requests were removed"
    unpriced, estimated = sum(row.unpriced for row in rows), sum(row.estimated for row in rows)
    errors = sum(row.errors for row in rows)
    if line.theirs is not None and not _same(line.ours, line.theirs, tolerance):
        if line.theirs > line.ours:
            why = "they count more: the provider's key was also used without this gateway"
            why += f", or bills part of {errors} requests that failed here" if errors else ""
        else:
            why = "they count less: a day that is not complete yet, or another account's key"
        return f"{why}; {estimated} of the recorded requests are estimates" if estimated else why
    if line.their_nanos is None:
        return ""
    if unpriced:
        return f"{unpriced} of the recorded requests have no known price: voicegw prices set, then prices reprice"
    if line.our_nanos is None or not _same(Decimal(line.our_nanos), Decimal(line.their_nanos), tolerance):
        if line.theirs is None:
            return "the cost differs, and the export has no amounts: price or number of requests"
        return f"the amounts agree, the price does not: {_rates(line)}; see voicegw prices set"
    return ""


def _rates(line: Line) -> str:
    """What each side charges for a thousand of the unit."""
    if not line.ours or not line.theirs:
        return "one side charges for nothing"
    ours = round(Decimal(line.our_nanos or 0) / line.ours * 1000)
    theirs = round(Decimal(line.their_nanos or 0) / line.theirs * 1000)
    return f"${exact(ours)} here, ${exact(theirs)} there for 1,000 {line.unit}"


def _same(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    return abs(one - other) <= tolerance * max(abs(one), abs(other))


def _text(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.001')):f}".rstrip("0").rstrip(".")


def summary(lines: Iterable[Line]) -> Mapping[str, object]:
    """Both sums of money over lines of models, and how many of them differ."""
    found = list(lines)
    ours = sum(line.our_nanos or 0 for line in found)
    theirs = [line.their_nanos for line in found if line.their_nanos is not None]
    return {
        "cost_ours": exact(ours),
        "cost_theirs": exact(sum(theirs)) if theirs else None,
        "differing": sum(bool(line.reason) for line in found),
    }
