"""Chat by bytes: the process's HTTP clients, and a reply that streams an upstream's body unaltered."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import UNREACHED, Diverted, EgressDenied, Redirected, UpstreamError
from voicegw_desktop.core.ports import NO_EXTRA, Sent, Zone
from voicegw_desktop.engines.warm import Warmth
from voicegw_desktop.engines.worker_http import WorkerHttp, WorkerResponse
from voicegw_desktop.secrets.crypto import mask

if TYPE_CHECKING:
    import aiohttp

    from voicegw_desktop.core.outgoing import Outgoing, RedirectRefused
    from voicegw_desktop.engines.lease import Lease

CONNECT_TIMEOUT = 10  # s
IDLE_TIMEOUT = 15  # s a connection without a request is kept
LONGEST_REFUSAL = 1 << 20  # bytes kept of an error answer
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
NOT_FORWARDED = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "authorization", "accept-encoding"}
)


class HttpClient:
    """aiohttp for servers elsewhere, one pool of connections for each zone, and a leaner client for workers here."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """`sleep` passes the time between two looks after a connection that is kept open."""
        self._sessions: dict[Zone, Outgoing] = {}
        self.offline: Callable[[], bool] = lambda: False
        """Asked before each request: while it says True, only local targets are asked."""
        self._workers = WorkerHttp()
        self._warmth = Warmth(self._ask_health, sleep)

    def session(self, url: str, zone: Zone | None = None) -> Outgoing:
        """The pool for `url`; `zone` is the provider's setting. Raises EgressDenied in offline mode."""
        from voicegw_desktop.core.outgoing import zone_for

        bound = zone_for(url, zone)
        if bound is not Zone.LOCAL and self.offline():
            raise EgressDenied(f"{_host(url)} is not on this machine ({bound}) and offline mode is on.")
        if bound not in self._sessions:
            self._sessions[bound] = _new_session(bound)
        return self._sessions[bound]

    async def _ask_health(self, origin: str) -> None:
        response = await self._workers.request("GET", origin, "/health", NO_EXTRA)
        while await response.readany():
            pass

    async def aclose(self) -> None:
        """Close the connections it keeps."""
        await self._warmth.aclose()
        self._workers.close()
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def post(
        self,
        url: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] = NO_EXTRA,
        *,
        key: str | None = None,
        lease: Lease | None = None,
        who: str = "",
        sent: Sent | None = None,
        zone: Zone | None = None,
    ) -> HttpReply:
        """POST JSON; returns when the status line is here. Raises UpstreamError, or the engine's death with a lease.

        `sent` hears of the body's bytes as they go out; a worker here is not asked. `zone` binds the connection as
        `core.outgoing` says; None: the address tells it.
        """
        out = {k: v for k, v in headers.items() if k.lower() not in NOT_FORWARDED} if headers else {}
        out["Content-Type"] = "application/json"
        out["Accept-Encoding"] = "identity"
        if key:
            out["Authorization"] = f"Bearer {key}"
        flowing: Callable[[], None] | None = None
        origin = ""
        if lease:
            origin = lease.address
            self._warmth.end(origin)
            if body.get("stream"):
                # llama.cpp promises to keep the connection of a stream and then drops it
                out["Connection"] = "close"
                flowing = lambda: self._warmth.begin(origin)  # noqa: E731
            lease.expect()
        try:
            # a conversation may quote an earlier answer in which an upstream wrote half a character
            data = _ENCODER.encode(body).encode("utf-8", "replace")
            response: aiohttp.ClientResponse | WorkerResponse
            if lease:
                response = await self._workers.request("POST", origin, url.removeprefix(origin), out, data, lease=lease)
            else:
                response = await self.session(url, zone).post(url, data=data, headers=out, trace_request_ctx=sent)
        # what is named here is looked up only where something was raised: a request to a worker needs none of it
        except _redirect_refused() as error:
            raise Redirected(f"{who or _host(url)} {error}", to=error.to) from None
        except (_client_error(), OSError) as error:
            if lease:
                death = await lease.death()
                lease.release()
                raise death from None
            import aiohttp

            from voicegw_desktop.core.outgoing import foreign_address, reason

            if foreign := foreign_address(error):
                raise Diverted(f"{who or url} cannot be reached: {foreign}", to=foreign.to, code=UNREACHED) from None
            code = UNREACHED if isinstance(error, aiohttp.ClientConnectorError) else None
            why = reason(error) or f"{type(error).__name__}: {error}"
            raise UpstreamError(f"{who or url} cannot be reached ({why}).", code=code) from None
        except BaseException:
            if lease:
                lease.release()
            raise
        return HttpReply(response, lease, who or url, key if response.status >= 400 else None, flowing)

    async def get_json(
        self, url: str, *, key: str | None = None, timeout: float = 5.0, who: str = "", zone: Zone | None = None
    ) -> Any:
        """GET JSON. Raises UpstreamError."""
        return await self.request_json("GET", url, key=key, timeout=timeout, who=who, zone=zone)

    async def request_json(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        timeout: float | None = 5.0,
        who: str = "",
        zone: Zone | None = None,
    ) -> Any:
        """Ask and read a JSON answer (None for an empty body). Raises UpstreamError, also for an error status."""
        import aiohttp

        from voicegw_desktop.core.outgoing import RedirectRefused, foreign_address, reason

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with self.session(url, zone).request(
                method, url, json=body, headers=headers, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as response:
                text = await response.read()
                if response.status >= 400:
                    said = error_text(without(key, text))
                    raise UpstreamError(
                        f"{who or url} answered {response.status}: {said}", upstream_status=response.status
                    )
                return json.loads(text) if text.strip() else None
        except RedirectRefused as error:
            raise Redirected(f"{who or _host(url)} {error}", to=error.to) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if foreign := foreign_address(error):
                raise Diverted(f"{who or url} cannot be reached: {foreign}", to=foreign.to) from None
            why = reason(error) or str(error) or f"no answer within {timeout} s"
            raise UpstreamError(f"{who or url} cannot be reached: {why}") from None
        except ValueError:
            raise UpstreamError(f"{who or url} answered with something that is not JSON.") from None


def _new_session(zone: Zone) -> Outgoing:
    import aiohttp

    from voicegw_desktop.core.outgoing import Outgoing

    trace = aiohttp.TraceConfig()
    trace.on_request_chunk_sent.append(_chunk_sent)
    return Outgoing(
        zone,
        traces=[trace],
        keepalive_timeout=IDLE_TIMEOUT,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
        auto_decompress=False,
    )


def _client_error() -> type[aiohttp.ClientError]:
    import aiohttp

    return aiohttp.ClientError


def _redirect_refused() -> type[RedirectRefused]:
    from voicegw_desktop.core.outgoing import RedirectRefused

    return RedirectRefused


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).netloc.rpartition("@")[2] or url


