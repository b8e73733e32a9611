"""Requests and turns of agents that keep their own plugins: reported afterwards, then priced and recorded.

What an agent tells is checked like any other input. The gateway counts what is spent so; it cannot refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import RequestFinished, RequestFirstByte, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.text import check_label
from voicegw_desktop.core.typed import Record, is_list, is_record, record, text, texts
from voicegw_desktop.corridor.metering import Leg, Measured, RunReport
from voicegw_desktop.storage.turns import TurnRecord

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

MOST = 200  # requests, or turns, in one report
REMEMBERED = 10_000  # ids, so that a report that is sent again counts once
OLDEST = 86_400.0  # s before now that a request may have begun
AHEAD = 60.0  # s that the agent's clock may be ahead
MOST_MS = 86_400_000.0
MOST_UNITS = 1e9
PREFIX = "seen-"
"""What the ids of such requests and turns begin with, so that none is taken for one that was served."""
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_STATUS = {"success": "ok", "error": "error", "cancelled": "cancelled"}
_TURN_TIMES = (
    "endpoint_ms", "final_ms", "asked_ms", "first_token_ms", "first_clause_ms", "speak_ms", "first_audio_ms",
    "interrupted_ms", "dead_air_ms",
)  # fmt: skip
_TURN_COUNTS = ("revision", "utterances", "false_starts", "tool_calls", "errors", "fallbacks")


class Observed:
    """Takes reports. A gateway has one object of it, which remembers the reports that are counted."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._costs: dict[str, int | None] = {}
        """Nano-dollars of the reported requests (None: not known), by their id."""

    def take(self, caller: Caller, body: Mapping[str, object]) -> Record:
        """Record `requests` and `turns` of a session; returns how many were new.

        Raises BadRequest, before anything is recorded, for what does not fit.
        """
        session = check_label(text(body.get("session")), "session") if body.get("session") else ""
        if not session:
            raise BadRequest('"session" is required: the name of the conversation.', param="session")
        caller = replace(caller, session=session)
        reports = [self._report(caller, one) for one in _listed(body, "requests")]
        turns = [self._turn(caller, one) for one in _listed(body, "turns")]
        new = [report for report in reports if report.id not in self._costs]
        for report in new:
            self._record(report)
        for turn in turns:
            known = [self._costs[id] for id in turn.requests if id in self._costs]
            turn.cost_nanos = sum(nanos or 0 for nanos in known)
            turn.unpriced = sum(nanos is None for nanos in known)
            if self._gateway.corridor.turns.keep is not None:
                self._gateway.corridor.turns.keep(turn)
        return {"requests": len(new), "turns": len(turns)}

    def _record(self, report: RunReport) -> None:
        nanos, kept = self._gateway.corridor.meters.settle(report, [])
        self._costs[report.id] = nanos
        while len(self._costs) > REMEMBERED:
            del self._costs[next(iter(self._costs))]
        bus = self._gateway.bus
        if report.ttfb_ms is not None:
            bus.publish(RequestFirstByte(report.id, report.modality.value, str(report.target), report.ttfb_ms))
        if kept is not None:
            bus.publish(RequestFinished(kept))

    def _report(self, caller: Caller, told: Record) -> RunReport:
        modality = text(told.get("modality"))
        if modality not in ("stt", "llm", "tts"):
            raise BadRequest(f'"modality" is "{modality[:40]}"; it must be stt, llm or tts.', param="modality")
        status = text(told.get("status")) or "success"
        if status not in _STATUS:
            raise BadRequest(f'"status" is "{status[:40]}"; it must be one of {", ".join(_STATUS)}.', param="status")
        provider = check_label(text(told.get("provider")) or "unknown", "provider")
        model = check_label(text(told.get("model")) or "unknown", "model")
        # a local engine's name means that nothing is billed
        known = PROVIDERS.get(provider)
        local = known is not None and known.engine
        target = Target(provider, model, zone=Zone.LOCAL if local else Zone.CLOUD)
        usage = told.get("usage")
        leg = Leg(
            target,
            usage=_usage(usage) if is_record(usage) else None,
            audio_in_s=_number(told, "audio_s", MOST_UNITS) or 0.0 if modality == "stt" else 0.0,
            audio_out_s=_number(told, "audio_s", MOST_UNITS) or 0.0 if modality == "tts" else 0.0,
            characters=int(_number(told, "characters", MOST_UNITS) or 0),
            streamed=bool(told.get("streamed", True)),
            open_s=_number(told, "audio_s", MOST_UNITS) or 0.0,
            estimated=told.get("estimated") is True,
            status=_STATUS[status],
        )
        return RunReport(
            id=_id(told),
            modality=Modality(modality),
            caller=caller,
            requested=f"{provider}/{model}",
            target=target,
            started_at=self._moment(told),
            status=_STATUS[status],
            legs=[leg],
            measured=Measured(first_ms=_number(told, "ttfb_ms", MOST_MS)),
            total_ms=_number(told, "total_ms", MOST_MS) or 0.0,
            reason="told by the agent",
        )

    def _turn(self, caller: Caller, told: Record) -> TurnRecord:
        turn = TurnRecord(
            id=_id(told),
            session_id=caller.session or "",
            project=caller.project,
            started_at=self._moment(told),
            wire=caller.wire,
            speech_s=_number(told, "speech_s", MOST_UNITS) or 0.0,
            audio_s=_number(told, "audio_s", MOST_UNITS) or 0.0,
            talk_over_ms=_number(told, "talk_over_ms", MOST_MS) or 0.0,
            requests=[f"{PREFIX}{id}" for id in texts(told.get("requests")) if _ID.fullmatch(id)][:MOST],
        )
        for name in _TURN_TIMES:
            setattr(turn, name, _number(told, name, MOST_MS))
        for name in _TURN_COUNTS:
            setattr(turn, name, int(_number(told, name, MOST_UNITS) or 0))
        turn.revision = max(1, turn.revision)
        for name in ("stt", "llm", "tts"):
            if value := text(told.get(name)):
                setattr(turn, name, check_label(value, name))
        return turn

    def _moment(self, told: Record) -> float:
        at, now = _number(told, "started_at", 1e11), self._gateway.clock.time()
        if at is None or not now - OLDEST <= at <= now + AHEAD:
            raise BadRequest(
                f'"started_at" is {at}; it must be Unix seconds of the last day (it is {now:.0f} here now).',
                param="started_at",
            )
        return at


def _listed(body: Mapping[str, object], name: str) -> list[Record]:
    value = body.get(name, [])
    if not is_list(value) or len(value) > MOST or not all(is_record(one) for one in value):
        raise BadRequest(f'"{name}" must be a list of at most {MOST} objects.', param=name)
    return [record(one) for one in value]


def _id(told: Record) -> str:
    id = text(told.get("id"))
    if not _ID.fullmatch(id):
        raise BadRequest(f'"id" is "{id[:40]}"; it must be 8 to 64 letters, digits, - or _.', param="id")
    return PREFIX + id


def _number(told: Mapping[str, object], name: str, most: float) -> float | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRequest(f'"{name}" is {str(value)[:40]}; it must be a number from 0 to {most:g}.', param=name)
    return float(value)


def _usage(told: Record) -> Usage:
    names = (
        "prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens",
        "audio_prompt_tokens", "audio_completion_tokens", "audio_cached_tokens",
    )  # fmt: skip
    return Usage(**{name: int(_number(told, name, MOST_UNITS) or 0) for name in names}, tier="")
