"""OpenAI's routes over a scripted corridor: what goes in and comes out, what is refused; the SDK reads the answers."""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import replace
from typing import Any

import aiohttp
import openai
import pytest

from tests.support.socket_gateway import GOOD_KEY, Serve
from tests.support.socket_runs import FakeReply
from voicegw_desktop.core.errors import BudgetExceededError, EngineCrashed, RateLimitExceeded
from voicegw_desktop.core.events import EndOfStream
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

CHAT = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}]}


# -- chat -----------------------------------------------------------------------------------------------------------


async def test_chat_goes_through_by_bytes_with_unknown_fields(server: Server, http: aiohttp.ClientSession) -> None:
    server.gateway.corridor.chat_pieces = [b'{"choices": [ ],', b'  "odd": 1}']
    async with http.post("/v1/chat/completions", json={**CHAT, "brand_new": {"a": [1]}}) as response:
        assert await response.read() == b'{"choices": [ ],  "odd": 1}'
        assert response.headers["X-VoiceGW-Served-By"] == "fake/llm"
        assert response.headers["X-VoiceGW-Overhead-Ms"] == "0.123"
        assert response.headers["X-VoiceGW-Cost-USD"] == "0.002000000"
        assert response.headers["X-Request-Id"].startswith("req_")
    assert server.gateway.corridor.calls[-1][3]["brand_new"] == {"a": [1]}


async def test_chat_streams_and_tells_its_cost_in_a_comment(server: Server, sdk: openai.AsyncOpenAI) -> None:
    corridor = server.gateway.corridor
    corridor.chat_type = "text/event-stream"
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    words = ["one", " two"]
    corridor.chat_pieces = [
        b"data: " + json.dumps({**chunk, "choices": [{"index": 0, "delta": {"content": w}}]}).encode() + b"\n\n"
        for w in words
    ] + [b"data: [DONE]\n\n"]
    stream = await sdk.chat.completions.create(
        model="fake/llm", messages=[{"role": "user", "content": "hi"}], stream=True
    )
    assert [part.choices[0].delta.content async for part in stream] == words
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http,
        http.post(server.url + "/v1/chat/completions", json={**CHAT, "stream": True}) as response,
    ):
        assert response.headers["Content-Type"] == "text/event-stream"
        assert (await response.text()).endswith(": voicegw served-by=fake/llm cost-usd=0.002000000\n\n")


async def test_upstream_errors_keep_their_status(server: Server, sdk: openai.AsyncOpenAI) -> None:
    server.gateway.corridor.chat_status = 422
    server.gateway.corridor.chat_pieces = [b'{"error": {"message": "no such tool"}}']
    for stream in (False, True):
        with pytest.raises(openai.UnprocessableEntityError):
            await sdk.chat.completions.create(  # type: ignore[call-overload]
                model="fake/llm", messages=[{"role": "user", "content": "hi"}], stream=stream
            )


async def test_a_loading_model_gets_keepalives_then_the_answer(serve: Serve) -> None:
    server = await serve(limits=replace(Limits(), chat_headers_after=0.02, sse_keepalive=0.02))
    corridor = server.gateway.corridor
    corridor.delay = asyncio.Event()
    corridor.chat_type = "text/event-stream"
    corridor.chat_pieces = [b"data: {}\n\n", b"data: [DONE]\n\n"]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http,
        http.post(server.url + "/v1/chat/completions", json={**CHAT, "stream": True}) as response,
    ):
        assert response.status == 200
        assert await response.content.readline() == b": keepalive\n"
        corridor.delay.set()
        rest = await response.text()
        assert "data: {}\n\ndata: [DONE]\n\n" in rest


async def test_a_silence_between_role_and_content_is_filled(serve: Serve) -> None:
    server = await serve(limits=replace(Limits(), sse_keepalive=0.02))
    corridor = server.gateway.corridor
    corridor.chat_type = "text/event-stream"
    corridor.chat_pieces = [b"data: {}\n\n", b'data: {"half', b'": 1}\n\n']
    hold = asyncio.Event()
    original = corridor.chat

    async def held(*args: Any, **kwargs: Any) -> FakeReply:
        reply = await original(*args, **kwargs)
        reply.hold = hold
        return reply

    corridor.chat = held
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http,
        http.post(server.url + "/v1/chat/completions", json={**CHAT, "stream": True}) as response,
    ):
        assert [await response.content.readline() for _ in range(3)] == [b"data: {}\n", b"\n", b": keepalive\n"]
        hold.set()
        assert b'data: {"half": 1}\n\n' in await response.read()


