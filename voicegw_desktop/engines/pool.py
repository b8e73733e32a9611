"""All local engines of the program: which run, on which cores, within which memory; and the backends they offer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.descriptor import EngineKind
from voicegw_desktop.core.errors import (
    BadRequest,
    EngineUnavailable,
    ModelTooLarge,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.engines.changes import follow
from voicegw_desktop.engines.client import ping
from voicegw_desktop.engines.kinds import kinds as all_kinds
from voicegw_desktop.engines.lease import Lease
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.local import LocalLlm, LocalStt, LocalTts
from voicegw_desktop.engines.memory import human
from voicegw_desktop.engines.servers.server import SERVER, EngineServer, servers
from voicegw_desktop.engines.socket_paths import SocketPaths
from voicegw_desktop.engines.specs import Locate, Ram, Specs
from voicegw_desktop.engines.status import ALIVE, LOADED, EngineStatus, State
from voicegw_desktop.engines.supervisor import UNSET, Engine
from voicegw_desktop.engines.threads import Arbiter, Demand

PING_LIMIT = 5.0  # s a worker may take to answer a ping
TICK = 1.0  # s between looks at the clock while an engine runs

log = logging.getLogger(__name__)


class EnginePool:
    """Starts, shares, watches and ends the worker processes.

    `locate(provider, model)` gives the folder of an installed model or raises ModelNotInstalled; `ram` what the
    catalogue says a model needs, in bytes.
    """

    def __init__(
        self,
        config: EnginesConfig,
        locate: Locate,
        bus: EventBus,
        clock: Clock | None = None,
        paths: Paths | None = None,
        *,
        ram: Ram = lambda provider, model: None,
        kinds: Mapping[str, EngineKind] | None = None,
        http: HttpClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        env: Mapping[str, str] | None = None,
        arbiter: Arbiter | None = None,
    ) -> None:
        self._config, self.bus, self.clock = config, bus, clock or SystemClock()
        self.http = http or HttpClient()
        self.arbiter = arbiter or Arbiter(config.cores)
        self.kinds = dict(all_kinds() if kinds is None else kinds)
        self._specs = Specs(config, self.kinds, locate, ram, bus, paths, dict(env or {}))
        self._sleep = sleep
        self._engines: dict[str, Engine] = {}
        # what callers gave, so that a restart has it too
        self._given: dict[str, tuple[Mapping[str, Any], Mapping[str, str]]] = {}
        self._sockets = SocketPaths(paths)
        self.servers: dict[str, EngineServer] = servers(config, self.http, bus, self.clock)
        """Engines that are servers beside the workers, by name; nothing is started before it is asked."""
        self.elsewhere: Callable[[], Mapping[str, Callable[[], Awaitable[EngineStatus]]]] = dict
        """Set it to what gives the servers elsewhere now: each one's name, and what asks it how it is."""
        self._watch: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self._llm = LocalLlm(self)
        self._closed = False

    @property
    def config(self) -> EnginesConfig:
        """Set it when the configuration changes: an engine that has to be loaded again for it is, once it is idle."""
        return self._config

    @config.setter
    def config(self, config: EnginesConfig) -> None:
        if config.cores != self._config.cores:
            self.arbiter = Arbiter(config.cores)
        for name, server in self.servers.items():
            server.configure(config.of(name), config.keep_alive)
        self._config = self._specs.config = config
        follow(self._engines.values(), self._specs, self._given, self._load_again)

    def _load_again(self, name: str) -> None:
        self.prewarm_soon([name])

    def waiting(self) -> list[str]:
        """The engines whose changed settings wait until they serve nothing."""
        return [name for name, engine in sorted(self._engines.items()) if engine.outdated and engine.leases]

    @property
    def memory_limit(self) -> int:
        """Bytes all engines may hold together."""
        return self._specs.memory_limit

    def preload_names(self) -> list[str]:
        """What the configuration wants loaded from the start, as `prewarm` takes it."""
        return [
            f"{name}/{model}"
            for name, section in self._config.sections().items()
            if name in self.kinds and section.enabled
            for model in section.preload
        ]

    def register(self, kind: EngineKind) -> None:
        """Add a kind of engine, such as a worker that runs cloud plugins."""
        self.kinds[kind.name] = kind

    # -- engines ------------------------------------------------------------------------------------------------------

    def engine(
        self,
        provider: str,
        model: str,
        *,
        options: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Engine:
        """The engine for that model; `options` and `secrets`, once given, hold for later starts too.

        Raises ModelResolutionError, ModelNotInstalled or EngineUnavailable.
        """
        if self._closed:
            raise EngineUnavailable("The engines are shut down, because the program is ending.")
        name = f"{provider}/{model}"
        known = self._engines.get(name)
        if known is not None and known.state in ALIVE:
            if not known.outdated and self._specs.does_other(known.spec):
                follow([known], self._specs, self._given, self._load_again)
            return known
        given_options, given_secrets = self._given.get(name, ({}, {}))
        options = given_options if options is None else options
        secrets = given_secrets if secrets is None else secrets
        spec = self._specs.make(provider, model, options, secrets)
        self._given[name] = (options, secrets)
        if known is None:
            self._engines[name] = Engine(
                spec,
                clock=self.clock,
                bus=self.bus,
                admit=self._admit,
                socket_path=self._sockets.new,
                wake=self._wake,
                sleep=self._sleep,
            )
        else:
            known.spec = spec
        return self._engines[name]

    def check(self, provider: str, model: str) -> None:
        """Raise ModelResolutionError or ModelNotInstalled for a model that cannot be loaded."""
        self._specs.check(provider, model)

    async def acquire(
        self,
        provider: str,
        model: str,
        keep_alive: str | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Lease:
        """Load the model when needed; the caller must release the lease. `keep_alive` in Ollama's syntax."""
        stay: Any = UNSET
        if keep_alive is not None:
            try:
                stay = parse_keep_alive(keep_alive)
            except ValueError as error:
                raise BadRequest(str(error), param="keep_alive") from None
        return await self.engine(provider, model, options=options, secrets=secrets).acquire(stay)

    @asynccontextmanager
    async def lease(self, provider: str, model: str, keep_alive: str | None = None) -> AsyncIterator[Lease]:
        """`async with pool.lease("whisper", "base") as lease:` — loaded inside, released after."""
        lease = await self.acquire(provider, model, keep_alive)
        async with lease:
            yield lease

    async def prewarm(self, names: Iterable[str]) -> dict[str, Exception | None]:
        """Load these `provider/model`s side by side; returns what went wrong with each, or None."""
        names = list(dict.fromkeys(names))
        results = await asyncio.gather(*(self.start(name) for name in names), return_exceptions=True)
        return {n: r if isinstance(r, Exception) else None for n, r in zip(names, results, strict=True)}

    def prewarm_soon(self, names: Iterable[str], *, gently: bool = False) -> asyncio.Task[None] | None:
        """Load these in the background while requests are served; None when there is nothing to do.

        What fails becomes a Notice. `gently`: an engine that waits after failures, or would be unloaded at once, is not
        loaded, and failures are only logged: for guesses of what will be needed.
        """
        names = [n for n in dict.fromkeys(names) if not gently or self._worth_warming(n)]
        if self._closed or not names:
            return None
        task = asyncio.get_running_loop().create_task(self._prewarm_quietly(names, gently))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _prewarm_quietly(self, names: list[str], gently: bool) -> None:
        for name, error in (await self.prewarm(names)).items():
            if error is None:
                continue
            told = error.message if isinstance(error, VoiceGatewayError) else f"{type(error).__name__}: {error}"
            log.warning("%s could not be loaded ahead of its first request: %s", name, told)
            if not gently:
                self.bus.publish(Notice("warning", f"{name} could not be preloaded: {told}", "prewarm_failed"))

    def _worth_warming(self, name: str) -> bool:
        provider = name.partition("/")[0]
        if provider not in self.kinds:
            return False
        known = self._engines.get(name)
        if known is None:
            return self._specs.keep_alive(provider) != 0
        return known.state not in ALIVE and known.backoff.remaining_s() == 0 and known.spec.keep_alive != 0

    async def start(self, name: str) -> None:
        """Load `provider/model` now, whatever its backoff says; `<name>/server` starts a server itself."""
        provider, _, model = name.partition("/")
        if server := self.servers.get(provider):
            await (server.start() if model == SERVER else server.load_ahead(model))
            return
        engine = self.engine(provider, model)
        engine.backoff.forgive()
        await engine.start()

    async def hold(self, provider: str, model: str, keep_alive: str | None) -> None:
        """Load a model and keep it for `keep_alive` (None: as configured); 0: unload it when it serves nothing."""
        out = keep_alive is not None and parse_keep_alive(keep_alive) == 0
        if server := self.servers.get(provider):
            await (server.unload(model) if out else server.load_ahead(model))
            return
        engine = self._engines.get(f"{provider}/{model}")
        if not out or (engine is not None and engine.state in LOADED):
            (await self.acquire(provider, model, keep_alive)).release()

    async def stop(self, name: str) -> None:
        """Unload `provider/model`; returns when its process is gone. `<name>/server` ends a server that we started."""
        provider, _, model = name.partition("/")
        if server := self.servers.get(provider):
            await (server.stop() if model == SERVER else server.unload(model))
            return
        engine = self._engines.get(name)
        if engine:
            await engine.stop()

    def status(self) -> list[EngineStatus]:
        """Every engine that has been used since the start, by name."""
        running = self._demands()
        return [
            engine.status(self.arbiter.threads_for(engine.spec.demand, running))
            for _, engine in sorted(self._engines.items())
        ]

    async def answers(self, engine: EngineStatus) -> bool:
        """Whether this worker, which runs, answers a ping."""
        running = self._engines[f"{engine.provider}/{engine.model}"]
        return await ping(running.address, PING_LIMIT, running.info.get("api_key"))

    def is_remote(self, name: str) -> bool:
        """True for a server elsewhere, which is asked for its state, and neither started nor ended."""
        return name in self.elsewhere()

    async def survey(self) -> list[EngineStatus]:
        """Every engine's status: workers, servers here with their models in memory, servers elsewhere."""
        asked = [self._ask(name, ask) for name, ask in self.elsewhere().items()]
        held = [
            status
            for name, server in self.servers.items()
            if (section := self.config.of(name)) is not None and section.enabled
            for status in await server.status()
        ]
        return [*self.status(), *held, *await asyncio.gather(*asked)]

    async def _ask(self, name: str, ask: Callable[[], Awaitable[EngineStatus]]) -> EngineStatus:
        try:
            return await ask()
        except VoiceGatewayError as error:
            return EngineStatus(name, name, "", State.DOES_NOT_ANSWER, error.message)

    def assignment(self) -> dict[str, int]:
        """Threads by engine, as the running ones hold them; with `app`, the cores kept free."""
        held = {e.spec.name: e.threads for e in self._engines.values() if e.state in ALIVE}
        return {"app": self.arbiter.total - self.arbiter.shared, **held}

    async def aclose(self) -> None:
        """End every engine and close the HTTP client."""
        self._closed = True
        ending = [*self._background, *([self._watch] if self._watch else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await asyncio.gather(*(e.stop("the program ends") for e in self._engines.values()), return_exceptions=True)
        for server in self.servers.values():
            await server.aclose()
        await self.http.aclose()
        self._sockets.remove()

    # -- memory and cores ---------------------------------------------------------------------------------------------

    async def _admit(self, engine: Engine) -> int:
        """Make room for `engine`, then say how many threads it gets."""
        need, limit = engine.spec.estimate_bytes, self.memory_limit
        if need > limit:
            raise ModelTooLarge(
                f"{engine.spec.name} needs about {human(need)}, but engines.memory_limit allows {human(limit)} for all "
                "engines together. Raise the limit or choose a smaller model."
            )
        while self._held(but=engine) + need > limit:
            idle = [
                e
                for e in self._engines.values()
                if e is not engine and not e.leases and e.state in (State.READY, State.IDLE)
            ]
            leaving = [e for e in self._engines.values() if e.state is State.UNLOADING]
            if leaving:
                await asyncio.shield(leaving[0].begin_stop("made room"))
            elif idle:
                # engines that stay for ever are unloaded last
                oldest = min(idle, key=lambda e: (e.keep_alive is None, e.last_used_ns))
                await asyncio.shield(oldest.begin_stop(f"made room for {engine.spec.name}"))
            else:
                holders = ", ".join(
                    f"{e.spec.name} {human(e.charge())}"
                    for e in self._engines.values()
                    if e.charge() and e is not engine
                )
                raise ModelTooLarge(
                    f"{engine.spec.name} needs about {human(need)}, but of engines.memory_limit ({human(limit)}) "
                    f"engines that are in use hold {human(self._held(but=engine))} ({holders}). Try again when "
                    "they are idle, or raise the limit.",
                    retry_after=5,
                )
        return self.arbiter.threads_for(engine.spec.demand, self._demands())

    def _held(self, but: Engine) -> int:
        return sum(e.charge() for e in self._engines.values() if e is not but)

    def _demands(self) -> list[Demand]:
        return [e.spec.demand for e in self._engines.values() if e.state in ALIVE]

    # -- housekeeping -------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let every engine look at the clock. Called while engines run; tests call it after moving their clock."""
        for engine in list(self._engines.values()):
            engine.tick()

    def _wake(self) -> None:
        if not self._closed and (self._watch is None or self._watch.done()):
            self._watch = asyncio.get_running_loop().create_task(self._watching())

    async def _watching(self) -> None:
        while not self._closed and any(e.state in ALIVE for e in self._engines.values()):
            await asyncio.sleep(TICK)
            self.tick()

    # -- backends -----------------------------------------------------------------------------------------------------

    def stt_backend(self) -> LocalStt:
        """Transcription by local workers, as `core.ports.SttBackend`."""
        return LocalStt(self)

    def tts_backend(self) -> LocalTts:
        """Speech by local workers, as `core.ports.TtsBackend`."""
        return LocalTts(self)

    def llm_backend(self) -> LocalLlm:
        """Chat by local workers that serve HTTP, as `core.ports.LlmBackend`."""
        return self._llm
