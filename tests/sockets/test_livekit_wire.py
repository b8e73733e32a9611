"""The LiveKit Inference wire, frame by frame, as docs/livekit.md has it; the corridor answers from a script."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest

from tests.support.socket_gateway import LIVEKIT_ID, LIVEKIT_SECRET
from voicegw_desktop.core.errors import ModelResolutionError
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted, Word
from voicegw_desktop.core.late import Behind
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.livekit import inference as livekit_inference
from voicegw_desktop.sockets.livekit.stt import AFTER_COMMIT, SttSession

pytestmark = pytest.mark.socket

CREATE_STT = {
    "type": "session.create",
    "model": "fake/stt",
    "settings": {"sample_rate": "16000", "encoding": "pcm_s16le", "language": "en", "extra": {"keyterm": ["Wien"]}},
    "connection": {"timeout": 10.0, "retries": 3},
}
CREATE_TTS = {
    "type": "session.create",
    "model": "fake/tts",
    "sample_rate": "24000",
    "encoding": "pcm_s16le",
    "extra": {},
}
SILENCE = {"type": "input_audio", "audio": base64.b64encode(bytes(1600)).decode()}
FLUSH = {"type": "session.flush"}


def token(**claims: Any) -> str:
    now = int(time.time())
    body = {"inference": {"perform": True}, "sub": "agent", "iss": LIVEKIT_ID, "nbf": now, "exp": now + 600, **claims}
    return jwt.encode(body, LIVEKIT_SECRET, algorithm="HS256")


@asynccontextmanager
async def connected(server: Server, path: str, **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {token()}", **headers}
    async with aiohttp.ClientSession(server.url, headers=headers) as http, http.ws_connect(path) as ws:
        yield ws


def speak(text: str, **config: str) -> dict[str, Any]:
    return {"type": "input_transcript", "transcript": text, "generation_config": config, "extra": {}}


async def answers(ws: aiohttp.ClientWebSocketResponse, until: str | None = None) -> list[dict[str, Any]]:
    """Messages until one of this type, or until the server closes; without those that only keep a client waiting."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        async for message in ws:
            told = json.loads(message.data)
            if told["type"] == "interim_transcript" and not told["transcript"]:
                continue
            found.append(told)
            if told["type"] == until:
                break
    return found


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [m["type"] for m in messages]


# -- transcription ----------------------------------------------------------------------------------------------------


async def test_a_transcription_from_create_to_close(server: Server) -> None:
    corridor = server.gateway.corridor
    corridor.stt_script = [
        SpeechStarted(0.1),
        Interim("", committed=""),
        Interim("grüß", committed="grüß", language="de"),
        SpeechEnded(1.2),
        Final(
            "Grüß Gott",
            language="de",
            start_s=0.1,
            end_s=1.2,
            words=(Word("Grüß", 0.1, 0.6), Word("Gott", 0.7, 1.2, 0.5)),
        ),
        Final("  "),
    ]
    async with connected(server, "/v1/stt?model=fake/stt") as ws:
        await ws.send_json(CREATE_STT)
        await ws.send_json({"type": "no.such.type", "future": True})
        await ws.send_json(SILENCE)
        await ws.send_json({"type": "session.finalize"})
        seen = await answers(ws)
        assert ws.close_code == 1000
    session = seen[0]["session_id"]
    assert seen == [
        {"type": "session.created", "session_id": session},
        {"type": "start_of_speech", "session_id": session},
        {
            "type": "interim_transcript", "session_id": session, "request_id": "r1", "transcript": "grüß",
            "language": "de", "start": 0.0, "duration": 0.0, "confidence": 1.0,
        },
        {
            "type": "final_transcript", "session_id": session, "request_id": "r1", "transcript": "Grüß Gott",
            "language": "de", "start": 0.1, "duration": 1.1, "confidence": 1.0,
            "words": [
                {"word": "Grüß", "start": 0.1, "end": 0.6, "confidence": 1.0},
                {"word": "Gott", "start": 0.7, "end": 1.2, "confidence": 0.5},
            ],
        },
        {"type": "session.finalized", "session_id": session},
        {"type": "session.closed", "session_id": session},
    ]  # fmt: skip
    _, caller, wanted, options = corridor.calls[0]
    assert (wanted, caller.wire, caller.project) == ("fake/stt", "livekit", "alpha")
    assert (options.rate, options.language, options.keyterms) == (16_000, "en", ("Wien",))
    assert options.endpointing_ms is None
    assert bytes(corridor.opened[0].pushed) == bytes(1600)


async def test_the_words_of_a_pause_are_told_apart_from_other_interims(server: Server) -> None:
    server.gateway.corridor.stt_script = [
        SpeechStarted(0.0), Interim("Hello"), Interim("Hello.", pause=True), Interim("Hello."), Final("Hello there."),
    ]  # fmt: skip
    async with connected(server, "/v1/stt?model=fake/stt") as ws:
        await ws.send_json(CREATE_STT)
        await ws.send_json(SILENCE)
        await ws.send_json({"type": "session.finalize"})
        seen = await answers(ws)
    assert [(m["type"], m["transcript"]) for m in seen if "transcript" in m] == [
        ("interim_transcript", "Hello"), ("preflight_transcript", "Hello."), ("interim_transcript", "Hello."),
        ("final_transcript", "Hello there."),
    ]  # fmt: skip


