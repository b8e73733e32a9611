"""What dates, times, sums, measures and abbreviations are in German, Spanish, French, Italian, Portuguese and Dutch.

Figures stay: espeak reads them in each language. What it reads by the names of signs is put into words here.
By hand, as for English: `num2words` is LGPL, and has neither dates nor times nor measures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voicegw_desktop.workers.tts import roman
from voicegw_desktop.workers.tts.tongue_words import (
    ABBREVIATIONS,
    CURRENCIES,
    MONTHS,
    NUMBERED,
    ORDINALS,
    PAGES,
    PER,
    SIGNS,
    UNITS,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_NUMBER = r"\d+(?:,\d+)?"
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?![\d.])")
_SPACED = re.compile(r"(?<!\d )(?<![\d.,])\d{1,3}(?: \d{3})+(?=(?:,\d+)?\s?[€$£%])")
_NUMERAL = r"X{0,3}(?:IX|IV|V?I{0,3})(?<=[IVX])"


@dataclass(frozen=True, slots=True)
class Ways:
    """How a language puts together what the tables have words for."""

    date: str
    """With day, month and year; the part with the year comes after `|`."""
    time: str
    """With hour and minutes; without minutes, the part before `|`."""
    cents: str
    """Between a sum's whole part and the rest."""
    century: str
    """The word; `{n}` is the place of its number."""
    ruler: str
    """Behind a name, with an ordinal."""


WAYS: dict[str, Ways] = {
    "de": Ways("{day} {month}| {year}", "{h} Uhr| {m}", " ", "{n} Jahrhundert", "der {n}"),
    "es": Ways("{day} de {month}| de {year}", "{h}| y {m}", " con ", "siglo {n}", "{n}"),
    "fr": Ways("{day} {month}| {year}", "{h} heures| {m}", " ", "{n} siècle", "{n}"),
    "it": Ways("{day} {month}| {year}", "{h}| e {m}", " e ", "{n} secolo", "{n}"),
    "nl": Ways("{day} {month}| {year}", "{h} uur| {m}", " ", "{n} eeuw", "de {n}"),
    "pt": Ways("{day} de {month}| de {year}", "{h} horas| e {m}", " e ", "século {n}", "{n}"),
}


