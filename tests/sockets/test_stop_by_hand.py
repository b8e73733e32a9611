"""A person stops what runs: each wire has its own message for the client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncClient

from tests.support.fake_backends import FakeLlm, FakeStt, Fault, Script, frame
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.events import RequestStarted
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway

pytestmark = pytest.mark.socket

CONFIG = """
serve: {port: 0, wyoming_port: 0}
routing:
  stt: {aliases: {"*": whisper/base}}
  llm: {aliases: {"*": llamacpp/fake}}
"""
ASK = {"model": "llamacpp/fake", "messages": [{"role": "user", "content": "hi"}], "stream": True, "max_tokens": 9}


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A gateway whose engines never end, its doors, a key, and the ids of what runs."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = tmp_path / "voicegw.yaml"
    config.write_text(CONFIG)
    script = Script({"whisper/base": [Fault("stall", 1)], "llamacpp/fake": [Fault("stall", 2)]})
    ids: asyncio.Queue[str] = asyncio.Queue()
    async with Gateway(str(config), paths=paths_below(tmp_path)) as gateway, serving(gateway, port=0) as server:
        backends = gateway.corridor.backends
        backends.register("whisper", stt=FakeStt(script))
        backends.register("llamacpp", llm=FakeLlm(script))
        gateway.bus.subscribe(lambda event: ids.put_nowait(event.id), RequestStarted)
        key = await gateway.keys.bearer(await gateway.first_key())
        yield SimpleNamespace(gateway=gateway, url=server.url, server=server, key=key, ids=ids)


async def stop(running: Any) -> None:
    await operations.run(running.gateway, "stop_requests", {"ids": [await running.ids.get()]}, source="test")


@pytest.mark.parametrize(
    ("path", "mark", "told"),
    [
        ("/v1/chat/completions", b"one", {"error"}),
        ("/v1/messages", b"one", {"type", "error"}),
        ("/api/chat", b"one", {"error"}),
    ],
)
async def test_a_stream_ends_with_the_error_of_its_wire(running: Any, path: str, mark: bytes, told: set[str]) -> None:
    headers = {"Authorization": f"Bearer {running.key}", "x-api-key": running.key, "anthropic-version": "2023-06-01"}
    async with (
        asyncio.timeout(60),
        aiohttp.ClientSession(running.url, headers=headers) as http,
        http.post(path, json=ASK) as answer,
    ):
        seen = b""
        while mark not in seen:
            seen += await answer.content.readany()
        await stop(running)
        last = [line for line in (await answer.content.read()).splitlines() if line and line[:1] != b":"][-1]
    error = json.loads(last.removeprefix(b"data: "))
    assert told <= set(error)
    assert "stopped this request" in json.dumps(error)


async def test_wyoming_sends_its_error_and_hangs_up(running: Any) -> None:
    async with asyncio.timeout(60), AsyncClient.from_uri(f"tcp://127.0.0.1:{port_of(running)}") as client:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        await client.write_event(AudioChunk(16_000, 2, 1, frame(1) * 20).event())
        await stop(running)
        seen = []
        while (event := await client.read_event()) is not None:
            seen.append(event)
    assert [(e.type, e.data.get("code")) for e in seen if e.type == "error"] == [("error", "request_stopped")]


def port_of(running: Any) -> int:
    return next(int(one.port) for _, one in running.server._listeners if one.port)
