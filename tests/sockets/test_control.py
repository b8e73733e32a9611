"""The control channel where there is no unix socket: a loopback port of its own, for programs that know its token."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.engines import eventually
from voicegw_desktop.app.attached import AttachedHost
from voicegw_desktop.app.host import LocalHost
from voicegw_desktop.app.hosts import host_for
from voicegw_desktop.cli.operate import attached
from voicegw_desktop.core.control import Channel, find
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.events import Notice
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.core.typed import record, text
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.mcp.stdio import Attached
from voicegw_desktop.providers.app_socket import AppSocket
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A real gateway whose folder is too deep for a unix socket, which is what Windows looks like to it."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path / ("deep" * 30))) as gateway:
        server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


async def test_operations_reach_the_gateway(far: Server) -> None:
    assert far.socket_path is None
    socket = far.gateway.paths.socket
    status = await attached(socket, OPERATIONS["status"], {})
    assert status["pid"]
    assert status["socket"] is None
    # an operation that needs every scope
    minted = await attached(socket, OPERATIONS["create_key"], {"name": "one"})
    assert minted["api_key"]
    await far.stop()
    assert await attached(socket, OPERATIONS["status"], {}) is None


async def test_only_the_token_at_the_right_port_lets_in(far: Server) -> None:
    found = find(far.gateway.paths.socket)
    assert found is not None
    mine = {"Authorization": f"Bearer {found.token}"}
    async with aiohttp.ClientSession() as http:

        async def status(base: str, headers: dict[str, str]) -> int:
            async with http.get(f"{base}/v1/models", headers=headers) as answer:
                return answer.status

        assert await status(found.base, mine) == 200
        assert await status(found.base, {}) == 401
        assert await status(found.base, {"Authorization": "Bearer wrong"}) == 401
        # a web page is refused even with the token
        assert await status(found.base, mine | {"Origin": "https://page.example"}) == 403
        assert await status(found.base, mine | {"Host": "rebound.example"}) == 403
        # the port that may be open to other machines does not know it
        assert await status(far.url, mine) == 401


async def test_a_second_gateway_is_told_that_one_runs(far: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.core.control.LOCK_WAIT", 0)
    second = Server(far.gateway, serve=far.serve)
    with pytest.raises(ConfigError, match="Another gateway of this user runs already"):
        await second.start()
    assert await attached(far.gateway.paths.socket, OPERATIONS["status"], {})


async def test_clients_find_a_gateway_that_was_started_again(far: Server) -> None:
    socket = far.gateway.paths.socket
    app, host = AppSocket(socket), AttachedHost(f"unix:{socket}")
    assert await host.answers()
    # a window of another configuration does not take this gateway for its own
    assert not await host.answers(str(socket.with_name("other.yaml")))
    status = await attached(socket, OPERATIONS["status"], {})
    assert status is not None
    assert await host.answers(text(record(status["config"])["path"]))
    assert not await AttachedHost(f"unix:{socket.with_name('other.sock')}").answers()
    await host.start(lambda event: None)
    async with Attached(socket) as mcp:
        ping = b'{"jsonrpc": "2.0", "id": 7, "method": "ping"}'
        try:
            before = find(socket)
            assert await app.answers()
            assert '"result"' in (await mcp.answer(ping) or "")
            assert (await host.call("status"))["pid"]
            await far.stop()
            assert not await app.answers()
            assert "is gone" in (await mcp.answer(ping) or "")
            with pytest.raises(VoiceGatewayError, match="does not answer"):
                await host.call("status")
            await far.start()
            after = find(socket)
            assert after is not None
            assert before is not None
            assert after.token != before.token
            assert await app.answers()
            assert '"result"' in (await mcp.answer(ping) or "")
            assert (await host.call("status"))["pid"]
        finally:
            await host.stop()
            await app.aclose()


async def test_the_window_shows_its_own_gateway_where_another_file_is_named(
    far: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = far.gateway.paths
    other = str(tmp_path / "other.yaml")
    assert isinstance(await host_for(paths, None, None), AttachedHost)
    assert isinstance(await host_for(paths, other, None), LocalHost)
    # as `voicegw -c FILE app` names it
    monkeypatch.setenv("VOICEGW_CONFIG", other)
    assert isinstance(await host_for(paths, None, None), LocalHost)


async def test_the_window_beside_a_gateway_hears_of_its_settings(far: Server) -> None:
    bus, socket = far.gateway.bus, far.gateway.paths.socket
    key = text((await attached(socket, OPERATIONS["create_key"], {"name": "one"}) or {})["api_key"])
    heard: dict[str, list[object]] = {"near": [], "away": []}
    near, away = AttachedHost(f"unix:{socket}"), AttachedHost(far.url, key=key)
    await near.start(heard["near"].append)
    await away.start(heard["away"].append)

    async def said(code: str) -> None:
        """Both have heard a notice of this code."""

        def everywhere() -> bool:
            bus.publish(Notice("info", "Now.", code))
            return all(any(getattr(event, "code", "") == code for event in events) for events in heard.values())

        await eventually(everywhere, f"both hear {code}")

    try:
        await said("begun")
        (far.gateway.paths.config / "voicegw.yaml").write_text("desktop: {theme: dark}")
        await far.gateway.refresh_config()
        await said("later")
        seen = {name: [e for e in events if isinstance(e, DesktopPreferences)] for name, events in heard.items()}
        # a gateway of another machine does not say how windows look here
        assert seen == {"near": [DesktopPreferences("dark", True, True, 100, "system")], "away": []}
        # one that is started again may have other settings
        await far.stop()
        await far.start()
        await eventually(lambda: heard["near"].count(seen["near"][0]) == 2, "it asks for them again")
    finally:
        await near.stop()
        await away.stop()


async def test_the_window_beside_a_gateway_asks_with_lists_and_flags(far: Server) -> None:
    host = AttachedHost(f"unix:{far.gateway.paths.socket}")
    await host.start(lambda event: None)
    try:
        costs = await host.call("costs", period="week", by=["day", "model"])
        assert costs["rows"] == []
        assert (await host.call("price_gaps", period="week"))["gaps"] == []
    finally:
        await host.stop()


async def test_without_a_gateway_the_channel_says_so(tmp_path: Path) -> None:
    async with Channel(tmp_path / "voicegw.sock") as channel:
        with pytest.raises(ConnectionRefusedError, match="No gateway answers there"):
            channel.http()


@pytest.mark.process
def test_what_attaches_to_a_gateway_loads_without_qt() -> None:
    code = "import sys; sys.modules['PySide6'] = None; import voicegw_desktop.app.attached"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
