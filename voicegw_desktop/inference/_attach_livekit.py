"""Turns and requests of a LiveKit `AgentSession`, from its events."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from voicegw_desktop.inference._told import Told
from voicegw_desktop.inference._watched import Turn, Watched

log = logging.getLogger(__name__)

KEPT_TURNS = 20  # whose late metrics still find them


def fits(session: object) -> bool:
    """Whether this is an AgentSession, or behaves as one."""
    return callable(getattr(session, "on", None)) and callable(getattr(session, "emit", None))


def listen(session: Any, watched: Watched, close: Callable[[], Awaitable[None]]) -> None:
    """Follow the session until it closes."""
    ear = _Ear(watched, close)
    for event, handler in (
        ("metrics_collected", ear.metrics),
        ("user_state_changed", ear.person),
        ("agent_state_changed", ear.agent),
        ("agent_false_interruption", ear.false_interruption),
        ("function_tools_executed", ear.tools),
        ("error", ear.error),
        ("close", ear.closed),
    ):
        session.on(event, _quiet(handler))


def _quiet(handler: Callable[[_Event], None]) -> Callable[[_Event], None]:
    """The handler, whose faults end here and not in the agent."""

    @functools.wraps(handler)
    def call(event: _Event) -> None:
        try:
            handler(event)
        except Exception:
            log.warning("An event of the agent session could not be read", exc_info=True)

    return call


_NOTHING: Told = {"audio_s": 0.0, "prompt": 0, "completion": 0, "audio": 0, "ms": 0.0}


class _Tokens(Protocol):
    audio_tokens: int
    cached_tokens: int
    cached_tokens_details: _Tokens | None


class _Model(Protocol):
    model_name: str | None
    model_provider: str | None


class _Metrics(Protocol):
    """The fields of LiveKit's metrics that are read; which of them there are depends on `type`."""

    type: str
    label: str
    metadata: _Model | None
    speech_id: str | None
    timestamp: float
    """Unix seconds, as all moments; delays and durations are seconds."""
    duration: float
    audio_duration: float
    ttft: float
    ttfb: float
    transcription_delay: float
    end_of_utterance_delay: float
    on_user_turn_completed_delay: float
    cancelled: bool
    streamed: bool
    characters_count: int
    prompt_tokens: int
    prompt_cached_tokens: int
    cache_creation_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    input_tokens: int
    output_tokens: int
    input_audio_tokens: int
    input_token_details: _Tokens
    output_token_details: _Tokens


class _Event(Protocol):
    """The fields of an AgentSession's events that are read."""

    metrics: _Metrics
    new_state: str
    old_state: str
    created_at: float
    function_calls: list[object]


