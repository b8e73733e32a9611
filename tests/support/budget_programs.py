"""Gateway programs that share one budget, and requests that spend it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.support.corridors import CALLER, World, collect
from tests.support.fake_backends import SILENCE, FakeLlm, frame, sse
from tests.support.records import ListSink
from voicegw_desktop.core.errors import BudgetError
from voicegw_desktop.core.ports import NO_OPTIONS, Caller, ChatOptions, SttOptions, Target, TtsOptions
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker

AT_ONCE = 200
MICRO = 1000  # nano-dollars
SECOND = frame(SILENCE) * 100
TURN_S = 0.5


class Wordy(FakeLlm):
    """Answers with as many tokens as it may, at most 5,000, and tells how many."""

    obeys = True

    async def post(
        self, target: Target, path: str, body: Mapping[str, Any], options: ChatOptions = NO_OPTIONS, sent: Any = None
    ) -> Any:
        limit = next((body[name] for name in ("max_completion_tokens", "max_tokens") if name in body), None)
        tokens = 5000 if limit is None or not self.obeys else min(limit, 5000)
        tokens *= body.get("n", 1)
        usage = {"prompt_tokens": 9, "completion_tokens": tokens}
        if body.get("stream"):
            events = [{"choices": [{"delta": {"content": "w"}}] * 50}] * (tokens // 50)
            self.chunks = sse(*events, {"choices": [], "usage": usage})
        else:
            self.chunks = [json.dumps({"choices": [{"message": {"content": "w"}}], "usage": usage}).encode()]
        return _Kept(await super().post(target, path, body, options, sent), self.chunks)


class _Kept:
    """A reply with chunks of its own."""

    def __init__(self, reply: Any, chunks: list[bytes]) -> None:
        self._reply, self._chunks = reply, chunks
        self.status, self.headers, self.close = reply.status, reply.headers, reply.close

    async def __aiter__(self) -> Any:
        for chunk in self._chunks:
            await asyncio.sleep(0)
            yield chunk


@dataclass
class Program:
    """One gateway's corridor with the real meters."""

    world: World
    sink: ListSink
    tracker: CostTracker
    budget: BudgetEnforcer

    @property
    def corridor(self) -> Any:
        return self.world.corridor


@dataclass
class Desk:
    """Programs that share a budget."""

    programs: list[Program]

    def __iter__(self) -> Any:
        return iter(self.programs)

    @property
    def spent(self) -> int:
        return sum(r.cost_nanos or 0 for p in self for r in p.sink.records)

    async def burst(self, one: Callable[[Any], Any], count: int = AT_ONCE) -> int:
        """Send `count` requests at once, spread over the programs; how many were served."""
        served = 0

        async def attempt(corridor: Any) -> None:
            nonlocal served
            try:
                await one(corridor)
            except BudgetError:
                return
            served += 1

        corridors = [p.corridor for p in self]
        await asyncio.gather(*(attempt(corridors[i % len(corridors)]) for i in range(count)))
        for program in self:
            status = program.budget.get_budget_status("default")
            assert status.reserved_nanos == 0
        return served


NOVA_SECOND = 80 * MICRO
"""Nano-dollars a second of a live stream of deepgram/nova-3."""
KEYED = replace(CALLER, key_id="K")
CHAT, SPEECH = "openai/gpt-4o-mini", "openai/tts-1"


def chat(caller: Caller = KEYED, **body: Any) -> Callable[[Any], Any]:
    async def ask(corridor: Any) -> Any:
        run = await corridor.chat(caller, CHAT, {"messages": [{"role": "user", "content": "Hi"}], **body})
        try:
            await run.read()
        finally:
            await run.close()
        return run

    return ask


def speech(text: str, model: str = SPEECH, pieces: int = 1) -> Callable[[Any], Any]:
    async def say(corridor: Any) -> Any:
        known = len(text) if pieces == 1 else None
        run = await corridor.open_tts(KEYED, model, TtsOptions(characters=known))
        try:
            size = len(text) // pieces
            for at in range(0, len(text), size):
                await run.push(text[at : at + size])
                await asyncio.sleep(0)
            await run.end()
            return await collect(run, 60)
        finally:
            await run.cancel()

    return say


def hearing(seconds: int, *, live: bool, known: bool = False, model: str = "deepgram/nova-3") -> Callable[[Any], Any]:
    async def hear(corridor: Any) -> Any:
        options = SttOptions(endpointing_ms=None if live else 0, length_s=seconds if known else None)
        run = await corridor.open_stt(KEYED, model, options)
        try:
            for _ in range(seconds):
                await run.push(SECOND)
                await asyncio.sleep(0)
            await run.end()
            return await collect(run, 60)
        finally:
            await run.cancel()

    return hear
