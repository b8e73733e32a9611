"""How far into the text a target has spoken, by the times of its words, so that another target can continue there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicegw_desktop.core.events import Alignment
from voicegw_desktop.core.growing import GrowingText

WITHIN = 4_000
"""Characters after a word within which the next one is looked for: what lies between them was not spoken."""
WORD_SLACK_S = 0.00005  # a sample or so of rounding


@dataclass(frozen=True, slots=True)
class _Word:
    """One word the target told the time of, in the run's own time and text."""

    start_s: float
    end_s: float
    until: int
    """Characters of the text up to its end."""


class Spoken:
    """One target's words, placed in the run's text and time."""

    def __init__(self, text_from: int, begun_s: float, skip_s: float) -> None:
        self.text_from = text_from
        """Characters of the run's text the target was not given, because they were heard already."""
        self.begun_s = begun_s
        """Seconds of the run's audio before its own first sample that counts."""
        self.skip_s = skip_s
        """Seconds at the start of the target's audio that another target has already spoken."""
        self._words: list[_Word] = []
        self._aligned_to = 0

    def place(self, event: Alignment, text: GrowingText) -> Alignment | None:
        """Find the words in `text`; those that count in the run's time, or None when none does."""
        shift = self.begun_s - self.skip_s
        for word in event.words:
            bare = word.text.strip()
            start = self.text_from + self._aligned_to
            found = text.since(start, WITHIN).find(bare) if bare else -1
            if found < 0:
                continue
            end = start + found + len(bare)
            self._aligned_to = end - self.text_from
            self._words.append(_Word(word.start_s + shift, word.end_s + shift, end))
        heard = [
            replace(w, start_s=w.start_s + shift, end_s=w.end_s + shift)
            for w in event.words
            if w.end_s > self.skip_s - WORD_SLACK_S or not self.skip_s
        ]
        return Alignment(tuple(heard)) if heard else None

    def resume_at(self, heard_s: float, given: str) -> tuple[int, float]:
        """Where the next target goes on: characters to leave out, and seconds of its audio to drop.

        `heard_s` is how much the client has heard of the run, `given` the text this target was given.
        """
        text_from, at = self.text_from, self.begun_s - self.skip_s
        for word in self._words:
            if word.start_s >= heard_s - WORD_SLACK_S:
                # silence before a word that was not begun: nothing of it was heard
                return text_from, 0.0
            text_from, at = word.until, word.end_s
        # do the words whose times are known reach to the end of what was given?
        covered = bool(self._words) and not given[self._aligned_to :].strip(" .,;:!?\n\"'")
        return text_from, 0.0 if at >= heard_s or covered else heard_s - at
