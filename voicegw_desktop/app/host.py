"""The gateway behind the views: in this process (`LocalHost`), or a running one (`app.attached`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.core.typed import number, records, text, whole

if TYPE_CHECKING:
    from voicegw_desktop.core.events import EngineState
    from voicegw_desktop.gateway.gateway import Gateway

Feed = Callable[[object], None]


class Host(Protocol):
    """What tray and window use of a gateway."""

    endpoint: str
    """Base address for OpenAI clients, `http://127.0.0.1:7717/v1`; empty while stopped."""
    origin: str
    """What a person should know of the configuration, such as that the built-in one is in use."""
    own: bool
    """True when this program runs the gateway, and may stop it."""
    preferences: DesktopPreferences

    async def start(self, feed: Feed) -> None:
        """Start, and give every bus event to `feed` from then on; raises VoiceGatewayError with a sentence."""
        ...

    async def stop(self) -> None:
        """Stop the gateway, or detach from it; idempotent."""
        ...

    async def call(self, operation: str, **params: object) -> Mapping[str, object]:
        """Run one operation of core.operations."""
        ...

    def watch_lag(self, on: bool) -> None:
        """Measure how late the event loop runs while a view shows it; LoopLag events follow."""
        ...


def engine_states(answer: Mapping[str, object]) -> list[EngineState]:
    """One event for each engine of `list_engines`."""
    # imported here: the tray icon is visible before
    from voicegw_desktop.core.events import EngineState

    return [
        EngineState(
            text(engine.get("name")),
            text(engine.get("state")),
            text(engine.get("reason")),
            whole(engine.get("pid")),
            whole(engine.get("rss_bytes")) or 0,
            whole(engine.get("threads")) or 0,
            number(engine.get("since")) or 0.0,
        )
        for engine in records(answer["engines"])
    ]


class LocalHost:
    """Runs Gateway and Server in the Qt process's own loop."""

    own = True

    def __init__(self, paths: Paths | None, config: str | None) -> None:
        self._paths, self._config = paths, config
        self._gateway: Gateway | None = None
        self._stack: contextlib.AsyncExitStack | None = None
        self._lag: Any = None
        self._stop_lag: Callable[[], None] | None = None
        self.endpoint = ""
        self.origin = ""
        self.preferences = DesktopPreferences()

    async def start(self, feed: Feed) -> None:
        # imported here, and in a thread: the tray icon is visible before these modules are read
        gateway_module, run_module, lag_module = await asyncio.to_thread(_import_gateway)
        async with contextlib.AsyncExitStack() as stack:
            gateway = await asyncio.to_thread(gateway_module.Gateway, self._config, paths=self._paths)
            self.preferences = DesktopPreferences.of(gateway.config.desktop)
            stack.callback(gateway.bus.subscribe(feed))
            await stack.enter_async_context(gateway)
            server = await stack.enter_async_context(run_module.serving(gateway))
            self._gateway = gateway
            self._lag = lag_module.LoopLagMonitor(gateway.bus)
            # "every address" is one to listen at; programs here connect to loopback
            self.endpoint = f"{server.url}/v1".replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
            self.origin = (
                ""
                if gateway.config.path
                else "No voicegw.yaml was found: the built-in settings are in use, with local engines only."
            )
            self._stack = stack.pop_all()
        # here: what attaches to a running gateway has no Qt
        from voicegw_desktop.app.loop import set_aside

        set_aside()

    def watch_lag(self, on: bool) -> None:
        if on and self._stop_lag is None and self._lag is not None:
            self._stop_lag = self._lag.watch()
        elif not on and self._stop_lag is not None:
            self._stop_lag()
            self._stop_lag = None

    async def stop(self) -> None:
        self.watch_lag(False)
        self._lag = None
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()
        self._gateway = None
        self.endpoint = ""

    async def call(self, operation: str, **params: object) -> Mapping[str, object]:
        from voicegw_desktop.core.errors import VoiceGatewayError
        from voicegw_desktop.gateway import operations

        if self._gateway is None and operation in ("settings", "set_setting"):
            return await asyncio.to_thread(self._settings, params)
        if self._gateway is None:
            raise VoiceGatewayError("The gateway does not run: choose Start serving in the tray's menu.")
        return await operations.run(self._gateway, operation, params, source="app")

    def _settings(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """Tell or change the settings while no gateway runs: what keeps it from running may be one of them."""
        from voicegw_desktop.config.load import GatewayConfig
        from voicegw_desktop.core.paths import system_paths
        from voicegw_desktop.gateway import preferences

        paths = self._paths or system_paths()
        config = GatewayConfig.load(self._config, paths=self._paths)
        if "path" in params:
            value = params.get("value")
            preferences.change(config, paths, text(params["path"]), None if value is None else str(value))
            config = GatewayConfig.load(self._config, paths=self._paths)
        return preferences.told(config, paths)


def _import_gateway() -> tuple[Any, Any, Any]:
    from voicegw_desktop.cli import serve as run
    from voicegw_desktop.gateway import gateway
    from voicegw_desktop.middleware import loop_lag
    from voicegw_desktop.sockets.http import server  # noqa: F401

    return gateway, run, loop_lag
