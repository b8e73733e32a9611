"""Malformed messages against a served gateway, and the checks afterwards.

No answer is a 500, no exception goes unexpected into the log, nothing hangs, no task, descriptor or run is left over,
and the server answers afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.support.socket_gateway import GOOD_KEY, FakeGateway
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.storage.readers import MOST as READERS

PATIENCE = 20.0  # s after which the server counts as hanging; far more than anything here takes
LEFT_OVER = 20.0  # s in which what the messages began has to end
FIRST_DRAW = 40  # batches drawn before it is known how many messages one holds
EXTRA = 1.1  # drawn beyond what should be needed


@dataclass(frozen=True)
class Wire:
    """What to draw for one wire, and how to send it."""

    name: str
    drawn: st.SearchStrategy[Any]
    """A batch: what one connection, or one round of requests, is sent."""
    send: Callable[[Fuzzer, Any], Awaitable[int]]
    """Sends a batch; the number of messages in it."""
    limits: Limits | None = None
    real: bool = False
    """Against a gateway with a profile of its own, not a scripted one."""


class Unexpected(logging.Handler):
    """Keeps log records with an exception: an unexpected one, before it became a closed connection."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and len(self._failures) < 20:
            self._failures.append(logging.Formatter().format(record))


class Fuzzer:
    """A served socket that is sent messages and watched."""

    def __init__(self, home: Path, *, limits: Limits | None = None, real: bool = False) -> None:
        self.home = home
        self.real = real
        self.failures: list[str] = []
        self.statuses: dict[int, int] = {}
        self.sent = 0
        self.key = GOOD_KEY
        self.gateway: Any = None
        self._limits = limits
        self._heard = Unexpected(self.failures)
        self._kept: dict[str, str | None] = {}

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: self.failures.append(str(context)))
        logging.getLogger().addHandler(self._heard)
        if self.real:
            self._kept = {name: os.environ.get(name) for name in ("VOICEGW_SECRET", "VOICEGW_CONFIG")}
            os.environ["VOICEGW_SECRET"] = "only for this run 0123456789abcdef"
            config = self.home / "voicegw.yaml"
            config.write_text("serve: {port: 0}\n")
            self.gateway = await Gateway(str(config), paths=paths_below(self.home)).__aenter__()
            self.key = (await self.gateway.keys.mint(None, "fuzz")).bearer
        else:
            self.gateway = FakeGateway(self.home)
        serve = self.gateway.config.serve.model_copy(update={"port": 0, "wyoming_port": 0})
        self.server = Server(self.gateway, serve=serve, limits=self._limits)
        await self.server.start()
        assert self.server.socket_path is not None
        self.unix = str(self.server.socket_path)
        self._connect()
        await self.alive()
        if self.real:
            # reports open their connections as they need them, and SQLite keeps the descriptors: all have to be open
            together = threading.Barrier(READERS)
            await asyncio.gather(*(self.gateway.storage._read(_wait_for_all, together) for _ in range(READERS)))
        self._tasks, self._files = len(asyncio.all_tasks()), descriptors()

    def _connect(self) -> None:
        # the unix socket: ten thousand loopback connections a minute use up the ports of the machine
        connector = aiohttp.UnixConnector(self.unix)
        headers = {"Authorization": f"Bearer {self.key}"}
        self.http = aiohttp.ClientSession("http://localhost", connector=connector, headers=headers)

    async def stop(self) -> None:
        await self.http.close()
        await self.server.stop()
        if self.real:
            await self.gateway.__aexit__(None, None, None)
            for name, value in self._kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
        logging.getLogger().removeHandler(self._heard)

    async def alive(self) -> None:
        async with self.http.get("/health") as answer:
            assert answer.status == 200

    def answered(self, status: int, what: object) -> None:
        """Count an answer; a 500 is a failure."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 500:
            self.failures.append(f"500 for {what!r:.400}")

    async def send(self, wire: Wire, batch: Any) -> None:
        """One batch; it may be refused in any way but it may not hang."""
        try:
            async with asyncio.timeout(PATIENCE):
                self.sent += await wire.send(self, batch)
        except TimeoutError:
            self.failures.append(f"no end within {PATIENCE:g} s of {batch!r:.400}")

    async def check(self) -> None:
        """Check that no task, file or run is left, that no exception was logged, and that the server answers."""
        await self.http.close()
        self._connect()
        await self.alive()
        patience = time.monotonic() + LEFT_OVER
        while len(asyncio.all_tasks()) > self._tasks or descriptors() > self._files:
            if time.monotonic() > patience:
                break
            await asyncio.sleep(0.02)
        left = [str(task) for task in asyncio.all_tasks()]
        assert not self.failures, "\n".join(self.failures[:3])
        assert len(left) <= self._tasks, f"{len(left)} tasks, {self._tasks} before: {left}"
        assert descriptors() <= self._files, f"{descriptors()} descriptors, {self._files} before"
        if not self.real:
            runs = [
                run
                for run in self.gateway.corridor.opened
                if not (run.cancelled.is_set() or run.left.is_set() or run.over)
            ]
            assert not runs, f"{len(runs)} runs were neither cancelled nor closed"


def _wait_for_all(db: sqlite3.Connection, together: threading.Barrier) -> None:
    db.execute("SELECT count(*) FROM requests").fetchone()
    together.wait(PATIENCE)


def descriptors() -> int:
    """Open files of this process; 0 where the platform does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def attack(wire: Wire, count: int, home: Path, *, derandomize: bool = False) -> Fuzzer:
    """Send at least `count` messages and check; raises AssertionError."""
    with asyncio.Runner() as runner:
        fuzzer = Fuzzer(home, limits=wire.limits, real=wire.real)
        runner.run(fuzzer.start())
        try:
            batches, turn = min(count, FIRST_DRAW), 0
            while fuzzer.sent < count:
                limits = settings(
                    max_examples=batches,
                    deadline=None,
                    database=None,
                    derandomize=derandomize and not turn,
                    suppress_health_check=list(HealthCheck),
                    report_multiple_bugs=False,
                    # shrinking a case would send it hundreds of times, and each may hang
                    phases=(Phase.generate,),
                )

                def one(batch: Any) -> None:
                    runner.run(fuzzer.send(wire, batch))
                    assert not fuzzer.failures, fuzzer.failures[0]

                limits(seed(turn)(given(wire.drawn)(one)) if turn else given(wire.drawn)(one))()
                turn += 1
                each = fuzzer.sent / batches if turn == 1 else max(1.0, fuzzer.sent / (turn * batches))
                batches = max(1, math.ceil((count - fuzzer.sent) / each * EXTRA))
            runner.run(fuzzer.check())
        finally:
            runner.run(fuzzer.stop())
    return fuzzer


