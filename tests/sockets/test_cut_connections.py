"""A client that disconnects with many requests open leaves no run behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from tests.support.engines import eventually
from tests.support.fake_backends import FakeTts, Script
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.http.websocket import let_go


@pytest.fixture
async def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Gateway, aiohttp.ClientSession]]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "voicegw.yaml"
    routing = {"tts": {"aliases": {"*": "openai/tts-1"}}}
    file.write_text(yaml.safe_dump({"providers": {"openai": {"api_key": "a key"}}, "routing": routing}))
    async with Gateway(file, paths=paths_below(tmp_path)) as gateway:
        gateway.backends.register("openai", tts=FakeTts(Script(), piece=4000))
        server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
        await server.start()
        key = (await gateway.keys.mint("default", "agent")).bearer
        async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as http:
            yield gateway, http
        await server.stop()


@pytest.mark.process
@pytest.mark.socket
async def test_contexts_of_a_connection_that_closes(served: tuple[Gateway, aiohttp.ClientSession]) -> None:
    """Sound as mp3 comes out of a process, so that the handler is cancelled while it lets the first context go."""
    gateway, http = served
    ws = await http.ws_connect("/v1/text-to-speech/x/multi-stream-input")
    for number in range(5):
        await ws.send_json({"text": "hi ", "context_id": f"c{number}"})
    await eventually(lambda: len(gateway.corridor.runs) == 5, "a run for each context")
    await ws.close()
    await eventually(lambda: not gateway.corridor.runs, "every run has ended")


@pytest.mark.unit
async def test_what_is_let_go_ends_although_its_handler_is_cancelled() -> None:
    may, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may.wait()
        ended.set()

    handler = asyncio.ensure_future(let_go(work()))
    await asyncio.sleep(0)
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    may.set()
    await asyncio.wait_for(ended.wait(), 60)
