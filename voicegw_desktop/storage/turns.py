"""Turns of conversations in the database: how long each stage of an exchange took, and what went wrong in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from voicegw_desktop.core.money import known
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.narrowing import narrowed
from voicegw_desktop.storage.queries import page
from voicegw_desktop.storage.records import usd

TAG = "turn"
"""First value of a turn's line in the journal, where a request's is its id."""
STAGES = {
    "endpoint_ms": "endpoint",
    "final_ms": "transcript",
    "asked_ms": "to the model",
    "first_token_ms": "first token",
    "first_clause_ms": "first clause",
    "speak_ms": "to the voice",
    "first_audio_ms": "first sound",
}
"""The marks of a turn in their order, and the name of the stage that ends with each. What passes `to the model` and
`to the voice` passes at the client, if the answer is not made here as in a Realtime session."""


@dataclass(slots=True)
class TurnRecord:
    """One exchange: a person speaks, and an agent answers. Times in `_ms` count from the end of the person's speech;
    without speech, as in a greeting, from the first request. None: it did not happen, or was not seen here."""

    id: str
    session_id: str
    project: str
    started_at: float
    """Unix seconds of the moment that the times count from."""
    revision: int = 1
    """Number of this version of the turn; the highest one is kept."""
    wire: str = ""
    recorded: bool = False
    """The person's speech came as a recording: times count from when all of it was here."""
    utterances: int = 0
    """Utterances of the person; 0: the agent spoke first."""
    speech_s: float = 0.0
    """Length of the person's last utterance."""
    endpoint_ms: float | None = None
    """Milliseconds until the end of the utterance was decided."""
    final_ms: float | None = None
    """Milliseconds until the transcript (TTFS)."""
    asked_ms: float | None = None
    """Milliseconds until a model was asked."""
    first_token_ms: float | None = None
    first_clause_ms: float | None = None
    """Milliseconds until the answer had a clause that can be spoken."""
    speak_ms: float | None = None
    """Milliseconds until the first text was given to a voice."""
    first_audio_ms: float | None = None
    """Milliseconds until the first audible sample of the answer (V2V)."""
    audio_s: float = 0.0
    """Length of the answer's sound, as far as it was made."""
    interrupted_ms: float | None = None
    """How much of the answer was heard when the person spoke into it; None: it was not interrupted."""
    talk_over_ms: float = 0.0
    """How long person and agent spoke at once."""
    dead_air_ms: float | None = None
    """How long neither was to be heard: until the first sound, and in gaps of the answer's sound."""
    false_starts: int = 0
    """Sounds taken for speech in which there were no words."""
    tool_calls: int = 0
    errors: int = 0
    fallbacks: int = 0
    cost_nanos: int = 0
    """Nano-dollars of its requests, and of its part of a transcription stream; without those of unknown price."""
    unpriced: int = 0
    """Requests whose price is not known."""
    stt: str | None = None
    """Which target heard, thought and spoke last."""
    llm: str | None = None
    tts: str | None = None
    requests: list[str] = field(default_factory=list)
    """Ids of the requests in it."""
    sealed: str | None = None
    """What was said, sealed; None: it is not kept."""

    @property
    def stages(self) -> dict[str, float]:
        """Milliseconds of each stage that was seen, by the names of STAGES; together as long as the last mark.

        A mark that lies before the one before it, as when a model is asked ahead of the transcript, ends a stage of 0.
        """
        found: dict[str, float] = {}
        at = 0.0
        for mark, name in STAGES.items():
            value: float | None = getattr(self, mark)
            if value is not None:
                found[name] = round(max(0.0, value - at), 3)
                at = max(at, value)
        return found

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON: every field, `cost` in US dollars beside `cost_nanos` (None: not known), `stages`."""
        nanos = known(self.cost_nanos, len(self.requests), self.unpriced)
        values = {name: getattr(self, name) for name in COLUMNS}
        return {**values, "cost_nanos": nanos, "cost": usd(nanos), "stages": self.stages}

    def row(self) -> tuple[Any, ...]:
        """The values of `COLUMNS`."""
        values = [getattr(self, name) for name in COLUMNS]
        return (*values[:-1], json.dumps(self.requests))


COLUMNS = tuple(each.name for each in fields(TurnRecord) if each.name != "sealed")
"""The stored columns of `turns`; `requests`, the last, as JSON."""


def line(turn: TurnRecord) -> tuple[Any, ...]:
    """What the journal writes."""
    return (TAG, *turn.row(), turn.sealed)


def from_line(values: Sequence[Any]) -> TurnRecord:
    """The turn whose `line()` this is. Raises ValueError for that of another version."""
    turn = TurnRecord(**dict(zip((*COLUMNS, "sealed"), values[1:], strict=True)))
    turn.requests = [str(one) for one in json.loads(values[-2])]
    turn.recorded = bool(turn.recorded)
    return turn


_INSERT = (
    f"INSERT INTO turns ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])} WHERE excluded.revision > revision"
)
_SESSION = """
INSERT INTO sessions (id, project, started_at, ended_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET started_at = min(started_at, ?3), ended_at = max(ended_at, ?4)
"""
_TRANSCRIPT = """
INSERT INTO transcripts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed
"""


def insert(connection: sqlite3.Connection, turns: Sequence[TurnRecord]) -> int:
    """Store them, and their sessions where no request has yet; returns how many were new. Inside a transaction.

    A turn comes again as more of it has happened; an older version never replaces a newer one.
    """
    new = 0
    for turn in turns:
        stored = connection.execute("SELECT revision FROM turns WHERE id = ?", (turn.id,)).fetchone()
        new += stored is None
        if stored is not None and stored[0] >= turn.revision:
            continue
        connection.execute(_INSERT, turn.row())
        ended = turn.started_at + (turn.first_audio_ms or turn.final_ms or 0.0) / 1000 + turn.audio_s
        began = turn.started_at - turn.speech_s
        connection.execute(_SESSION, (turn.session_id, turn.project, began, ended))
        if turn.sealed is not None:
            connection.execute(_TRANSCRIPT, (turn.id, turn.started_at, turn.sealed))
    return new


def recent(
    connection: sqlite3.Connection, limit: int, filters: Mapping[str, object], span: Span, before: str | float | None
) -> list[TurnRecord]:
    """The newest turns first; see `queries.page` for `before`."""
    told = narrowed(connection, "turns", "started_at", filters)
    return [_from_row(row) for row in page(connection, "turns", "started_at", limit, told, span, before)]


def sealed_texts(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    """What is sealed of these turns, by their ids."""
    marks = ", ".join("?" * len(ids))
    return dict(connection.execute(f"SELECT turn_id, sealed FROM transcripts WHERE turn_id IN ({marks})", ids))


def _from_row(row: Mapping[str, object]) -> TurnRecord:
    return from_line((TAG, *(row[name] for name in COLUMNS), None))
