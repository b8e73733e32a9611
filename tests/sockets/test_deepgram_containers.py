"""Live audio in containers, as browsers record it: decoded while it arrives, or refused in a sentence."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import socket_gateway
from tests.support.engines import fake_pool
from tests.support.socket_gateway import FakeCorridor
from tests.support.socket_runs import FakeStt
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.audio.containers import comes_in_order, is_container, is_something_else
from voicegw_desktop.sockets.http.server import Server

LISTEN = "/v1/listen?model=fake/stt"
KINDS = {
    "webm": ("webm", "libopus"), "ogg": ("ogg", "libopus"), "mp3": ("mp3", "libmp3lame"), "flac": ("flac", "flac"),
    "aac": ("adts", "aac"), "m4a": ("mp4", "aac"), "safari": ("mp4", "aac"),
}  # fmt: skip


def recorded(speech: Path, kind: str) -> bytes:
    av = pytest.importorskip("av")
    container, codec = KINDS[kind]
    out = io.BytesIO()
    # a browser writes a cluster as soon as it is full, and no index
    options = {"cluster_time_limit": "200", "live": "1"} if kind == "webm" else {}
    if kind == "safari":
        # its m4a has the index first, and sound in pieces of a tenth of a second
        options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "100000"}
    with av.open(str(speech)) as source, av.open(out, "w", format=container, options=options) as target:
        stream = target.add_stream(codec, rate=48_000)
        stream.codec_context.layout = "mono"
        for frame in source.decode(audio=0):
            frame.pts = None
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


class AttentiveStt(FakeStt):
    """Tells when it has heard a second."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.a_second = asyncio.Event()

    async def push(self, pcm: bytes) -> None:
        await super().push(pcm)
        if len(self.pushed) >= 32_000:
            self.a_second.set()


