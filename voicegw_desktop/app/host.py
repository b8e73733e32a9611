"""The gateway behind the views: inside this process, or one that runs already, reached over its operations API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Protocol

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import Paths

Feed = Callable[[object], None]


class Host(Protocol):
    """All that tray and window may know of a gateway."""

    endpoint: str
    """Base address for OpenAI clients, `http://127.0.0.1:7717/v1`; empty while stopped."""
    origin: str
    """What a person should know of the configuration, such as that the embedded one is in use."""
    theme: str

    async def start(self, feed: Feed) -> None:
        """Come up and give every bus event to `feed` from then on; raises VoiceGatewayError with a sentence."""
        ...

    async def stop(self) -> None:
        """Go down, or let go; idempotent."""
        ...

    async def call(self, operation: str, **params: Any) -> Any:
        """Run one operation of core.operations."""
        ...

    async def engines(self) -> list[dict[str, Any]]:
        """Every installed model that is an engine, with its state: fields of events.EngineState."""
        ...

    async def api_key(self) -> str:
        """The default project's key."""
        ...

    def watch_lag(self, on: bool) -> None:
        """Measure how late the event loop runs while somebody looks; LoopLag events follow."""
        ...


ENGINE_FIELDS = ("name", "state", "reason", "pid", "rss_bytes", "threads", "since")


class LocalHost:
    """Runs Gateway and Server in the Qt process's own loop."""

    def __init__(self, paths: Paths | None, config: str | None) -> None:
        self._paths, self._config = paths, config
        self._gateway: Any = None
        self._stack: contextlib.AsyncExitStack | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._lag: Any = None
        self._stop_lag: Callable[[], None] | None = None
        self.endpoint = ""
        self.origin = ""
        self.theme = "system"

    async def start(self, feed: Feed) -> None:
        # imported here: the tray icon is visible before these modules are read
        from voicegw_desktop.middleware.loop_lag import LoopLagMonitor

        gateway_module, run_module = await asyncio.to_thread(_import_gateway)
        async with contextlib.AsyncExitStack() as stack:
            self._gateway = gateway_module.Gateway(self._config, paths=self._paths)
            self._unsubscribe = self._gateway.bus.subscribe(feed)
            self._lag = LoopLagMonitor(self._gateway.bus)
            stack.callback(self._unsubscribe)
            await stack.enter_async_context(self._gateway)
            server = await stack.enter_async_context(run_module.serving(self._gateway))
            config = self._gateway.config
            self.theme = config.desktop.theme
            self.endpoint = f"{server.url}/v1"
            self.origin = (
                "" if config.path else "No voicegw.yaml was found: the embedded, local-only settings are in use."
            )
            self._stack = stack.pop_all()

    def watch_lag(self, on: bool) -> None:
        if on and self._stop_lag is None and self._lag is not None:
            self._stop_lag = self._lag.watch()
        elif not on and self._stop_lag is not None:
            self._stop_lag()
            self._stop_lag = None

    async def stop(self) -> None:
        self.watch_lag(False)
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()
        self.endpoint = ""

    async def call(self, operation: str, **params: Any) -> Any:
        from voicegw_desktop.core import operations

        return await operations.run(self._gateway, operation, params, source="app")

    async def engines(self) -> list[dict[str, Any]]:
        return await _engines(self.call)

    async def api_key(self) -> str:
        return str((await self.call("show_key", key_id=self._gateway.first_key_id))["api_key"])


async def _engines(call: Callable[..., Any]) -> list[dict[str, Any]]:
    found = (await call("list_engines"))["engines"]
    return [{k: e[k] for k in ENGINE_FIELDS if e.get(k) is not None} for e in found]


def _import_gateway() -> tuple[Any, Any]:
    from voicegw_desktop.core import gateway
    from voicegw_desktop.sockets import run, server  # noqa: F401

    return gateway, run


class AttachedHost:
    """Speaks to a gateway that runs by itself: `voicegw serve` here, or one at an address with a key."""

    def __init__(self, address: str, key: str | None = None) -> None:
        """`address`: `unix:/path/to/voicegw.sock`, or `http://host:port` with `key`."""
        self._address, self._key = address, key
        self._session: Any = None
        self._base = ""
        self._listening: asyncio.Task[None] | None = None
        self.endpoint = ""
        self.origin = f"Attached to {address}"
        self.theme = "system"

    async def start(self, feed: Feed) -> None:
        import aiohttp

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        connector: aiohttp.BaseConnector | None = None
        if self._address.startswith("unix:"):
            connector = aiohttp.UnixConnector(self._address.removeprefix("unix:"))
            self._base = "http://localhost"
        else:
            self._base = self._address.rstrip("/").removesuffix("/v1")
        self._session = aiohttp.ClientSession(connector=connector, headers=headers)
        try:
            status = await self.call("status")
        except BaseException:
            await self.stop()
            raise
        self.endpoint = str(status.get("endpoint") or f"{self._base}/v1")
        self._listening = asyncio.create_task(self._listen(feed))

    async def _listen(self, feed: Feed) -> None:
        from voicegw_desktop.app.viewmodels.remote import event_of
        from voicegw_desktop.core.events import Notice

        while True:
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                async with self._session.ws_connect(f"{self._base}/v1/events") as ws:
                    async for message in ws:
                        event = event_of(message.json())
                        if event is not None:
                            feed(event)
            feed(Notice("warning", f"The gateway at {self._address} does not answer; trying again.", "detached"))
            await asyncio.sleep(2.0)

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        if self._session is not None:
            await self._session.close()

    async def call(self, operation: str, **params: Any) -> Any:
        from voicegw_desktop.core.operations import find

        found = find(operation)
        path = found.path
        for name in tuple(params):
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", str(params.pop(name)))
        inside = {"params": {k: str(v) for k, v in params.items() if v is not None}}
        sent = inside if found.method in ("GET", "DELETE") else {"json": params}
        try:
            async with self._session.request(found.method, self._base + path, **sent) as answer:
                body = await answer.json()
        except OSError as e:
            raise VoiceGatewayError(f"The gateway at {self._address} does not answer: {e}.") from e
        if answer.status >= 400:
            error = body.get("error") or {}
            raise VoiceGatewayError(str(error.get("message") or f"It answered with status {answer.status}."))
        return body

    async def engines(self) -> list[dict[str, Any]]:
        return await _engines(self.call)

    async def api_key(self) -> str:
        if self._key:
            return self._key
        keys = (await self.call("list_keys"))["keys"]
        if not keys:
            raise VoiceGatewayError("The gateway has no key; create one with `voicegw keys create`.")
        return str((await self.call("show_key", key_id=keys[0]["id"]))["api_key"])

    def watch_lag(self, on: bool) -> None:
        # the loop that serves is in another process, which measures itself
        return


def host_for(paths: Paths | None, config: str | None, attach: str | None) -> Host:
    """The host that the command line or `desktop.attach` asks for."""
    return AttachedHost(attach) if attach else LocalHost(paths, config)
