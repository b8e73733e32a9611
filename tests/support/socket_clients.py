"""Clients of the served socket: one for each modality and way, which keep everything they receive."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.conftest import ROOT
from tests.support.agent import speech
from voicegw_desktop.testing.sound import pieces, wav

RATE = 16_000
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 2.2) + bytes(2 * RATE)
TEXT = "Hello there, my friend. How are you today?"
CHAT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 32}


@dataclass
class Door:
    """A served gateway and the key to it."""

    url: str
    key: str
    http: aiohttp.ClientSession

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass
class Told:
    """The answer that a client got."""

    status: int = 0
    """200, or that of the refusal; 0 while nothing came."""
    text: str = ""
    seconds: float = 0.0
    error: dict[str, Any] | None = None
    retry_after: str | None = None
    served_by: str | None = None
    everything: list[str] = field(default_factory=list)
    """All error texts that the client received."""
    cut: bool = False
    """The answer's body broke off."""
    began: asyncio.Event = field(default_factory=asyncio.Event)


async def _post(at: Door, path: str, told: Told, **body: Any) -> bytes:
    got = b""
    async with at.http.post(f"{at.url}{path}", headers=at.auth, **body) as answer:
        told.status = answer.status
        told.retry_after = answer.headers.get("Retry-After")
        told.served_by = answer.headers.get("X-VoiceGW-Served-By")
        told.everything.append(repr(answer.headers))
        try:
            async for piece in answer.content.iter_any():
                got += piece
                told.began.set()
        except aiohttp.ClientPayloadError:
            told.cut = True
    if answer.content_type != "application/octet-stream" and not answer.content_type.startswith("audio/"):
        told.everything.append(got.decode())
    if told.status >= 400:
        told.error = json.loads(got)["error"]
    return got


async def stt_one_shot(at: Door, model: str, told: Told) -> None:
    form = aiohttp.FormData()
    form.add_field("model", model)
    form.add_field("file", wav(VOICE, RATE), filename="voice.wav", content_type="audio/wav")
    got = await _post(at, "/v1/audio/transcriptions", told, data=form)
    if told.status == 200:
        told.text = json.loads(got)["text"]


async def llm_one_shot(at: Door, model: str, told: Told) -> None:
    body = {"model": model, **CHAT}
    got = await _post(at, "/v1/chat/completions", told, json=body)
    if told.status == 200:
        told.text = json.loads(got)["choices"][0]["message"]["content"]


async def llm_stream(at: Door, model: str, told: Told) -> None:
    body = {"model": model, **CHAT, "stream": True}
    got = await _post(at, "/v1/chat/completions", told, json=body)
    if told.status != 200:
        return
    for line in got.decode().splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line.removeprefix("data: "))
        if "error" in event:
            # the headers were out: the status cannot change any more
            told.error, told.status = event["error"], 502
        elif event["choices"]:
            told.text += event["choices"][0]["delta"].get("content") or ""


async def tts_one_shot(at: Door, model: str, told: Told) -> None:
    body = {"model": model, "input": TEXT, "response_format": "pcm"}
    got = await _post(at, "/v1/audio/speech", told, json=body)
    if told.status == 200:
        told.seconds = len(got) / 2 / 24_000


@contextlib.asynccontextmanager
async def _socket(at: Door, path: str, told: Told) -> AsyncIterator[Any]:
    try:
        ws = await at.http.ws_connect(f"{at.url}{path}", headers=at.auth)
    except aiohttp.WSServerHandshakeError as error:
        told.status, told.error = error.status, {"message": error.message}
        yield None
        return
    async with ws:
        yield ws


async def _said(ws: Any, told: Told) -> AsyncIterator[dict[str, Any]]:
    async for message in ws:
        told.everything.append(message.data[:2000])
        event = json.loads(message.data)
        if event["type"] == "error":
            told.status = event["code"]
            told.error = {"message": event["message"]}
            return
        yield event


async def stt_stream(at: Door, model: str, told: Told) -> None:
    async with _socket(at, f"/v1/stt?model={model}", told) as ws:
        if ws is None:
            return
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": str(RATE)}})

        async def talk() -> None:
            for piece in pieces(VOICE, RATE, 0.1):
                await ws.send_json({"type": "input_audio", "audio": base64.b64encode(piece).decode()})
                # faster than any voice; the plugins get their turns
                await asyncio.sleep(0.01)
            await ws.send_json({"type": "session.finalize"})

        talking = asyncio.ensure_future(talk())
        try:
            async for event in _said(ws, told):
                if event["type"] in ("start_of_speech", "interim_transcript"):
                    told.began.set()
                if event["type"] == "final_transcript":
                    told.status, told.text = 200, event["transcript"]
                if event["type"] == "session.closed":
                    return
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)


async def tts_stream(at: Door, model: str, told: Told) -> None:
    async with _socket(at, f"/v1/tts?model={model}", told) as ws:
        if ws is None:
            return
        await ws.send_json({"type": "session.create", "sample_rate": str(RATE)})
        for word in TEXT.split(" "):
            await ws.send_json({"type": "input_transcript", "transcript": f"{word} "})
        await ws.send_json({"type": "session.flush"})
        async for event in _said(ws, told):
            if event["type"] == "output_audio":
                told.began.set()
                told.seconds += len(base64.b64decode(event["audio"])) / 2 / RATE
            if event["type"] == "done":
                told.status = 200
                return


CLIENTS = {
    ("stt", "stream"): stt_stream,
    ("stt", "one-shot"): stt_one_shot,
    ("llm", "stream"): llm_stream,
    ("llm", "one-shot"): llm_one_shot,
    ("tts", "stream"): tts_stream,
    ("tts", "one-shot"): tts_one_shot,
}