def table(wires: Sequence[Wire], count: int, only: Sequence[str] = ()) -> int:
    """Send malformed messages on each wire and print the results; the exit status."""
    log = logging.getLogger("voicegw_desktop")
    level, last = log.level, logging.lastResort
    log.setLevel(logging.ERROR)
    logging.lastResort = None
    try:
        return _table(wires, count, only)
    finally:
        log.setLevel(level)
        logging.lastResort = last


def _table(wires: Sequence[Wire], count: int, only: Sequence[str]) -> int:
    failed = 0
    print(f"{'wire':<22} {'messages':>8} {'s':>6}  answers")
    for wire in wires:
        if only and wire.name not in only:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="f", ignore_cleanup_errors=True) as home:
            try:
                fuzzer = attack(wire, count, Path(home))
            except AssertionError as e:
                failed += 1
                print(f"{wire.name:<22} FAILED after {time.monotonic() - began:.1f} s: {e}", flush=True)
                continue
        told = " ".join(f"{status}: {n}" for status, n in sorted(fuzzer.statuses.items())) or "no status is due"
        print(f"{wire.name:<22} {fuzzer.sent:>8} {time.monotonic() - began:>6.1f}  {told}", flush=True)
    print("no failure" if not failed else f"{failed} wires FAILED")
    return int(failed > 0)
