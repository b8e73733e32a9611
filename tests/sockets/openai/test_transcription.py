"""OpenAI's routes of transcription over a scripted corridor: formats, options, events, WAV files that are refused."""

from __future__ import annotations

import asyncio
import io
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest

from tests.support.socket_gateway import GOOD_KEY, Serve
from voicegw_desktop.core.events import Final, Interim, Progress
from voicegw_desktop.sockets.audio.wav import OPEN_SIZE, wav_header
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket


RATE = 16_000  # Hz


SECOND = b"\x01\x00" * RATE


WAV = wav_header(RATE, len(SECOND)) + SECOND


def form(file: bytes | None = WAV, **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in {"model": "fake/stt", **fields}.items():
        data.add_field(name, value)
    if file is not None:
        data.add_field("file", io.BytesIO(file), filename="a.wav", content_type="audio/wav")
    return data


async def test_transcription_in_every_format(server: Server, http: aiohttp.ClientSession) -> None:
    answers = {}
    for name in ("json", "text", "verbose_json", "srt", "vtt"):
        async with http.post("/v1/audio/transcriptions", data=form(response_format=name)) as response:
            assert response.status == 200
            assert response.headers["X-VoiceGW-Cost-USD"] == "0.001500000"
            answers[name] = await response.text()
    assert json.loads(answers["json"])["text"] == "hello there world"
    assert answers["text"] == "hello there world\n"
    verbose = json.loads(answers["verbose_json"])
    measured = verbose["segments"][0]
    assert [measured[name] for name in ("avg_logprob", "no_speech_prob", "temperature")] == [-0.25, 0.125, 0.4]
    assert (verbose["language"], verbose["duration"], verbose["task"]) == ("english", 1.0, "transcribe")
    assert verbose["segments"][0]["text"] == "hello there world"
    assert "words" not in verbose
    assert answers["srt"] == "1\n00:00:00,000 --> 00:00:01,500\nhello there world\n"
    assert answers["vtt"] == "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nhello there world\n"
    stt = server.gateway.corridor.opened[0]
    assert bytes(stt.pushed) == SECOND
    assert (stt.options.rate, stt.options.endpointing_ms) == (RATE, 0)


async def test_transcription_options(server: Server, sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.audio.transcriptions.create(
        model="fake/stt",
        file=("a.wav", WAV),
        language="en-US",
        prompt="Names",
        temperature=0.5,
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )
    assert answer.words is not None
    assert [w.word for w in answer.words] == ["hello", "there", "world"]
    assert not answer.segments
    options = server.gateway.corridor.opened[-1].options
    assert (options.language, options.prompt, options.temperature) == ("en", "Names", 0.5)
    assert options.words


async def test_a_target_without_word_times_is_told_of(server: Server, http: aiohttp.ClientSession) -> None:
    server.gateway.corridor.stt_script = [Final("hello there", end_s=1.0)]
    words = {"response_format": "verbose_json", "timestamp_granularities": "word"}
    for fields, note in ((words, "fake/stt tells no word times"), ({}, None)):
        async with http.post("/v1/audio/transcriptions", data=form(**fields)) as response:
            assert (response.status, response.headers.get("X-VoiceGW-Note")) == (200, note)


async def test_translation(server: Server, http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/audio/translations", data=form(response_format="verbose_json")) as response:
        assert (await response.json())["task"] == "translate"
    assert server.gateway.corridor.opened[-1].options.translate


async def test_transcription_streams_deltas(server: Server, sdk: openai.AsyncOpenAI) -> None:
    server.gateway.corridor.stt_script = [
        Interim("one two", committed="one"),
        Progress(1, 2),
        Interim("one two three", committed="one two"),
        Final("one two three."),
        Final("Four."),
        Final(""),
    ]
    stream = await sdk.audio.transcriptions.create(model="fake/stt", file=("a.wav", WAV), stream=True)
    events = [event async for event in stream]
    deltas = [e.delta for e in events if e.type == "transcript.text.delta"]
    done = events[-1]
    assert done.type == "transcript.text.done"
    assert done.text == "one two three. Four."
    assert "".join(deltas) == done.text
    assert len(deltas) == 4


async def test_a_hang_up_cancels_the_transcription(server: Server, http: aiohttp.ClientSession) -> None:
    gateway = server.gateway
    never = asyncio.Event()

    original = gateway.corridor.open_stt

    async def held(*args: Any) -> Any:
        stt = await original(*args)
        stt._ended = never
        return stt

    gateway.corridor.open_stt = held
    task = asyncio.create_task(http.post("/v1/audio/transcriptions", data=form()))
    while not gateway.corridor.opened:  # noqa: ASYNC110
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(gateway.corridor.opened[-1].cancelled.wait(), 60)


def fmt(code: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, align: int | None = None) -> bytes:
    align = channels * bits // 8 if align is None else align
    return struct.pack("<4sIHHIIHH", b"fmt ", 16, code, channels, rate, rate * align & 0xFFFFFFFF, align, bits)


def riff(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", OPEN_SIZE) + b"WAVE" + b"".join(chunks)


DATA = b"data" + struct.pack("<I", 8) + b"\0" * 8


BAD_WAVS = {
    "only RIFF": riff(),
    "no samples": riff(fmt()),
    "no format": riff(DATA),
    "zero channels": riff(fmt(channels=0, align=2), DATA),
    "65535 channels": riff(fmt(channels=65_535, align=2), DATA),
    "rate 0": riff(fmt(rate=0), DATA),
    "rate of 4 GHz": riff(fmt(rate=4_000_000_000), DATA),
    "7 bits": riff(fmt(bits=7, align=1), DATA),
    "align 0": riff(fmt(align=0), DATA),
    "two formats": riff(fmt(), fmt(), DATA),
    "format of 4 GB": riff(b"fmt " + struct.pack("<I", 0xFFFFFFF0)),
    "empty data": riff(fmt(), b"data" + struct.pack("<I", 0)),
    "a thousand chunks": riff(*(b"junk" + struct.pack("<I", 0) for _ in range(1000)), fmt(), DATA),
}


@pytest.mark.parametrize("name", BAD_WAVS)
async def test_absurd_wavs_are_refused(server: Server, http: aiohttp.ClientSession, name: str) -> None:
    async with http.post("/v1/audio/transcriptions", data=form(BAD_WAVS[name])) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "invalid_audio"
    assert server.gateway.corridor.opened == []


async def test_streamed_wavs_are_read_to_their_end(server: Server, http: aiohttp.ClientSession) -> None:
    for header in (wav_header(RATE), wav_header(RATE, 4_000_000_000), riff(b"LIST" + struct.pack("<I", 3) + b"abc\0",
                   fmt(), b"data" + struct.pack("<I", len(SECOND)))):  # fmt: skip
        async with http.post("/v1/audio/transcriptions", data=form(header + SECOND + b"\0")) as response:
            assert response.status == 200
        assert bytes(server.gateway.corridor.opened[-1].pushed) == SECOND


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (form(None), 400),
        (form(b""), 400),
        (form(model=""), 400),
        (form(response_format="docx"), 400),
        (form(temperature="warm"), 400),
        (form(language="../etc"), 400),
        (form(timestamp_granularities="word"), 400),
        (form(model="fake/nobody"), 404),
        (form(prompt="x" * 100_000), 413),
    ],
)
async def test_refused_forms(http: aiohttp.ClientSession, data: aiohttp.FormData, status: int) -> None:
    async with http.post("/v1/audio/transcriptions", data=data) as response:
        assert response.status == status, await response.text()
        assert "error" in await response.json()


async def test_a_form_over_the_limit(serve: Serve) -> None:
    server = await serve(serve={"max_body": "100KB"})
    big = wav_header(RATE) + b"\0" * 200_000

    async def chunks() -> AsyncIterator[bytes]:
        # without a length, so that only counting helps
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield head
        for at in range(0, len(big), 10_000):
            yield big[at : at + 10_000]
        yield b"\r\n--b--\r\n"

    headers = {"Authorization": f"Bearer {GOOD_KEY}", "Content-Type": "multipart/form-data; boundary=b"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(server.url + "/v1/audio/transcriptions", data=chunks()) as response,
    ):
        assert response.status == 413
