"""English: signs, ranges, measures and abbreviations written so that `english` reads them, or in words at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicegw_desktop.workers.tts.numbers import cardinal, decimal, digits, ordinal, year

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LENGTHS = {
    "mm": "millimeters", "cm": "centimeters", "m": "meters", "km": "kilometers", "in": "inches", "ft": "feet",
    "yd": "yards", "mi": "miles",
}  # fmt: skip
_PER = {
    "h": "hour", "hr": "hour", "hour": "hour", "min": "minute", "minute": "minute", "s": "second", "sec": "second",
    "second": "second", "day": "day", "night": "night", "week": "week", "wk": "week", "month": "month", "mo": "month",
    "year": "year", "yr": "year", "person": "person", "user": "user", "seat": "seat", "unit": "unit", "page": "page",
    "kg": "kilogram", "lb": "pound", "oz": "ounce", "gal": "gallon", "gallon": "gallon", "L": "liter", "GB": "gigabyte",
    "MB": "megabyte", "kWh": "kilowatt hour", "token": "token", "request": "request",
}  # fmt: skip
_MONEY = {
    "USD": ("US dollar", "US dollars"), "EUR": ("euro", "euros"), "GBP": ("pound", "pounds"), "JPY": ("yen", "yen"),
    "CHF": ("Swiss franc", "Swiss francs"), "CAD": ("Canadian dollar", "Canadian dollars"),
    "AUD": ("Australian dollar", "Australian dollars"), "INR": ("rupee", "rupees"), "CNY": ("yuan", "yuan"),
}  # fmt: skip
_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_MONTHS = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "May": "May", "Jun": "June", "Jul": "July",
    "Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_NAMES = {**_DAYS, **_MONTHS}
_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_WINDS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_TIMED = "ad|clip|delay|limit|timeout|timer|video"
"""Words after seconds, as in "the 30s limit"."""
_DECADE_AFTER = r"music|style|fashion|movies?|films?|rock|pop|hits?|disco|kids?|songs?"


def _coordinates(match: re.Match[str]) -> str:
    whole, minutes, seconds, wind = match.groups()
    said = f"{cardinal(int(whole))} degrees {cardinal(int(minutes))} minutes"
    return said + (f" {decimal(seconds)} seconds" if seconds else "") + f" {_WINDS[wind]}"


def _square(match: re.Match[str]) -> str:
    kind = {"²": "square", "³": "cubic"}[match[3]]
    one = {"feet": "foot", "inches": "inch"}.get(_LENGTHS[match[2]], _LENGTHS[match[2]][:-1])
    return f"{decimal(match[1])} {kind} {one if match[1] == '1' else _LENGTHS[match[2]]}"


def _power(match: re.Match[str]) -> str:
    return _power_of(match[0].translate(_RAISED))


def _power_of(power: str) -> str:
    return {"2": " squared", "3": " cubed"}.get(power) or f" to the power of {decimal(power)}"


def _scientific(match: re.Match[str]) -> str:
    return f"{decimal(match[1])} times ten to the power of {decimal(match[2].removeprefix('+'))}"


def _lines(match: re.Match[str]) -> str:
    """`1080p` → "ten eighty p"."""
    first, last = match[1][:-2], match[1][-2:]
    return f"{cardinal(int(first))} {cardinal(int(last)) if int(last) else 'hundred'} p"


def _version(match: re.Match[str]) -> str:
    parts = [cardinal(int(p)) if len(p) < 4 else digits(p) for p in match[1].split(".")]
    return "version " + " point ".join(parts)


def _years(match: re.Match[str]) -> str:
    return f"{year(int(match[1]))} to {year(int(match[2]))}"


def _inches(match: re.Match[str]) -> str:
    if match.string.count('"') % 2 == 0:
        # a quotation ends here
        return match[0]
    return f"{match[1]} " + ("inch" if match[1] == "1" or match[2] else "inches") + match[2]


def _code(match: re.Match[str]) -> str:
    return f"{decimal(match[1])} {_MONEY[match[2]][match[1] != '1']}"


def _book(match: re.Match[str]) -> str:
    return f"{match[1]} " + ", ".join(" ".join(group) for group in match[2].split("-") if group)


def _rule(pattern: str, make: str | Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
    if isinstance(make, str):
        words = make
        return re.compile(pattern, flags), lambda match: match.expand(words)
    return re.compile(pattern, flags), make


RULES: tuple[Rule, ...] = (
    # measures
    _rule(r"[₀-₉]+", lambda m: m[0].translate(_LOWERED)),
    _rule(r"(\d{1,3})°\s?(\d{1,2})['′]\s?(?:(\d{1,2}(?:\.\d+)?)[\"″]\s?)?([NSEW])\b", _coordinates),
    _rule(rf"(?<![\w.])({_NUMBER})\s?({'|'.join(sorted(_LENGTHS, key=len, reverse=True))})([²³])", _square),
    _rule(r"(?<=[\d)])[⁰¹²³⁴-⁹⁻⁺]+", _power),
    _rule(r"°(?=\s(?:turn|angle|view|rotation|bend)\b)", " degree"),
    _rule(rf"\b({_NUMBER}) sq\.? (ft|mi|m|km|yd|in)\b\.?", lambda m: f"{m[1]} square {_LENGTHS[m[2]]}"),
    _rule(r"\b((?:\d+) (?:ft|feet|foot)\.?,? )(\d+) in\b\.?", r"\1\2 inches"),
    _rule(rf"\b({_NUMBER}) in\.(?=\s*(?:$|[a-z,;)]))", lambda m: f"{m[1]} inch" + ("" if m[1] == "1" else "es")),
    _rule(r"(?<![\w.'\"])(\d+(?:\.\d+)?)\"(\s(?=[A-Za-z])|)", _inches),
    _rule(r"(?<![\w.'])(\d+)'(?=\s(?:tall|wide|long|deep|high)\b|$)", r"\1 feet"),
    _rule(r"(?<=\d)\s?mmHg\b", " millimeters of mercury"),
    _rule(r"(?<!\S)km/h\b", "kilometers per hour"),
    _rule(r"(?<![\w.])(\d{3,4})p\b", _lines),
    _rule(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d+)\b", _scientific),
    _rule(r"(?<![\w.])(?!401k)(\d+(?:\.\d+)?)k\b", r"\1 thousand"),
    _rule(r"(?<![\w.$€£])(\d+(?:\.\d+)?)M\b(?!\.)", r"\1 million"),
    # money
    _rule(r"(?<![\w.])(\d+)\s?¢", lambda m: f"{m[1]} cent" + ("" if m[1] == "1" else "s")),
    _rule(rf"(?<![\w.])({_NUMBER})\s({'|'.join(_MONEY)})\b", _code),
    _rule(rf"\b({'|'.join(_MONEY)})\s({_NUMBER})(?![\d.])", lambda m: f"{decimal(m[2])} {_MONEY[m[1]][m[2] != '1']}"),
    _rule(rf"([$€£])({_NUMBER})\s?[-–]\s?({_NUMBER})(?![\d.%])", r"\2 to \1\3"),
    _rule(
        rf"(?<=[\d¢a-z%])\s?/\s?({'|'.join(sorted(_PER, key=len, reverse=True))})\b(?<!km/h)(?<!m/s)",
        lambda m: m[0] if re.search(r"(?:km|mi|m)$", m.string[: m.start()]) else f" per {_PER[m[1]]}",
    ),
    # ranges
    _rule(r"(?<=[AaPp][Mm])\s?[-–]\s?(?=\d)|(?<=[AaPp]\.[Mm]\.)\s?[-–]\s?(?=\d)", " to "),
    _rule(r"(?<![\d:.])(\d{1,2}(?::\d{2})?)\s?[-–]\s?(?=\d{1,2}(?::\d{2})?\s?[AaPp]\.?[Mm]\b)", r"\1 to "),
    _rule(rf"\b({_NAME})\.?\s?[-–]\s?({_NAME})\b\.?", lambda m: f"{_NAMES[m[1]]} to {_NAMES[m[2]]}"),
    _rule(r"(?<![\d.,$€£-])(1[1-9]\d{2}|20\d{2})\s?[-–]\s?(1[1-9]\d{2}|20\d{2})(?![\d.,%-])", _years),
    _rule(r"(?<=\dst|\dnd|\drd|\dth)\s?[-–]\s?(?=\d)", " to "),
    _rule(rf"(?<=\d) - (?={_NUMBER}\s*=)", " minus "),
    # dates
    _rule(
        rf"\b([Tt]he|early|mid|late|his|her|my|their|your)([ -])([2-9]0)s\b(?! (?:{_TIMED})\b)",
        lambda m: m[1] + m[2] + _decade(m[3]),
    ),
    _rule(rf"(?<![\w.'])([2-9]0)s(?=\s(?:{_DECADE_AFTER})\b)", lambda m: _decade(m[1])),
    _rule(r"\b(FY|H[12])\s?(20\d{2})\b", lambda m: f"{m[1]} {year(int(m[2]))}"),
    _rule(r"\bca?\.\s?(?=\d{3,4}\b)", "circa "),
    # numbers
    _rule(r"\b(\d{1,3}(?:,\d{3})+)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1].replace(",", "")))),
    _rule(r"\bv\.?\s?(\d+(?:\.\d+)+)\b", _version),
    _rule(r"(?<![\d/])50/50(?![\d/])", "fifty-fifty"),
    _rule(r"(?<![\d/])(\d(?:\.\d)?)/(5|10)(?=\s(?:stars?|points?)\b)", r"\1 out of \2"),
    # signs
    _rule(r"(?<![\w/])~\s?(?=[\d$€£.])", "about "),
    _rule(r"(?<!§)§\s?(?=\d)", "section "),
    _rule(r"§§\s?(?=\d)", "sections "),
    _rule(r"\b(Q[1-4]|H[12]|FY)'(?=\d\d\b)", r"\1 "),
    _rule(r"\b(ISBN(?:-1[03])?):?\s?([\d-]{9,16}[\dX])(?!\w)", _book),
    _rule(r"\s?‰", " per thousand"),
    _rule(r"\s?±\s?", " plus or minus "),
    _rule(r"\s?[≈≃]\s?", " about "),
    _rule(r"\s?(?:≠|!=)\s?", " is not equal to "),
    _rule(r"\s?&&\s?", " and "),
    _rule(r"(?<=[\w)])\^\d+", lambda m: _power_of(m[0][1:])),
    _rule(r"∞", "infinity"),
    _rule(r"√\s?(?=[\w(])", "the square root of "),
    _rule(r"\s?÷\s?", " divided by "),
    _rule(r"\s?∑\s?", " the sum of "),
    _rule(r"(?<!\S)\.(?=[A-Z]{2,}\b)", "dot "),
    # words with a slash
    _rule(r"\bN/A\b", "not applicable"),
    _rule(r"\b(and|either)/or\b", r"\1 or"),
    _rule(r"\b(he|his|him|yes|true|on|male)/(she|hers?|no|false|off|female)\b", r"\1 or \2", re.IGNORECASE),
    # titles and names
    _rule(r"\bFt\.\s(?=[A-Z])", "Fort "),
    _rule(r"\bPres\.\s(?=[A-Z])", "President "),
    _rule(r"\bCol\.\s(?=[A-Z])", "Colonel "),
    _rule(r"\bMaj\.\s(?=[A-Z])", "Major "),
    _rule(r"\bHon\.\s(?=[A-Z])", "Honorable "),
    _rule(r"\bAdm\.\s(?=[A-Z])", "Admiral "),
    _rule(r"\b[Cc]h\.\s(?=\d)", "chapter "),
    _rule(r"\bRm\.\s(?=\d)", "Room "),
    _rule(r"\bApt\.\s(?=[#\d])", "Apartment "),
    _rule(r"\b[Ee]xt\.\s(?=\d)", "extension "),
    _rule(r"\b[Ss]ec\.\s(?=\d)", "section "),
    _rule(r"\b[Ee]d\.\s(?=\d)", "edition "),
    _rule(r"\ba\.?k\.?a\.?(?=[\s,])", "also known as"),
    _rule(r"(?<=[A-Z&]\s|[a-z]\s)Co\.(?=\s*$)", "Company."),
    _rule(r"(?<=[A-Z&]\s|[a-z]\s)Co\.(?=\s)", "Company"),
    _rule(r"\bno\.\s(?=\d)", "number "),
)


def _decade(tens: str) -> str:
    return cardinal(int(tens))[:-1] + "ies"


def expand(text: str) -> str:
    """`text` with these signs and forms as they are read aloud; figures are left for `english`."""
    for pattern, make in RULES:
        text = pattern.sub(make, text)
    return text
