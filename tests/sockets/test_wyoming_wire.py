"""The Wyoming server over a scripted gateway, on TCP: streaming both ways, and input that cannot be used."""

from __future__ import annotations

import asyncio
import errno
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
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.sockets import wyoming_connection
from voicegw_desktop.sockets.wyoming import WyomingServer
from voicegw_desktop.sockets.wyoming_places import Places

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
        async with asyncio.timeout(60), AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}") as it:
            yield it
    finally:
        await server.stop()
    assert server.port is None


ANNA = SimpleNamespace(id="piper/anna", installed=True, modality="tts", languages=("en-US",), title="Anna")


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


async def test_speech_whole_and_streamed(
    client: AsyncClient, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await client.write_event(Synthesize("Hello.").event())
    assert [e.type for e in await said(client, "audio-stop")] == ["audio-start", *["audio-chunk"] * 5, "audio-stop"]
    monkeypatch.setattr(
        FakeGateway, "models", SimpleNamespace(list=lambda: [ANNA], locate=lambda provider, model: tmp_path)
    )
    await client.write_event(SynthesizeStart(voice=SynthesizeVoice(name="anna")).event())
    await client.write_event(SynthesizeChunk("Hel").event())
    # clients send the whole text as well, for servers that cannot stream
    await client.write_event(Synthesize("Hello.").event())
    await client.write_event(SynthesizeChunk("lo.").event())
    await client.write_event(SynthesizeStop().event())
    assert [e.type for e in await said(client, "synthesize-stopped")][-2:] == ["audio-stop", "synthesize-stopped"]
    assert [o.text for o in gateway.corridor.opened] == ["Hello.", "Hello."]
    assert [call[2] for call in gateway.corridor.calls] == ["auto", "piper/anna"]


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
        Event("audio-start", {"rate": 16_000, "width": 5, "channels": 2}),
        Event("audio-start", {"rate": 16_000, "width": 2, "channels": 0}),
        Event("audio-start", {"rate": 192_000, "width": 2, "channels": 1}),
        Event("audio-start", {}),
        Event("audio-chunk", {}, b"1234"),
        Event("synthesize", {}),
        Event("synthesize", {"text": 5}),
        Event("synthesize", {"text": "x" * 30_000}),
        Event("synthesize", {"text": "x", "voice": 5}),
        Event("synthesize", {"text": "x", "voice": {"language": "no language at all"}}),
    ],
)
async def test_what_cannot_be_used_is_told_and_ends_the_connection(client: AsyncClient, event: Event) -> None:
    await client.write_event(event)
    (told,) = await said(client, "error")
    assert told.data["text"].endswith(".")
    assert await client.read_event() is None


async def test_what_is_not_known_is_dropped(client: AsyncClient) -> None:
    await client.write_event(Event("no-such-event", {"a": 1}))
    await client.write_event(Ping(text="there?").event())
    assert (await said(client, "pong"))[-1].data["text"] == "there?"
    await client.write_event(Describe().event())
    await said(client, "info")


@pytest.mark.parametrize("text", [float("nan"), 5, {"a": 1}, None])
async def test_a_pong_has_no_text_where_the_ping_has_none(client: AsyncClient, text: object) -> None:
    await client.write_event(Event("ping", {"text": text}))
    assert (await said(client, "pong"))[-1].data.get("text") is None


async def test_a_language_that_is_none(client: AsyncClient) -> None:
    await client.write_event(Transcribe(language="not a language").event())
    await client.write_event(AudioStart(16_000, 2, 1).event())
    assert "language code" in (await said(client, "error"))[-1].data["text"]


async def test_a_port_that_is_taken(client: AsyncClient, gateway: FakeGateway) -> None:
    first = WyomingServer(gateway, port=0)
    await first.start()
    second = WyomingServer(gateway, port=first.port)
    with pytest.raises(ConfigError, match="wyoming_port"):
        await second.start()
    await second.stop()
    await first.stop()


@pytest.fixture
async def server(gateway: FakeGateway) -> AsyncIterator[WyomingServer]:
    it = WyomingServer(gateway, port=0)
    await it.start()
    try:
        async with asyncio.timeout(60):
            yield it
    finally:
        await it.stop()