async def test_an_error_after_the_keepalives_is_an_event(serve: Serve) -> None:
    server = await serve(limits=replace(Limits(), chat_headers_after=0.01, sse_keepalive=0.01))
    corridor = server.gateway.corridor
    corridor.delay, corridor.error = asyncio.Event(), EngineCrashed("The engine ended.")
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=GOOD_KEY, max_retries=0) as sdk:
        stream = await sdk.chat.completions.create(
            model="fake/llm", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        corridor.delay.set()
        with pytest.raises(openai.APIError, match="The engine ended"):
            async for _ in stream:
                pass


async def test_a_client_that_hangs_up_closes_the_upstream(server: Server, http: aiohttp.ClientSession) -> None:
    corridor = server.gateway.corridor
    corridor.chat_type = "text/event-stream"
    corridor.chat_pieces = [b"data: 1\n\n"] * 3
    original = corridor.chat
    hold = asyncio.Event()

    async def held(*args: Any, **kwargs: Any) -> FakeReply:
        reply = await original(*args, **kwargs)
        reply.hold = hold
        return reply

    corridor.chat = held
    response = await http.post("/v1/chat/completions", json={**CHAT, "stream": True})
    await response.content.readline()
    response.close()
    await asyncio.wait_for(corridor.opened[-1].closed.wait(), 60)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"stream": "yes"}, "stream"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 9}, "temperature"),
        ({"max_tokens": -2}, "max_tokens"),
        ({"tools": {}}, "tools"),
    ],
)
async def test_chat_of_wrong_types(http: aiohttp.ClientSession, change: dict[str, Any], param: str) -> None:
    async with http.post("/v1/chat/completions", json={**CHAT, **change}) as response:
        assert response.status == 400
        assert (await response.json())["error"]["param"] == param


async def test_errors_of_the_corridor_keep_status_and_retry_after(server: Server, sdk: openai.AsyncOpenAI) -> None:
    server.gateway.corridor.error = RateLimitExceeded("Too many requests.", retry_after=7)
    with pytest.raises(openai.RateLimitError) as caught:
        await sdk.chat.completions.create(model="fake/llm", messages=[{"role": "user", "content": "hi"}])
    assert caught.value.response.headers["Retry-After"] == "7"
    server.gateway.corridor.error = BudgetExceededError("The budget is spent.")
    with pytest.raises(openai.RateLimitError) as spent:
        await sdk.chat.completions.create(model="fake/llm", messages=[{"role": "user", "content": "hi"}])
    assert spent.value.code == "insufficient_quota"
    server.gateway.corridor.error = None
    with pytest.raises(openai.NotFoundError):
        await sdk.chat.completions.create(model="fake/none", messages=[{"role": "user", "content": "hi"}])


async def test_embeddings_and_completions_pass_through(server: Server, http: aiohttp.ClientSession) -> None:
    for path, body in (
        ("/v1/embeddings", {"model": "fake/llm", "input": "x"}),
        ("/v1/completions", {"model": "fake/llm", "prompt": "x"}),
    ):
        async with http.post(path, json=body) as response:
            assert response.status == 200


# -- models ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("path", "ask"), [("embeddings", "embeddings"), ("completions", "chat/completions")])
async def test_a_route_that_the_target_lacks_says_what_to_do(
    server: Server, http: aiohttp.ClientSession, path: str, ask: str, stream: bool
) -> None:
    corridor = server.gateway.corridor
    corridor.chat_status, corridor.chat_pieces = 501, [b'{"error": {"message": "Start it with --flag"}}']
    async with http.post(f"/v1/{path}", json={"model": "fake/llm", "input": "x", "stream": stream}) as response:
        assert response.status == 501
        error = (await response.json())["error"]
    assert error["code"] == "not_served_by_target"
    assert error["message"].startswith(f"fake/llm has no /v1/{path}. ")
    assert ask in error["message"] or "makes embeddings" in error["message"]
    # a refusal about something else stays the upstream's own
    corridor.chat_status, corridor.chat_pieces = 404, [b'{"error": {"code": "model_not_found", "message": "No x."}}']
    async with http.post(f"/v1/{path}", json={"model": "fake/llm", "input": "x", "stream": stream}) as response:
        assert (response.status, (await response.json())["error"]["message"]) == (404, "No x.")


