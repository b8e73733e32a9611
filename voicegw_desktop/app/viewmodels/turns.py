"""The turns of a session as rows: how long each stage took, who was interrupted, what it cost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicegw_desktop.app.language import capital, count, tr
from voicegw_desktop.app.viewmodels.words import clock, millis, spent
from voicegw_desktop.core.typed import Record, number, record, text, whole

STAGE_TONES = {
    "endpoint": "field",
    "transcript": "stt",
    "to the model": "line",
    "first token": "llm",
    "first clause": "llm",
    "to the voice": "line",
    "first sound": "tts",
}
"""Stage → a role of the theme's colours; the ways through the client are no engine's work."""


@dataclass(frozen=True)
class TurnRow:
    """One turn of a session."""

    id: str
    number: int
    """From 1, the oldest first."""
    stages: tuple[tuple[str, float], ...]
    """(name, milliseconds) in order."""
    longest: float
    """Milliseconds of the longest turn of the session: the scale of all."""
    source: Record

    @property
    def total(self) -> float:
        """Milliseconds from the end of speech to the last mark."""
        return sum(ms for _, ms in self.stages)

    @property
    def segments(self) -> list[tuple[str, float]]:
        """(colour, share of the longest turn) of each stage."""
        scale = self.longest or 1.0
        return [(STAGE_TONES.get(name, "field"), ms / scale) for name, ms in self.stages]

    @property
    def mark(self) -> str:
        """What sets the turn apart, in a word."""
        if whole(self.source.get("errors")):
            return tr("failed")
        return tr("interrupted") if number(self.source.get("interrupted_ms")) is not None else ""

    @property
    def spoken(self) -> str:
        """The turn's stages in words, for screen readers and tooltips."""
        return ", ".join(f"{tr(name)} {millis(ms)}" for name, ms in self.stages)


def rows(turns: Sequence[Record]) -> list[TurnRow]:
    """One for each turn of the operation `session`, the oldest first."""
    told = sorted(turns, key=lambda turn: number(turn.get("started_at")) or 0.0)
    stages = [tuple((name, number(ms) or 0.0) for name, ms in record(turn.get("stages")).items()) for turn in told]
    longest = max((sum(ms for _, ms in some) for some in stages), default=0.0)
    both = zip(told, stages, strict=True)
    return [TurnRow(text(turn["id"]), n, some, longest, turn) for n, (turn, some) in enumerate(both, 1)]


def facts(turn: TurnRow) -> list[tuple[str, str]]:
    """(name, value) of all that is known about the turn."""
    of = turn.source
    interrupted, dead, over = (number(of.get(f"{n}_ms")) for n in ("interrupted", "dead_air", "talk_over"))
    heard = tr("after {time} of the answer", time=millis(interrupted)) if interrupted is not None else ""
    targets = [text(of.get(m)) for m in ("stt", "llm", "tts") if of.get(m)]
    pairs = [
        (tr("Person"), text(of.get("person"))),
        (tr("Agent"), text(of.get("agent"))),
        *((capital(tr(name)), millis(ms)) for name, ms in turn.stages if ms >= 0.5),
        (tr("Interrupted"), heard),
        (tr("Spoke at once"), millis(over) if over else ""),
        (tr("Silence"), millis(dead) if dead is not None else ""),
        (tr("Cost"), cost(of)),
        (tr("Served by"), ", ".join(targets)),
        (tr("Went wrong"), _troubles(of)),
        (tr("When"), clock(number(of.get("started_at")) or 0.0, time.time())),
    ]
    return [pair for pair in pairs if pair[1]]


def cost(turn: Mapping[str, object]) -> str:
    """The turn's cost as text."""
    return spent(whole(turn.get("cost_nanos")), whole(turn.get("unpriced")) or 0)


def _troubles(turn: Record) -> str:
    errors, fallbacks, false = (whole(turn.get(name)) or 0 for name in ("errors", "fallbacks", "false_starts"))
    told = [count(errors, "error") if errors else "", count(fallbacks, "fallback") if fallbacks else ""]
    return ", ".join(part for part in (*told, count(false, "false start") if false else "") if part)
