"""Figures as people read them."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QDate, QDateTime, QLocale

from voicegw_desktop.app.language import count, decimal, locale, tr
from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.money import money as plain_money

__all__ = ["clock", "count", "day_of_year", "duration", "exactly", "millis", "money", "places", "size", "stay", "to_go"]

FINE = 4  # decimal places of amounts below a cent
CENT = NANOS_PER_USD // 100
LONGEST_TO_GO = 5 * 3600  # s; a time above it comes of a line that is as good as dead
FORMS_OF_A_DAY = {
    QLocale.Language.German: "d. MMM",
    QLocale.Language.Spanish: "d MMM",
    QLocale.Language.Chinese: "M月d日",
}
"""Qt has no form of a day without its year."""


def money(nanos: int | None, places: int = 0) -> str:
    """US dollars as `core.money.money` writes them, in the form of the language in force: `$1.50`, `1,50 $`.

    `places`: the decimal places; 0: as many as this amount needs."""
    told = plain_money(nanos)
    if nanos is None:
        return tr("unknown")
    less, amount = told.startswith("<"), told.lstrip("< $")
    places = places or len(amount.partition(".")[2])
    value = 0.0001 if less else nanos / NANOS_PER_USD
    return ("< " if less else "") + locale().toCurrencyString(value, "$", places)


def places(amounts: Iterable[int | None]) -> int:
    """The decimal places of amounts that stand below each other: those of the one that needs the most."""
    return FINE if any(n and n % CENT and n < NANOS_PER_USD for n in amounts) else 2


def spent(nanos: int | None, unpriced: int = 0, *, failed: bool = False) -> str:
    """What a request or a session has cost: an amount, `free`, or not known.

    With `≥` before a sum in which that many requests without a known price miss; a dash for nothing that was served."""
    if nanos is not None and unpriced:
        return f"≥ {money(nanos, FINE)}"
    if nanos == 0:
        return "–" if failed else tr("free")
    return money(nanos, FINE)


def millis(ms: float | None) -> str:
    """`84 ms`, `1.24 s`, `12.4 s`, or a dash."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{decimal(ms / 1000, 2 if ms < 10_000 else 1)} s"


def size(octets: int | None) -> str:
    """`319 MB`, `1.2 GB`, or a dash."""
    if not octets:
        return "–"
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if octets >= factor:
            value = octets / factor
            return f"{decimal(value, 1 if value < 10 else 0)} {unit}"
    return f"{octets} B"


def duration(seconds: float | None) -> str:
    """`40 s`, `5 min`, `1 h 20 min`, or a dash."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def to_go(octets: float, per_s: float) -> str:
    """How long so many bytes take, as in `40 s`; empty where that is not known, or so long that it says nothing."""
    seconds = octets / per_s if per_s > 0 else 0.0
    return duration(seconds) if 0 < seconds <= LONGEST_TO_GO else ""


def stay(seconds: float | None) -> str:
    """How long an idle engine stays: `5 min`, `unloads at once`, `for ever`."""
    if seconds is None:
        return tr("forever")
    return duration(seconds) if seconds > 0 else tr("unloads at once")


def clock(at: float, now: float) -> str:
    """`14:03:12` today, else `Nov 27, 14:03`, with the year where it is another; empty for 0."""
    if not at:
        return ""
    then, today = time.localtime(at), time.localtime(now)
    when = QDateTime.fromSecsSinceEpoch(int(at))
    if then[:3] == today[:3]:
        return when.toString("HH:mm:ss")
    day = locale().toString(when.date(), QLocale.FormatType.ShortFormat) if then.tm_year != today.tm_year else ""
    return f"{day or day_of_year(when.date())}, {when.toString('HH:mm')}"


def day_of_year(date: QDate) -> str:
    """`Nov 27`, in the order and words of the language in force."""
    return locale().toString(date, FORMS_OF_A_DAY.get(locale().language(), "MMM d"))


def exactly(at: float) -> str:
    """Date and time to the second."""
    when = QDateTime.fromSecsSinceEpoch(int(at))
    return f"{locale().toString(when.date(), QLocale.FormatType.ShortFormat)}, {when.toString('HH:mm:ss')}"
