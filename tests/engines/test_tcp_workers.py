"""A worker at a loopback port, as on Windows: each connection must show the key of the worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import fake_pool
from tests.support.faults import transcribe
from voicegw_desktop.engines.client import connect, ping
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.wire import Event, encode

pytestmark = pytest.mark.process


@pytest.fixture
async def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EnginePool]:
    monkeypatch.setattr("voicegw_desktop.engines.socket_paths.sys.platform", "win32")
    pool = fake_pool(tmp_path)
    yield pool
    await pool.aclose()


async def test_the_app_is_served(pool: EnginePool) -> None:
    await transcribe(pool, "ok")
    [status] = pool.status()
    assert status.address.startswith("tcp:127.0.0.1:")
    assert await pool.answers(status)
    # what surfaces show of an engine does not hold the key
    assert "api_key" not in status.info


@pytest.mark.parametrize(
    "first",
    [
        Event("ping"),
        Event("describe"),
        Event("authenticate"),
        Event("authenticate", {"key": "wrong"}),
        Event("authenticate", {"key": None}),
        Event("authenticate", {"key": "ö"}),
        Event("transcribe", {"rate": 16000}),
    ],
)
async def test_a_stranger_at_the_port_is_not_served(pool: EnginePool, first: Event) -> None:
    async with pool.lease("fake", "ok") as lease:
        assert lease.info["api_key"]
        assert not await ping(lease.address, 5.0)
        reader, writer = await connect(lease.address)
        try:
            writer.write(encode(first) + encode(Event("ping")))
            async with asyncio.timeout(60):
                assert await reader.read() == b""
        finally:
            writer.transport.abort()
        assert await ping(lease.address, 5.0, lease.info["api_key"])
