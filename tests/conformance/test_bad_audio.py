"""Data that is no recording, at every door for recordings, with real decoders: an error in the door's form, and the
server goes on serving."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.served import Served, served
from voicegw_desktop.sockets.audio.wav import wav_header

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

WITHOUT_ALIASES = """
serve: {port: 0}
engines: {keep_alive: "-1"}
# %(llm)s is asked for by its own name
"""
NONSENSE = {
    "empty": b"",
    "text": b"This is no recording at all. " * 200,
    "random": secrets.token_bytes(20_000),
    "a wav's first bytes": b"RIFF\xff\xff\xff\xffWAVE",
    "a wav without samples": wav_header(16_000, 0)[:44],
    "an mp3's tag and nothing else": b"ID3\x04\x00\x00\x00\x00\x0f\x76" + bytes(200),
}
DOORS = {
    "openai": ("/v1/audio/transcriptions", {"model": "whisper/tiny.en"}),
    "openai translation": ("/v1/audio/translations", {"model": "whisper/tiny.en"}),
    "elevenlabs": ("/v1/speech-to-text", {"model_id": "whisper/tiny.en"}),
    "deepgram": ("/v1/listen?model=whisper/tiny.en", None),
}


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir, config=WITHOUT_ALIASES) as it:
        yield it


@pytest.fixture
async def http(gateway: Served) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with asyncio.timeout(120), aiohttp.ClientSession(gateway.url, headers=headers) as session:
        yield session


async def sent(http: aiohttp.ClientSession, door: str, data: bytes, **more: str) -> tuple[int, dict[str, Any]]:
    path, fields = DOORS[door]
    if fields is None:
        async with http.post(path, data=data) as answer:
            return answer.status, await answer.json()
    form = aiohttp.FormData({**fields, **more})
    form.add_field("file", data, filename="a.wav")
    async with http.post(path, data=form) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_no_recording(http: aiohttp.ClientSession, door: str) -> None:
    for name, data in NONSENSE.items():
        status, body = await sent(http, door, data)
        assert status == 400, (name, body)
        assert body["error"]["message"], name
        if door == "elevenlabs":
            assert body["detail"]["message"] == body["error"]["message"]
        if door == "deepgram":
            assert body["err_msg"] == body["error"]["message"]
    async with http.get("/health") as answer:
        assert answer.status == 200


async def test_a_voice_that_nobody_has(http: aiohttp.ClientSession) -> None:
    asked = {"model": "piper/en_US-joe-medium", "voice": "nobody", "input": "Hello."}
    async with http.post("/v1/audio/speech", json=asked) as answer:
        assert answer.status == 404
        error = (await answer.json())["error"]
    assert (error["code"], error["param"]) == ("voice_not_found", "voice")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/audio/speech", {"model": "no-such/thing", "voice": "alloy", "input": "Hello."}),
        ("/v1/chat/completions", {"model": "no-such/thing", "messages": [{"role": "user", "content": "Hello."}]}),
        ("/v1/responses", {"model": "no-such/thing", "input": "Hello."}),
        ("/v1/embeddings", {"model": "no-such/thing", "input": "Hello."}),
        ("/v1/speak?model=no-such/thing", {"text": "Hello."}),
        ("/v2/speak?model=no-such/thing", {"text": "Hello."}),
        ("/v1/text-to-speech/any", {"text": "Hello.", "model_id": "no-such/thing"}),
    ],
)
async def test_a_model_that_nobody_has(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    async with http.post(path, json=body) as answer:
        said = await answer.json()
        assert answer.status == 404, said
    assert said["error"]["code"] == "model_not_found", said


async def test_no_embeddings_here(http: aiohttp.ClientSession) -> None:
    asked = {"model": "llamacpp/smollm2-135m", "input": "Hello."}
    async with http.post("/v1/embeddings", json=asked) as answer:
        assert answer.status == 501
        error = (await answer.json())["error"]
    assert error["code"] == "not_served_by_target"
    assert error["message"].startswith(
        "llamacpp/smollm2-135m has no /v1/embeddings. Name a model that makes embeddings"
    )
