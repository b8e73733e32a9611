"""English: dates and times of day as they are read aloud."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicegw_desktop.workers.tts.numbers import cardinal, ordinal, year

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"  # noqa: E501
HALF = r"(?P<half>[AaPp]\.?\s?[Mm]\b\.?)"  # of the day


def _day(text: str) -> str:
    return ordinal(int(text))


def month_name(text: str) -> str:
    """`Jan`, `Sept` or `january` as the month's full name."""
    return next(m for m in MONTHS if m.lower().startswith(text[:3].lower()))


def _date(month: int, day: int, year_: int | None, otherwise: str) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return otherwise
    return f"{MONTHS[month - 1]} {ordinal(day)}" + (f", {year(year_)}" if year_ is not None else "")


def iso_date(match: re.Match[str]) -> str:
    """Speak a date such as `2024-03-09`."""
    return _date(int(match[2]), int(match[3]), int(match[1]), match[0])


def no_year_date(match: re.Match[str]) -> str:
    """`3/14`, the month first."""
    return _date(int(match[1]), int(match[2]), None, match[0])


def slash_date(british: bool) -> Callable[[re.Match[str]], str]:
    """A reader of `3/4/2024`; the day comes first in Britain."""

    def make(match: re.Match[str]) -> str:
        first, second, year_ = int(match[1]), int(match[2]), int(match[3])
        if len(match[3]) == 2:
            year_ += 2000 if year_ < 70 else 1900
        month, day = (second, first) if british else (first, second)
        if month > 12:
            month, day = day, month
        return _date(month, day, year_, match[0])

    return make


def month_day(match: re.Match[str]) -> str:
    """`March 9th, 2024`"""
    words = f"{month_name(match['month'])} {_day(match['day'])}"
    return words + (f", {year(int(match['year']))}" if match["year"] else "")


def day_month(match: re.Match[str]) -> str:
    """`9 March 2024`"""
    words = f"the {_day(match['day'])} of {month_name(match['month'])}"
    if re.search(r"\bthe\s+$", match.string[: match.start()]):
        words = words[4:]
    return words + (f", {year(int(match['year']))}" if match["year"] else "")


def time_of_day(match: re.Match[str]) -> str:
    """`14:05`, `7:30 pm`, `12:00:08`"""
    hours, minute, half = int(match["h"]), int(match["m"]), match["half"]
    if hours > 24 or minute > 59:
        return match[0]
    said = [cardinal(hours)]
    if minute:
        said.append(f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute))
    elif not half:
        said.append("o'clock" if 1 <= hours <= 12 else "hundred")
    if match["s"]:
        said.append(f"and {cardinal(int(match['s']))} seconds")
    return " ".join(said) + _half(match, half)


def _half(match: re.Match[str], half: str | None) -> str:
    if not half:
        return ""
    rest = match.string[match.end() :].lstrip()
    ends = half.endswith(".") and (not rest or rest[0].isupper())
    return f" {half[0].upper()}M" + ("." if ends else "")


def hour(match: re.Match[str]) -> str:
    """Speak an hour such as `7 pm`."""
    return cardinal(int(match["h"])) + _half(match, match["half"])
