"""A turn over a socket as its client measures it, and as it is stored, reported and drawn here."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from array import array
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest

from tests.sockets.test_ttfs_stopwatch import Ear
from tests.support.fake_backends import FakeLlm, FakeReply, Script, answer
from voicegw_desktop.cli.waterfall import drawn
from voicegw_desktop.core.events import Audio, UtteranceDone
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, Sent, Target, TtsOptions
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

RATE = 24_000
VOICED_S, FRAME_S, WORD_S = 0.6, 0.02, 0.05
LATE_S = 0.06
SILENT_S = 0.08
"""Silence at the start of the voice's audio: the answer is not audible yet."""


class Thinker(FakeLlm):
    """Answers in pieces, slowly."""

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> Any:
        reply: FakeReply = await super().post(target, path, body, options, sent or (lambda size: None))
        return _Slowly(reply)


class _Slowly:
    def __init__(self, reply: FakeReply) -> None:
        self._reply, self.status, self.headers = reply, reply.status, reply.headers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._reply:
            await asyncio.sleep(WORD_S)
            yield chunk

    async def close(self) -> None:
        await self._reply.close()


class Voice:
    """Speaks a tone after a little silence."""

    async def open_tts(self, target: Target, options: TtsOptions) -> _Speaking:
        return _Speaking()


class _Speaking:
    def __init__(self) -> None:
        self._given, self._ended = asyncio.Event(), asyncio.Event()
        self._text = ""

    async def push(self, text: str) -> None:
        self._text += text
        self._given.set()

    async def end(self) -> None:
        self._given.set()
        self._ended.set()

    async def cancel(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[Any]:
        await self._given.wait()
        await asyncio.sleep(LATE_S)
        yield Audio(bytes(2 * round(SILENT_S * RATE)), RATE)
        yield Audio(array("h", [9000, -9000] * (RATE // 4)).tobytes(), RATE)
        await self._ended.wait()
        yield UtteranceDone(len(self._text), SILENT_S + 0.5)


@pytest.mark.usefixtures("paced")
async def test_the_stages_of_a_turn_add_up_to_what_its_client_measured(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = real
    gateway: Any = server.gateway
    script = Script()
    thinker = Thinker(script)
    thinker.chunks = answer(["Well", " then,", " good", " evening."])
    gateway.backends.register("whisper", stt=Ear())
    gateway.backends.register("llamacpp", llm=thinker)
    gateway.backends.register("piper", tts=Voice())
    tone = array("h", (round(9000 * math.sin(2 * math.pi * 210 * n / RATE)) for n in range(round(FRAME_S * RATE))))
    ended = heard = 0.0
    now = asyncio.get_running_loop().time
    answered = asyncio.Event()
    async with http.ws_connect("/v1/realtime?model=llamacpp/tiny") as ws, asyncio.timeout(60):
        session = (await ws.receive_json())["session"]["id"]
        turns = {"type": "server_vad", "silence_duration_ms": 300}
        sound = {"transcription": {"model": "whisper/tiny.en"}, "turn_detection": turns}
        voice = {"voice": "piper/joe"}
        update = {"type": "realtime", "audio": {"input": sound, "output": voice}}
        await ws.send_json({"type": "session.update", "session": update})

        async def listen() -> None:
            nonlocal heard
            silent = 0
            async for message in ws:
                event = json.loads(message.data)
                assert event["type"] != "error", event
                if event["type"] == "response.output_audio.delta" and not heard:
                    samples = array("h", base64.b64decode(event["delta"]))
                    first = next((n for n, s in enumerate(samples) if abs(s) > 200), None)
                    if first is None:
                        silent += len(samples)
                    else:
                        # both pieces came at once, so the silence is played first
                        heard = now() + (silent + first) / RATE
                if event["type"] == "response.done":
                    answered.set()
                    return

        listening = asyncio.ensure_future(listen())
        began, sent = now(), 0
        while not answered.is_set():
            sent += len(tone)
            await asyncio.sleep(max(0.0, began + sent / RATE - now()))
            voiced = sent / RATE <= VOICED_S
            if voiced:
                ended = began + sent / RATE
            pcm = tone.tobytes() if voiced else bytes(2 * len(tone))
            await ws.send_json({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})
        await listening
    measured = (heard - ended) * 1000

    async with http.get(f"/v1/sessions/{session}") as reply:
        told = await reply.json()
    (turn,) = told["turns"]
    assert sum(turn["stages"].values()) == pytest.approx(measured, rel=0.05), (turn, measured)
    assert turn["first_audio_ms"] == pytest.approx(measured, rel=0.05)
    assert list(turn["stages"])[:2] == ["endpoint", "transcript"]
    assert len(turn["stages"]) == 7
    assert turn["cost_nanos"] == 0
    assert {r["session_id"] for r in told["requests"]} == {session}
    lines = drawn(turn, 1, sum(turn["stages"].values()))
    assert len(lines) == 8
    assert lines[-1].rstrip().endswith(f"{turn['stages']['first sound']:.1f} ms")
    async with http.get("/v1/turns", params={"session": session, "limit": "1"}) as reply:
        page = await reply.json()
    assert [t["id"] for t in page["turns"]] == [turn["id"]]
    async with http.get("/v1/turns", params={"session": session, "before": page["next"]}) as reply:
        assert (await reply.json())["turns"] == []
