"""The harness inside every worker process: one job, one engine, one connection per stream.

An engine is a module with `create(job: Job) -> SpeechWorker | HttpWorker`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import importlib
import json
import os
import secrets
import select
import socket
import time
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.engines.wire import HEADER_LIMIT, Event, WireError, encode, error_event, read_event
from voicegw_desktop.workers.cuda import Card

QUEUE_LIMIT = 512 * 1024  # bytes of payload a connection holds before its peer must wait
AUTH_LIMIT = 5.0  # s a connection by TCP has to show its key
LINGER = 2.0  # s a peer may take to read an error before its connection is closed
HANGUP_POLL = 0.01  # s between looks for a peer that left while its queue is full
REPORT_EVERY = 1.0  # s between two reports of work
EXIT_FAILED = 3
NO_CARD = (None, "cpu", "network")
"""Devices whose memory is the process's own."""


@dataclass(frozen=True)
class Job:
    """What one worker is to run; the JSON line on stdin."""

    engine: str
    model: str
    dir: Path
    """Folder of the model's files (for some engines a file)."""
    threads: int = 1
    nice: int = 10
    device: str = "auto"
    compute_type: str = "auto"
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What the configuration says beyond the common fields."""
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    socket: str = ""
    """Unix socket path; empty: a loopback TCP port is chosen."""
    module: str = ""
    """Python module of the engine; empty: `voicegw_desktop.workers.<engine>`."""
    parent: int = 0
    """Process id of the supervisor."""

    @classmethod
    def from_json(cls, line: bytes) -> Job:
        """Read the job line; keys that are not known are ignored."""
        raw = json.loads(line)
        known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        known["dir"] = Path(known.get("dir") or ".")
        return cls(**known)


class SpeechWorker(Protocol):
    """An engine that serves streams over the harness's socket."""

    def load(self) -> Mapping[str, Any]:
        """Load the model, in a thread. Returns `info` for the status: device, compute_type, why, rates, voices, ...

        Raise EngineError(code="model_corrupt") when the files cannot be read.
        """
        ...

    async def handle(self, first: Event, conn: Connection) -> None:
        """Serve one stream; `first` opened it. Cancelled when the peer closes; an exception becomes `error`."""
        ...


class Working(Protocol):
    """What both kinds of worker may add, so that work that shows no bytes yet is not taken for a hang."""

    def work(self) -> tuple[int, int] | None:
        """(steps of work done since the start, requests that are worked on or wait for their turn); None: unknown."""
        ...


class HttpWorker(Protocol):
    """An engine with an HTTP server of its own: after `load`, `address` says where."""

    address: str

    def load(self) -> Mapping[str, Any]: ...


