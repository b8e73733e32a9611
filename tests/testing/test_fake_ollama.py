"""The fake of Ollama: what our own client of the real server gets from it, and its own routes for others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from voicegw_desktop.core.errors import ModelNotInstalled, UpstreamError
from voicegw_desktop.core.ports import Target
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.testing import FakeOllama

pytestmark = pytest.mark.socket

TARGET = Target("ollama", "llama3.2")
CHAT: dict[str, Any] = {"model": "llama3.2", "messages": [{"role": "user", "content": "Hi"}]}


@asynccontextmanager
async def attached() -> AsyncIterator[tuple[FakeOllama, Ollama]]:
    http = HttpClient()
    async with FakeOllama(reply="One two three") as fake:
        try:
            yield fake, Ollama(OllamaConfig(base_url=fake.base_url, manage="attach"), http)
        finally:
            await http.aclose()


async def test_models_are_pulled_shown_loaded_unloaded_and_removed() -> None:
    async with attached() as (fake, ollama), aiohttp.ClientSession(ollama.base_url) as http:
        assert await ollama.version()
        async with http.post("/api/pull", json={"model": "smol"}) as pull:
            steps = [json.loads(line) async for line in pull.content]
        assert (steps[0]["status"], steps[-1]["status"]) == ("pulling manifest", "success")
        assert [m["name"] for m in await ollama.models()] == ["llama3.2:latest", "smol:latest"]
        assert "template" in await ollama.show("smol")
        await ollama.load("smol", "-1")
        assert [s.name for s in (await ollama.status())[1:]] == ["ollama/smol:latest"]
        assert fake.loaded == {"smol:latest": None}
        await ollama.unload("smol")
        assert (await ollama.status())[1:] == []
        async with http.delete("/api/delete", json={"model": "smol"}) as gone:
            assert gone.status == 200
        with pytest.raises(ModelNotInstalled, match="ollama pull smol"):
            await ollama.show("smol")


async def test_what_is_loaded_ahead_stays_for_its_first_request_though_nothing_stays() -> None:
    async with attached() as (fake, ollama):
        ollama.configure(ollama.config, "0")
        await ollama.load_ahead("llama3.2")
        assert list(fake.loaded) == ["llama3.2:latest"]
        await ollama.load("llama3.2")
        assert not fake.loaded


async def test_chat_is_in_the_servers_own_form() -> None:
    async with attached() as (fake, ollama):
        whole = json.loads(await (await ollama.post(TARGET, "/chat/completions", CHAT)).read())
        assert whole["choices"][0]["message"]["content"] == "One two three"
        reply = await ollama.post(TARGET, "/chat/completions", {**CHAT, "stream": True})
        lines = (await reply.read()).decode().split("\n\n")
        deltas = [json.loads(line[6:])["choices"][0] for line in lines if line.startswith("data: {")]
        assert [d["delta"]["content"] for d in deltas] == ["One", " two", " three", ""]
        assert all(d["delta"]["role"] == "assistant" for d in deltas)
        assert [d["finish_reason"] for d in deltas] == [None, None, None, "stop"]
        assert not [seen for seen in fake.requests if "authorization" in seen.headers]
        missing = await ollama.post(TARGET, "/chat/completions", {**CHAT, "model": "nope"})
        assert missing.status == 404
        assert json.loads(await missing.read())["error"]["message"] == 'model "nope" not found, try pulling it first'


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
async def test_its_own_chat_comes_in_lines(path: str) -> None:
    async with FakeOllama(reply="One two three") as fake, aiohttp.ClientSession() as http:
        body = {**CHAT, "prompt": "Hi"}
        async with http.post(fake.base_url + path, json=body) as answer:
            lines = [json.loads(line) async for line in answer.content]
        texts = [line.get("response", line.get("message", {}).get("content")) for line in lines]
        assert texts == ["One", " two", " three", ""]
        assert [line["done"] for line in lines] == [False, False, False, True]
        async with http.post(fake.base_url + path, json={**body, "stream": False}) as answer:
            said = await answer.json()
        assert said["done_reason"] == "stop"
        assert fake.loaded


async def test_a_fault_may_leave_the_question_whether_it_runs_alone() -> None:
    async with attached() as (fake, ollama):
        fake.fault("500", path="/v1/")
        reply = await ollama.post(TARGET, "/chat/completions", CHAT)
        assert (reply.status, json.loads(await reply.read())["error"]["type"]) == (500, "api_error")
        fake.fault("500")
        with pytest.raises(UpstreamError, match="Something broke inside"):
            await ollama.models()
