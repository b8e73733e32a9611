"""Reads a database of VoiceGateway (its versions up to 0.27): requests, turns, and what people managed from screens.

Its money is floating point with 0 for what was not priced; its times are Unix seconds, those of turns milliseconds.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from voicegw_desktop.core.database import readable
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.text import cleaned, label_problem, loads
from voicegw_desktop.core.typed import Record, record
from voicegw_desktop.storage.journal import Record as Stored
from voicegw_desktop.storage.records import RequestRecord, to_nanos
from voicegw_desktop.storage.turns import TurnRecord

BATCH = 1000  # rows at a time
LOCAL_SOURCE = "voicegateway-local"
"""VoiceGateway's `pricing_source` of requests that were served on the machine and cost nothing."""
WIRE = "voicegateway"
MODALITIES = ("stt", "llm", "tts")
STATUS = {"fallback": "success", None: "success", "success": "success", "error": "error", "cancelled": "cancelled"}
MANAGED = {"project": "managed_projects", "provider": "managed_providers", "model": "managed_models"}


class Foreign:
    """One database, read only. Close it, or use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Raises BadRequest for a file that is none of its databases."""
        if not path.is_file():
            raise BadRequest(f"There is no file {path}.", param="path")
        try:
            self._db = readable(path)
            self._db.row_factory = sqlite3.Row
            names = self._columns("requests")
        except sqlite3.Error as error:
            raise BadRequest(f"{path} cannot be read as a database: {error}.", param="path") from error
        if "cost_usd" not in names or "cost_nanos" in names:
            self._db.close()
            raise BadRequest(f"{path} is no database of VoiceGateway: its requests have other columns.", param="path")
        self.left_out = 0
        """Rows that were read and cannot be kept."""

    def close(self) -> None:
        """Close the file; idempotent."""
        self._db.close()

    def __enter__(self) -> Foreign:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def counts(self) -> dict[str, int]:
        """How many rows each table has that is taken over."""
        tables = {"requests": "requests", "sessions": "sessions", "turns": "turns", "api_keys": "api_keys"}
        tables |= {f"{kind}s": table for kind, table in MANAGED.items()}
        found = {}
        for name, table in tables.items():
            there = self._columns(table)
            found[name] = self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] if there else 0
        return found

    def requests(self) -> Iterator[list[Stored]]:
        """Every request that can be kept, some at a time, oldest first."""
        yield from self._batches("SELECT * FROM requests ORDER BY timestamp", self._request)

    def turns(self) -> Iterator[list[Stored]]:
        """Every turn that can be kept, with the project of its session."""
        if {"session_id", "turn_index"} <= self._columns("turns"):
            yield from self._batches(
                "SELECT turns.*, sessions.project FROM turns JOIN sessions ON sessions.id = turns.session_id "
                "ORDER BY session_id, turn_index",
                self._turn,
            )

    def managed(self, kind: str) -> list[Record]:
        """The rows of projects, providers or models, JSON columns as data."""
        table = MANAGED[kind]
        if not self._columns(table):
            return []
        return [dict(row) for row in self._db.execute(f"SELECT * FROM {table}")]

    def _columns(self, table: str) -> set[str]:
        return {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}

    def _batches(self, query: str, read: Callable[[Record], Stored | None]) -> Iterator[list[Stored]]:
        cursor = self._db.execute(query)
        while rows := cursor.fetchmany(BATCH):
            made = [read(dict(row)) for row in rows]
            kept = [one for one in made if one is not None]
            self.left_out += len(made) - len(kept)
            yield kept

    @staticmethod
    def _request(row: Record) -> RequestRecord | None:
        id, at, modality = row["id"], _number(row["timestamp"]), row["modality"]
        names = [row["model_id"], row["provider"], row.get("project") or "default"]
        if not (isinstance(id, str) and at and modality in MODALITIES and all(map(_label, names))):
            return None
        source = str(row.get("pricing_source") or "")
        cost = _number(row.get("cost_usd"))
        free = source == LOCAL_SOURCE
        metadata: Record = {}
        with contextlib.suppress(ValueError, RecursionError):
            metadata = record(loads(str(row.get("metadata") or "{}")))
        if cached := _number(row.get("cached_input_units")):
            metadata["cached_tokens"] = cached
        session, status = row.get("session_id"), row.get("status")
        # VoiceGateway counts the first byte of a transcription from another moment than TTFS
        first = _number(row.get("ttfb_ms")) if modality != "stt" else None
        return RequestRecord(
            id,
            at,
            str(modality),
            str(names[0]),
            str(names[1]),
            str(names[2]),
            _number(row.get("input_units")) or 0.0,
            _number(row.get("output_units")) or 0.0,
            # VoiceGateway writes 0 where it has no price
            to_nanos(cost) if cost or (free and cost is not None) else None,
            "local" if free else f"voicegateway {source}".strip() if cost else "unknown",
            first,
            _number(row.get("total_latency_ms")),
            STATUS.get(status if isinstance(status, str) else None, "error"),
            _optional(row.get("fallback_from")),
            cleaned(str(row["error_message"])[:500]) if row.get("error_message") else None,
            metadata,
            _optional(session),
            WIRE,
        )

    @staticmethod
    def _turn(row: Record) -> TurnRecord | None:
        session, project, ended = row["session_id"], row.get("project"), _number(row.get("caller_speak_end_ms"))
        if not (_label(session) and _label(project) and ended):
            return None
        began = _number(row.get("caller_speak_start_ms")) or ended
        sounds = (_number(row.get("agent_speak_start_ms")), _number(row.get("agent_speak_end_ms")))
        return TurnRecord(
            f"{WIRE}:{session}:{row['turn_index']}",
            str(session),
            str(project),
            ended / 1000,
            wire=WIRE,
            utterances=1,
            speech_s=max(0.0, (ended - began) / 1000),
            first_audio_ms=_number(row.get("response_speed_ms")),
            audio_s=max(0.0, (sounds[1] - sounds[0]) / 1000) if sounds[0] and sounds[1] else 0.0,
        )


def _number(value: object) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value < 1e15 else None


def _label(value: object) -> bool:
    return isinstance(value, str) and bool(value) and label_problem(value) is None


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) and _label(value) else None