async def dial(server: WyomingServer, first: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(first)
    return reader, writer


async def ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


PING = b'{"type": "ping", "data": {"text": "x"}}\n'


@pytest.mark.parametrize("silence", [b"", b'{"type": "describe"'])
async def test_the_first_event_must_come_in_time(
    server: WyomingServer, monkeypatch: pytest.MonkeyPatch, silence: bytes
) -> None:
    monkeypatch.setattr(wyoming_connection, "FIRST", 0.05)
    reader, writer = await dial(server, silence)
    assert await ended(reader)
    writer.close()


async def test_an_event_whose_rest_does_not_come_ends(server: WyomingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming_connection, "EVENT", 0.05)
    reader, writer = await dial(server, PING)
    assert b"pong" in await reader.readline()
    writer.write(b'{"type": "audio-chunk", "payload_length": 100}\nabc')
    assert await ended(reader)
    writer.close()


async def test_silent_peers_lock_nobody_out(server: WyomingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # no peer is disconnected for a late first event alone: only to make room for another
    monkeypatch.setattr(wyoming_connection, "FIRST", 3_600.0)
    server.places.limit = server.places.per_address = 4
    silent = [await dial(server, b'{"type": "descr') for _ in range(8)]
    speaking = await dial(server, PING)
    assert b"pong" in await speaking[0].readline()
    more = [await dial(server, b'{"type"') for _ in range(6)]
    # the one that has said something stays when silent ones come and go
    speaking[1].write(PING)
    assert b"pong" in await speaking[0].readline()
    for reader, _ in silent:
        assert await ended(reader)
    for _, writer in (*silent, *more, speaking):
        writer.close()


async def test_one_address_cannot_take_all_places_and_work_is_not_cut() -> None:
    places = Places(limit=4, per_address=2)
    mine = [places.take("10.0.0.1") for _ in range(2)]
    for place in mine:
        assert place is not None
        place.waiting_since = None
    assert places.take("10.0.0.1") is None
    other, local = places.take("10.0.0.2"), places.take(None)
    assert other is not None
    assert local is not None
    assert places.open == {*mine, other, local}


async def test_unfinished_events_are_bounded_together(server: WyomingServer) -> None:
    server.places.room = 300_000
    peers = [await dial(server, b'{"type": "x", "payload_length": 16777216}\n' + bytes(131_072)) for _ in range(4)]
    done, waiting = await asyncio.wait(
        [asyncio.create_task(ended(reader)) for reader, _ in peers], return_when=asyncio.FIRST_COMPLETED
    )
    assert done
    assert server.places.used <= 300_000
    for task in waiting:
        task.cancel()
    for _, writer in peers:
        writer.close()
    reader, writer = await dial(server, PING)
    assert b"pong" in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b'{"type": "x", "data_length": Infinity}',
        b'{"type": "x", "data_length": 1e400}',
        b'{"type": "x", "payload_length": -1}',
        b'{"type": "x", "payload_length": true}',
        b'{"type": "x", "payload_length": 1' + b"0" * 5_000 + b"}",
        b'{"type": "audio-start", "data": {"rate": 1e400, "width": 2, "channels": 1}}',
        b'{"type": "audio-start", "data": {"rate": NaN, "width": true, "channels": 1}}',
        b'{"type": "ping", "data": ' + b"[" * 60_000 + b"}",
    ],
)
async def test_no_line_is_a_traceback(server: WyomingServer, line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = await dial(server, line + b"\n")
    writer.write_eof()
    await reader.read()
    writer.close()
    assert [r.getMessage() for r in caplog.records if r.levelno >= 30] == []


async def test_a_peer_that_resets_as_it_is_refused_is_no_traceback(
    server: WyomingServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: asyncio.StreamWriter) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(asyncio.StreamWriter, "write_eof", gone)
    reader, writer = await dial(server, b'{"type": "audio-start", "data": {"rate": 0, "width": 2, "channels": 1}}\n')
    assert b"error" in await reader.readline()
    writer.close()
    await reader.read()
    assert [r.getMessage() for r in caplog.records if r.levelno >= 30] == []
