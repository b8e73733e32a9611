"""`keep_alive` of one request, in the body and as a header; and conversations that load what they will need."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.conftest import ROOT
from tests.sockets.test_livekit_wire import CREATE_STT, CREATE_TTS, answers, connected
from tests.support.engines import eventually
from voicegw_desktop.core.descriptor import EngineKind
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.engines.memory import MIB
from voicegw_desktop.sockets.audio.wav import wav_header
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

PCM = bytes(32_000)
CHAT = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}]}
SPEECH = {"model": "fake/tts", "input": "Hello.", "response_format": "pcm"}
HEADER = "X-VoiceGW-Keep-Alive"


def recording(**fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in {"model": "fake/stt", **fields}.items():
        data.add_field(name, value)
    data.add_field("file", wav_header(16_000, len(PCM)) + PCM, filename="a.wav", content_type="audio/wav")
    return data


async def test_every_route_hands_it_on(server: Server, http: aiohttp.ClientSession) -> None:
    calls = server.gateway.corridor.calls
    for value, told in (({"keep_alive": "10m"}, {}), ({}, {HEADER: "10m"}), ({"keep_alive": "10m"}, {HEADER: "1s"})):
        async with http.post("/v1/chat/completions", json={**CHAT, **value}, headers=told) as response:
            assert response.status == 200
        assert server.gateway.corridor.chat_options[-1].keep_alive == "10m"
        assert "keep_alive" not in calls[-1][3], "the model does not see it"
        async with http.post("/v1/audio/speech", json={**SPEECH, **value}, headers=told) as response:
            assert response.status == 200
        assert calls[-1][3].keep_alive == "10m"
        async with http.post("/v1/audio/transcriptions", data=recording(**value), headers=told) as response:
            assert response.status == 200
        assert calls[-1][3].keep_alive == "10m"
    async with http.post("/v1/audio/speech", json={**SPEECH, "keep_alive": 0}) as response:
        assert response.status == 200
    assert calls[-1][3].keep_alive == "0"
    async with http.post("/v1/chat/completions", json=CHAT) as response:
        assert response.status == 200
    assert server.gateway.corridor.chat_options[-1].keep_alive is None


@pytest.mark.parametrize("value", ["soon", "5 parsecs", True, [1]])
async def test_what_is_no_duration_is_refused_before_anything_runs(
    server: Server, http: aiohttp.ClientSession, value: Any
) -> None:
    for path, body in (("/v1/chat/completions", CHAT), ("/v1/audio/speech", SPEECH)):
        async with http.post(path, json={**body, "keep_alive": value}) as response:
            assert response.status == 400
            assert (await response.json())["error"]["param"] == "keep_alive"
    async with http.post("/v1/audio/transcriptions", data=recording(), headers={HEADER: str(value)}) as response:
        assert response.status == 400
        error = (await response.json())["error"]
        assert error["param"] == HEADER
        assert str(value) in error["message"]
    assert server.gateway.corridor.calls == []


async def test_zero_unloads_after_the_request_and_a_minute_does_not(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = real
    pool = server.gateway.engines
    pool.register(EngineKind("piper", module="tests.support.fake_worker", needs_model=False, memory_base=50 * MIB))
    pool._specs.env["PYTHONPATH"] = str(ROOT)
    server.gateway.models.locate = lambda provider, model: server.gateway.paths.models  # type: ignore[method-assign]

    async def speak(**more: Any) -> None:
        asked = {"model": "piper/ok", "input": "Hello.", "response_format": "pcm", **more}
        async with http.post("/v1/audio/speech", json=asked) as response:
            assert response.status == 200, await response.text()
            assert await response.read()

    await speak(keep_alive="1m")
    assert pool.status()[0].keep_alive_s == 60
    pid = pool.status()[0].pid
    await speak(keep_alive=0)
    await eventually(lambda: pool.status()[0].state == "stopped", "unloaded after keep_alive 0")
    # a request that comes meanwhile is served by a new process
    await speak(keep_alive="1m")
    assert pool.status()[0].pid not in (None, pid)


async def test_a_realtime_conversation_loads_what_it_will_need(server: Server, http: aiohttp.ClientSession) -> None:
    def plan(modality: Any, wanted: str, caller: Any) -> Any:
        if modality == "llm":
            raise VoiceGatewayError("nothing is set")
        return target(modality, wanted, caller)

    router = server.gateway.router
    target = lambda modality, wanted, caller: type(router).plan(router, modality, "piper/joe", caller)  # noqa: E731
    router.plan = plan
    async with http.ws_connect("/v1/realtime?model=auto") as ws:
        assert (await ws.receive_json())["type"] == "session.created"
    assert server.gateway.engines.warmed == ["piper/joe"]
    async with http.ws_connect("/v1/realtime?intent=transcription") as ws:
        await ws.receive_json()
    assert server.gateway.engines.warmed == ["piper/joe"]


async def test_a_livekit_job_that_listens_loads_what_will_answer(server: Server) -> None:
    router, warmed = server.gateway.router, server.gateway.engines.warmed
    router.plan = lambda modality, wanted, caller: type(router).plan(router, modality, f"piper/{modality}", caller)
    for path, create, job, wanted in (
        ("/v1/stt", CREATE_STT, {}, []),
        ("/v1/tts", CREATE_TTS, {"X-LiveKit-Job-ID": "AJ_1"}, []),
        ("/v1/stt", CREATE_STT, {"X-LiveKit-Job-ID": "AJ_1"}, ["piper/llm", "piper/tts"]),
    ):
        async with connected(server, path, **job) as ws:
            await ws.send_json(create)
            await answers(ws, "session.created")
        assert warmed == wanted
