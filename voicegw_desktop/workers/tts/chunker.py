"""Cuts text, whole or arriving in pieces, into parts to synthesise: a short first one, then sentences.

Where a cut falls depends on the text and the pace alone, never on how the text was split into pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from voicegw_desktop.workers.tts.boundaries import (
    CLOSERS,
    LEADS,
    End,
    Unit,
    bare,
    end_of,
    gap,
    joinable,
    unit_end,
    weight,
)
from voicegw_desktop.workers.tts.markup import BREAK, break_seconds


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
FEWEST_WORDS = 2
"""A first chunk of one word would be over before the second is made."""
UNHEARD_S = 0.12
"""By this much a pause between clauses may be longer without sounding like a gap."""
NEXT_WORDS = 4
"""What a second chunk has at least, when the text has it: shorter chunks sound cut off."""


class Chunker:
    """Feed text; get chunks. The first has at most `first_words` words, more where `pace` needs it; later ones grow."""

    def __init__(
        self, first_words: int = FIRST_WORDS, longest_words: int = LONGEST_WORDS, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        # a first chunk must last until the second is made
        second_s = self._pace.cost_s(NEXT_WORDS * WORD_S)
        self._first = max(1, first_words, min(FIRST_WORDS, round(second_s / WORD_S)))
        self._longest = max(self._first, longest_words)
        self._fewest = self._words_of(second_s)
        self._fewest_in_clause = self._words_of(second_s - PAUSES_S[End.CLAUSE] - UNHEARD_S)
        self._limit = float(self._first)
        self._in_hand_s = 0.0
        """Speech made and not yet played when the next chunk is begun, by the pace."""
        self._count = 0
        self._text = ""
        """Received, not yet cut into units."""
        self._units: list[Unit] = []
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
            end = end_of(self._units[-1].text)
            chunks += self._cut(len(self._units), End.SENTENCE if end is End.NONE else end)
        return chunks

    def flush_sentence(self) -> list[Chunk]:
        """Return what was held back if it is a whole sentence; for when the text has paused (a tool call, say)."""
        pending = self._text.strip()
        held = (self._units[-1].text if self._units else "") if not pending else pending.split()[-1]
        return self.finish() if held and end_of(held) in (End.SENTENCE, End.PARAGRAPH) else []

    def _run(self, final: bool) -> list[Chunk]:
        chunks: list[Chunk] = []
        while (unit := self._next_unit(final)) is not None:
            self._units.append(unit)
            chunks += self._decide()
        return chunks + self._early()

    # -- units ---------------------------------------------------------------------------------------------------

    def _next_unit(self, final: bool) -> Unit | None:
        """Take the next unit off the text, or None while it may still grow."""
        text = self._text
        start = len(text) - len(text.lstrip())
        if start == len(text):
            return None
        end = unit_end(text, start, final)
        if end is None:
            return None
        self._text = text[end:]
        return Unit(text[start:end], text[:start])

    # -- decisions -----------------------------------------------------------------------------------------------

    def _decide(self) -> list[Chunk]:
        """Look at the gap before the newest unit; the newest unit itself stays."""
        chunks: list[Chunk] = []
        newest = self._units[-1]
        if found := BREAK.fullmatch(newest.text):
            seconds = break_seconds(found.group(1))
            self._units.pop()
            if self._units:
                return self._cut(len(self._units), end_of(self._units[-1].text), seconds)
            return [Chunk("", End.NONE, seconds)] if seconds else []
        if len(self._units) > 1:
            before = self._units[-2]
            self._weight += weight(before.text)
            end = gap(before, newest, len(self._units) == 2)
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
        if last.text.rstrip(CLOSERS + ",;:.!?")[-1:].isdigit():
            return []
        end = gap(last, Unit(pending[0], space), len(self._units) == 1)
        self._weight += weight(last.text)
        good = self._good_end(end)
        self._weight -= weight(last.text)
        return self._cut(len(self._units), end) if good else []

    def _good_end(self, end: End) -> bool:
        """True when the text may be cut at this end."""
        if end is End.SENTENCE:
            return self._count > 0 or self._weight >= min(FEWEST_WORDS, self._first)
        return end is End.PARAGRAPH or (end is End.CLAUSE and self._good_clause())

    def _good_clause(self) -> bool:
        """True when a clause end here is worth a cut: the first if it has a few words, later only long ones."""
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
        places = [i for i in range(1, len(units)) if not joinable(units[i - 1], units[i])]
        lasting = [i for i in places if weights[i - 1] >= least]
        if not lasting and weights[-1] <= self._limit * 2:
            return []
        places = lasting or places
        if not places:
            return []
        nice = [i for i in places if bare(units[i].text).lower() in LEADS and i >= len(units) * 0.5]
        return self._cut(nice[-1] if nice else places[-1], End.NONE)

    def _cut(self, count: int, end: End, break_s: float = 0.0) -> list[Chunk]:
        taken, self._units = self._units[:count], self._units[count:]
        text = taken[0].text + "".join(u.space + u.text for u in taken[1:])
        self._plan(sum(weight(u.text) for u in taken) * WORD_S, PAUSES_S[end] + break_s)
        self._count += 1
        self._last_comma = 0
        self._weight = sum(weight(u.text) for u in self._units[:-1])
        for position in range(1, len(self._units)):
            if gap(self._units[position - 1], self._units[position], position == 1) is End.CLAUSE:
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