async def _chunk_sent(_session: Any, context: Any, params: aiohttp.TraceRequestChunkSentParams) -> None:
    if (sent := context.trace_request_ctx) is not None:
        sent(len(params.chunk))


def without(key: str | None, text: bytes) -> bytes:
    """The text with the key masked: some servers repeat in a refusal what they were sent."""
    return text.replace(key.encode(), mask(key).encode()) if key else text


def error_text(body: bytes) -> str:
    """The message inside an error answer, in whichever of the usual shapes."""
    with contextlib.suppress(ValueError, AttributeError):
        raw = json.loads(body)
        inner = raw.get("error", raw.get("message", raw.get("detail")))
        return str(inner.get("message") if isinstance(inner, dict) else inner)[:500]
    return body[:200].decode(errors="replace")


class HttpReply:
    """A `core.ports.ChatReply` over either client; holds the engine's lease until it is read or closed.

    `secret` is given for a refusal: its body comes in one piece, without the secret.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse | WorkerResponse,
        lease: Lease | None,
        who: str,
        secret: str | None = None,
        flowing: Callable[[], None] | None = None,
    ) -> None:
        """`flowing` is called once the first piece has been handed on."""
        self._response, self._lease, self._who, self._secret = response, lease, who, secret
        self._flowing = flowing
        self.on_close: Callable[[], None] | None = None
        """Called once when the reply is over."""
        self.on_first: Callable[[], None] | None = None
        """Called once when the first piece of the body was handed on, or when the reply is over."""
        self.status = response.status
        # those of a worker are in lower case already
        self.headers: Mapping[str, str] = response.headers
        if secret or not isinstance(response, WorkerResponse):
            hidden = mask(secret) if secret else ""
            self.headers = {k.lower(): v.replace(secret, hidden) if secret else v for k, v in response.headers.items()}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        refusal = bytearray()
        try:
            while True:
                if self._lease:
                    self._lease.expect()
                chunk = await self._response.content.readany()
                if self._lease:
                    self._lease.progress()
                    self._lease.expect(False)
                if self._secret and chunk:
                    if len(refusal) < LONGEST_REFUSAL:
                        refusal += chunk
                    continue
                if refusal:
                    yield without(self._secret, bytes(refusal))
                if not chunk:
                    return
                yield chunk
                # after the client has it: code that waits for the first piece must not delay it
                if self.on_first:
                    self._tell_first()
                if self._flowing:
                    flowing, self._flowing = self._flowing, None
                    flowing()
        except (_client_error(), OSError) as error:
            if self._lease:
                raise await self._lease.death() from None
            raise UpstreamError(f"{self._who} broke off in the middle of its answer: {error}") from None
        finally:
            await self.close()

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        """Close the connection unless the body was read to its end; idempotent."""
        self._response.close()
        if self._lease:
            self._lease.release()
        self._tell_first()
        if self.on_close:
            then, self.on_close = self.on_close, None
            then()

    def _tell_first(self) -> None:
        if self.on_first:
            then, self.on_first = self.on_first, None
            then()
