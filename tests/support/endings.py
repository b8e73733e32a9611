"""States in which a served gateway may be asked to end, each entered from outside: processes, sockets, the database."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import psutil
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncUnixClient

from tests.support.engines import eventually
from tests.support.served import Served
from voicegw_desktop.testing.sound import tone

RATE = 16_000
SECOND = tone(1.0, RATE)
STORY = "Tell me a very long story about the sea, the wind and all the harbours of the world."
MODELS = ("whisper/tiny.en", "piper/en_US-joe-medium", "llamacpp/smollm2-135m")
PULLED = "piper/en_US-amy-low"
State = Callable[[Served], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _http(at: Served) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {at.key}", "x-api-key": at.key, "xi-api-key": at.key}
    async with aiohttp.ClientSession(f"{at.url}/", headers=headers) as http:
        yield http


def _socket(path: str, *messages: Any) -> State:
    """A WebSocket that was told these and stays open; dictionaries go as JSON."""

    @asynccontextmanager
    async def state(at: Served) -> AsyncIterator[None]:
        async with _http(at) as http:
            ws = await http.ws_connect(path, max_msg_size=0)
            for message in messages:
                await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_json(message))
            if messages:
                # the door has heard the first of them
                with contextlib.suppress(TimeoutError):
                    await ws.receive(timeout=1)
            yield

    return state


def _streamed(path: str, **body: Any) -> State:
    """An answer that is under way."""

    @asynccontextmanager
    async def state(at: Served) -> AsyncIterator[None]:
        async with _http(at) as http:
            answer = await http.post(path, json=body)
            assert answer.status == 200, await answer.text()
            await answer.content.readany()
            yield

    return state


@asynccontextmanager
async def idle(at: Served) -> AsyncIterator[None]:
    """Nothing goes on."""
    yield


def _asking(path: str, **body: Any) -> State:
    """A request whose answer has not begun."""

    @asynccontextmanager
    async def state(at: Served) -> AsyncIterator[None]:
        async with _http(at) as http:
            asking = asyncio.ensure_future(http.post(path, json=body))
            await eventually(lambda: workers(at), "a worker is there")
            yield
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    return state


@contextlib.contextmanager
def silence(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A proxy for programs that are started meanwhile; it takes connections and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        patch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        yield


@asynccontextmanager
async def pulling(at: Served) -> AsyncIterator[None]:
    """A pull whose hub takes the connection and says nothing: HTTPS_PROXY, where `silence` listens, stands for it."""
    # the key for agents may not pull
    own = aiohttp.UnixConnector(str(at.socket))
    async with aiohttp.ClientSession("http://localhost/", connector=own) as http:
        asking = asyncio.ensure_future(http.post("v1/store/pull", json={"model": PULLED, "source": "hub"}))

        async def waits() -> bool:
            async with http.get("v1/store") as answer:
                return any(p["state"] == "pulling" for p in (await answer.json())["pulling"])

        await eventually(waits, "the pull waits for its hub")
        yield
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@asynccontextmanager
async def locked(at: Served) -> AsyncIterator[None]:
    """Another program holds the database, and a record waits for it."""
    other = sqlite3.connect(at.home / "config" / "voicegw.db", isolation_level=None)
    try:
        async with _streamed("v1/chat/completions", **CHAT)(at):
            other.execute("BEGIN EXCLUSIVE")
            yield
    finally:
        other.close()


@asynccontextmanager
async def hung(at: Served) -> AsyncIterator[None]:
    """Every worker is stopped (SIGSTOP) in the middle of its work."""
    async with _streamed("v1/chat/completions", **CHAT)(at), STATES["hearing, LiveKit"](at):
        for pid in workers(at):
            os.kill(pid, signal.SIGSTOP)
        yield


@asynccontextmanager
async def hearing_wyoming(at: Served) -> AsyncIterator[None]:
    """A Wyoming transcription under way."""
    async with AsyncUnixClient(at.socket.with_name("wyoming.sock")) as client:
        for event in (Transcribe(), AudioStart(RATE, 2, 1), *(AudioChunk(RATE, 2, 1, SECOND) for _ in range(3))):
            await client.write_event(event.event())
        await eventually(lambda: workers(at), "a worker is there")
        yield


@asynccontextmanager
async def everything(at: Served) -> AsyncIterator[None]:
    """Streams, a pull, a locked database and stopped workers at once."""
    async with AsyncExitStack() as stack:
        for name in ("speaking, ElevenLabs", "hearing, Realtime", "chat, Ollama", "a pull that waits"):
            await stack.enter_async_context(STATES[name](at))
        await stack.enter_async_context(locked(at))
        for pid in workers(at):
            os.kill(pid, signal.SIGSTOP)
        yield


def workers(at: Served) -> list[int]:
    """The program's child processes."""
    return [child.pid for child in psutil.Process(at.process.pid).children(recursive=True)]


CHAT: dict[str, Any] = {
    "model": "gpt-4o", "stream": True, "max_tokens": 4000, "messages": [{"role": "user", "content": STORY}],
}  # fmt: skip
_PCM = base64.b64encode(SECOND).decode()
_LISTEN = {"transcription": {"model": "whisper-1"}, "format": {"type": "audio/pcm", "rate": 24000}}
STATES: Mapping[str, State] = {
    "idle": idle,
    "a model loads": _asking("v1/audio/speech", model="tts-1", voice="x", input=STORY),
    "a pull that waits": pulling,
    "the database is locked": locked,
    "the workers hang": hung,
    "chat, OpenAI": _streamed("v1/chat/completions", **CHAT),
    "chat, Responses": _streamed("v1/responses", model="gpt-4o", input=STORY, stream=True),
    "chat, Anthropic": _streamed("v1/messages", **CHAT),
    "chat, Ollama": _streamed("api/chat", model="gpt-4o", messages=CHAT["messages"]),
    "hearing, LiveKit": _socket(
        "v1/stt?model=whisper-1",
        {"type": "session.create", "settings": {"sample_rate": str(RATE)}},
        *({"type": "input_audio", "audio": _PCM} for _ in range(3)),
    ),
    "speaking, LiveKit": _socket(
        "v1/tts?model=tts-1",
        {"type": "session.create", "sample_rate": str(RATE)},
        {"type": "input_transcript", "transcript": STORY * 20},
    ),
    "hearing, Deepgram": _socket(f"v1/listen?model=nova-3&encoding=linear16&sample_rate={RATE}", *[SECOND] * 3),
    "speaking, Deepgram": _socket("v1/speak?model=tts-1", {"type": "Speak", "text": STORY * 20}, {"type": "Flush"}),
    "hearing, ElevenLabs": _socket(
        f"v1/speech-to-text/realtime?model_id=scribe&audio_format=pcm_{RATE}",
        *({"message_type": "input_audio_chunk", "audio_base_64": _PCM} for _ in range(3)),
    ),
    "speaking, ElevenLabs": _socket(
        "v1/text-to-speech/x/stream-input?model_id=tts-1&output_format=pcm_16000",
        {"text": " "}, {"text": f"{STORY * 20} "},
    ),
    "hearing, Realtime": _socket(
        "v1/realtime?intent=transcription&model=whisper-1",
        {"type": "session.update", "session": {"type": "transcription", "audio": {"input": _LISTEN}}},
        *({"type": "input_audio_buffer.append", "audio": _PCM} for _ in range(3)),
    ),
    "hearing, Wyoming": hearing_wyoming,
    "events": _socket("v1/events"),
    "all of it at once": everything,
}  # fmt: skip
"""What goes on, in words → how to get there."""
