"""OpenAI-compatible servers as engines, against one on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from voicegw_desktop.core.errors import ConfigError, UpstreamError
from voicegw_desktop.core.ports import ChatOptions, Target
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.servers.openai_compatible import OpenAiCompatible
from voicegw_desktop.engines.servers.reach import Endpoint
from voicegw_desktop.engines.status import State

pytestmark = pytest.mark.socket

TARGET = Target("rack", "big")


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.aclose()


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    async def chat(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body.get("model") == "unknown":
            return web.json_response({"error": {"message": "no such model"}}, status=404)
        if body.get("model") == "cut":
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(b"data: {}\n\n")
            assert request.transport
            request.transport.abort()
            return response
        return web.json_response({"body": body, "headers": dict(request.headers)}, headers={"X-Served-By": "rack"})

    async def models(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer k3y":
            return web.json_response({"error": {"message": "bad key"}}, status=401)
        return web.json_response({"data": [{"id": "big"}, {"id": "small"}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/"
    await runner.cleanup()


async def test_passes_bytes_and_adds_the_key(http: HttpClient, base_url: str) -> None:
    backend = OpenAiCompatible(http, lambda _: Endpoint(base_url, "k3y", {"X-Team": "a"}))
    headers = {"Authorization": "Bearer the-callers-own", "X-Trace": "1", "Host": "elsewhere"}
    reply = await backend.post(
        TARGET, "/chat/completions", {"model": "big", "odd": [1, None]}, ChatOptions("1m", headers)
    )
    assert (reply.status, reply.headers["x-served-by"]) == (200, "rack")
    got = json.loads(await reply.read())
    assert got["body"] == {"model": "big", "odd": [1, None]}
    assert got["headers"]["Authorization"] == "Bearer k3y"
    assert got["headers"]["X-Team"] == "a"
    assert got["headers"]["X-Trace"] == "1"
    assert got["headers"]["Host"].startswith("127.0.0.1")


async def test_an_error_status_is_an_answer(http: HttpClient, base_url: str) -> None:
    backend = OpenAiCompatible(http, lambda _: Endpoint(base_url))
    reply = await backend.post(TARGET, "/chat/completions", {"model": "unknown"})
    assert reply.status == 404
    assert b"no such model" in await reply.read()


async def test_an_answer_that_breaks_off(http: HttpClient, base_url: str) -> None:
    backend = OpenAiCompatible(http, lambda _: Endpoint(base_url))
    reply = await backend.post(TARGET, "/chat/completions", {"model": "cut"})
    with pytest.raises(UpstreamError, match="broke off"):
        await reply.read()


async def test_status(http: HttpClient, base_url: str) -> None:
    backend = OpenAiCompatible(http, lambda _: Endpoint(base_url, "k3y"))
    status = await backend.status("rack", Endpoint(base_url, "k3y"))
    assert (status.state, status.info["models"]) == (State.ANSWERS, ["big", "small"])
    status = await backend.status("rack", Endpoint(base_url, "wrong"))
    assert status.state is State.DOES_NOT_ANSWER
    assert "401: bad key" in status.reason
    assert "k3y" not in repr(Endpoint(base_url, "k3y"))
    assert await backend.probe(TARGET)


async def test_an_absent_server(http: HttpClient) -> None:
    backend = OpenAiCompatible(http, lambda _: Endpoint("http://127.0.0.1:9/v1"))
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await backend.post(TARGET, "/chat/completions", {})
    assert not await backend.probe(TARGET)
    with pytest.raises(ConfigError, match="base_url"):
        await OpenAiCompatible(http, lambda _: Endpoint("rack:8000")).post(TARGET, "/x", {})
