"""The rules for every connection that may leave this machine: redirects, proxies and DNS answers.

* A redirect is refused: the egress check was made for the address in the configuration, and the key belongs to it.
  Downloads of models follow redirects themselves, within one zone (`models/hub.py`); they carry no key. Clients of a
  gateway, such as the window, follow none either (`gateway_session`).
* A proxy is used for addresses in the zone `cloud` only. It comes from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY (on macOS
  and Windows also from the system's settings); NO_PROXY lists exceptions. `local` and `lan` targets are asked directly,
  so that no proxy setting takes data out of offline mode. Programs that are started for a download get this rule as
  their environment (`proxy_environment`).
* A name whose zone is `local` or `lan` must have addresses in that zone; another DNS answer is refused before
  anything is sent.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.zones import farther, zone_of_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NEAR = (
    *("localhost", "127.0.0.1", "::1", ".localhost", ".local", ".home.arpa"),
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
)
"""What the zones `local` and `lan` are, as NO_PROXY says it."""
LONGEST_HOST = 260  # characters of a name and its port
DNS_TTL = 60  # s a DNS answer is kept


on_diverted: ContextVar[Callable[[str], object] | None] = ContextVar("on_diverted", default=None)
"""Called with `scheme://host` of each redirect, and `//address` of each DNS answer, refused for the running task."""


class ForeignAddress(OSError):
    """A name was answered with an address farther away than its zone allows; `to` is `//` and that address."""

    def __init__(self, message: str, to: str) -> None:
        super().__init__(message)
        self.to = to


class RedirectRefused(aiohttp.ClientError):
    """A server answered with a redirect; `to` is the address that it named."""

    def __init__(self, url: str, status: int, location: str) -> None:
        super().__init__(redirect_text(url, status, location))
        self.to = redirect_to(url, location)


def zone_for(url: str, configured: Zone | None) -> Zone:
    """The zone that binds a connection to `url`: the configured one, else what the address says."""
    return zone_of_url(url) if configured is None else configured


def redirect_to(url: str, location: str) -> str:
    """`scheme://host:port` that a redirect names; empty when it cannot be read."""
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if 0 < len(host) <= LONGEST_HOST else ""


def redirect_text(url: str, status: int, location: str) -> str:
    """What is wrong with a redirect, as the end of a sentence that begins with its sender."""
    host = redirect_to(url, location).partition("://")[2] or "an address that cannot be read"
    return (
        f"answered {status}, a redirect to {host}. Redirects are not followed: neither the data nor the key goes "
        "there. Set base_url to the final address if you trust it."
    )


def proxy_for(url: str, zone: Zone) -> str | None:
    """The proxy for `url`, or None. Raises ConfigError for a proxy that does not speak HTTP."""
    if zone is not Zone.CLOUD:
        return None
    parts = urlsplit(url)
    if zone_of_url(url) is Zone.LOCAL or proxy_bypass(parts.hostname or ""):
        # loopback means this machine, never the proxy's
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    found = getproxies()
    proxy = found.get(scheme) or found.get("all")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy and not proxy.startswith(("http://", "https://")):
        kind = urlsplit(proxy).scheme
        raise ConfigError(
            f"The proxy for {parts.hostname} is a {kind} proxy, which is not supported. Set {scheme.upper()}_PROXY to "
            f"an http:// proxy, or add {parts.hostname} to NO_PROXY to connect directly."
        )
    return proxy or None


def proxy_environment() -> dict[str, str]:
    """What a child such as pip or npm is given so that it keeps the rule: variables in both spellings.

    Raises ConfigError for a proxy that does not speak HTTP.
    """
    found = {f"{scheme}_proxy": proxy_for(f"{scheme}://any.invalid", Zone.CLOUD) for scheme in ("http", "https")}
    given = {name: proxy for name, proxy in found.items() if proxy}
    if given:
        given["no_proxy"] = ",".join(part for part in (getproxies().get("no", ""), *NEAR) if part)
    return given | {name.upper(): value for name, value in given.items()}


def without_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what names a proxy: for a child that only asks this machine."""
    return {name: value for name, value in environ.items() if not name.lower().endswith("_proxy")}


def gateway_session(url: str, **options: Any) -> aiohttp.ClientSession:
    """A client of the gateway at `url`, whose credential goes nowhere else; `options` go to `aiohttp.ClientSession`.

    Its requests raise RedirectRefused for a redirect. They take absolute addresses below `url` or, when `base_url` is
    among the options, paths.
    """
    refusing = aiohttp.TraceConfig()
    refusing.on_request_redirect.append(_refuse)
    return aiohttp.ClientSession(
        trust_env=False, proxy=proxy_for(url, zone_of_url(url)), trace_configs=[refusing], **options
    )


