"""One turn of `/v2/listen`: its words so far, and how a TurnInfo message tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.events import Final


@dataclass
class Turn:
    """One turn under way; times are seconds since the first sample."""

    index: int
    start_s: float
    texts: list[str] = field(default_factory=list)
    """Transcripts of the utterances that are final."""
    words: list[dict[str, Any]] = field(default_factory=list)
    """The words of these, as a message has them."""
    language: str | None = None
    owed: int = 0
    """Utterances that began in the engine and are not final."""
    silent_since_s: float | None = None
    """Where the last voice ended."""
    guessed: bool = False
    """An EagerEndOfTurn was sent and not taken back."""

    def transcript(self, more: str = "") -> str:
        """The final texts, and `more` that may still change."""
        return " ".join(t for t in (*self.texts, more.strip()) if t)

    def said(self, final: Final, base_s: float) -> None:
        """Add an utterance whose stream began at `base_s`. Clients read the words, so a text without times has them."""
        self.texts.append(final.text.strip())
        self.words += [
            {
                "word": w.text.strip(),
                "confidence": round(w.confidence, 3),
                "start": round(w.start_s + base_s, 3),
                "end": round(w.end_s + base_s, 3),
            }
            for w in final.words
        ] or [{"word": word, "confidence": round(final.confidence, 3)} for word in final.text.split()]

    def told(self, at_s: float, more: str, unsure: list[dict[str, Any]]) -> dict[str, Any]:
        """The fields of a TurnInfo message at `at_s`; `more` and `unsure` are text and words that may still change."""
        return {
            "turn_index": self.index,
            "audio_window_start": round(self.start_s, 3),
            "audio_window_end": round(max(self.start_s, at_s), 3),
            "transcript": self.transcript(more),
            "words": [*self.words, *unsure],
        }
