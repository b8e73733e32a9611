"""What is needed to run an engine, and the right to use one that runs."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Protocol

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import EngineCrashed, EngineTimeout, VoiceGatewayError
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.engines.process import WorkerProcess
from voicegw_desktop.engines.pulse import Pulse
from voicegw_desktop.engines.threads import Demand

FIRST_USE = 300.0  # s a model loaded ahead waits for its first request where keep_alive 0 ends it after each
REAP_TIMEOUT = 1.0  # s a broken connection waits to learn why the process ended


@dataclass(frozen=True)
class EngineSpec:
    """Everything needed to run one model in one process."""

    provider: str
    model: str
    module: str
    dir: Path | None
    demand: Demand
    estimate_bytes: int = 0
    keep_alive: float | None = 300.0
    """Seconds; None: for ever."""
    device: str = "auto"
    compute_type: str = "auto"
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    network: bool = False
    nice: int = 10
    load_timeout: float = 180.0
    """Seconds."""
    hang_timeout: float = 60.0
    """Seconds that the engine, or one request, may be without progress while an answer is owed."""
    does: Modality | None = None
    """What its model does, for an engine whose models do different things."""

    @property
    def name(self) -> str:
        """The engine's name, such as `whisper/base`."""
        return f"{self.provider}/{self.model}"


class Leases(Protocol):
    """The part of `EnginePool` that gives the right to use an engine."""

    @abstractmethod
    async def acquire(self, provider: str, model: str, keep_alive: str | None = None) -> Lease:
        """Load the model when needed; the caller must release the lease. Raises ModelNotInstalled or EngineError."""


class Leased(Protocol):
    """The engine behind a lease; `supervisor.Engine`."""

    spec: EngineSpec
    clock: Clock
    address: str
    info: Mapping[str, Any]
    process: WorkerProcess
    pulse: Pulse
    leases: set[Lease]

    def timed_out(self, process: WorkerProcess) -> bool: ...

    def condemn(self, verdict: str) -> None: ...

    def returned(self, lease: Lease, keep_alive: Any) -> None: ...


class Lease:
    """The right to use a loaded engine; release it (or leave its `async with`) and the engine may be unloaded."""

    def __init__(self, engine: Leased, keep_alive: Any) -> None:
        self.engine = engine
        self.address = engine.address
        self.info = engine.info
        self.expecting = False
        """True while the engine owes this request something; only then can it be found hanging."""
        self.failed = False
        self.verdict: EngineTimeout | None = None
        """Why this request alone was ended."""
        self.hang_up: Callable[[], None] | None = None
        """Closes the connection that serves this request; set while there is one."""
        self._keep_alive = keep_alive
        self.process = engine.process
        self._open = True
        self.progress_ns = engine.clock.monotonic_ns()

    def progress(self) -> None:
        """The engine gave or took something for this request."""
        self.progress_ns = now_ns = self.engine.clock.monotonic_ns()
        self.engine.pulse.progress(now_ns)

    def expect(self, expecting: bool = True) -> None:
        """The engine owes something from now on, or nothing more."""
        if expecting and not self.expecting:
            self.progress_ns = now_ns = self.engine.clock.monotonic_ns()
            # this runs for each piece of an answer, and nearly always there is one request only
            alone = len(self.engine.leases) == 1
            self.engine.pulse.owed(now_ns, already=not alone and any(x.expecting for x in self.engine.leases))
        self.expecting = expecting

    def end(self) -> None:
        """End this request, which the engine has lost, and leave the engine to the others."""
        spec = self.engine.spec
        self.verdict = EngineTimeout(
            f"This request got nothing from {spec.name} for {spec.hang_timeout:g} s and was ended; the engine "
            "continues with its other requests. Send the request again."
        )
        self.failed, self.expecting = True, False
        if self.hang_up:
            self.hang_up()

    async def death(self) -> VoiceGatewayError:
        """The error for a connection that broke: waits briefly to learn why the process ended."""
        self.failed = True
        if self.verdict is not None:
            return self.verdict
        name = self.engine.spec.name
        try:
            async with asyncio.timeout(REAP_TIMEOUT):
                await self.process.wait_reaped()
        except TimeoutError:
            return EngineCrashed(f"{name} closed the connection in the middle of the request.")
        if self.process.unloaded:
            return EngineCrashed(
                f"{name} was unloaded in the middle of the request ({self.process.unloaded}). Send the request again."
            )
        reason = self.process.end_reason
        if self.engine.timed_out(self.process):
            return EngineTimeout(f"{name} {reason}. It is being restarted; send the request again.")
        return EngineCrashed(
            f"{name} was lost while it served the request: it {reason}. It is being restarted; send the request again."
        )

    def release(self) -> None:
        """Give the engine back; idempotent."""
        if self._open:
            self._open = False
            self.expecting = False
            self.engine.returned(self, self._keep_alive)

    async def __aenter__(self) -> Lease:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