@pytest.fixture
async def decoder(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(socket_gateway, "FakeStt", AttentiveStt)
    pool = server.gateway.engines = fake_pool(tmp_path)
    yield
    await pool.aclose()


async def told(ws: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    """Every message up to the end of the connection."""
    async with asyncio.timeout(60):
        return [json.loads(message.data) async for message in ws]


@pytest.mark.process
@pytest.mark.socket
@pytest.mark.parametrize("end", [b"", '{"type": "CloseStream"}'])
@pytest.mark.parametrize("kind", [*KINDS])
@pytest.mark.usefixtures("decoder")
async def test_a_container_is_heard_whole(
    http: aiohttp.ClientSession, server: Server, speech_dir: Path, kind: str, end: bytes | str
) -> None:
    corridor: FakeCorridor = server.gateway.corridor
    data = recorded(speech_dir / "jfk.wav", kind)
    with wave.open(str(speech_dir / "jfk.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
    half = len(data) // 2
    async with http.ws_connect(LISTEN) as ws:
        for at in range(0, half, 1_000):
            await ws.send_bytes(data[at : min(at + 1_000, half)])
        if kind != "m4a":
            # audio that has come is transcribed before the rest; an m4a declares its form at its end
            async with asyncio.timeout(60):
                await corridor.opened[0].a_second.wait()
        for at in range(half, len(data), 1_000):
            await ws.send_bytes(data[at : at + 1_000])
        await (ws.send_bytes(end) if isinstance(end, bytes) else ws.send_str(end))
        seen = await told(ws)
    assert [m["type"] for m in seen] == ["Results", "Results", "Metadata"]
    assert seen[-1]["duration"] == pytest.approx(seconds, abs=0.2)


@pytest.mark.process
@pytest.mark.socket
@pytest.mark.usefixtures("decoder")
async def test_a_broken_container_is_told_and_ends(http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(LISTEN) as ws:
        await ws.send_bytes(b"OggS" + b"x" * 5_000)
        await ws.send_json({"type": "CloseStream"})
        (error,) = await told(ws)
    assert error["type"] == "Error"
    assert error["variant"] == "invalid_audio"
    assert ws.close_code == 1011


@pytest.mark.socket
@pytest.mark.parametrize("path", [LISTEN, "/v2/listen?model=fake/stt"])
@pytest.mark.parametrize(
    "data",
    [b"hello, this is a text.", b"<!doctype html><html>", b'{"error": "no such file"}', b"PK\x03\x04" + bytes(99),
     b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", b"\x89PNG\r\n\x1a\n" + bytes(99), b"\x1f\x8b\x08" + bytes(99)],
)  # fmt: skip
async def test_what_is_no_audio_is_refused_where_no_encoding_is_named(
    http: aiohttp.ClientSession, path: str, data: bytes
) -> None:
    async with http.ws_connect(path) as ws:
        await ws.send_bytes(data)
        error = next(event for event in await told(ws) if event["type"] == "Error")
    assert error["description"].startswith("The first bytes are no container")


@pytest.mark.parametrize("pcm", [bytes(64), bytes(range(12)), b"\x10\x20" * 32, b"ab" * 5])
def test_samples_are_not_taken_for_something_else(pcm: bytes) -> None:
    assert not is_something_else(pcm)


@pytest.mark.socket
async def test_an_encoding_in_a_container_that_is_none_is_told(http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(f"{LISTEN}&encoding=opus") as ws:
        await ws.send_bytes(bytes(3_200))
        (error,) = await told(ws)
    assert error["description"].startswith("The first bytes are no container")
    async with http.get(f"{LISTEN}&encoding=amr-nb") as answer:
        assert answer.status == 400
        assert "without `encoding`" in (await answer.json())["err_msg"]


@pytest.mark.socket
@pytest.mark.parametrize(
    ("query", "rate", "sent", "heard"),
    [
        ("encoding=mulaw", 8_000, b"\xff" * 800, bytes(1_600)),
        ("encoding=alaw", 8_000, g711.encode(bytes(1_600), "pcma"), None),
        ("encoding=mulaw&sample_rate=16000", 16_000, b"\xff" * 800, bytes(1_600)),
        ("", 16_000, bytes(1_601), bytes(1_600)),
        ("encoding=linear16", 16_000, bytes(1_601), bytes(1_600)),
        ("", 16_000, bytes(4), bytes(4)),
    ],
)
async def test_samples_as_before(
    http: aiohttp.ClientSession, server: Server, query: str, rate: int, sent: bytes, heard: bytes | None
) -> None:
    async with http.ws_connect(f"{LISTEN}&{query}") as ws:
        for at in range(0, len(sent), 801):
            await ws.send_bytes(sent[at : at + 801])
        await ws.send_bytes(b"")
        assert (await told(ws))[-1]["type"] == "Metadata"
    (run,) = server.gateway.corridor.opened
    assert run.options.rate == rate
    assert heard is None or bytes(run.pushed) == heard


@pytest.mark.socket
async def test_a_companded_recording_is_heard(http: aiohttp.ClientSession, server: Server) -> None:
    async with http.post(f"{LISTEN}&encoding=mulaw", data=b"\xff" * 8_000) as answer:
        assert (await answer.json())["metadata"]["duration"] == 1.0
    (run,) = server.gateway.corridor.opened
    assert (run.options.rate, len(run.pushed)) == (8_000, 16_000)


@pytest.mark.unit
def test_samples_are_no_container(speech_dir: Path) -> None:
    with wave.open(str(speech_dir / "jfk.wav")) as file:
        pcm = file.readframes(file.getnframes())
    starts = range(0, len(pcm) - 12, 2)
    assert sum(is_container(pcm[at : at + 12]) for at in starts) < len(starts) / 1_000
    assert not is_container(bytes(12))
    assert is_container(b"\0\0\0\x18ftypM4A ")


@pytest.mark.unit
def test_an_m4a_is_decoded_as_it_comes_when_its_index_is_first() -> None:
    first = b"\0\0\0\x18ftypM4A " + bytes(12)
    assert comes_in_order(b"OggS" + bytes(8)) is True
    assert comes_in_order(first) is None
    assert comes_in_order(first + b"\0\0\1\0moov") is True
    assert comes_in_order(first + b"\0\0\1\0mdat") is False
    # a length that no such file has
    assert comes_in_order(bytes(4) + first[4:]) is False
    assert comes_in_order(b"\x7f" + first[1:]) is False


@pytest.mark.unit
def test_these_are_containers_too() -> None:
    assert is_container(bytes.fromhex("3026b2758e66cf11a6d900aa"))


@pytest.mark.process
@pytest.mark.socket
@pytest.mark.usefixtures("decoder")
async def test_flux_hears_containers_too(http: aiohttp.ClientSession, server: Server, speech_dir: Path) -> None:
    data = recorded(speech_dir / "jfk.wav", "webm")
    async with http.ws_connect("/v2/listen?model=fake/stt") as ws:
        for at in range(0, len(data), 1_000):
            await ws.send_bytes(data[at : at + 1_000])
        await ws.send_bytes(b"")
        assert {"Connected"} <= {m["type"] for m in await told(ws)}
    (run,) = server.gateway.corridor.opened
    assert len(run.pushed) == pytest.approx(352_000, abs=3_200)
