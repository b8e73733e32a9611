"""Turns and requests of a Pipecat task, from what its observers are told.

Frames are told apart by the names of their classes, so that nothing of Pipecat is imported but its base of observers.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from voicegw_desktop.inference._told import Told
from voicegw_desktop.inference._watched import Watched

log = logging.getLogger(__name__)

SEEN = 500  # frames remembered, each of which passes every processor
_SERVICE = re.compile(r"(?P<provider>\w*?)(?:Realtime|Streaming|HTTP|Http|Live)?(?P<modality>STT|LLM|TTS)Service")


def fits(task: object) -> bool:
    """Whether this is a task of a pipeline, or behaves as one."""
    return callable(getattr(task, "add_observer", None))


def listen(task: Any, watched: Watched, close: Callable[[], Awaitable[None]]) -> None:
    """Follow the task until its pipeline ends. Its params must have enable_metrics and enable_usage_metrics."""
    from pipecat.observers.base_observer import BaseObserver

    ear = _Ear(watched, close)

    class Observer(BaseObserver):
        async def on_push_frame(self, data: Any) -> None:
            try:
                await ear.frame(data)
            except Exception:
                log.warning("A frame of the pipeline could not be read", exc_info=True)

    task.add_observer(Observer())


class _Ear:
    def __init__(self, watched: Watched, close: Callable[[], Awaitable[None]]) -> None:
        self._watched, self._close = watched, close
        self._seen: deque[int] = deque(maxlen=SEEN)
        self._waits: dict[str, float] = {}
        """Seconds to the first byte, by processor, until its usage is told."""
        self._heard: dict[tuple[str, str], float] = {}

    async def frame(self, data: Any) -> None:
        frame = data.frame
        id = getattr(frame, "id", None)
        if id in self._seen:
            return
        if id is not None:
            self._seen.append(id)
        now = self._watched.now()
        name = type(frame).__name__
        if name == "MetricsFrame":
            for each in frame.data:
                self._metrics(each, now)
        elif name == "VADUserStartedSpeakingFrame":
            self._watched.person_speaks(getattr(frame, "timestamp", now) - getattr(frame, "start_secs", 0.0))
        elif name == "VADUserStoppedSpeakingFrame":
            self._watched.person_silent(getattr(frame, "timestamp", now) - getattr(frame, "stop_secs", 0.0))
        elif name == "UserStoppedSpeakingFrame":
            turn = self._watched.utterance(self._watched.turn.ended or now)
            turn.endpoint = now
            self._flush_heard()
        elif name == "TranscriptionFrame":
            if self._watched.turn.ended is not None and self._watched.turn.final is None:
                self._watched.turn.final = now
        elif name == "BotStartedSpeakingFrame":
            self._watched.agent_speaks(now)
        elif name == "BotStoppedSpeakingFrame":
            self._watched.agent_silent(now)
        elif name == "FunctionCallsStartedFrame":
            self._watched.turn.tool_calls += len(frame.function_calls)
        elif name == "ErrorFrame":
            self._watched.turn.errors += 1
        elif name in ("EndFrame", "CancelFrame"):
            self._flush_heard()
            await self._close()

    def _metrics(self, each: Any, now: float) -> None:
        kind = type(each).__name__
        found = _SERVICE.match(each.processor)
        if found is None:
            return
        provider, modality = (found["provider"] or "unknown").lower(), found["modality"].lower()
        model = each.model or "unknown"
        turn = self._watched.turn
        if kind == "TTFBMetricsData":
            if each.value > 0:
                self._waits[each.processor] = each.value
                if modality == "llm":
                    turn.first("asked", now - each.value)
                    turn.first("first_token", now)
                elif modality == "tts":
                    turn.first("speak", now - each.value)
        elif kind == "STTUsageMetricsData":
            self._heard[provider, model] = self._heard.get((provider, model), 0.0) + each.value.audio_seconds
        elif kind == "LLMUsageMetricsData":
            usage = each.value
            self._request(each, provider, model, "llm", now, {"usage": {
                # some services leave what was cached out of the prompt; the total never does
                "prompt_tokens": max(usage.prompt_tokens, usage.total_tokens - usage.completion_tokens),
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": getattr(usage, "cache_read_input_tokens", None) or 0,
                "cache_write_tokens": getattr(usage, "cache_creation_input_tokens", None) or 0,
                "reasoning_tokens": getattr(usage, "reasoning_tokens", None) or 0,
                "audio_prompt_tokens": getattr(usage, "input_audio_tokens", None) or 0,
                "audio_completion_tokens": getattr(usage, "output_audio_tokens", None) or 0,
                "audio_cached_tokens": getattr(usage, "cache_read_input_audio_tokens", None) or 0,
            }})  # fmt: skip
        elif kind == "TTSUsageMetricsData":
            self._request(each, provider, model, "tts", now, {"characters": each.value})

    def _request(self, each: Any, provider: str, model: str, modality: str, now: float, more: Told) -> None:
        waited = self._waits.pop(each.processor, None)
        request: Told = {"modality": modality, "provider": provider, "model": model, "started_at": now, **more}
        if waited is not None:
            request["ttfb_ms"] = waited * 1000
        self._watched.request(request)
        if self._watched.turn.silent is not None:
            self._watched.tell()

    def _flush_heard(self) -> None:
        heard, self._heard = self._heard, {}
        turn = self._watched.turn
        for (provider, model), seconds in heard.items():
            request: Told = {
                "modality": "stt", "provider": provider, "model": model, "audio_s": seconds,
                "started_at": turn.begun or self._watched.now(),
            }  # fmt: skip
            if turn.final is not None and turn.ended is not None:
                request["ttfb_ms"] = max(0.0, turn.final - turn.ended) * 1000
            self._watched.request(request, turn)
