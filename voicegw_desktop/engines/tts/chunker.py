"""Cuts text, whole or arriving in pieces, into parts to synthesise: a short first one, then sentences.

Where a cut falls depends on the text alone, never on how it was split into pieces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from voicegw_desktop.engines.tts.markup import BREAK, break_seconds


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class End(StrEnum):
    """What a chunk ends with; decides the pause after it."""

    NONE = "none"
    """in the middle of a clause"""
    CLAUSE = "clause"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the text, markup included, without the white space around it."""

    text: str
    end: End
    break_s: float = 0.0
    """Silence asked for by a `<break>` after it, seconds."""


PAUSES_S = {End.NONE: 0.0, End.CLAUSE: 0.10, End.SENTENCE: 0.26, End.PARAGRAPH: 0.5}
WORD_S = 0.3
"""About how long a word is, said at speed 1."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What synthesis costs: each chunk is made while what was made before it plays, so this bounds its length."""

    rtf: float = 0.4
    """Seconds of work for a second of speech."""
    overhead_s: float = 0.0
    """What every chunk costs besides its own speech, as seconds of speech."""

    def cost_s(self, speech_s: float) -> float:
        """Seconds of work for one chunk."""
        return self.rtf * (speech_s + self.overhead_s)

    def affordable_s(self, in_hand_s: float) -> float:
        """The longest speech that is ready before what is in hand has been played."""
        return in_hand_s / self.rtf - self.overhead_s


FIRST_WORDS = 6
LONGEST_WORDS = 36
LONGEST_UNIT = 400
"""Characters that may stand together without a cut: a link, a tag, an address."""

TITLES = _words(
    "mr mrs ms mx dr prof st gen col sgt capt lt rev hon pres gov sen rep mt ft no nos fig figs vol pp p art sec eq ch"
)
"""Abbreviations that always belong to the word after them."""
INNER = _words("e.g i.e vs cf viz al ca approx est incl resp")
"""Abbreviations inside a sentence: a capital after them proves nothing."""
EITHER = _words("etc inc ltd co corp jr sr u.s u.k a.m p.m ave blvd rd dept hr hrs min mins sec lb lbs oz ft in")
"""Abbreviations that end a sentence when a capital follows."""
MONTHS = _words("jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun")
MONTH_NAMES = _words("january february march april may june july august september october november december") | MONTHS
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
FEWEST_WORDS = 2
"""A first chunk of one word would be over before the second is made."""
UNHEARD_S = 0.12
"""By this much a pause between clauses may be longer without sounding like a gap."""
NEXT_WORDS = 4
"""What a second chunk has at least, when the text has it: speech cut finer sounds cut."""

_OPENERS = "\"'“‘«([{*_~`"
_CLOSERS = "\"'”’»)]}*_~`"
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_CJK_STOP = "。！？｡"
_CJK_COMMA = "、，；：､"
_CJK_CHAR = re.compile(f"[{_CJK}]")
_SENTENCE = re.compile(r"[.!?…؟।॥]+$")
_CLAUSE = re.compile(r"[,;:،؛–—]$|--$")
_ENUMERATOR = re.compile(r"^(?:\d{1,3}|[A-Za-z])[.)]$")
_INITIAL = re.compile(r"^(?:[A-Za-z]\.)+$")


@dataclass(slots=True)
class _Unit:
    """What is never cut: a word with its punctuation, a link, a tag; and the white space before it."""

    text: str
    space: str


def _bare(text: str) -> str:
    return text.strip(_OPENERS + _CLOSERS)


