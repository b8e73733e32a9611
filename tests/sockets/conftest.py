"""A served socket over a scripted gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import GOOD_KEY, FakeGateway, Serve
from voicegw_desktop.sockets.server import Server


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
