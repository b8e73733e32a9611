"""What lies between the words of a text: where a unit ends, what a gap means, what may never be parted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class End(StrEnum):
    """What a chunk ends with; decides the pause after it."""

    NONE = "none"
    """in the middle of a clause"""
    CLAUSE = "clause"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


LONGEST_UNIT = 400
"""Characters that may stand together without a cut: a link, a tag, an address."""

TITLES = _words(
    "mr mrs ms mx dr prof st gen col sgt capt lt rev hon pres gov sen rep mt ft no nos fig figs vol pp p art sec eq ch "
    "sr sra dra profa av avda núm pág sig sig.ra dott dott.ssa prof.ssa ing avv dhr mevr mw nr tel tél"
)
"""Abbreviations that always belong to the word after them."""
INNER = _words(
    "e.g i.e vs cf viz al ca approx est incl resp z.b d.h u.a bzw ggf inkl evtl env aprox bijv bv o.a d.w.z p.ej"
)
"""Abbreviations inside a sentence: a capital after them proves nothing."""
EITHER = _words("etc inc ltd co corp jr u.s u.k a.m p.m ave blvd rd dept hr hrs min mins sec lb lbs oz ft in")
"""Abbreviations that end a sentence when a capital follows."""
MONTHS = _words("jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun")
MONTH_NAMES = _words("january february march april may june july august september october november december") | MONTHS
GERMAN_COUNTED = _words(
    "januar februar märz april mai juni juli august september oktober november dezember jahrhundert stock"
)
"""After a number with a full stop, an ordinal."""
AFTER_NUMBER = _words(
    "hundred thousand million billion trillion percent dollars euros pounds cents am pm a.m. p.m. a.m p.m o'clock "
    "km m cm mm kg g mg lb lbs oz "
    "mph ms s sec seconds minutes min hours h hz khz mhz ghz kb mb gb tb °c °f % degrees k bn bc ad bce ce"
)
LEADS = _words(
    "and but or nor so yet because although though while when where which who that if unless until since as than to "
    "for with without from into about after before between through over under at in on by of is are was "
    "were will would can could"
)
"""Words a speaker may breathe before."""

LONGEST_RUN = 60
"""Ideographs without punctuation that may stand together."""

_OPENERS = "\"'“‘«([{*_~`"
CLOSERS = "\"'”’»)]}*_~`"
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_CJK_STOP = "。！？｡"
_CJK_COMMA = "、，；：､"
_CJK_CHAR = re.compile(f"[{_CJK}]")
_SENTENCE = re.compile(r"[.!?…؟।॥]+$")
_CLAUSE = re.compile(r"[,;:،؛–—]$|--$")
_ENUMERATOR = re.compile(r"^(?:\d{1,3}|[A-Za-z])[.)]$")
_INITIAL = re.compile(r"^(?:[A-Za-z]\.)+$")


@dataclass(slots=True)
class Unit:
    """What is never cut: a word with its punctuation, a link, a tag; and the white space before it."""

    text: str
    space: str


def bare(text: str) -> str:
    return text.strip(_OPENERS + CLOSERS)


def unit_end(text: str, start: int, final: bool) -> int | None:
    """Where the unit that begins at `start` ends; None while more text could change it."""
    length = len(text)
    index = start
    ideographs = 0
    while index < length:
        char = text[index]
        if char.isspace():
            return index
        if char in "<[":
            end = _span(text, index, "<", ">") if char == "<" else _link(text, index)
            if end is not None and end < 0:
                if not final:
                    return None
            elif end is not None:
                if char == "<":
                    return end if index == start else index
                index = end
                continue
        if char in _CJK_STOP or char in _CJK_COMMA:
            index += 1
            while index < length and (text[index] in _CJK_STOP or text[index] in '」』）】”’"'):
                index += 1
            return index if index < length or final else None
        ideographs += bool(_CJK_CHAR.match(char))
        if index - start >= LONGEST_UNIT or ideographs > LONGEST_RUN:
            return index
        index += 1
    return length if final else None


def _link(text: str, start: int) -> int | None:
    """End of the `[words](address)` at `start`; -1 while it may still become one; None when it is none."""
    end = _span(text, start, "[", "]")
    if end is None or end < 0:
        return end
    if end == len(text):
        return -1
    return _span(text, end, "(", ")") if text[end] == "(" else None


def _span(text: str, start: int, opening: str, closing: str) -> int | None:
    """End of the bracket opened at `start`; -1 while it may still close; None when it is no bracket pair."""
    if opening == "<" and start + 1 < len(text) and not (text[start + 1].isalpha() or text[start + 1] in "/!"):
        return None
    end = text.find(closing, start, start + LONGEST_UNIT)
    if end >= 0:
        return end + 1
    return -1 if len(text) - start < LONGEST_UNIT else None


def weight(text: str) -> float:
    """About how many words it takes to say."""
    ideographs = len(_CJK_CHAR.findall(text))
    if ideographs:
        return ideographs / 2
    if text.startswith("<"):
        return 0.0
    if text.startswith("["):
        return 1.0 + text.count(" ", 0, text.find("]"))
    figures = sum(c.isdigit() for c in text)
    if figures:
        return 1 + figures / 2
    return 1.0 if len(text) <= 14 else len(text) / 8


def end_of(text: str) -> End:
    """What the punctuation at the end of a unit says, whatever follows."""
    shown = text.rstrip(CLOSERS)
    if not shown:
        return End.NONE
    if shown[-1] in _CJK_STOP or _SENTENCE.search(shown):
        return End.SENTENCE
    return End.CLAUSE if shown[-1] in _CJK_COMMA or _CLAUSE.search(shown) else End.NONE


def _word(text: str) -> str:
    return bare(text).rstrip(".,;:!?").lower()


def joinable(before: Unit, after: Unit) -> bool:
    """True when the two belong together, so that no cut may come between."""
    left, right = bare(before.text), bare(after.text)
    stem = left.rstrip(".,").lower()
    if not left or not right:
        return True
    if left.endswith(".") and (stem in TITLES or stem in INNER):
        return True
    figures = left[-1:].isdigit() or (left[-1:] in ".,%" and left[-2:-1].isdigit() and right[:1].isdigit())
    if figures and (right[:1].isdigit() or right.rstrip(".,;:!?").lower() in AFTER_NUMBER):
        return True
    if stem.isdigit() and left.endswith(".") and _word(right) in GERMAN_COUNTED:
        return True
    if right[:1].isdigit() and (stem in MONTH_NAMES or left[-1:] in "$€£¥₹#+-–−"):
        return True
    if left[-1:].isdigit() and stem[-1:].isdigit() and right.rstrip(".,").lower() in MONTH_NAMES:
        return True
    return left in ("-", "–", "—", "&", "+", "=", "/") and right[:1].isalnum() and left != "—"


def gap(before: Unit, after: Unit, starts: bool) -> End:
    """What lies between two neighbouring units. `starts`: `before` opens the chunk."""
    lines = after.space.count("\n")
    left, right = before.text.rstrip(CLOSERS), after.text.lstrip(_OPENERS)
    if lines >= 2:
        return End.PARAGRAPH
    new_item = lines and (
        _ENUMERATOR.match(after.text) or after.text in ("-", "*", "+", "•", "|") or after.text[0] in "#>|`"
    )
    if new_item:
        return End.SENTENCE
    if not left or not right:
        return End.NONE
    if _ENUMERATOR.match(left) and (starts or "\n" in before.space):
        return End.NONE
    end = end_of(before.text)
    if end is End.SENTENCE and left.endswith(".") and not left.endswith(".."):
        stem = bare(left).rstrip(".").lower()
        if stem in TITLES or stem in INNER or (stem.isdigit() and _word(right) in GERMAN_COUNTED):
            return End.NONE
        if stem in MONTHS or stem in EITHER or _INITIAL.match(bare(left)):
            if stem in MONTHS and right[0].isdigit():
                return End.NONE
            # an initial (J. Smith) is followed by a capital too, so only known abbreviations end a sentence
            known = stem in EITHER or stem in MONTHS
            end = End.SENTENCE if known and right[0].isupper() else End.NONE
    if end is End.SENTENCE and right[0].islower() and left[-1] in ".…":
        end = End.CLAUSE
    if end is End.CLAUSE and joinable(before, after):
        end = End.NONE
    if end is End.NONE and right in ("—", "–", "--"):
        return End.NONE
    if left in ("—", "–", "--"):
        end = End.CLAUSE
    if lines and end is End.NONE:
        return End.NONE if right[0].islower() else End.CLAUSE
    return end