class Connection:
    """One stream's connection, seen from the worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._events: deque[Event] = deque()
        self._held = 0
        self._arrived = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()
        self._closed = False
        self.written = 0
        """Events sent."""
        self.problem: str | None = None
        """Why reading ended, when it was not a clean close."""

    async def read(self) -> Event | None:
        """The next event; None when the peer is gone."""
        while not self._events:
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        event = self._events.popleft()
        self._held -= _weight(event)
        if self._held < QUEUE_LIMIT:
            self._space.set()
        return event

    def read_nowait(self) -> Event | None:
        """An event that has already arrived, or None."""
        if not self._events:
            return None
        event = self._events.popleft()
        self._held -= _weight(event)
        if self._held < QUEUE_LIMIT:
            self._space.set()
        return event

    async def write(self, event: Event) -> None:
        """Send one event; waits when the peer reads slowly. Raises ConnectionError when it is gone."""
        self._writer.write(encode(event))
        await self._writer.drain()
        self.written += 1

    async def pump(self) -> None:
        """Move events from the socket to the queue until the peer closes; the harness runs this."""
        try:
            while True:
                while self._held >= QUEUE_LIMIT:
                    self._space.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(HANGUP_POLL):
                            await self._space.wait()
                    if self._held >= QUEUE_LIMIT and self._hung_up():
                        return
                event = await read_event(self._reader)
                if event is None:
                    return
                self._events.append(event)
                self._held += _weight(event)
                self._arrived.set()
        except WireError as error:
            self.problem = str(error)
        except ConnectionError:
            return
        finally:
            self._closed = True
            self._arrived.set()

    def _hung_up(self) -> bool:
        sock: socket.socket | None = self._writer.get_extra_info("socket")
        if sock is None or sock.fileno() < 0:
            return True
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(sock.fileno(), 0)
        return any(flags & (select.POLLHUP | select.POLLERR) for _, flags in poll.poll(0))


def _weight(event: Event) -> int:
    return len(event.payload or b"") + 256


class Harness:
    """Runs one worker: status lines out, connections in."""

    def __init__(self, job: Job, status_fd: int) -> None:
        self.job = job
        self._status_fd = status_fd
        self._info: dict[str, Any] = {}
        self._card: Card | None = None
        """Asked for its memory while the engine computes on it."""
        self._key: str | None = None
        """What each connection must show first; None: the unix socket's mode decides."""
        self._ready = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self._worker: Any = None
        self._written = 0
        """Events of connections that are closed."""
        self._open: set[Connection] = set()

    def report(self, state: str, **more: Any) -> None:
        """Write one status line to the supervisor."""
        line = json.dumps({"state": state, **more}, default=str).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):
            os.write(self._status_fd, line)

    async def run(self) -> int:
        """Load and serve until the process is ended; returns an exit status when loading fails."""
        self.report("loading")
        started = time.monotonic()
        try:
            module = self.job.module or f"voicegw_desktop.workers.{self.job.engine}"
            self._worker = importlib.import_module(module).create(self.job)
            speech = hasattr(self._worker, "handle")
            address = await self._listen() if speech else ""
            card = Card()
            self._info = dict(await asyncio.to_thread(self._worker.load))
            if self._info.get("device") not in NO_CARD and (held := card.held()):
                self._card = card
                self._info["gpu_bytes"] = held
        except VoiceGatewayError as error:
            traceback.print_exc()
            self.report("failed", code=error.code or "engine_failed", message=error.message)
            return EXIT_FAILED
        except ImportError as error:
            traceback.print_exc()
            known = PROVIDERS.get(self.job.engine)
            hint = known.install_hint if known else ""
            message = f"The {self.job.engine} engine is not installed ({error}). {hint}".rstrip()
            self.report("failed", code="engine_not_installed", message=message)
            return EXIT_FAILED
        except Exception as error:
            traceback.print_exc()
            code = "out_of_memory" if isinstance(error, MemoryError) else "load_failed"
            message = f"The {self.job.engine} engine could not load {self.job.model}: {type(error).__name__}: {error}"
            self.report("failed", code=code, message=message)
            return EXIT_FAILED
        if self._key is not None:
            self._info["api_key"] = self._key
        self._info.setdefault("threads", self.job.threads)
        self._info.setdefault("load_s", round(time.monotonic() - started, 3))
        self._ready.set()
        self.report("ready", address=address or self._worker.address, info=self._info)
        while True:
            await asyncio.sleep(REPORT_EVERY)
            self._report_work(speech)

    def _report_work(self, speech: bool) -> None:
        """Tell of the engine's work while it serves; the supervisor judges by it whether the engine hangs."""
        if speech and not self._serving:
            return
        if hasattr(self._worker, "work"):
            work = self._worker.work()
        else:
            written = sum(conn.written for conn in self._open) + self._written
            work = (written, len(self._serving)) if speech else None
        if work is not None:
            more = {"gpu_bytes": self._card.held()} if self._card else {}
            self.report("working", done=work[0], busy=work[1], **more)

    async def _listen(self) -> str:
        if self.job.socket:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.job.socket)
            await asyncio.start_unix_server(self._connected, self.job.socket, limit=HEADER_LIMIT)
            os.chmod(self.job.socket, 0o600)
            return f"unix:{self.job.socket}"
        # made here and told through the status pipe, and not given on standard input: both pipes are private, but the
        # job is passed to engines, whose code and tracebacks would see a key in it
        self._key = secrets.token_urlsafe(32)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=HEADER_LIMIT)
        return f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conn = Connection(reader, writer)
        pump = asyncio.create_task(conn.pump())
        serve = asyncio.create_task(self._serve(conn))
        self._serving.add(serve)
        self._open.add(conn)
        try:
            await asyncio.wait((pump, serve), return_when=asyncio.FIRST_COMPLETED)
            if conn.problem:
                with contextlib.suppress(ConnectionError):
                    await conn.write(Event("error", {"text": conn.problem, "code": "bad_wire"}))
            if not serve.done():
                serve.cancel()
            await asyncio.gather(serve, return_exceptions=True)
        finally:
            self._serving.discard(serve)
            self._open.discard(conn)
            self._written += conn.written
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _admitted(self, conn: Connection) -> bool:
        """Whether the peer may use this engine: any user of this machine reaches a port, so it must show the key."""
        if self._key is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AUTH_LIMIT):
                event = await conn.read()
            given = str(event.data.get("key", "")) if event is not None and event.type == "authenticate" else ""
            return hmac.compare_digest(given.encode("utf-8", "replace"), self._key.encode())
        return False

    async def _serve(self, conn: Connection) -> None:
        try:
            if not await self._admitted(conn):
                return
            while (event := await conn.read()) is not None:
                if event.type == "ping":
                    await conn.write(Event("pong", dict(event.data)))
                elif event.type == "describe":
                    info = {k: v for k, v in self._info.items() if k != "api_key"}
                    await conn.write(Event("info", {"engine": self.job.engine, "model": self.job.model, **info}))
                else:
                    await self._ready.wait()
                    await self._worker.handle(event, conn)
                    return
        except ConnectionError:
            return
        except Exception as error:
            if not isinstance(error, VoiceGatewayError):
                traceback.print_exc()
            with contextlib.suppress(ConnectionError):
                await conn.write(error_event(error, self.job.engine))
                # a peer that still writes would lose the error with a connection closed now
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LINGER):
                        while await conn.read() is not None:
                            pass
