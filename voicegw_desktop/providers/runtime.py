"""Where local engines run for this process: the running app when there is one, else its own workers."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import EngineTimeout
from voicegw_desktop.core.ports import (
    NO_OPTIONS,
    ChatOptions,
    ChatReply,
    SttOptions,
    SttStream,
    Target,
    TtsOptions,
    TtsStream,
)

if TYPE_CHECKING:
    from voicegw_desktop.engines.pool import EnginePool
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.providers.app_socket import AppSocket

PATIENCE = 600.0  # s Ollama may load a model and read a prompt before its answer begins; no supervisor watches it
LOOK_AGAIN = 5.0  # s before asking again whether the app runs

_runtimes: weakref.WeakKeyDictionary[Any, Runtime] = weakref.WeakKeyDictionary()


def runtime() -> Runtime:
    """The runtime of this process's gateway."""
    from voicegw_desktop.gateway.current import get_gateway

    gateway = get_gateway()
    if gateway not in _runtimes:
        _runtimes[gateway] = Runtime(gateway)
    return _runtimes[gateway]


class Runtime:
    """Opens local streams. Each looks again for a running app, so an app that starts later is found."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = weakref.ref(gateway)
        self._app: AppSocket | None = None
        self._app_there = False
        self._looked = -LOOK_AGAIN
        self._pool: EnginePool | None = None
        self._pool_loop: asyncio.AbstractEventLoop | None = None
        self.patience_s = PATIENCE
        self.use_app = True
        """False: always this process's own workers."""

    @property
    def gateway(self) -> Gateway:
        """The gateway whose configuration counts."""
        gateway = self._gateway()
        if gateway is None:
            raise RuntimeError("The gateway this belonged to is gone; call inference again.")
        return gateway

    async def app(self) -> AppSocket | None:
        """The running app, when it is another process than this one."""
        gateway = self.gateway
        if not self.use_app:
            return None
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN:
            from voicegw_desktop.providers.app_socket import AppSocket

            if self._app is None or self._app.path != gateway.paths.socket:
                self._app = AppSocket(gateway.paths.socket)
            self._app_there = await self._app.answers()
            # set with the answer: a stream that is opened meanwhile must ask, too, and not start engines of its own
            self._looked = now
        return self._app if self._app_there else None

    def pool(self) -> EnginePool:
        """The workers: the gateway's when it ran before the first call, else this runtime's own."""
        gateway, loop = self.gateway, asyncio.get_running_loop()
        # the first call starts the gateway for its meters, and the second must not load every model once more
        if self._pool is not None and self._pool_loop is loop:
            return self._pool
        if gateway.started:
            return gateway.engines
        from voicegw_desktop.engines.pool import EnginePool

        self._pool_loop = loop
        self._pool = EnginePool(
            gateway.config.engines, gateway.models.locate, gateway.bus, gateway.clock, gateway.paths
        )
        self._pool.http.offline = gateway.is_offline
        return self._pool

    async def open_stt(self, target: Target, options: SttOptions) -> SttStream:
        """A transcription stream on a local target."""
        app = await self.app()
        if app is not None:
            return await app.open_stt(str(target), options)
        return await self.pool().stt_backend().open_stt(target, options)

    async def open_tts(self, target: Target, options: TtsOptions) -> TtsStream:
        """An utterance on a local target."""
        app = await self.app()
        if app is not None:
            return await app.open_tts(target.name, replace(options, voice=options.voice or target.variant))
        return await self.pool().tts_backend().open_tts(target, options)

    async def post(
        self, target: Target, path: str, body: Mapping[str, Any], options: ChatOptions = NO_OPTIONS
    ) -> ChatReply:
        """A chat request to a local target."""
        app = await self.app()
        if app is not None:
            return await app.post(path, {**body, "model": target.name}, options)
        server = self.pool().servers.get(target.provider)
        if server is not None:
            try:
                async with asyncio.timeout(self.patience_s):
                    return await server.post(target, path, {**body, "model": target.model}, options)
            except TimeoutError:
                # LiveKit's fallback adapter leaves it to the plugin to give up
                raise EngineTimeout(
                    f"{target} accepted the request and gave no answer within {self.patience_s:g} s."
                ) from None
        return await self.pool().llm_backend().post(target, path, {**body, "model": target.model}, options)

    async def warm(self, target: Target) -> None:
        """Load the model now, so that the first request does not wait for it."""
        if await self.app() is None and target.provider not in self.pool().servers:
            await self.pool().start(target.name)

    @property
    def metered_elsewhere(self) -> bool:
        """True when the app serves local engines, and so records their requests."""
        return self._app_there

    async def aclose(self) -> None:
        """End this runtime's own workers."""
        app, pool = self._app, self._pool
        self._app = self._pool = None
        for part in (pool, app):
            if part is not None:
                await part.aclose()


async def close_runtimes() -> None:
    """End every worker this process's Python surface started."""
    for one in tuple(_runtimes.values()):
        await one.aclose()
