"""Redirects, proxies and DNS answers: one rule each, for every client."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey

from voicegw_desktop.app.attached import AttachedHost
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.outgoing import (
    ForeignAddress,
    Outgoing,
    RedirectRefused,
    check_addresses,
    gateway_session,
    proxy_environment,
    proxy_for,
    reason,
    resolve,
    without_proxies,
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


@pytest.mark.unit
def test_why_a_connection_failed_is_told_in_the_systems_words() -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)")
    key = ConnectionKey("box", 9, False, True, None, None, None)
    for error in (refused, aiohttp.ClientConnectorError(key, refused)):
        assert reason(error) == os.strerror(errno.ECONNREFUSED)
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert reason(aiohttp.ClientConnectorError(key, unknown)) == "Name or service not known"
    # the number of an error of TLS is no number of the system
    for other in (ssl.SSLError(1, "wrong version"), TimeoutError(), aiohttp.ServerDisconnectedError(), ValueError("x")):
        assert reason(other) == ""


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


@pytest_asyncio.fixture
async def redirecting(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, list[str]]]:
    """A server whose every answer is a redirect with the given status: its address, and the paths that came."""
    came: list[str] = []

    async def answer(request_: web.Request) -> web.Response:
        came.append(request_.path)
        return web.Response(status=request.param, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}", came
    await runner.cleanup()


@pytest.mark.socket
@pytest.mark.parametrize("redirecting", [301, 302, 303, 307, 308], indirect=True)
@pytest.mark.parametrize("of", ["a provider", "a gateway"])
async def test_redirects_are_refused(of: str, redirecting: tuple[str, list[str]]) -> None:
    at, came = redirecting
    url = f"http://{at}"
    async with Outgoing(Zone.LOCAL) if of == "a provider" else gateway_session(url) as http:
        for ask in (
            lambda: http.get(f"{url}/get"),
            lambda: http.post(f"{url}/post", data=b"text"),
            lambda: http.ws_connect(f"ws://{at}/ws"),
        ):
            with pytest.raises(RedirectRefused, match=rf"answered \d+, a redirect to {at}") as caught:
                async with ask():
                    pass
            assert caught.value.to.endswith(f"://{at}")
    assert came == ["/get", "/post", "/ws"]


@pytest.mark.socket
@pytest.mark.parametrize("redirecting", [307], indirect=True)
async def test_the_window_takes_its_key_nowhere_else(redirecting: tuple[str, list[str]]) -> None:
    at, came = redirecting
    host = AttachedHost(f"http://{at}", "the-key")
    with pytest.raises(VoiceGatewayError, match=f"does not answer: answered 307, a redirect to {at}"):
        await host.start(lambda event: None)
    assert came == ["/v1/status"]


@pytest.mark.unit
@pytest.mark.parametrize("location", ["http://[", "//user:pw@", "", "http://" + "a" * 300])
def test_a_redirect_that_cannot_be_read(location: str) -> None:
    refused = RedirectRefused("http://127.0.0.1:1/x", 307, location)
    assert refused.to in ("", "http://127.0.0.1:1")
    assert "pw" not in str(refused)


@pytest.mark.unit
async def test_a_gateway_elsewhere_is_asked_through_the_proxy_and_one_here_is_not(
    no_proxies: pytest.MonkeyPatch,
) -> None:
    no_proxies.setenv("ALL_PROXY", "http://proxy.example:3128")
    for url, proxy in (("https://gw.example", "http://proxy.example:3128"), ("http://127.0.0.1:8080", "None")):
        async with gateway_session(url) as http:
            assert str(http._default_proxy) == proxy


@pytest.mark.unit
def test_a_download_tool_gets_the_rule_as_variables(no_proxies: pytest.MonkeyPatch) -> None:
    assert proxy_environment() == {}
    no_proxies.setenv("all_proxy", "proxy.example:3128")
    no_proxies.setenv("NO_PROXY", "mirror.example")
    told = proxy_environment()
    assert told["https_proxy"] == told["HTTP_PROXY"] == "http://proxy.example:3128"
    assert told["no_proxy"].split(",")[:3] == ["mirror.example", "localhost", "127.0.0.1"]
    kept = without_proxies({"PATH": "/bin", "all_proxy": "x", "HTTPS_PROXY": "x", "npm_config_https_proxy": "x"})
    assert kept == {"PATH": "/bin"}
    no_proxies.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigError, match="socks5 proxy"):
        proxy_environment()