async def test_models_by_what_they_can_do(http: aiohttp.ClientSession) -> None:
    async with http.get("/v1/models?capability=speech") as response:
        (model,) = (await response.json())["data"]
        assert (model["id"], model["capabilities"]) == ("fake/tts", ["speech"])
    async with http.get("/v1/models?capability=dance") as response:
        assert response.status == 400
    async with http.get("/v1/audio/models") as response:
        assert await response.json() == {"models": [{"id": "fake/tts", "name": "fake/tts"}]}
    async with http.get("/v1/audio/voices") as response:
        assert await response.json() == {"voices": []}


async def test_models_for_both_readers(sdk: openai.AsyncOpenAI, http: aiohttp.ClientSession) -> None:
    assert [m.id async for m in sdk.models.list()] == ["fake/llm", "fake/stt", "fake/tts"]
    assert (await sdk.models.retrieve("fake/llm")).owned_by == "fake"
    async with http.get("/v1/models") as response:
        body = await response.json()
        assert [m["id"] for m in body["models"]] == ["fake/llm", "fake/stt", "fake/tts"]
    with pytest.raises(openai.NotFoundError, match="Did you mean"):
        await sdk.models.retrieve("fake/lm")


# -- transcription --------------------------------------------------------------------------------------------------


# -- speech ---------------------------------------------------------------------------------------------------------

SPEECH = {"model": "fake/tts", "input": "Good morning.", "voice": "alloy"}


async def test_speech_pcm_is_24_khz_and_wav_carries_its_rate(server: Server, sdk: openai.AsyncOpenAI) -> None:
    pcm = await sdk.audio.speech.create(
        model="fake/tts", input="Good morning.", voice="alloy", response_format="pcm", instructions="cheerful"
    )
    assert len(pcm.content) == 12_000
    assert pcm.response.headers["Content-Type"] == "audio/pcm"
    assert pcm.response.headers["X-VoiceGW-Note"] == "instructions are ignored"
    tts = server.gateway.corridor.opened[-1]
    assert (tts.text, tts.options.rate) == ("Good morning.", 24_000)
    wav = await sdk.audio.speech.create(
        model="fake/tts", input="Good morning.", voice="alloy", response_format="wav", speed=1.5
    )
    assert struct.unpack("<I", wav.content[24:28]) == (22_050,)
    assert server.gateway.corridor.opened[-1].options.speed == 1.5


async def test_speech_as_events(http: aiohttp.ClientSession) -> None:
    body = {**SPEECH, "response_format": "pcm", "stream_format": "sse"}
    async with http.post("/v1/audio/speech", json=body) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        events = [json.loads(line[6:]) for line in (await response.text()).splitlines() if line.startswith("data: ")]
    assert [e["type"] for e in events] == ["speech.audio.delta"] * 5 + ["speech.audio.done"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": ""}, "model"),
        ({"input": ""}, "input"),
        ({"input": " \n"}, "input"),
        ({"input": 5}, "input"),
        ({"input": "x" * 30_000}, "input"),
        ({"voice": 7}, "voice"),
        ({"speed": 0}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"response_format": "mid"}, "response_format"),
        ({"response_format": 3}, "response_format"),
        ({"stream_format": "avi"}, "stream_format"),
    ],
)
async def test_refused_speech(http: aiohttp.ClientSession, change: dict[str, Any], param: str) -> None:
    async with http.post("/v1/audio/speech", json={**SPEECH, **change}) as response:
        assert response.status == 400
        assert (await response.json())["error"]["param"] == param


async def test_half_a_surrogate_is_refused(http: aiohttp.ClientSession) -> None:
    raw = b'{"model": "fake/tts", "input": "\\ud800", "voice": "x"}'
    async with http.post("/v1/audio/speech", data=raw) as response:
        assert response.status == 400


async def test_events_reach_a_websocket_and_a_stop_closes_it(server: Server, http: aiohttp.ClientSession) -> None:
    ws = await http.ws_connect("/v1/events")
    server.gateway.bus.publish(EndOfStream(1.0))
    assert await ws.receive_json() == {"type": "EndOfStream", "audio_s": 1.0}
    stopping = asyncio.create_task(server.stop())
    message = await ws.receive(timeout=60)
    assert (message.type, ws.close_code) == (aiohttp.WSMsgType.CLOSE, 1001)
    await stopping
