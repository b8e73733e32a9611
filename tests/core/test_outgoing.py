"""Redirects, proxies and DNS answers: one rule each, for every client."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.outgoing import (
    ForeignAddress,
    Outgoing,
    RedirectRefused,
    check_addresses,
    proxy_for,
    resolve,
    zone_for,
)
from voicegw_desktop.core.ports import Zone

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.unit
@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "wss://api.cartesia.ai/tts/websocket"])
def test_the_cloud_is_asked_through_the_proxy(name: str, url: str, no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv(name, "http://proxy.example:3128")
    assert proxy_for(url, Zone.CLOUD) == "http://proxy.example:3128"
    no_proxies.setenv("NO_PROXY", "openai.com,cartesia.ai")
    assert proxy_for(url, Zone.CLOUD) is None


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "zone"),
    [
        ("http://127.0.0.1:8000/v1", Zone.LOCAL),
        ("http://127.0.0.1:8000/v1", Zone.CLOUD),
        ("http://localhost:8000/v1", Zone.LAN),
        ("http://box.local:8000/v1", Zone.LAN),
        ("https://gpu.example/v1", Zone.LAN),
        ("https://gpu.example/v1", Zone.LOCAL),
    ],
)
def test_no_proxy_within_reach(url: str, zone: Zone, no_proxies: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        no_proxies.setenv(name, "http://proxy.example:3128")
    assert proxy_for(url, zone) is None


@pytest.mark.unit
def test_a_proxy_that_does_not_speak_http_is_refused(no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigError, match="socks5 proxy, which is not supported"):
        proxy_for("https://api.openai.com/v1", Zone.CLOUD)
    no_proxies.setenv("https_proxy", "proxy.example:3128")
    assert proxy_for("https://api.openai.com/v1", Zone.CLOUD) == "http://proxy.example:3128"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("zone", "addresses", "refused"),
    [
        (Zone.LOCAL, ["127.0.0.1", "::1"], ""),
        (Zone.LOCAL, ["127.0.0.1", "192.168.1.9"], "lan"),
        (Zone.LOCAL, ["8.8.8.8"], "cloud"),
        (Zone.LAN, ["192.168.1.9", "fe80::1", "127.0.0.1"], ""),
        (Zone.LAN, ["192.168.1.9", "2606:4700::1111"], "cloud"),
        (Zone.LAN, ["::ffff:8.8.8.8"], "cloud"),
        (Zone.CLOUD, ["8.8.8.8", "127.0.0.1"], ""),
    ],
)
def test_addresses_stay_in_their_zone(zone: Zone, addresses: list[str], refused: str) -> None:
    if not refused:
        check_addresses("box", addresses, zone)
        return
    with pytest.raises(ForeignAddress, match=f"box belongs to the zone {zone}.*zone {refused}"):
        check_addresses("box", addresses, zone)


@pytest.mark.unit
def test_the_configured_zone_goes_before_the_address() -> None:
    assert zone_for("http://127.0.0.1/v1", Zone.CLOUD) is Zone.CLOUD
    assert zone_for("http://nas.local/v1", None) is Zone.LAN


def _answers(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    async def getaddrinfo(host: Any, port: Any, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)


@pytest.mark.socket
async def test_a_name_that_turns_foreign_is_not_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, "192.0.2.7")
    # documentation addresses count as private; a public one is foreign to both
    _answers(monkeypatch, "8.8.8.8")
    for name, zone in (
        ("nas.local", None),
        ("localhost", None),
        ("gpu.example", Zone.LAN),
        ("gpu.example", Zone.LOCAL),
    ):
        with pytest.raises(ForeignAddress):
            await resolve(name, 80, zone_for(f"//{name}", zone))
        async with Outgoing(zone) as http:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                async with http.get(f"http://{name}/"):
                    pass
        assert isinstance(caught.value.os_error, ForeignAddress)


@pytest.mark.socket
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_refused(status: int) -> None:
    came: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        came.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        async with Outgoing(Zone.LOCAL) as http:
            for ask in (
                lambda: http.get(f"http://127.0.0.1:{port}/get"),
                lambda: http.post(f"http://127.0.0.1:{port}/post", data=b"text"),
                lambda: http.ws_connect(f"ws://127.0.0.1:{port}/ws"),
            ):
                with pytest.raises(RedirectRefused, match=f"answered {status}, a redirect to 127.0.0.1:{port}"):
                    async with ask():
                        pass
        assert came == ["/get", "/post", "/ws"]
    finally:
        await runner.cleanup()