class _Ear:
    def __init__(self, watched: Watched, close: Callable[[], Awaitable[None]]) -> None:
        self._watched, self._close = watched, close
        self._by_speech: dict[str, Turn] = {}
        self._heard: dict[tuple[str, str], Told] = {}
        """Transcription since the last turn, by (provider, model)."""
        self._listening: set[tuple[str, str]] = set()
        """(provider, model) of what transcribes a stream and is paid by seconds."""
        self._ahead: dict[tuple[str, str], float] = {}
        """Seconds that were estimated and told before the plugin told them."""
        self._spoken_s = 0.0
        """The person's speech until the last turn, in seconds."""
        self._closing: asyncio.Task[None] | None = None

    def metrics(self, event: _Event) -> None:
        told = event.metrics
        handler = {
            "stt_metrics": self._stt,
            "llm_metrics": self._llm,
            "tts_metrics": self._tts,
            "eou_metrics": self._end_of_utterance,
            "realtime_model_metrics": self._realtime,
        }.get(told.type)
        if handler is not None:
            handler(told)

    def person(self, event: _Event) -> None:
        if event.new_state == "speaking":
            self._watched.person_speaks(event.created_at)
        elif event.old_state == "speaking":
            self._watched.person_silent(event.created_at)

    def agent(self, event: _Event) -> None:
        if event.new_state == "speaking":
            self._watched.agent_speaks(event.created_at)
        elif event.old_state == "speaking":
            self._watched.agent_silent(event.created_at)

    def false_interruption(self, _event: _Event) -> None:
        self._watched.false_start()

    def tools(self, event: _Event) -> None:
        self._watched.turn.tool_calls += len(event.function_calls)

    def error(self, _event: _Event) -> None:
        self._watched.turn.errors += 1

    def closed(self, _event: _Event) -> None:
        self._flush_heard(self._watched.turn, None)
        self._closing = asyncio.get_running_loop().create_task(_ended(self._close))

    # -- metrics ------------------------------------------------------------------------------------------------------

    def _stt(self, m: _Metrics) -> None:
        # a stream tells every few seconds what it was given; one request for each turn
        heard = self._heard.setdefault(_served(m), dict(_NOTHING))
        for name, more in (
            ("audio_s", m.audio_duration),
            ("prompt", m.input_tokens),
            ("completion", m.output_tokens),
            ("audio", m.input_audio_tokens),
            ("ms", m.duration * 1000),
        ):
            heard[name] = _plus(heard[name], more)
        heard["streamed"] = m.streamed

    def _flush_heard(self, turn: Turn, waited_ms: float | None) -> None:
        """Tell what was transcribed since the last turn.

        A plugin tells the seconds of a stream now and then, often after the turn, and the last ones after the session.
        Until then the seconds of speech stand for them, as an estimate, and are taken off what the plugin tells later.
        """
        heard, self._heard = self._heard, {}
        spoken, self._spoken_s = self._watched.spoken_s - self._spoken_s, self._watched.spoken_s
        for served in self._listening - heard.keys():
            heard[served] = {**_NOTHING, "streamed": True}
        for served, sums in heard.items():
            provider, model = served
            tokens = bool(sums["prompt"] or sums["completion"])
            streamed = bool(sums.get("streamed", True))
            if tokens or not streamed:
                self._listening.discard(served)
            else:
                self._listening.add(served)
            ahead = self._ahead.pop(served, 0.0)
            seconds = _plus(sums["audio_s"], -ahead)
            estimated = seconds <= 0 and not tokens
            if estimated:
                self._ahead[served] = spoken - seconds
                seconds = spoken
            if estimated and not spoken:
                # nothing is known of it yet
                continue
            request: Told = {
                "modality": "stt",
                "provider": provider,
                "model": model,
                "started_at": turn.begun or self._watched.now(),
                "audio_s": max(seconds, 0.0),
                "streamed": streamed,
                "total_ms": sums["ms"],
            }
            if estimated:
                request["estimated"] = True
            if waited_ms is not None:
                request["ttfb_ms"] = waited_ms
            if tokens:
                request["usage"] = {
                    "prompt_tokens": sums["prompt"],
                    "completion_tokens": sums["completion"],
                    "audio_prompt_tokens": sums["audio"],
                }
            self._watched.request(request, turn)

    def _end_of_utterance(self, m: _Metrics) -> None:
        decided = m.timestamp - m.on_user_turn_completed_delay
        ended = decided - m.end_of_utterance_delay
        turn = self._watched.utterance(ended)
        turn.endpoint = decided
        waited = None
        # 0: the end of speech was not seen
        if m.transcription_delay:
            turn.final = ended + m.transcription_delay
            waited = m.transcription_delay * 1000
        if m.speech_id:
            self._by_speech[m.speech_id] = turn
            while len(self._by_speech) > KEPT_TURNS:
                del self._by_speech[next(iter(self._by_speech))]
        self._flush_heard(turn, waited)

    def _turn_of(self, m: _Metrics) -> Turn:
        return self._by_speech.get(m.speech_id or "", self._watched.turn)

    def _llm(self, m: _Metrics) -> None:
        turn, began = self._turn_of(m), m.timestamp - m.duration
        turn.first("asked", began)
        request: Told = {
            **_request("llm", m, began),
            "usage": {
                "prompt_tokens": m.prompt_tokens,
                "completion_tokens": m.completion_tokens,
                "cached_tokens": m.prompt_cached_tokens,
                "cache_write_tokens": m.cache_creation_tokens,
                "reasoning_tokens": m.reasoning_tokens,
            },
        }
        if m.ttft >= 0:
            request["ttfb_ms"] = m.ttft * 1000
            turn.first("first_token", began + m.ttft)
        self._tell(request, turn)

    def _tts(self, m: _Metrics) -> None:
        turn, began = self._turn_of(m), m.timestamp - m.duration
        turn.first("speak", began)
        request: Told = {
            **_request("tts", m, began),
            "characters": m.characters_count,
            "audio_s": m.audio_duration,
        }
        if m.ttfb >= 0:
            request["ttfb_ms"] = m.ttfb * 1000
        if m.input_tokens or m.output_tokens:
            request["usage"] = {
                "prompt_tokens": m.input_tokens,
                "completion_tokens": m.output_tokens,
                "audio_completion_tokens": m.output_tokens,
            }
        self._tell(request, turn)

    def _realtime(self, m: _Metrics) -> None:
        turn = self._watched.turn
        turn.first("asked", m.timestamp)
        inputs, outputs = m.input_token_details, m.output_token_details
        cached = inputs.cached_tokens_details
        request: Told = {
            **_request("llm", m, m.timestamp),
            "usage": {
                "prompt_tokens": m.input_tokens,
                "completion_tokens": m.output_tokens,
                "cached_tokens": inputs.cached_tokens,
                "audio_prompt_tokens": inputs.audio_tokens,
                "audio_completion_tokens": outputs.audio_tokens,
                "audio_cached_tokens": cached.audio_tokens if cached is not None else 0,
            },
        }
        if m.ttft >= 0:
            request["ttfb_ms"] = m.ttft * 1000
            turn.first("first_token", m.timestamp + m.ttft)
        self._tell(request, turn)

    def _tell(self, request: Told, turn: Turn) -> None:
        """Tell of a request, and again of its turn where that was told before this was known."""
        self._watched.request(request, turn)
        if turn.silent is not None or turn is not self._watched.turn:
            self._watched.tell(turn)


async def _ended(close: Callable[[], Awaitable[None]]) -> None:
    try:
        await close()
    except Exception:
        log.warning("What is left of the agent session was not sent", exc_info=True)


def _request(modality: str, m: _Metrics, began: float) -> Told:
    """What is told alike of every request that ends as a whole."""
    provider, model = _served(m)
    return {
        "modality": modality,
        "provider": provider,
        "model": model,
        "started_at": began,
        "total_ms": m.duration * 1000,
        "status": "cancelled" if m.cancelled else "success",
    }


def _served(m: _Metrics) -> tuple[str, str]:
    """Provider and model: the plugin's package, because what a plugin calls its provider is often a host."""
    metadata = m.metadata
    parts = str(m.label).split(".")
    model = (metadata.model_name if metadata is not None else None) or "unknown"
    if parts[:2] == ["livekit", "plugins"] and len(parts) > 2:
        return parts[2], model
    provider = (metadata.model_provider if metadata is not None else None) or parts[0] or "unknown"
    return provider.lower().replace(" ", ""), model.rpartition("/")[2] if "/" in model else model


def _plus(before: object, more: float) -> float:
    return (before if isinstance(before, int | float) else 0) + (more or 0)
