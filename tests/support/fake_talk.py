"""Talk's sound process and conversation, scripted, for tests of the page."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.engines import eventually
from tests.support.fake_host import FakeHost
from voicegw_desktop.app import comparing, talking
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.conversation import HEARD, Choice, Conversation, Turn
from voicegw_desktop.sound.devices import Devices, Opened, SoundError

SECOND = b"\1\0" * wire.RATE


class FakeSound:
    """Devices that are open as long as they are asked to be."""

    broken = ""
    early = b"\2\0" * wire.RATE
    """What the microphone captures before `open` has answered."""
    made: list[FakeSound]

    def __init__(self) -> None:
        self.on_samples: Callable[[bytes], None] = lambda pcm: None
        self.on_level: Callable[[float], None] = lambda level: None
        self.on_gone: Callable[[SoundError], None] = lambda error: None
        self.microphone = self.speaker = self.ended = False
        self.played = bytearray()
        self.gain = 0.0
        self.quiet = asyncio.Event()
        """Set while nothing is left to play."""
        self.quiet.set()
        FakeSound.made.append(self)

    async def __aenter__(self) -> FakeSound:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self.microphone, self.speaker, self.ended = False, False, True

    async def devices(self) -> Devices:
        names = () if self.broken else ("Studio",)
        return Devices(names, names, *(names or (None,)), *(names or (None,)))

    async def open(self, *, microphone: Any = False, speaker: Any = False, gain: float = 1.0) -> Opened:
        self.microphone, self.speaker, self.gain = microphone is not False, speaker is not False, gain
        if self.broken:
            raise SoundError(self.broken)
        if self.microphone:
            self.on_samples(self.early)
        return Opened("Studio", "Studio", True)

    async def close(self) -> None:
        self.microphone = self.speaker = False

    def play(self, pcm: bytes) -> None:
        self.played += pcm

    async def flush(self) -> float:
        return 100.0

    async def drain(self) -> float:
        await self.quiet.wait()
        return 1000.0


class FakeLine:
    """A conversation whose gateway answers by `script`, one event list for each message it is sent."""

    made: list[FakeLine]
    refuses = ""
    breaks: Exception | None = None
    """What `run` raises in place of an answer."""
    thinks = False
    """An answer is begun and no word of it comes."""

    def __init__(self, _http: Any, choice: Choice, changed: Callable[[Turn], None], **more: Any) -> None:
        self.choice = choice
        self.sent: list[dict[str, Any]] = []
        self.talk = Conversation(choice, self._send, changed, **more)
        self.talk.session_id = "sess_1"
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        FakeLine.made.append(self)

    async def __aenter__(self) -> FakeLine:
        if self.refuses:
            raise VoiceGatewayError(self.refuses)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        return

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        while not until():
            event = await self._events.get()
            if self.breaks is not None:
                raise self.breaks
            await self.talk.take(event)

    async def _send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)
        answers: dict[str, list[dict[str, Any]]] = {
            "input_audio_buffer.commit": [{"type": f"{HEARD}.completed", "transcript": "Good morning"}],
            "response.create": [
                {"type": "response.created"},
                {"type": "response.output_audio_transcript.delta", "item_id": "i", "delta": "Hello there."},
                {"type": "response.output_audio.delta", "item_id": "i", "delta": base64.b64encode(SECOND).decode()},
                {"type": "response.done", "response": {"status": "completed"}},
            ],
        }
        if self.thinks:
            answers["response.create"] = [{"type": "response.created"}]
            answers["response.cancel"] = [{"type": "response.done", "response": {"status": "cancelled"}}]
        for answer in answers.get(event["type"], ()):
            self._events.put_nowait(answer)


ROWS = [
    {"timestamp": n, "modality": m, "model_id": t, "cost_nanos": 0, "status": "success"}
    for n, (m, t) in enumerate((("stt", "whisper/base"), ("llm", "llamacpp/x"), ("tts", "piper/joe")))
]


def use_fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put them in the place of devices and gateway."""
    FakeSound.made, FakeLine.made, FakeSound.broken, FakeLine.refuses = [], [], "", ""
    FakeLine.breaks, FakeLine.thinks = None, False
    monkeypatch.setattr(talking, "Line", FakeLine)
    monkeypatch.setattr(comparing, "Line", FakeLine)
    monkeypatch.setattr(talking.Talking.__init__, "__defaults__", (FakeSound,))
    monkeypatch.setattr(comparing, "LOOK", 0.001)


def host(**more: Any) -> FakeHost:
    routes = {"offline": False, "stack": None, "stacks": {"quick": {"stt": "whisper/tiny.en"}}, "routes": {}}
    targets = [{"modality": "stt", "provider": "whisper", "model": m, "installed": True} for m in ("base", "tiny.en")]
    answers = {"show_routes": routes, "list_models": {"models": targets}, "session": {"requests": ROWS}, **more}
    return FakeHost(**answers)


async def until(condition: Callable[[], object]) -> None:
    await eventually(condition, "what the page shall do")
