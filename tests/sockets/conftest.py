"""A served socket over a scripted gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from tests.support.socket_gateway import GOOD_KEY, FakeGateway, Serve
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server


@pytest.fixture
async def serve(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serve]:
    """`await serve(limits=..., **config sections)` gives a started Server."""
    async with AsyncExitStack() as stack:

        async def start(limits: Any = None, **sections: Any) -> Server:
            gateway = FakeGateway(tmp_path_factory.mktemp("g"), **sections)
            server = Server(gateway, limits=limits)
            await server.start()
            stack.push_async_callback(server.stop)
            return server

        yield start


@pytest.fixture
async def server(serve: Serve) -> Server:
    return await serve()


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of `server` with a good key; relative URLs."""
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        yield session


@pytest.fixture
async def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Server, aiohttp.ClientSession]]:
    """A real gateway with an empty profile, served; and a client with its first key."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        serve = gateway.config.serve.model_copy(update={"port": 0})
        server = Server(gateway, serve=serve)
        await server.start()
        try:
            key = (await gateway.keys.mint(None, "everything")).bearer
            async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as session:
                yield server, session
        finally:
            await server.stop()


@pytest.fixture
async def sdk(server: Server) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=GOOD_KEY, max_retries=0) as client:
        yield client
