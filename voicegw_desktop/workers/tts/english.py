"""English: what digits, signs and abbreviations are when read aloud."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicegw_desktop.workers.tts import roman, signs
from voicegw_desktop.workers.tts.dates import (
    HALF,
    MONTH,
    day_month,
    hour,
    iso_date,
    month_day,
    month_name,
    no_year_date,
    slash_date,
    time_of_day,
)
from voicegw_desktop.workers.tts.numbers import cardinal, decade, decimal, digits, ordinal, year

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+"
_SCALE = r"(?:hundred|thousand|million|billion|trillion)"
_SHORT_SCALE = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "bn": "billion",
    "b": "billion",
    "t": "trillion",
    "tn": "trillion",
}

CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "CA$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "AU$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "R$": ("real", "reais", "centavo", "centavos"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "₿": ("bitcoin", "bitcoins", "", ""),
}
UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "nm": ("nanometer", "nanometers"),
    "µm": ("micrometer", "micrometers"),
    "µs": ("microsecond", "microseconds"),
    "µg": ("microgram", "micrograms"),
    "mcg": ("microgram", "micrograms"),
    "tbsp": ("tablespoon", "tablespoons"),
    "tsp": ("teaspoon", "teaspoons"),
    "fl oz": ("fluid ounce", "fluid ounces"),
    "kcal": ("kilocalorie", "kilocalories"),
    "kJ": ("kilojoule", "kilojoules"),
    "dB": ("decibel", "decibels"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "psi": ("pound per square inch", "pounds per square inch"),
    "kPa": ("kilopascal", "kilopascals"),
    "hPa": ("hectopascal", "hectopascals"),
    "mA": ("milliampere", "milliamperes"),
    "mAh": ("milliampere hour", "milliampere hours"),
    "kV": ("kilovolt", "kilovolts"),
    "MW": ("megawatt", "megawatts"),
    "GW": ("gigawatt", "gigawatts"),
    "Wh": ("watt hour", "watt hours"),
    "MWh": ("megawatt hour", "megawatt hours"),
    "THz": ("terahertz", "terahertz"),
    "PB": ("petabyte", "petabytes"),
    "kbps": ("kilobit per second", "kilobits per second"),
    "ha": ("hectare", "hectares"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "g": ("gram", "grams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "L": ("liter", "liters"),
    "ms": ("millisecond", "milliseconds"),
    "sec": ("second", "seconds"),
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "h": ("hour", "hours"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "KB": ("kilobyte", "kilobytes"),
    "kB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "KiB": ("kibibyte", "kibibytes"),
    "MiB": ("mebibyte", "mebibytes"),
    "GiB": ("gibibyte", "gibibytes"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "V": ("volt", "volts"),
    "mV": ("millivolt", "millivolts"),
    "µA": ("microampere", "microamperes"),
    "nF": ("nanofarad", "nanofarads"),
    "µF": ("microfarad", "microfarads"),
    "Ω": ("ohm", "ohms"),
    "kΩ": ("kiloohm", "kiloohms"),
    "MΩ": ("megaohm", "megaohms"),
    "mg/dL": ("milligram per deciliter", "milligrams per deciliter"),
    "mmol/L": ("millimole per liter", "millimoles per liter"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
}
_ABBREVIATIONS = {
    r"Mr\.?": "Mister",
    r"Mrs\.?": "Missus",
    r"Ms\.": "Miz",
    r"Dr\.": "Doctor",
    r"Prof\.": "Professor",
    r"Gen\.": "General",
    r"Sgt\.": "Sergeant",
    r"Capt\.": "Captain",
    r"Lt\.": "Lieutenant",
    r"Gov\.": "Governor",
    r"Sen\.": "Senator",
    r"Rep\.": "Representative",
    r"Rev\.": "Reverend",
    r"Jr\.?": "Junior",
    r"Sr\.": "Senior",
    r"Mt\.": "Mount",
    r"Inc\.": "Incorporated",
    r"Ltd\.?": "Limited",
    r"Corp\.": "Corporation",
    r"Ave\.": "Avenue",
    r"Blvd\.?": "Boulevard",
    r"Rd\.": "Road",
    r"[Dd]ept\.": "department",
    r"[Aa]pprox\.": "approximately",
    r"[Ee]st\.": "established",
    r"[Vv]s\.?": "versus",
    r"[Ee]tc\.": "et cetera",
    r"[Ee]\.g\.,?": "for example,",
    r"[Ii]\.e\.,?": "that is,",
    r"w/o": "without",
    r"w/": "with ",
    r"24/7": "twenty-four seven",
}
_SENTENCE_FINAL = frozenset(
    ["Junior", "Senior", "Incorporated", "Limited", "Corporation", "Avenue", "Boulevard", "Road"]
) | {"et cetera"}
_ABBREVIATION = re.compile(r"(?<![\w.])(?:" + "|".join(f"({p})" for p in _ABBREVIATIONS) + r")(?![\w])")
_EXPANSIONS = tuple(_ABBREVIATIONS.values())
_FRACTIONS = {
    "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip


_ALIKE = str.maketrans("\u00a0\u202f−\u03bc\u2126", "  -µΩ")
"""Characters that stand for others."""
_WINDS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_POWERS = {"²": " squared", "³": " cubed"}


def expand(text: str, british: bool = False) -> str:
    """`text` with everything written in figures and signs in words."""
    for sign, ratio in _FRACTIONS.items():
        text = re.sub(rf"(?<=\d){sign}", f" and {ratio}", text).replace(sign, ratio)
    text = signs.expand(text.translate(_ALIKE))
    for sign, words in _POWERS.items():
        text = re.sub(rf"(?<=[\w)]){sign}", words, text)
    text = roman.expand(text)
    for pattern, make in _RULES_BRITISH if british else _RULES:
        text = pattern.sub(make, text)
    return text


def _abbreviation(match: re.Match[str]) -> str:
    words = _EXPANSIONS[(match.lastindex or 1) - 1]
    ends = match.group().endswith(".") and words in _SENTENCE_FINAL
    rest = match.string[match.end() :].lstrip()
    # the full stop was the sentence's too
    return words + ("." if ends and (not rest or (words == "et cetera" and rest[0].isupper())) else "")


def _saint_or_street(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip()
    named = re.search(r"[A-Z][a-z]+$|\d(?:st|nd|rd|th)$", before)
    return "Saint" if after[:1].isupper() and not named else "Street" + ("" if after else ".")


def _count(amount: str, one: str, many: str) -> str:
    return f"{decimal(amount)} {one if amount.lstrip('+-') == '1' else many}"


def _money(match: re.Match[str]) -> str:
    sign = "minus " if match["minus"] else ""
    one, many, small_one, small_many = CURRENCIES[match["sign"]]
    amount, scale = match["amount"], match["scale"]
    if scale:
        word = _SHORT_SCALE.get(scale.lower(), scale)
        return f"{sign}{decimal(amount)} {word} {many}"
    whole, dot, cents = amount.replace(",", "").partition(".")
    if not dot or not small_one or len(cents) != 2:
        return sign + _count(amount, one, many)
    parts = []
    if int(whole or "0") or not int(cents):
        parts.append(_count(whole or "0", one, many))
    if int(cents):
        parts.append(_count(str(int(cents)), small_one, small_many))
    return sign + " and ".join(parts)


def _money_after(match: re.Match[str]) -> str:
    one, many, _, _ = CURRENCIES[match["sign"]]
    return _count(match["amount"], one, many)


def _phone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    return ("plus " if match[0].lstrip().startswith("+") else "") + ", ".join(digits(g) for g in groups)


def _unit(match: re.Match[str]) -> str:
    one, many = UNITS[match["unit"]]
    return _count(match["amount"], one, many)


def _ratio(match: re.Match[str]) -> str:
    above, below = int(match[1]), int(match[2])
    if not 0 < above < 100 or not 1 < below < 1000:
        return f"{cardinal(above)} over {cardinal(below)}"
    name = {2: "half", 4: "quarter"}.get(below, ordinal(below))
    plural = {"half": "halves"}.get(name, name + "s")
    return f"{cardinal(above)} {name if above == 1 else plural}"


def _version(match: re.Match[str]) -> str:
    return " point ".join(cardinal(int(part)) if len(part) < 4 else digits(part) for part in match[0].split("."))


def _figures(match: re.Match[str]) -> str:
    """Any number that no other rule has claimed."""
    text = match[0]
    if text.isdigit() and (len(text) >= 10 or (len(text) > 1 and text[0] == "0")):
        return digits(text)
    before = match.string[: match.start()]
    if text.isdigit() and 1001 <= int(text) <= 2099 and _BEFORE_YEAR.search(before):
        return year(int(text))
    return decimal(text)


_BEFORE_YEAR = re.compile(
    r"\b(?:in|since|by|from|until|till|before|after|during|of|year|circa|early|late|mid|to|and|summer|winter|spring|autumn|fall|Q[1-4])\s+$",
    re.IGNORECASE,
)
_UNIT_NAMES = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_CURRENCY = "|".join(sorted((re.escape(c) for c in CURRENCIES), key=len, reverse=True))


def _rules(british: bool) -> tuple[Rule, ...]:
    def rule(pattern: str, make: str | Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
        if isinstance(make, str):
            words = make
            return re.compile(pattern, flags), lambda match: match.expand(words)
        return re.compile(pattern, flags), make

    return (
        (_ABBREVIATION, _abbreviation),
        rule(r"\bSt\.", _saint_or_street),
        rule(r"\bNos?\.\s*(?=\d)", "number "),
        rule(r"\b(?:Fig|fig)\.\s*(?=\d)", "figure "),
        rule(r"\bpp\.\s*(?=\d)", "pages "),
        rule(r"\bp\.\s*(?=\d)", "page "),
        rule(r"#(\d{5,})\b", lambda m: "number " + digits(m[1])),
        rule(r"(?<![\d.,])911(?![\d]|[.,]\d)", "nine one one"),
        rule(r"(?<!\S)--(?=\w)", "dash dash "),
        rule(r"(?:(?<=[\d%])|(?<=\d[kKMBT])|(?<=\d[bm]n))\s?[-–]\s?(?=[$€£]\d)", " to "),
        rule(r"(?<=%)\s?[-–]\s?(?=\d)|(?<=:\d\d)\s?[-–]\s?(?=\d{1,2}:\d\d)", " to "),
        rule(r"\b([Vv])ol\.\s*(?=\d)", r"\1olume "),
        rule(r"#(?=\d)", "number "),
        rule(r"\bC\+\+", "C plus plus"),
        rule(r"\b([CF])#", r"\1 sharp"),
        rule(r"^\s*(\d{1,3})[.)]\s+(?=\S)", lambda m: cardinal(int(m[1])) + ", "),
        rule(r"(\d+)'(\d{1,2})\"", lambda m: f"{cardinal(int(m[1]))} foot {cardinal(int(m[2]))}"),
        rule(r"\b(\d{4})-(\d{2})-(\d{2})(?:T(?=\d))?(?!\d)", lambda m: iso_date(m)),
        rule(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])", slash_date(british)),
        rule(r"(?<![\d/])(1[0-2]|0?[1-9])/(1[3-57-9]|2\d|3[01])(?![\d/])", no_year_date),
        rule(
            rf"\b(?P<month>{MONTH})\.?\s+(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d|[:.,/]\d)"
            r"(?:,?\s+(?P<year>1\d{3}|20\d{2})(?![\d,.]\d|\d))?",
            month_day,
        ),
        rule(
            rf"\b(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{MONTH})\b\.?"
            r"(?:,?\s+(?P<year>1\d{3}|20\d{2})(?![\d,.]\d|\d))?",
            lambda m: m[0] if m["month"] in ("May", "Mar") and m["day"][0] == "0" else day_month(m),
        ),
        rule(
            rf"\b(?P<month>{MONTH})\.?,?\s+(?P<year>1\d{{3}}|20\d{{2}})(?!\d|[,.]\d)",
            lambda m: f"{month_name(m['month'])} {year(int(m['year']))}",
        ),
        rule(rf"(?<![\d:.])(?P<h>\d{{1,2}}):(?P<m>\d{{2}})(?::(?P<s>\d{{2}}))?(?:\s*{HALF})?(?![\d:])", time_of_day),
        rule(rf"(?<![\d:.])(?P<h>1[0-2]|0?[1-9])\s*{HALF}(?!\w)", hour),
        rule(r"\b([1-9]\d{2}0)s\b", lambda m: decade(int(m[1]))),
        rule(r"'([2-9]0)s\b", lambda m: cardinal(int(m[1]))[:-1] + "ies"),
        rule(
            rf"(?P<minus>-)?(?P<sign>{_CURRENCY})\s?(?P<amount>{_NUMBER})"
            rf"(?:\s?(?P<scale>{_SCALE}|[kKMBT]|bn|mn|tn)\b)?",
            _money,
        ),
        rule(rf"(?<![\w.])(?P<amount>{_NUMBER})\s?(?P<sign>[€£¥₹₩])(?!\w)", _money_after),
        rule(
            r"(?<![\w.])(?:(?:\+\d{1,3}|1)[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w])"
            r"|(?<![\w.-])\d{3}-\d{4}(?![\w-])|\+\d[\d -]{6,16}\d",
            _phone,
        ),
        rule(r"(?<![\d.:])(\d{1,2}):(?=\d{1,2}(?![\d:]))", r"\1 to "),
        rule(r"(?<=\d):(?=\d)", " colon "),
        rule(r"\b\d+(?:\.\d+){2,}\b", _version),
        rule(rf"(?<=\d)\s?[-–]\s?(?=(?:{_NUMBER})(?![\d-]))", " to "),
        rule(rf"(?<![\w.])(?P<amount>[-+]?(?:{_NUMBER}))\s?(?P<unit>{_UNIT_NAMES})(?![\w/°])", _unit),
        rule(r"\b(\d+)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1])), re.IGNORECASE),
        rule(r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])", _ratio),
        rule(r"(?<=\d)\s?[x×*]\s?(?=\d)", " by ") if british else rule(r"(?<=\d)\s?[×*]\s?(?=\d)", " times "),
        rule(r"(?<=\d)x(?=\d)", " by "),
        rule(r"(?<![\w.])(\d+(?:\.\d+)?)x\b", lambda m: decimal(m[1]) + " times"),
        rule(r"(?<=[\w)])\s?=\s?(?=[\w(-])", " equals "),
        rule(r"(?<=[\w)])\s\+\s?(?=[\w(])|(?<=\d)\+(?=\d)", " plus "),
        rule(r"(?<=\d)\+", " plus"),
        rule(r"(?<=\d)\s-\s(?=\d)", " minus "),
        rule(r"\s*(?:->|→|⇒|=>)\s*", " to "),
        rule(r"\s*(?:>=|≥)\s*(?=[\w$€£-])", " at least "),
        rule(r"\s*(?:<=|≤)\s*(?=[\w$€£-])", " at most "),
        rule(r"(?:\s+|^)<(?=\s?[\d$€£-]|\s)", " less than "),
        rule(r"(?:\s+|^)>(?=\s?[\d$€£-]|\s)", " more than "),
        rule(r"\s*&\s*", " and "),
        rule(r"(?<=\w)/(?=\w)|(?<!\S)/(?=\w)", " slash "),
        rule(r"(?<=[A-Za-z])\.(?=[A-Za-z]{2,})", " dot "),
        rule(r"(?<=[a-z])_(?=\w)", " "),
        rule(r"(?<!\w)@(?=\w)|(?<=\w)@(?=\w)|(?<=\s)@(?=\s)", " at "),
        rule(rf"(?<![\w.])[-](?={_NUMBER})", "minus "),
        rule(rf"(?:(?<![\d.,]){_NUMBER})(?![\d])", lambda m: _spaced(m)),
        rule(r"\d+", lambda m: " " + digits(m[0]) + " "),
        rule(r"%", " percent"),
        rule(r"°\s?([NSEW])\b", lambda m: " degrees " + _WINDS[m[1]]),
        rule(r"°(?=\w)", " degrees "),
        rule(r"°", " degrees"),
        rule(r"[$€£¥₹₩₿]", lambda m: " " + CURRENCIES[m[0]][1] + " "),
    )


def _spaced(match: re.Match[str]) -> str:
    """Figures with room around them when letters touch: `GPT4` → "GPT four"."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    glue_before = " " if before.isalpha() else ""
    if before == "-" and match.string[: match.start()][-2:-1].isalpha():
        glue_before = ""
    return glue_before + _figures(match) + (" " if after.isalpha() else "")


_RULES = _rules(british=False)
_RULES_BRITISH = _rules(british=True)
