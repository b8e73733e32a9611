"""A corridor over fake targets, configured by a test."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.fake_backends import FakeLlm, FakeStt, FakeTts, NumberEar, Script
from tests.support.fake_meters import FakeMeters
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.corridor.corridor import Corridor
from voicegw_desktop.corridor.speech_activity import SpeechActivity
from voicegw_desktop.routing.backends import Backends
from voicegw_desktop.routing.router import Router

CALLER = Caller("default", "python")
QUICK = Patience(stall_s=0.05, whole_recording_stall_s=0.05, chat_stall_s=0.05)


@dataclass
class World:
    """Everything around one corridor."""

    config: VoiceGatewaySchema
    bus: EventBus = field(default_factory=EventBus)
    clock: ManualClock = field(default_factory=ManualClock)
    script: Script = field(default_factory=Script)
    meters: FakeMeters = field(default_factory=FakeMeters)
    events: list[Any] = field(default_factory=list)
    patience: Patience = QUICK
    speech_activity: Callable[[int], SpeechActivity] = NumberEar

    def __post_init__(self) -> None:
        self.bus.subscribe(self.events.append)
        self.router = Router(self.config, self.bus, self.clock, has_key=lambda provider, project: True)
        self.backends = Backends(self.config)
        self.stt, self.tts, self.llm = FakeStt(self.script), FakeTts(self.script), FakeLlm(self.script)
        names = ("whisper", "kokoro", "piper", "llamacpp", "ollama", "openai", "deepgram", "groq", "elevenlabs")
        for name in names:
            self.backends.register(name, stt=self.stt, llm=self.llm, tts=self.tts)
        number = itertools.count(1)
        self.corridor = Corridor(
            self.router,
            self.backends,
            self.bus,
            self.clock,
            meters=self.meters,
            ids=lambda: f"r{next(number)}",
            patience=self.patience,
            speech_activity=self.speech_activity,
        )


def world(patience: Patience = QUICK, **sections: Any) -> World:
    """A corridor with this configuration; every provider has a key."""
    sections.setdefault("projects", {"default": {}})
    return World(VoiceGatewaySchema.model_validate(sections), patience=patience)


async def collect(stream: Any, within_s: float = 5.0) -> list[Any]:
    """Every event until the stream's end."""
    async with asyncio.timeout(within_s):
        return [event async for event in stream]
