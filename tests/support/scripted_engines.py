"""Local engines that take the fault orders of the clouds' fakes: real pools and processes around `scripted_worker`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any, Self

from tests.support import scripted_worker
from tests.support.engines import HurriedClock, eventually
from voicegw_desktop.core.descriptor import EngineKind
from voicegw_desktop.engines.kinds import kinds
from voicegw_desktop.engines.memory import MIB
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.status import State
from voicegw_desktop.engines.supervisor import Engine
from voicegw_desktop.testing.orders import Orders

LARGE = 4096 * MIB
BESIDE = EngineKind("beside", module="tests.support.fake_worker", needs_model=False, memory_base=LARGE)
"""An engine that is in use and holds nearly all the memory there is."""

AT_REST = (State.STOPPED, State.READY, State.IDLE)


def _owes(engine: Engine) -> bool:
    return any(lease.expecting for lease in engine.leases)


class ScriptedEngine(Orders[dict[str, Any]]):
    """One kind with its models; `serve_in` puts it in the place of the real engine."""

    def __init__(self, provider: str, models: Collection[str]) -> None:
        super().__init__()
        self.provider, self.models = provider, models
        self.working = 0
        """Requests that its workers serve now."""
        self.given: list[dict[str, Any]] = []
        """What each worker process got at its start: its job and its environment."""
        self._clock = HurriedClock()
        self._pool: EnginePool | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._attend, "127.0.0.1", 0, limit=1 << 20)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()

    def serve_in(self, pool: EnginePool) -> None:
        """Let that pool run the engine."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        kind = kinds()[self.provider]
        env = {**kind.env, scripted_worker.ORDERS: f"{host}:{port}"}
        pool.register(replace(kind, module=scripted_worker.__name__, env=env))
        pool.register(BESIDE)
        self._pool = pool
        for engine in self.engines:
            engine.clock = self._clock

    @property
    def engines(self) -> list[Engine]:
        """The supervisor of each model."""
        assert self._pool is not None
        return [self._pool.engine(self.provider, model) for model in self.models]

    def forgive(self) -> None:
        """Clear every fault."""
        self.clear()
        self.requests.clear()
        self.hangups = 0
        for engine in self.engines:
            engine.backoff.forgive()

    async def idle(self) -> None:
        """Wait until the supervisors know that no request is served."""
        await eventually(lambda: all(e.state in AT_REST for e in self.engines), f"{self.provider} is idle")

    async def hang(self) -> None:
        """Let the supervisor find that nothing came for too long, once something is owed."""
        await eventually(lambda: any(map(_owes, self.engines)), f"{self.provider} owes something")
        (engine,) = filter(_owes, self.engines)
        self._clock.hurry(engine.spec.hang_timeout + 1)
        engine.tick()

    @asynccontextmanager
    async def no_room(self) -> AsyncIterator[None]:
        """Make the engine impossible to load: another engine in use leaves too little memory."""
        pool = self._pool
        assert pool is not None
        before = pool.config
        for model in self.models:
            await pool.stop(f"{self.provider}/{model}")
        async with pool.lease(BESIDE.name, "ok"):
            pool.config = before.model_copy(update={"memory_limit": LARGE + MIB})
            try:
                yield
            finally:
                pool.config = before

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = json.loads(await reader.readline())
        greets = seen["type"] == "hello"
        (self.given if greets else self.requests).append(seen)
        self.working += not greets
        self._changed.set()
        fault = None if greets else self._take(seen["type"])
        try:
            writer.write(json.dumps(asdict(fault) if fault else None).encode() + b"\n")
            ended = await reader.read(100)
        except ConnectionError:
            ended = b""
        self.hangups += not ended
        self.working -= not greets
        self._changed.set()
        writer.close()
