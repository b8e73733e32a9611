"""The Wyoming server over a scripted gateway, on TCP: streaming both ways, and input that cannot be used."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.ping import Ping
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

from tests.support.socket_gateway import FakeCorridor, FakeGateway
from voicegw_desktop.core.errors import ConfigError, EngineCrashed
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    it = FakeGateway(tmp_path)

    async def note(self: Any, kind: str, caller: Any, wanted: str, options: Any) -> None:
        it.corridor.calls.append((kind, caller, wanted, options))
        if it.corridor.error is not None:
            raise it.corridor.error

    monkeypatch.setattr(FakeCorridor, "_gate", note)
    return it


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[AsyncClient]:
    server = WyomingServer(gateway, port=0)
    await server.start()
    try:
        async with asyncio.timeout(20), AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}") as it:
            yield it
    finally:
        await server.stop()
    assert server.port is None


async def said(client: AsyncClient, until: str) -> list[Event]:
    seen: list[Event] = []
    while (event := await client.read_event()) is not None:
        seen.append(event)
        if event.type == until:
            return seen
    raise AssertionError(f"no {until} in {[e.type for e in seen]}")


async def test_words_come_as_they_grow(client: AsyncClient, gateway: FakeGateway) -> None:
    gateway.corridor.stt_script = [
        SpeechStarted(0.1),
        Interim("turn on the", "turn on", "en"),
        SpeechEnded(1.0),
        Final("turn on the light.", "en"),
        Final("Now.", "en"),
    ]
    asked = Transcribe(
        language="de-AT", vad_sensitivity="relaxed", transcript_names=["Wien"], transcript_terms=["Melk"]
    )
    await client.write_event(asked.event())
    await client.write_event(AudioStart(16_000, 2, 1).event())
    await client.write_event(AudioChunk(16_000, 2, 1, bytes(3200)).event())
    await client.write_event(AudioStop().event())
    seen = await said(client, "transcript-stop")
    assert [e.type for e in seen] == [
        "voice-started", "transcript-start", "transcript-chunk", "voice-stopped", "transcript-chunk",
        "transcript-chunk", "transcript", "transcript-stop",
    ]  # fmt: skip
    assert [e.data["text"] for e in seen if e.type == "transcript-chunk"] == ["turn on", " the light.", " Now."]
    assert seen[-2].data == {"text": "turn on the light. Now.", "language": "en"}
    options = gateway.corridor.calls[0][3]
    assert (options.language, options.endpointing_ms, options.keyterms) == ("de", 1250, ("Wien", "Melk"))


async def test_speech_whole_and_streamed(client: AsyncClient, gateway: FakeGateway) -> None:
    await client.write_event(Synthesize("Hello.").event())
    assert [e.type for e in await said(client, "audio-stop")] == ["audio-start", *["audio-chunk"] * 5, "audio-stop"]
    await client.write_event(SynthesizeStart(voice=SynthesizeVoice(name="anna")).event())
    await client.write_event(SynthesizeChunk("Hel").event())
    # clients send the whole text as well, for servers that cannot stream
    await client.write_event(Synthesize("Hello.").event())
    await client.write_event(SynthesizeChunk("lo.").event())
    await client.write_event(SynthesizeStop().event())
    assert [e.type for e in await said(client, "synthesize-stopped")][-2:] == ["audio-stop", "synthesize-stopped"]
    assert [o.text for o in gateway.corridor.opened] == ["Hello.", "Hello."]
    assert gateway.corridor.calls[1][3].voice == "anna"


@pytest.mark.parametrize(("decided", "target"), [(True, "auto"), (False, "piper/anna")])
async def test_who_names_nothing_gets_the_default_or_what_is_installed(
    client: AsyncClient, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, decided: bool, target: str
) -> None:
    """Home Assistant names neither a voice nor a model."""
    heard = "auto" if decided else "whisper/tiny"
    entries = [
        SimpleNamespace(id=id, installed=here, modality=modality)
        for id, here, modality in (
            ("kokoro/away", False, "tts"), ("piper/anna", True, "tts"), ("piper/zoe", True, "tts"),
            ("whisper/tiny", True, "stt"),
        )
    ]  # fmt: skip
    monkeypatch.setattr(FakeGateway, "models", SimpleNamespace(list=lambda: entries))
    gateway.router.decided = decided
    await client.write_event(Synthesize("Hello.").event())
    await said(client, "audio-stop")
    await client.write_event(Transcribe().event())
    await client.write_event(AudioStart(16_000, 2, 1).event())
    await client.write_event(AudioStop().event())
    await said(client, "transcript")
    assert [call[2] for call in gateway.corridor.calls] == [target, heard]


@pytest.mark.parametrize(
    "event",
    [
        Event("audio-start", {"rate": "fast", "width": 2, "channels": 1}),
        Event("audio-start", {"rate": 16_000, "width": 4, "channels": 2}),
        Event("audio-start", {}),
        Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1}, b"odd"),
        Event("audio-chunk", {}, b"1234"),
        Event("synthesize", {}),
        Event("synthesize", {"text": 5}),
        Event("synthesize", {"text": "x" * 30_000}),
        Event("synthesize", {"text": "x", "voice": 5}),
        Event("synthesize", {"text": "x", "voice": {"language": "no language at all"}}),
    ],
)
async def test_what_cannot_be_used_is_told_and_the_connection_lives(client: AsyncClient, event: Event) -> None:
    await client.write_event(event)
    (told,) = await said(client, "error")
    assert told.data["text"].endswith(".")
    await client.write_event(Event("no-such-event", {"a": 1}))
    await client.write_event(Ping(text="there?").event())
    assert (await said(client, "pong"))[-1].data["text"] == "there?"
    await client.write_event(Describe().event())
    await said(client, "info")


async def test_a_language_that_is_none(client: AsyncClient) -> None:
    await client.write_event(Transcribe(language="not a language").event())
    await client.write_event(AudioStart(16_000, 2, 1).event())
    assert "language code" in (await said(client, "error"))[-1].data["text"]


async def test_a_target_that_fails_is_told(client: AsyncClient, gateway: FakeGateway) -> None:
    gateway.corridor.error = EngineCrashed("whisper/base ended.")
    await client.write_event(AudioStart(16_000, 2, 1).event())
    assert (await said(client, "error"))[-1].data["text"] == "whisper/base ended."
    await client.write_event(Synthesize("Hello.").event())
    assert (await said(client, "error"))[-1].data["text"] == "whisper/base ended."


async def test_a_port_that_is_taken(client: AsyncClient, gateway: FakeGateway) -> None:
    first = WyomingServer(gateway, port=0)
    await first.start()
    second = WyomingServer(gateway, port=first.port)
    with pytest.raises(ConfigError, match="wyoming_port"):
        await second.start()
    await second.stop()
    await first.stop()


async def test_nothing_is_announced_unless_asked_for(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gateway.config.serve.zeroconf is False
    monkeypatch.setitem(sys.modules, "wyoming.zeroconf", None)
    server = WyomingServer(gateway, port=0)
    await server.start()
    try:
        with pytest.raises(ConfigError, match="zeroconf"):
            await server.announce()
    finally:
        await server.stop()
