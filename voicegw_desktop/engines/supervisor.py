"""Starts one engine on demand, watches it while it serves, unloads it when idle, restarts it after a fault."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import (
    EngineCrashed,
    EngineError,
    EngineTimeout,
    EngineUnavailable,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import EngineState, EventBus, Notice
from voicegw_desktop.engines.backoff import Backoff
from voicegw_desktop.engines.lease import FIRST_USE, EngineSpec, Lease
from voicegw_desktop.engines.memory import resident_bytes
from voicegw_desktop.engines.process import WorkerProcess, worker_environment
from voicegw_desktop.engines.pulse import Pulse
from voicegw_desktop.engines.status import ALIVE, LOADED, EngineStatus, Entry, State
from voicegw_desktop.program import command_line

log = logging.getLogger(__name__)

NANO = 1_000_000_000
HISTORY = 50
CHANGED = "has new settings"
UNSET: Any = object()


class Engine:
    """One model in one child process."""

    def __init__(
        self,
        spec: EngineSpec,
        *,
        clock: Clock,
        bus: EventBus,
        admit: Callable[[Engine], Awaitable[int]],
        socket_path: Callable[[], str],
        wake: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.spec, self.clock, self.bus = spec, clock, bus
        self._admit, self._socket_path, self._wake, self._sleep = admit, socket_path, wake, sleep
        self.state = State.STOPPED
        self.reason = ""
        self.since = clock.time()
        self.address = ""
        self.info: Mapping[str, Any] = {}
        self.threads = 0
        self.rss = 0
        self.gpu_bytes = 0
        self.backoff = Backoff(clock)
        self.history: deque[Entry] = deque(maxlen=HISTORY)
        self.leases: set[Lease] = set()
        self.keep_alive = spec.keep_alive
        self.last_used_ns = clock.monotonic_ns()
        self.process = WorkerProcess(self._on_status, lambda _: None)
        self.pulse = Pulse(lambda: self.clock.monotonic_ns())
        self._socket = ""
        self._loaded: asyncio.Future[None] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._load_started_ns = 0
        self._hung: WorkerProcess | None = None
        self.outdated = False
        """Whether its settings have changed since it was loaded; it ends when it is idle next."""
        self._next_spec: EngineSpec | None = None
        self._replaced: Callable[[], None] | None = None

    # -- use ----------------------------------------------------------------------------------------------------------

    async def acquire(self, keep_alive: Any = UNSET) -> Lease:
        """Load when needed and hand out the right to use it. `keep_alive` in seconds, None for ever, UNSET: its own."""
        while True:
            if self._stopping is not None:
                await asyncio.shield(self._stopping)
            if self.state in LOADED and not self.process.gone.is_set():
                break
            await self.start()
        lease = Lease(self, keep_alive)
        self.leases.add(lease)
        self._set(State.BUSY)
        return lease

    def returned(self, lease: Lease, keep_alive: Any) -> None:
        """A lease was released."""
        self.leases.discard(lease)
        self.last_used_ns = self.clock.monotonic_ns()
        self.keep_alive = self.spec.keep_alive if keep_alive is UNSET else keep_alive
        if lease.engine.process is lease.process and not lease.failed:
            self.backoff.served()
        if self.state is State.BUSY and not self.leases:
            self._set(State.IDLE)
            if self.keep_alive == 0:
                self.begin_stop("was asked to unload after the request")
            elif self.outdated:
                self.begin_stop(CHANGED)
        self._wake()

    # -- settings -----------------------------------------------------------------------------------------------------

    def adopt(self, spec: EngineSpec) -> None:
        """Use this spec, for which nothing has to be loaded again."""
        if self.keep_alive == self.spec.keep_alive:
            self.keep_alive = spec.keep_alive
        self.spec, self._next_spec, self.outdated = spec, None, False

    def retire(self, spec: EngineSpec | None, then: Callable[[], None] | None = None) -> None:
        """End it as soon as it serves nothing, then call `then`; the next load is by `spec`, None: by what it has."""
        self._next_spec, self._replaced, self.outdated = spec, then, True
        if self.state in (State.READY, State.IDLE):
            self.begin_stop(CHANGED)

    # -- start --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load it; returns when it is ready. Raises EngineError when it cannot."""
        if self._stopping is not None:
            await asyncio.shield(self._stopping)
        if self._starting is None:
            if self.state in LOADED:
                # the system knows of the process's end before this program
                if self.process.gone.is_set():
                    await self.process.wait_reaped()
                return
            wait = self.backoff.wait_s(self.spec.name, self.reason)
            self._starting = asyncio.create_task(self._start(wait))
            self._starting.add_done_callback(self._started)
        starting = self._starting
        try:
            # a caller that gives up must not stop the load that others wait for
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if starting.cancelled() and not (me and me.cancelling()):
                raise EngineUnavailable(f"{self.spec.name} was stopped while it loaded.") from None
            raise

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()

    async def _start(self, wait: float) -> None:
        if wait > 0:
            await self._sleep(wait)
        spec = self.spec = self._next_spec or self.spec
        self._next_spec, self.outdated = None, False
        self.rss = 0
        self._set(State.STARTING)
        process = None
        try:
            self.threads = await self._admit(self)
            self._loaded = asyncio.get_running_loop().create_future()
            # the start may be over before it sees a failure that was reported already
            self._loaded.add_done_callback(lambda loaded: loaded.cancelled() or loaded.exception())
            process = WorkerProcess(self._on_status, lambda reason: self._on_exit(process, reason))  # type: ignore[arg-type]
            self.process = process
            self.pulse.reset()
            self._socket = self._socket_path()
            self._load_started_ns = self.clock.monotonic_ns()
            job = {
                "engine": spec.provider,
                "model": spec.model,
                "module": spec.module,
                "dir": str(spec.dir or ""),
                "socket": self._socket,
                "threads": self.threads,
                "nice": spec.nice,
                "device": spec.device,
                "compute_type": spec.compute_type,
                "options": dict(spec.options),
                "secrets": dict(spec.secrets),
            }
            await process.start(
                command_line("--engine-worker"), job, worker_environment(self.threads, spec.network, spec.env)
            )
            self._wake()
            await self._loaded
        except OSError as error:
            failure = EngineUnavailable(f"The worker process of {spec.name} could not be started: {error}")
            self._fail(failure, failure.message)
            raise failure from None
        except asyncio.CancelledError:
            self._set(State.UNLOADING, "was stopped while it loaded")
            if process:
                process.condemn("was stopped while it loaded")
                await process.wait_reaped()
            self._set(State.STOPPED)
            raise
        except EngineError as error:
            if self.state is State.STARTING:
                # refused before a process was made: no fault of the engine, so no backoff
                self._set(State.STOPPED, error.message)
            raise

    def _on_status(self, status: dict[str, Any]) -> None:
        match status["state"]:
            case "loading":
                self._set(State.LOADING)
            case "working":
                self.pulse.report(int(status["done"]), int(status["busy"]), sum(x.expecting for x in self.leases))
                self.gpu_bytes = int(status.get("gpu_bytes") or self.gpu_bytes)
            case "ready" if self._loaded and not self._loaded.done():
                self.address = str(status.get("address", ""))
                self.info = dict(status.get("info") or {})
                self.gpu_bytes = int(self.info.get("gpu_bytes") or 0)
                self.backoff.last_error = None
                self.last_used_ns = self.clock.monotonic_ns()
                self.keep_alive = self.spec.keep_alive
                self._set(State.READY)
                threads = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
                self._note(f"loaded in {self.info.get('load_s', '?')} s with {threads}")
                self._loaded.set_result(None)
                if self.info.get("fell_back"):
                    told = f"{self.spec.name} does not use the graphics card: {self.info.get('why')}"
                    self._note(told)
                    self.bus.publish(Notice("warning", told, "device_fallback"))
            case "failed":
                message = str(status.get("message") or "The engine could not load the model.")
                self._fail(EngineUnavailable(message, code=str(status.get("code") or "engine_failed")), message)

    # -- faults -------------------------------------------------------------------------------------------------------

    def _on_exit(self, process: WorkerProcess, reason: str) -> None:
        process.end_reason = reason
        if process is not self.process or self.state in (State.UNLOADING, State.STOPPED, State.FAILED):
            return
        was_busy = bool(self.leases)
        for lease in self.leases:
            lease.failed = True
        loading = self.state in (State.STARTING, State.LOADING)
        message = (
            f"{self.spec.name} was lost while it loaded: it {reason}." if loading else f"{self.spec.name} {reason}."
        )
        self._fail(EngineTimeout(message) if self._hung is process and loading else EngineCrashed(message), reason)
        self.bus.publish(Notice("error", message, "engine_crashed"))
        if not loading and (was_busy or self.keep_alive is None) and self.backoff.may_restart():
            if self._restarting:
                # a person started it before this one did, and it died again
                self._restarting.cancel()
            self._restarting = asyncio.create_task(self._restart())

    async def _restart(self) -> None:
        try:
            await self._sleep(self.backoff.remaining_s())
            self.backoff.over()
            await self.start()
            self._note("is back")
        except VoiceGatewayError as error:
            log.warning("%s did not come back: %s", self.spec.name, error)

    def _fail(self, error: VoiceGatewayError, reason: str) -> None:
        if self.state is State.FAILED:
            return
        self.backoff.failed(error)
        self._note(f"failed: {reason}")
        self._set(State.FAILED, reason)
        if self._loaded and not self._loaded.done():
            self._loaded.set_exception(error)

    def timed_out(self, process: WorkerProcess) -> bool:
        """True when that process was ended because it made no progress."""
        return self._hung is process

    def condemn(self, verdict: str) -> None:
        """End the process because of a fault; its clients are told `verdict`."""
        self.process.condemn(verdict)

    # -- time ---------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at the clock: unload what idled long enough, end what hangs, read its size."""
        now = self.clock.monotonic_ns()
        if self.process.pid:
            self.rss = resident_bytes(self.process.pid)
        stay = self._stay()
        if self.state in (State.READY, State.IDLE) and not self.leases and self.outdated:
            self.begin_stop(CHANGED)
        elif self.state in (State.READY, State.IDLE) and not self.leases and stay is not None:
            if now - self.last_used_ns >= stay * NANO:
                self.begin_stop(f"was idle for {stay:.0f} s")
        elif self.state is State.LOADING and now - self._load_started_ns > self.spec.load_timeout * NANO:
            self._hung = self.process
            self.condemn(f"did not finish loading within {self.spec.load_timeout:g} s")
        elif self.state is State.BUSY:
            patience = self.spec.hang_timeout
            hangs, lost = self.pulse.judge(self.leases, patience)
            if hangs:
                self._hung = self.process
                self.condemn(f"made no progress for {patience:g} s and was ended")
            for lease in lost:
                self._note(f"a request got nothing for {patience:g} s and was ended; the engine continues")
                lease.end()

    def _stay(self) -> float | None:
        """Seconds it stays from its last use; None: for ever. A model loaded ahead waits for its first request."""
        return FIRST_USE if self.keep_alive == 0 and self.state is State.READY else self.keep_alive

    def expires_in(self) -> float | None:
        """Seconds until it is unloaded unless used; None while busy or when it stays."""
        stay = self._stay()
        if self.state not in (State.READY, State.IDLE) or stay is None:
            return None
        return max(0.0, stay - (self.clock.monotonic_ns() - self.last_used_ns) / NANO)

    # -- stop ---------------------------------------------------------------------------------------------------------

    def begin_stop(self, why: str) -> asyncio.Task[None]:
        """Start unloading; requests that arrive meanwhile wait and load it again."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(why))
        return self._stopping

    async def stop(self, why: str = "was stopped") -> None:
        """Unload it and forget its failures; returns when the process is gone."""
        self.backoff.forgive()
        if self._restarting:
            self._restarting.cancel()
        await asyncio.shield(self.begin_stop(why))

    async def _stop(self, why: str) -> None:
        try:
            if self._starting is not None:
                self._starting.cancel()
                await asyncio.gather(self._starting, return_exceptions=True)
            alive = self.state in ALIVE
            if alive:
                self._set(State.UNLOADING, why)
            self.process.unloaded = why
            # a worker that reported its failure may still be ending
            await self.process.stop()
            await self.process.wait_reaped()
            if alive:
                self._note(f"unloaded: {why}")
            self.rss = 0
            self._set(State.STOPPED, why)
        finally:
            self._stopping = None
            then, self._replaced = self._replaced, None
            if then:
                then()

    # -- show ---------------------------------------------------------------------------------------------------------

    def charge(self) -> int:
        """Bytes it takes from the memory ceiling."""
        return max(self.spec.estimate_bytes, self.rss) if self.state in ALIVE else 0

    def status(self, threads_next: int = 0) -> EngineStatus:
        """What it says about itself now."""
        expires = self.expires_in()
        return EngineStatus(
            name=self.spec.name,
            provider=self.spec.provider,
            model=self.spec.model,
            state=self.state,
            reason=self.reason,
            pid=self.process.pid,
            rss_bytes=resident_bytes(self.process.pid) if self.process.pid else 0,
            gpu_bytes=self.gpu_bytes if self.state in LOADED else 0,
            estimate_bytes=self.spec.estimate_bytes,
            threads=self.threads if self.state in ALIVE else 0,
            threads_next=threads_next,
            since=self.since,
            keep_alive_s=self.keep_alive,
            expires_at=None if expires is None else self.clock.time() + expires,
            streams=len(self.leases),
            failures=self.backoff.failures,
            retry_in_s=self.backoff.remaining_s(),
            address=self.address if self.state in LOADED else "",
            outdated=self.outdated,
            info={k: v for k, v in self.info.items() if k != "api_key"},
            history=tuple(self.history),
            log=tuple(self.process.log),
        )

    def _set(self, state: State, reason: str = "") -> None:
        if state is self.state and reason == self.reason:
            return
        self.state, self.reason, self.since = state, reason, self.clock.time()
        pid = self.process.pid
        if pid and state is State.READY:
            # later ones are read once a second: a read before each request would delay its first token
            self.rss = resident_bytes(pid)
        self.bus.publish(EngineState(self.spec.name, str(state), reason, pid, self.rss, self.threads, self.since))
        self._wake()

    def _note(self, message: str) -> None:
        self.history.append(Entry(self.clock.time(), message))
        log.info("%s %s", self.spec.name, message)
