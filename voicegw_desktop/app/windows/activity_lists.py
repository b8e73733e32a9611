"""The columns of the lists on the page Conversations."""

from __future__ import annotations

import math
import time

from voicegw_desktop.app.language import count, decimal, tr, whole_number
from voicegw_desktop.app.viewmodels.history import Row, moment
from voicegw_desktop.app.viewmodels.sentences import told_notice
from voicegw_desktop.app.viewmodels.state import Told
from voicegw_desktop.app.viewmodels.words import millis, size, spent
from voicegw_desktop.app.windows.rows import Column, kind_tone
from voicegw_desktop.core.events import EgressRecorded

LEVELS = {"error": "bad", "warning": "warn", "info": "muted"}
STATE_TONES = {"live": "good", "error": "bad", "fell back": "warn"}


def _goes_on(entry: EgressRecorded) -> bool:
    return not getattr(entry, "finished", True)


def _sent(entry: EgressRecorded) -> str:
    if getattr(entry, "refused", False):
        return "refused"
    return size(entry.sent_bytes) + (" …" if _goes_on(entry) else "")


def _uncounted(entry: EgressRecorded) -> str:
    if getattr(entry, "refused", False):
        return tr("A server's answer named this host for a redirect. Nothing was sent there.")
    return tr("Still open, or the program was killed before the rest was counted.") if _goes_on(entry) else ""


def _at(seconds: float) -> str:
    return moment(seconds, time.time())


def _cost(row: Row) -> str:
    return "" if row.state == "live" else spent(row.nanos, row.unpriced, failed=row.served_nothing)


def _kinds(row: Row) -> str:
    return " ".join(m.upper() for m in dict.fromkeys(row.modalities))


def _kind_tone(row: Row) -> str:
    return kind_tone(row.modalities[0]) if len(row.modalities) == 1 else "muted"


def _lasted(row: Row) -> float | None:
    """Seconds of a session; None while it runs."""
    began, ended = row.source.get("started_at"), row.source.get("ended_at")
    return None if began is None or ended is None else float(ended) - float(began)


def _session_state(row: Row) -> str:
    errors = count(row.errors, "error") if row.failed else ""
    if not row.live:
        return errors
    return tr("live, {errors}", errors=errors) if errors else tr("live")


def _session_tone(row: Row) -> str:
    return "bad" if row.failed else STATE_TONES.get(row.state, "muted")


def _session_told(row: Row) -> str:
    """How many of a session's requests failed; empty: none did, or it goes on."""
    if not row.failed or row.live:
        return ""
    return tr("{failed} of {asked} failed", failed=whole_number(row.errors), asked=whole_number(row.requests))


TIME: Column[Row] = Column(
    "Time", lambda r: _at(r.at), 13, tone=lambda r: "good" if r.live else "", by=lambda r: r.at or math.inf
)
REQUESTS: tuple[Column[Row], ...] = (
    TIME,
    Column("Kind", _kinds, 4, tone=_kind_tone),
    Column("Served by", lambda r: ", ".join(r.targets)),
    Column("Project", lambda r: r.project, 10, rank=2),
    Column(
        "First",
        lambda r: millis(r.source.get("ttfb_ms")),
        7,
        right=True,
        tip=lambda _: tr("Time to first byte"),
        rank=3,
        by=lambda r: r.source.get("ttfb_ms"),
    ),
    Column("Total", lambda r: r.length, 7, right=True, rank=4, by=lambda r: r.source.get("total_latency_ms")),
    Column("Cost", _cost, 8, right=True, rank=1, by=lambda r: None if r.live else r.nanos),
    Column("Status", lambda r: tr(r.state), 8, tone=lambda r: STATE_TONES.get(r.state, "muted")),
)
SESSIONS: tuple[Column[Row], ...] = (
    TIME,
    Column("Session", lambda r: r.id),
    Column("Kinds", _kinds, 11, tone=lambda _: "muted", rank=4),
    Column("Project", lambda r: r.project, 10, rank=2),
    Column("Requests", lambda r: whole_number(r.requests), 8, right=True, rank=3, by=lambda r: r.requests),
    Column("Length", lambda r: r.length, 7, right=True, rank=3, by=_lasted),
    Column("Cost", _cost, 8, right=True, rank=1, by=lambda r: None if r.live else r.nanos),
    Column(
        "Status",
        _session_state,
        10,
        tone=_session_tone,
        tip=_session_told,
        rank=1,
        by=lambda r: math.inf if r.live else r.errors or None,
    ),
)
EGRESS: tuple[Column[EgressRecorded], ...] = (
    Column("Time", lambda e: _at(e.at), 13, by=lambda e: e.at),
    Column("Kind", lambda e: str(e.modality).upper(), 4, tone=lambda e: kind_tone(str(e.modality))),
    Column("Sent to", lambda e: str(e.host)),
    Column("Target", lambda e: str(e.target), rank=1),
    Column("Project", lambda e: str(e.project), 12, rank=2),
    Column("Zone", lambda e: str(e.zone), 6, rank=3),
    Column(
        "Audio",
        lambda e: f"{decimal(e.sent_s, 1)} s" if e.sent_s else "–",
        8,
        right=True,
        rank=4,
        by=lambda e: e.sent_s,
    ),
    Column("Sent", _sent, 8, right=True, tip=_uncounted, by=lambda e: e.sent_bytes),
)
NOTICES: tuple[Column[Told], ...] = (
    Column("Time", lambda n: _at(n.at), 13, by=lambda n: n.at),
    Column("Level", lambda n: tr(str(n.level)), 8, tone=lambda n: LEVELS.get(n.level, "")),
    Column("What happened", told_notice),
)