def foreign_address(error: BaseException) -> ForeignAddress | None:
    """The refused DNS answer that is behind an error of aiohttp or of a socket."""
    found = getattr(error, "os_error", error)
    return found if isinstance(found, ForeignAddress) else None


def reason(error: BaseException) -> str:
    """Why a connection failed in the system's words, such as `Connection refused`; empty where it has none.

    asyncio's own words for it are `Connect call failed`, with the address once more.
    """
    found = getattr(error, "os_error", error)
    # numbers of these two are not those of the system
    if isinstance(found, socket.gaierror):
        return found.strerror or ""
    if isinstance(found, OSError) and found.errno and not isinstance(found, ssl.SSLError):
        return os.strerror(found.errno)
    return ""


def check_addresses(host: str, addresses: Iterable[str], zone: Zone) -> None:
    """Raises ForeignAddress when one of the addresses of `host` lies farther away than `zone`."""
    for address in addresses:
        to = f"//[{address}]" if ":" in address else f"//{address}"
        found = zone_of_url(to)
        if farther(found, zone):
            if tell := on_diverted.get():
                tell(to)
            raise ForeignAddress(
                f"{host} belongs to the zone {zone}, and its name was answered with {address}, which lies in the zone "
                f"{found}. Nothing was sent. Check DNS and the hosts file, or set the provider's zone to {found}.",
                to=to,
            )


async def resolve(host: str, port: int, zone: Zone) -> list[str]:
    """The addresses of `host`, in the order to try. An IP address stands for itself. Raises OSError."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        check_addresses(host, addresses, zone)
        return addresses
    return [host]


class ZoneResolver(AbstractResolver):
    """aiohttp's resolver, with `check_addresses` behind it."""

    def __init__(self, zone: Zone | None) -> None:
        self._zone, self._inner = zone, aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        check_addresses(host, (entry["host"] for entry in found), zone_for(f"//{host}", self._zone))
        return found

    async def close(self) -> None:
        """Nothing to close."""


class Outgoing:
    """An aiohttp session that keeps the rules above, made when it is first used.

    It has the methods of `aiohttp.ClientSession` that LiveKit's plugins call, and can be given to them as one.
    `zone` binds all its connections; None: each address has its own.
    """

    def __init__(
        self,
        zone: Zone | None,
        *,
        traces: Iterable[aiohttp.TraceConfig] = (),
        keepalive_timeout: float = 15.0,
        **options: Any,
    ) -> None:
        """`options` go to `aiohttp.ClientSession`. An idle connection is kept for `keepalive_timeout` seconds."""
        self.zone = zone
        self._traces, self._keepalive, self._options = (
            list(traces) or [aiohttp.TraceConfig()],
            keepalive_timeout,
            options,
        )
        # in one of those that are there: each costs every request a dozen calls
        self._traces[0].on_request_redirect.append(_refuse)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def _get(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._drop()
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    ttl_dns_cache=DNS_TTL,
                    keepalive_timeout=self._keepalive,
                    resolver=ZoneResolver(self.zone),
                ),
                trust_env=False,
                # an upstream's cookie has no business in the next request, which may be another project's
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=self._traces,
                **self._options,
            )
        return self._session

    def _proxy(self, url: Any) -> str | None:
        return proxy_for(str(url), zone_for(str(url), self.zone))

    def request(self, method: str, url: Any, **options: Any) -> Any:
        """`aiohttp.ClientSession.request`. Raises RedirectRefused for a redirect, unless `allow_redirects` is False."""
        return self._get().request(method, url, **{"proxy": self._proxy(url), **options})

    def get(self, url: Any, **options: Any) -> Any:
        """GET, as `request`."""
        return self.request("GET", url, **options)

    def post(self, url: Any, **options: Any) -> Any:
        """POST, as `request`."""
        return self.request("POST", url, **options)

    def ws_connect(self, url: Any, **options: Any) -> Any:
        """`aiohttp.ClientSession.ws_connect`. Raises RedirectRefused for a redirect of the handshake."""
        return self._get().ws_connect(url, **{"proxy": self._proxy(url), **options})

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    async def close(self) -> None:
        """Close its connections; idempotent."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Outgoing:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def _drop(self) -> None:
        """Give up a session without waiting: its loop may have ended."""
        session, self._session = self._session, None
        if session is not None and not session.closed:
            connector = session.connector
            session.detach()
            if connector is not None:
                connector.close()

    def __del__(self) -> None:
        self._drop()


async def _refuse(_session: Any, _context: Any, params: aiohttp.TraceRequestRedirectParams) -> None:
    """Called by aiohttp after the answer and before the next request."""
    response = params.response
    location = response.headers.get("Location") or response.headers.get("URI") or ""
    response.close()
    error = RedirectRefused(str(params.url), response.status, location)
    if tell := on_diverted.get():
        tell(error.to)
    raise error
