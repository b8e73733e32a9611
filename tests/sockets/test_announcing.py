"""Wyoming's port is announced to the local network where `serve.zeroconf` asks for it and others can reach it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.socket_gateway import FakeGateway, Serve
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket

EVERYWHERE = {"host": "0.0.0.0", "allow_lan": True}


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str | None]]:
    """The ports and hosts that the local network is told; the module of Wyoming's package needs an extra."""
    told: list[tuple[int, str | None]] = []

    class Announcement:
        def __init__(self, port: int, name: str, host: str | None) -> None:
            self._place = port, host
            self._aiozc = self

        async def register_server(self) -> None:
            told.append(self._place)

        async def async_close(self) -> None:
            told.remove(self._place)

    module: Any = SimpleNamespace(HomeAssistantZeroconf=Announcement)
    monkeypatch.setitem(sys.modules, "wyoming.zeroconf", module)
    return told


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"zeroconf": True, **EVERYWHERE}, True),
        ({"zeroconf": True}, False),
        ({"zeroconf": True, "allow_lan": True}, False),
        ({"zeroconf": False, **EVERYWHERE}, False),
    ],
)
async def test_a_port_that_others_reach(
    serve: Serve, announced: list[tuple[int, str | None]], settings: dict[str, Any], told: bool
) -> None:
    server = await serve(serve={"wyoming_port": 0, **settings})
    (port,) = (port for title, port in server.ports().values() if "Wyoming" in title)
    assert announced == ([(port, None)] if told else [])
    await server.stop()
    assert not announced


async def test_the_one_address_that_is_served_is_the_one_that_is_announced(
    tmp_path: Path, announced: list[tuple[int, str | None]]
) -> None:
    server = WyomingServer(FakeGateway(tmp_path), host="127.0.0.1", port=0)
    await server.start()
    try:
        await server.announce()
        assert announced == [(server.port, "127.0.0.1")]
    finally:
        await server.stop()


async def test_the_missing_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wyoming.zeroconf", None)
    server = WyomingServer(FakeGateway(tmp_path), port=0)
    await server.start()
    try:
        with pytest.raises(ConfigError, match="zeroconf"):
            await server.announce()
    finally:
        await server.stop()