class Tongue:
    """One language's rules, in order."""

    def __init__(self, language: str) -> None:
        self._language, self._ways = language, WAYS[language]
        self._months = MONTHS[language].split()
        self._ordinals = ORDINALS.get(language, "").split()
        self._units = {unit: (one, many) for unit, one, many in UNITS[language]}
        self._sums = CURRENCIES[language]
        self._short = dict(ABBREVIATIONS[language])
        self._short.update({short[0].upper() + short[1:]: words for short, words in ABBREVIATIONS[language].items()})
        self._rules = self._made()

    def expand(self, text: str) -> str:
        """`text` with what espeak would read by the names of its signs in words."""
        for rule, make in self._rules:
            text = rule.sub(make, text)
        return text

    def _made(self) -> tuple[Rule, ...]:
        sums = _any(self._sums)
        signs = SIGNS[self._language]
        number = rf"(?:{signs['−']} )?\d"
        letter, page = PAGES[self._language]
        per = {re.split(r"[ ']", words)[-1]: words for words in PER[self._language].split(",")}
        rules: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (rf"(?<![\w.]){letter}\.\s?(?=\d)", lambda _: f"{page} "),
            (rf"(?<![\w.])(?:{_any(self._short)})(?!\w)", self._abbreviation),
            # espeak leaves out the sign at the beginning, and the number means the contrary
            (rf"(?<![\w.,)-])(?<!\d\s)[-−](?=(?:{sums})?\d)", lambda _: f"{signs['−']} "),
            *((rf"(?<!\w){sign}\s?(?=(?:{sums})?\d)", self._said(signs[sign])) for sign in "~±§"),
            (r"(?<![\w./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|\.\d)", self._date),
            (r"(?<![\w.])(\d{4})-(\d{2})-(\d{2})(?![\w-])", lambda m: self._dated(m[0], m[3], m[2], m[1])),
            (r"(?<![\d:.,])([01]?\d|2[0-4])(?::|\s?h\s?)([0-5]\d)(?:\s?(?:h|Uhr|uur)\b)?(?![\d:])", self._time),
            *self._numbered(),
            (
                rf"(?<![\w.,])(?:(?P<before>{sums})\s?(?P<a>{_NUMBER})|(?P<b>{_NUMBER})\s?(?P<after>{sums})(?!\w))",
                self._sum,
            ),
            # a telephone number, which is no range
            (r"(?<![\w.,])(0\d+)\s?[-–/]\s?(?=\d{3})", lambda m: f"{m[1]}, "),
            (rf"(?<=\d)\s?[-–]\s?(?={_NUMBER}(?![\d-]))(?<!\d[-–]\d)", lambda _: f" {signs['-']} "),
            (rf"(?<=\w)\s?/\s?({_any(per)})(?!\w)", lambda m: f" {per[m[1]]}"),
            (rf"(?<![\w.,])({_NUMBER})\s?({_any(self._units)})(?![\w/²³°])", self._measure),
            (r"(?<=\d)\s?[x×]\s?(?=\d)", lambda _: f" {signs['×']} "),
            *((rf"\s?{re.escape(s)}\s?" if s == "&" else rf"(?<=\w)\s?{re.escape(s)}\s?(?={number})",
               self._said(signs[s])) for s in "&=+"),
        ]  # fmt: skip
        thousands = (_THOUSANDS, _joined), (_SPACED, _joined)
        return (*thousands, *((re.compile(pattern), make) for pattern, make in rules))

    def _numbered(self) -> list[tuple[str, Callable[[re.Match[str]], str]]]:
        """Ordinals, centuries and rulers."""
        before = self._ways.century.partition("{n}")[0].strip()
        rules: list[tuple[str, Callable[[re.Match[str]], str]]] = []
        if self._language == "de":
            month = "|".join(self._months)
            rules += [
                (rf"(?<![\w.])(\d{{1,2}})\.\s?(?={month}|Jahrhundert|Jh\b|Stock\b)", self._german),
                (rf"(?<!\w)({_NUMERAL})\.\s?(?=Jahrhundert)", self._german),
            ]
        elif self._language in ("fr", "nl"):
            ends = "er|re|ère|ème|e" if self._language == "fr" else "ste|de|e"
            rules.append((rf"(?<![\w.,])(\d{{1,2}}|{_NUMERAL})(?:{ends})(?!\w)", self._ordinal))
        elif before:
            rules.append((rf"(?<=\b{before} )({_NUMERAL})(?!\w)", lambda m: str(roman.value(m[1]))))
        if self._language == "de":
            rules.append((r"(?<=[a-zäöüß]{3})str\.", lambda _: "straße"))
        if self._language != "it":
            # espeak reads Italian ones well; a German one has a full stop, and a sentence goes on behind it
            end = r"\.(?=\s+[a-zäöü])" if self._language == "de" else ""
            rules.append((rf"(?<=[^\W\d_]{{3}} )(?<=[a-zà-ÿ] )({_NUMERAL})(?!\w){end}", self._ruler))
        return rules

    @staticmethod
    def _said(words: str) -> Callable[[re.Match[str]], str]:
        return lambda _: f" {words} "

    def _abbreviation(self, match: re.Match[str]) -> str:
        words = self._short[match[0]]
        rest = match.string[match.end() :].strip()
        # the full stop was the sentence's too
        return words + ("." if match[0].endswith(".") and not rest else "")

    def _date(self, match: re.Match[str]) -> str:
        return self._dated(match[0], match[1], match[3], match[4])

    def _dated(self, written: str, day: str, month: str, year: str) -> str:
        if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
            return written
        said = str(int(day))
        if self._language == "de":
            said = self._ordinals[int(day) - 1] + "en"
        elif said == "1":
            said = {"fr": "premier", "it": "primo", "pt": "primeiro"}.get(self._language, said)
        if len(year) == 2:
            year = ("20" if int(year) < 70 else "19") + year
        form = self._ways.date.replace("|", "")
        return form.format(day=said, month=self._months[int(month) - 1], year=year)

    def _time(self, match: re.Match[str]) -> str:
        alone, _, minutes = self._ways.time.partition("|")
        form = alone + (minutes if int(match[2]) else "")
        said = form.format(h=int(match[1]), m=int(match[2]))
        return re.sub(r"\b1 (hora|heure)s", r"1 \1", said)

    def _german(self, match: re.Match[str]) -> str:
        number = int(match[1]) if match[1].isdigit() else roman.value(match[1])
        if not 1 <= number <= len(self._ordinals):
            return match[0]
        named = re.search(r"\b(?:[Dd]er|[Dd]as|[Dd]ie)\s$", match.string[: match.start()])
        return f"{self._ordinals[number - 1]}{'e' if named else 'en'} "

    def _ordinal(self, match: re.Match[str]) -> str:
        number = int(match[1]) if match[1].isdigit() else roman.value(match[1])
        if not 1 <= number <= len(self._ordinals):
            return match[0]
        first = {"re": "première", "ère": "première"}.get(match[0][len(match[1]) :])
        return first if number == 1 and first else self._ordinals[number - 1]

    def _ruler(self, match: re.Match[str]) -> str:
        number = roman.value(match[1])
        words = str(number)
        name = match.string[: match.start()].rstrip().rpartition(" ")[2]
        if not name[:1].isupper() or (len(match[1]) == 1 and match[1] != "V"):
            return match[0]
        if name.lower() in NUMBERED.get(self._language, "").split():
            return words
        if self._language == "de" and number <= len(self._ordinals):
            words = self._ordinals[number - 1].capitalize() + "e"
        elif self._language in ("es", "pt") and number <= len(self._ordinals):
            stem = self._ordinals[number - 1]
            words = stem + ("a" if name.endswith(("a", "Isabel")) else "o")
        elif self._language == "nl" and number <= len(self._ordinals):
            words = self._ordinals[number - 1]
        return self._ways.ruler.format(n=words)

    def _sum(self, match: re.Match[str]) -> str:
        amount, sign = match["a"] or match["b"], match["before"] or match["after"]
        one, many = self._sums[sign]
        whole, _, cents = amount.partition(",")
        named = f"{whole} {one if whole == '1' else many}"
        if not cents.strip("0"):
            return named
        return named + self._ways.cents + str(int(cents)) if len(cents) == 2 else f"{amount} {many}"

    def _measure(self, match: re.Match[str]) -> str:
        one, many = self._units[match[2]]
        return f"{match[1]} {one if match[1] == '1' else many}"


def _any(words: Mapping[str, object]) -> str:
    return "|".join(sorted((re.escape(w) for w in words), key=len, reverse=True))


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


TONGUES = {language: Tongue(language) for language in WAYS}
