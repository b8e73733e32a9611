"""Connections that only read, each on a thread of its own: a long report holds up no other, nor what is written."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 6  # reports at once; more wait
KEPT = 2  # connections kept open between reports
BUSY = 5.0  # s that another program may hold the database


class Readers:
    """Reads in WAL mode: each report sees what was committed when it began, however much is written meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._busy: set[sqlite3.Connection] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._age = 0
        """Counts the times that the file under the name became another one."""

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """`work(connection, *args)` on a thread of its own. Raises sqlite3.Error."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="voicegw-report")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, args)

    def _run(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with self._lock:
            age = self._age
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._open()
        with self._lock:
            self._busy.add(connection)
        try:
            return work(connection, *args)
        finally:
            with self._lock:
                self._busy.discard(connection)
                keep = age == self._age and len(self._idle) < KEPT
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def _open(self) -> sqlite3.Connection:
        # not `mode=ro`: that fails where no other connection has made the files beside the database yet
        connection = sqlite3.connect(self._path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def forget(self) -> None:
        """The file is, or is about to be, another one: no open connection serves a report that begins from here on."""
        with self._lock:
            self._age += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    async def aclose(self) -> None:
        """Break off what runs, and close. Idempotent; the next report opens again."""
        self.forget()
        threads, self._threads = self._threads, None
        if threads is None:
            return
        with self._lock:
            for connection in self._busy:
                with contextlib.suppress(sqlite3.Error):
                    connection.interrupt()
        await asyncio.to_thread(threads.shutdown, cancel_futures=True)
