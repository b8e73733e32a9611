"""The HTTP client of the plugins that use OpenAI's or Anthropic's SDK, bound to the rules of `core.outgoing`."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import httpx2

from voicegw_desktop.core.outgoing import REDIRECTS, on_diverted, proxy_for, redirect_to, resolve
from voicegw_desktop.core.ports import Zone

LIMITS = httpx2.Limits(max_connections=50, max_keepalive_connections=50, keepalive_expiry=120)
"""Limits of connections, as LiveKit's plugins set them; `keepalive_expiry` in seconds."""


class ZoneTransport(httpx2.AsyncBaseTransport):
    """Connects to an address that was checked, so that a second DNS answer cannot be another one."""

    def __init__(self, zone: Zone, proxy: str | None) -> None:
        self._zone = zone
        self._inner = httpx2.AsyncHTTPTransport(limits=LIMITS, proxy=proxy, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises ForeignAddress before anything is sent."""
        host = request.url.host
        if self._zone is not Zone.CLOUD:
            address, *_ = await resolve(host, request.url.port or 0, self._zone)
            if address != host:
                # the certificate and the Host header stay those of the name
                request.extensions = {**request.extensions, "sni_hostname": host}
                request.url = request.url.copy_with(host=address)
        asked = str(request.url)
        response = await self._inner.handle_async_request(request)
        if response.status_code in REDIRECTS and (tell := on_diverted.get()):
            tell(redirect_to(asked, response.headers.get("Location") or ""))
        return response

    async def aclose(self) -> None:
        """Close its connections."""
        await self._inner.aclose()


class _Sdk(Protocol):
    _client: httpx2.AsyncClient
    base_url: object

    def copy(self, *, http_client: httpx2.AsyncClient) -> _Sdk: ...


@runtime_checkable
class _Plugin(Protocol):
    _client: _Sdk


def confine(plugin: object, zone: Zone) -> None:
    """Give the plugin's SDK a client without redirects, and with a proxy only where the rules have one."""
    assert isinstance(plugin, _Plugin), "the plugin keeps its SDK elsewhere now"
    sdk = plugin._client
    client = httpx2.AsyncClient(
        timeout=sdk._client.timeout,
        follow_redirects=False,
        trust_env=False,
        transport=ZoneTransport(zone, proxy_for(str(sdk.base_url), zone)),
    )
    plugin._client = sdk.copy(http_client=client)