async def test_a_stream_that_falls_behind_says_so_in_a_message_of_its_own(server: Server) -> None:
    server.gateway.corridor.stt_script = [SpeechStarted(0.0), Behind(1.6), Final("Hello."), Behind(0.0)]
    async with connected(server, "/v1/stt?model=fake/stt") as ws:
        await ws.send_json(CREATE_STT)
        await ws.send_json(SILENCE)
        await ws.send_json({"type": "session.finalize"})
        seen = await answers(ws)
    assert [m["seconds"] for m in seen if m["type"] == "session.behind"] == [1.6, 0.0]
    assert kinds(seen).index("session.behind") < kinds(seen).index("final_transcript")


@pytest.mark.parametrize("query", ["", "?model=auto", "?model=NOT_GIVEN", "?model=fake/stt"])
async def test_the_model_may_come_late(server: Server, query: str) -> None:
    async with connected(server, f"/v1/stt{query}") as ws:
        await ws.send_json(CREATE_STT)
        assert kinds(await answers(ws, "session.created")) == ["session.created"]
        await ws.send_json({"type": "session.finalize"})
        assert kinds(await answers(ws))[-1] == "session.closed"
    assert server.gateway.corridor.calls[0][2] == "fake/stt"


@pytest.mark.parametrize(("asked", "passed"), [("multi", "multi"), ("auto", None), ("en-US", "en-US")])
async def test_the_language_is_read_as_at_every_door(server: Server, asked: str, passed: str | None) -> None:
    async with connected(server, "/v1/stt") as ws:
        await ws.send_json({**CREATE_STT, "settings": {"sample_rate": "24000", "language": asked}})
        await answers(ws, "session.created")
        await ws.send_json({"type": "session.finalize"})
        await answers(ws)
    options = server.gateway.corridor.calls[0][3]
    assert (options.language, options.rate) == (passed, 24_000)


async def test_an_update_opens_a_new_run_whose_times_go_on(server: Server) -> None:
    corridor = server.gateway.corridor
    async with connected(server, "/v1/stt") as ws:
        await ws.send_json(CREATE_STT)
        for _ in range(20):
            await ws.send_json(SILENCE)
        await ws.send_json({"type": "session.update", "settings": {"language": "de", "extra": {"keyterm": ["Graz"]}}})
        await ws.send_json({"type": "session.finalize"})
        seen = await answers(ws)
    assert [o.options.language for o in corridor.opened] == ["en", "de"]
    assert corridor.opened[1].options.keyterms == ("Graz",)
    first, second = (m["words"][0]["start"] for m in seen if m["type"] == "final_transcript")
    assert (first, second) == (0.0, 1.0)
    assert kinds(seen).count("session.closed") == 1


async def test_the_fallback_serves_when_the_model_cannot(server: Server) -> None:
    async with connected(server, "/v1/stt") as ws:
        fallback = {"models": [{"model": "nor/this", "extra": None}, {"model": "fake/stt", "extra": None}]}
        await ws.send_json({**CREATE_STT, "model": "nobody/has-it", "fallback": fallback})
        await answers(ws, "session.created")
        await ws.send_json({"type": "session.finalize"})
        assert "final_transcript" in kinds(await answers(ws))
    assert [call[2] for call in server.gateway.corridor.calls] == ["nobody/has-it", "nor/this", "fake/stt"]


async def test_a_model_nobody_has_is_told_and_the_session_ends(server: Server) -> None:
    async with connected(server, "/v1/stt") as ws:
        await ws.send_json({**CREATE_STT, "model": "nobody/has-it"})
        seen = await answers(ws)
    assert kinds(seen) == ["session.created", "error"]
    assert seen[1]["code"] == ModelResolutionError("").status
    assert "nobody/has-it" in seen[1]["message"]


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        '{"no": "type"}',
        '{"type": 7}',
        '{"type": "input_audio"}',
        '{"type": "input_audio", "audio": "*"}',
        '{"type": "input_audio", "audio": "AA=="}',
        '{"type": "session.update", "settings": []}',
        '{"type": "session.create"}',
    ],
)
async def test_a_malformed_message_is_told_and_the_session_lives(server: Server, message: str) -> None:
    async with connected(server, "/v1/stt") as ws:
        await ws.send_json(CREATE_STT)
        await answers(ws, "session.created")
        await ws.send_str(message)
        (told,) = await answers(ws, "error")
        assert (told["type"], told["code"]) == ("error", 400)
        await ws.send_json({"type": "session.finalize"})
        assert kinds(await answers(ws))[-1] == "session.closed"


class Said(list[dict[str, Any]]):
    def __init__(self) -> None:
        self._one_more = asyncio.Event()

    async def __call__(self, message: dict[str, Any]) -> None:
        self.append(message)
        self._one_more.set()

    async def until(self, message: tuple[str, str | None], count: int) -> None:
        """Read messages until this (type, transcript) came `count` times."""
        while self.told().count(message) < count:
            self._one_more.clear()
            await self._one_more.wait()

    def told(self) -> list[tuple[str, str | None]]:
        return [(m["type"], m.get("transcript")) for m in self]


