"""Roman numerals in English text: rulers get "the fourteenth", numbered things and years get their number."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicegw_desktop.workers.tts.numbers import cardinal, ordinal, year

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# only forms that a person writes: IIX or VV are no numerals
_NUMERAL = r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[MDCLXVI])"
_LONG = r"(?:XX?X?)?(?:III|VII|VIII|XII|XIII|XIV|XVI{1,3}|XIX)|II|IX"
"""Numerals that are no word and no usual abbreviation, so that they are read as numbers wherever they stand."""

_NOUNS = (
    "Act|Amendment|Annex|Apollo|Appendix|Article|Bowl|Canto|Category|Chapter|Concerto|Corps|Division|Episode|Fantasy|"
    "Figure|Generation|Group|Legion|Opus|Phase|Protocol|Psalm|Rocky|Saturn|Scene|Schedule|Section|Sonata|Symphony|"
    "Theorem|Tier|Type|Unit|Version|Volume|War"
)
_SPOKEN_OF = "Army|Book|Class|Grade|Level|Mark|Part|Stage|Table|Title"
"""Nouns after which a lone I may be the speaker, as in "the Book I read"; so may it after nouns in lower case."""
_TITLES = "King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Sultan|Shah|Prince|Princess|Duke|Saint|Pharaoh|Patriarch"
_RULERS = (
    "Abdullah|Adrian|Albert|Alexander|Alfonso|Amenhotep|Antiochus|Artaxerxes|Benedict|Boniface|Carl|Casimir|Catherine|"
    "Charles|Christian|Clement|Cleopatra|Constantine|Cyrus|Darius|David|Edward|Elizabeth|Eric|Faisal|Farouk|Felipe|"
    "Ferdinand|Francis|Frederick|Friedrich|George|Gregory|Gustav|Haakon|Harald|Henry|Hussein|Innocent|Isabella|Ivan|"
    "James|Julius|Justinian|Karl|Leo|Leopold|Louis|Ludwig|Margrethe|Mary|Maximilian|Mehmed|Mohammed|Murad|Napoleon|"
    "Nicholas|Olav|Oscar|Otto|Paul|Pedro|Peter|Philip|Pius|Ptolemy|Rama|Rameses|Ramesses|Ramses|Richard|Robert|Rudolf|"
    "Selim|Sigismund|Sixtus|Suleiman|Thutmose|Umberto|Urban|Victoria|Wilhelm|William|Xerxes"
)


def value(numeral: str) -> int:
    """`XIV` → 14."""
    total = 0
    for letter, following in zip(numeral, [*numeral[1:], ""], strict=True):
        worth = _VALUES[letter]
        total += -worth if _VALUES.get(following, 0) > worth else worth
    return total


def _numbered(match: re.Match[str]) -> str:
    first, last = match["first"], match["last"]
    return f"{match['noun']} {cardinal(value(first))}" + (f" to {cardinal(value(last))}" if last else "")


def _ruler(match: re.Match[str]) -> str:
    return f"{match['name']} the {ordinal(value(match['number']))}"


RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"(?P<name>\b(?:{_TITLES})\s+[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?)\s+(?P<number>{_NUMERAL})\b"), _ruler),
    (
        # a lone I after a name is more often the speaker
        re.compile(rf"(?P<name>\b(?:{_RULERS}))\s+(?P<number>(?!I\b(?!\s*(?:[.,;:!?)]|of\b|$))){_NUMERAL})\b"),
        _ruler,
    ),
    (
        re.compile(rf"(?P<noun>\b(?:{_NOUNS})s?)\s+(?P<first>{_NUMERAL})\b(?:\s?[-–]\s?(?P<last>{_NUMERAL})\b)?"),
        _numbered,
    ),
    (
        re.compile(
            rf"(?P<noun>\b(?:{_SPOKEN_OF}|{_SPOKEN_OF.lower()}|{_NOUNS.lower()})s?)\s+(?P<first>(?!I\b(?!\s*(?:[.,;:!?)]|of\b|and\b|$)))"
            rf"{_NUMERAL})\b(?:\s?[-–]\s?(?P<last>{_NUMERAL})\b)?"
        ),
        _numbered,
    ),
    (
        re.compile(rf"\b(?P<number>{_NUMERAL})(?=(?:st|nd|rd|th)?\s+(?:century|centuries|dynasty|Dynasty|Century)\b)"),
        lambda match: ordinal(value(match["number"])),
    ),
    (re.compile(r"\b(?:MCM|MM)[CLXVI]{1,7}\b"), lambda match: year(value(match[0]))),
    (re.compile(rf"(?<![\w.&-])(?:{_LONG})(?![\w&'’-]|\.\w)"), lambda match: cardinal(value(match[0]))),
)


def expand(text: str) -> str:
    """`text` with its roman numerals in words: "Louis XIV" → "Louis the fourteenth", "Chapter IV" → "Chapter four"."""
    for pattern, make in RULES:
        text = pattern.sub(make, text)
    return text