class Chunker:
    """Feed text; get chunks. The first has at most `first_words` words, later ones grow as fast as `pace` allows."""

    def __init__(
        self, first_words: int = FIRST_WORDS, longest_words: int = LONGEST_WORDS, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._first = max(1, first_words)
        self._longest = max(self._first, longest_words)
        # a first chunk must last until the second is made
        second_s = self._pace.cost_s(NEXT_WORDS * WORD_S)
        self._fewest = self._words_of(second_s)
        self._fewest_in_clause = self._words_of(second_s - PAUSES_S[End.CLAUSE] - UNHEARD_S)
        self._limit = float(self._first)
        self._in_hand_s = 0.0
        """Speech made and not yet played when the next chunk is begun, by the pace."""
        self._count = 0
        self._text = ""
        """Received, not yet cut into units."""
        self._units: list[_Unit] = []
        self._last_comma = 0
        """Units up to the latest clause end in the open chunk."""
        self._weight = 0.0

    def feed(self, text: str) -> list[Chunk]:
        """Add text; return the chunks that are now certain."""
        self._text += text
        return self._run(final=False)

    def finish(self) -> list[Chunk]:
        """No more text: return what remains."""
        chunks = self._run(final=True)
        if self._units:
            end = _end_of(self._units[-1].text)
            chunks += self._cut(len(self._units), End.SENTENCE if end is End.NONE else end)
        return chunks

    def flush_sentence(self) -> list[Chunk]:
        """Return what was held back if it is a whole sentence; for when the text has paused (a tool call, say)."""
        pending = self._text.strip()
        held = (self._units[-1].text if self._units else "") if not pending else pending.split()[-1]
        return self.finish() if held and _end_of(held) in (End.SENTENCE, End.PARAGRAPH) else []

    def _run(self, final: bool) -> list[Chunk]:
        chunks: list[Chunk] = []
        while (unit := self._next_unit(final)) is not None:
            self._units.append(unit)
            chunks += self._decide()
        return chunks + self._early()

    # -- units ---------------------------------------------------------------------------------------------------

    def _next_unit(self, final: bool) -> _Unit | None:
        """Take the next unit off the text, or None while it may still grow."""
        text = self._text
        start = len(text) - len(text.lstrip())
        if start == len(text):
            return None
        end = _unit_end(text, start, final)
        if end is None:
            return None
        self._text = text[end:]
        return _Unit(text[start:end], text[:start])

    # -- decisions -----------------------------------------------------------------------------------------------

    def _decide(self) -> list[Chunk]:
        """Look at the gap before the newest unit; the newest unit itself stays."""
        chunks: list[Chunk] = []
        newest = self._units[-1]
        if found := BREAK.fullmatch(newest.text):
            seconds = break_seconds(found.group(1))
            self._units.pop()
            if self._units:
                return self._cut(len(self._units), _end_of(self._units[-1].text), seconds)
            return [Chunk("", End.NONE, seconds)] if seconds else []
        if len(self._units) > 1:
            before = self._units[-2]
            self._weight += weight(before.text)
            end = _gap(before, newest, len(self._units) == 2)
            position = len(self._units) - 1
            if self._good_end(end):
                chunks += self._cut(position, end)
            else:
                if end is End.CLAUSE:
                    self._last_comma = position
                if self._weight + weight(newest.text) > self._limit:
                    chunks += self._too_long()
        return chunks

    def _early(self) -> list[Chunk]:
        """Cut before a word that is not complete yet, where its first letter is all that matters."""
        pending = self._text.lstrip()
        space = self._text[: len(self._text) - len(pending)]
        if not (self._units and space and pending and pending[0].isalnum()) or "\n" in space:
            return []
        last = self._units[-1]
        if last.text.rstrip(_CLOSERS + ",;:.!?")[-1:].isdigit():
            return []
        end = _gap(last, _Unit(pending[0], space), len(self._units) == 1)
        self._weight += weight(last.text)
        good = self._good_end(end)
        self._weight -= weight(last.text)
        return self._cut(len(self._units), end) if good else []

    def _good_end(self, end: End) -> bool:
        """Is this end worth a cut?"""
        if end is End.SENTENCE:
            return self._count > 0 or self._weight >= min(FEWEST_WORDS, self._first)
        return end is End.PARAGRAPH or (end is End.CLAUSE and self._good_clause())

    def _good_clause(self) -> bool:
        """Is a clause end here worth a cut? The first always, if it has a few words; later only long ones."""
        if self._count == 0:
            return self._weight >= self._fewest_in_clause
        if self._limit < self._longest:
            return self._weight >= self._limit * 0.4
        return self._weight >= self._longest * 0.6

    def _too_long(self) -> list[Chunk]:
        """The open chunk would pass its limit with the newest unit: cut at the best place so far."""
        units = self._units
        least = self._fewest if self._count == 0 else FEWEST_WORDS
        weights = list(accumulate(weight(unit.text) for unit in units))
        if self._last_comma and weights[self._last_comma - 1] >= min(least, self._fewest_in_clause):
            return self._cut(self._last_comma, End.CLAUSE)
        places = [i for i in range(1, len(units)) if not _joinable(units[i - 1], units[i])]
        lasting = [i for i in places if weights[i - 1] >= least]
        if not lasting and weights[-1] <= self._limit * 2:
            return []
        places = lasting or places
        if not places:
            return []
        nice = [i for i in places if _bare(units[i].text).lower() in LEADS and i >= len(units) * 0.5]
        return self._cut(nice[-1] if nice else places[-1], End.NONE)

    def _cut(self, count: int, end: End, break_s: float = 0.0) -> list[Chunk]:
        taken, self._units = self._units[:count], self._units[count:]
        text = taken[0].text + "".join(u.space + u.text for u in taken[1:])
        self._plan(sum(weight(u.text) for u in taken) * WORD_S, PAUSES_S[end] + break_s)
        self._count += 1
        self._last_comma = 0
        self._weight = sum(weight(u.text) for u in self._units[:-1])
        for position in range(1, len(self._units)):
            if _gap(self._units[position - 1], self._units[position], position == 1) is End.CLAUSE:
                self._last_comma = position
        return [Chunk(text, end, break_s)]

    def _words_of(self, speech_s: float) -> int:
        return min(max(FEWEST_WORDS, round(speech_s / WORD_S)), self._first)

    def _plan(self, speech_s: float, pause_s: float) -> None:
        """Say how long the next chunk may be, so that it is made before what was said until now is over."""
        if self._count:
            self._in_hand_s = max(0.0, self._in_hand_s - self._pace.cost_s(speech_s))
        self._in_hand_s += speech_s + pause_s
        words = self._pace.affordable_s(self._in_hand_s) / WORD_S
        self._limit = min(self._longest, max(words, NEXT_WORDS, self._first))


def _unit_end(text: str, start: int, final: bool) -> int | None:
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


def _end_of(text: str) -> End:
    """What the punctuation at the end of a unit says, whatever follows."""
    bare = text.rstrip(_CLOSERS)
    if not bare:
        return End.NONE
    if bare[-1] in _CJK_STOP or _SENTENCE.search(bare):
        return End.SENTENCE
    return End.CLAUSE if bare[-1] in _CJK_COMMA or _CLAUSE.search(bare) else End.NONE


def _joinable(before: _Unit, after: _Unit) -> bool:
    """Do the two belong together, so that no cut may come between?"""
    left, right = _bare(before.text), _bare(after.text)
    stem = left.rstrip(".,").lower()
    if not left or not right:
        return True
    if left.endswith(".") and (stem in TITLES or stem in INNER):
        return True
    figures = left[-1:].isdigit() or (left[-1:] in ".,%" and left[-2:-1].isdigit() and right[:1].isdigit())
    if figures and (right[:1].isdigit() or right.rstrip(".,;:!?").lower() in AFTER_NUMBER):
        return True
    if right[:1].isdigit() and (stem in MONTH_NAMES or left[-1:] in "$€£¥₹#+-–−"):
        return True
    if left[-1:].isdigit() and stem[-1:].isdigit() and right.rstrip(".,").lower() in MONTH_NAMES:
        return True
    return left in ("-", "–", "—", "&", "+", "=", "/") and right[:1].isalnum() and left != "—"


def _gap(before: _Unit, after: _Unit, starts: bool) -> End:
    """What lies between two neighbouring units. `starts`: `before` opens the chunk."""
    lines = after.space.count("\n")
    left, right = before.text.rstrip(_CLOSERS), after.text.lstrip(_OPENERS)
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
    end = _end_of(before.text)
    if end is End.SENTENCE and left.endswith(".") and not left.endswith(".."):
        stem = _bare(left).rstrip(".").lower()
        if stem in TITLES or stem in INNER:
            return End.NONE
        if stem in MONTHS or stem in EITHER or _INITIAL.match(_bare(left)):
            if stem in MONTHS and right[0].isdigit():
                return End.NONE
            # an initial (J. Smith) is followed by a capital too, so only known abbreviations end a sentence
            known = stem in EITHER or stem in MONTHS
            end = End.SENTENCE if known and right[0].isupper() else End.NONE
    if end is End.SENTENCE and right[0].islower() and left[-1] in ".…":
        end = End.CLAUSE
    if end is End.CLAUSE and _joinable(before, after):
        end = End.NONE
    if end is End.NONE and right in ("—", "–", "--"):
        return End.NONE
    if left in ("—", "–", "--"):
        end = End.CLAUSE
    if lines and end is End.NONE:
        return End.NONE if right[0].islower() else End.CLAUSE
    return end