@pytest.mark.parametrize("model", ["openai/whisper-1", "speechmatics/enhanced"])
async def test_these_clients_finalize_each_turn_and_end_by_silence(
    server: Server, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    corridor, said = server.gateway.corridor, Said()

    async def gate(*_: Any) -> None:
        return

    monkeypatch.setattr(corridor, "_gate", gate)
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    later: list[Any] = []
    monkeypatch.setattr(
        loop, "call_later", lambda delay, call: (waits.append(delay), later.append(call), loop.call_soon(int))[2]
    )
    session = SttSession(corridor, Caller("alpha", "livekit"), model, said)
    await session.receive({**CREATE_STT, "model": model})
    await session.receive(SILENCE)
    await session.receive({"type": "session.finalize"})
    assert corridor.opened[0].commits == 1
    assert waits == [AFTER_COMMIT]
    assert "session.closed" not in kinds(said)
    assert corridor.opened[0].options.endpointing_ms > 5_000
    later[0]()
    async with asyncio.timeout(60):
        await session.over.wait()
    assert kinds(said)[-2:] == ["session.finalized", "session.closed"]
    await session.close()


# -- the door ---------------------------------------------------------------------------------------------------------


async def test_a_slow_load_is_bridged_by_pings(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both wires, before anything of the answer is there."""
    monkeypatch.setattr(livekit_inference, "PING_EVERY", 0.01)
    corridor = server.gateway.corridor
    headers = {"Authorization": f"Bearer {token()}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http, asyncio.timeout(60):
        for path, create in (("/v1/stt", CREATE_STT), ("/v1/tts", CREATE_TTS)):
            corridor.delay = asyncio.Event()
            async with http.ws_connect(path, autoping=False) as ws:
                await ws.send_json(create)
                await ws.send_json(speak("Text. "))
                pings = 0
                while pings < 5:
                    pings += (await ws.receive()).type is aiohttp.WSMsgType.PING
                corridor.delay.set()


@pytest.mark.parametrize("path", ["/v1//stt", "/v1//tts"])
async def test_stray_slashes_do_no_harm(server: Server, path: str) -> None:
    async with connected(server, path) as ws:
        await ws.send_json(CREATE_STT if "stt" in path else CREATE_TTS)
        assert kinds(await answers(ws, "session.created")) == ["session.created"]


@pytest.mark.parametrize(("path", "status"), [("/v1/eot", 503), ("/v1//eot", 503), ("/v1/bargein", 404)])
async def test_without_a_model_turns_are_left_to_the_agent(server: Server, path: str, status: int) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with connected(server, path):
            pass
    assert caught.value.status == status


@pytest.mark.parametrize(
    "claims",
    [{"iss": "nobody"}, {"exp": 1}, {"nbf": 4_000_000_000}, {"inference": {"perform": False}}, {"inference": None}],
)
async def test_a_token_that_does_not_fit_is_refused_before_the_upgrade(server: Server, claims: dict[str, Any]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with connected(server, "/v1/stt", Authorization=f"Bearer {token(**claims)}"):
            pass
    assert caught.value.status in (401, 403)


async def test_the_job_correlates_a_call(server: Server) -> None:
    headers = {
        "X-LiveKit-Job-ID": "AJ_1",
        "X-LiveKit-Room-ID": "RM_1",
        "User-Agent": "LiveKit Agents/1.8.9 (python 3.11.7)",
    }
    for path, create in (("/v1/stt", CREATE_STT), ("/v1/tts", CREATE_TTS)):
        async with connected(server, path, **headers) as ws:
            await ws.send_json(create)
            await ws.send_json(speak("Text. ") if path == "/v1/tts" else {"type": "session.finalize"})
            await ws.send_json(FLUSH)
            await answers(ws, "done" if path == "/v1/tts" else "session.closed")
    # its chat client writes the same headers in another case
    lower = {name.lower(): value for name, value in headers.items()} | {"Authorization": f"Bearer {token()}"}
    chat = {"model": "fake/llm", "messages": [{"role": "user", "content": "x"}]}
    async with (
        aiohttp.ClientSession(server.url, headers=lower) as http,
        http.post("/v1/chat/completions", json=chat) as answer,
    ):
        assert answer.status == 200
    calls = server.gateway.corridor.calls
    assert [(call[0], call[1].session) for call in calls] == [("stt", "RM_1"), ("tts", "RM_1"), ("llm", "RM_1")]


async def test_binary_frames_are_refused_and_the_session_lives(server: Server) -> None:
    async with connected(server, "/v1/stt") as ws:
        await ws.send_json(CREATE_STT)
        await ws.send_bytes(b"\0\0")
        assert kinds(await answers(ws, "error")) == ["session.created", "error"]
        await ws.send_json({"type": "session.finalize"})
        assert kinds(await answers(ws))[-1] == "session.closed"
