"""What every scope has spent and set aside, in one place for all programs that use the same database.

A scope is a project, a key or the machine. The file holds 64-byte rows behind a header. One row per scope and period
says what was spent in the present day, week or month; one row per scope and program says what that program has set
aside for requests that run. Every change reads and writes the file under its
lock, so that two programs cannot both take the last cent. A program that ends takes its rows with it: they count only
while its process lives and renews them.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.locks import try_lock, unlock
from voicegw_desktop.core.processes import alive

log = logging.getLogger(__name__)

LEASE_S = 15.0
"""A program that has not renewed its rows for so long has ended."""
LOCK_S = 2.0
"""The longest wait for the lock. It is held for some microseconds; on a busy machine its holder may lose the processor
in that time. A holder that was stopped, by a debugger for example, is waited for once."""

_HEADER = struct.Struct("<8sq")  # mark, generation: grows whenever a row begins to be used
_ROW = struct.Struct("<16sqqqqq8x")  # scope, first day (yyyymmdd), pid, token, until (monotonic ns), nano-dollars
_MARK = b"VGWHELD1"
_FREE = bytes(_ROW.size)
"""A row without an owner; it adds nothing to a sum."""
_PRESENT = b"here".ljust(16, b"\0")
"""The row that says that a program is there, before it has set anything aside."""
_MOST = 1 << 22  # bytes read of the file: 65,536 rows


@dataclass(slots=True)
class _Places:
    """Where the rows are that say what a scope has set aside."""

    own: int
    others: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one scope may spend in one period."""

    scope: str
    period: str
    """One of `storage.days.BUDGETED`."""
    start: int
    """The period's first day, yyyymmdd."""
    known: int
    """Nano-dollars that this program knows to be spent."""
    nanos: int | None = None
    """None: counted without a limit."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Nano-dollars of one scope, over all programs: spent in a period, and set aside now."""

    spent: int
    held: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of setting money aside."""

    granted: int
    """-1: some limit does not allow it, and nothing was set aside."""
    sums: list[Sums]
    """Before that, for each of the limits."""
    refused: list[int]
    """Which of the limits do not allow it."""


class Holdings:
    """Sums over all programs; without a `path`, over this object only. Costs about 20 µs a change, and no waiting."""

    def __init__(self, path: Path | None = None, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._token = secrets.randbits(62)
        self._pid = os.getpid()
        self._held: dict[str, int] = {}
        """What this program has set aside."""
        self._keys: dict[str, bytes] = {}
        self._places: dict[str, _Places] = {}
        self._spent_at: dict[tuple[str, str], int] = {}
        self._generation = -1
        self._memory = bytearray(_HEADER.pack(_MARK, 0))
        self._fd = -1
        self._stopped = False
        """Another program kept the lock for longer than LOCK_S, and has not let it go since."""
        if path is not None:
            self.join(path)

    def join(self, path: Path) -> None:
        """Share the sums with every program that uses the file at `path`; call it before anything is set aside."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            self._generation = -1
            with self._locked():
                self._arrive()
        except OSError as error:
            self._alone(error)

    # -- questions and changes ----------------------------------------------------------------------------------------

    def sums(self, *limits: Limit) -> list[Sums]:
        """What was spent in each period, and is set aside."""
        with self._locked():
            data = self._look(limits)
            return [self._sums(data, limit) for limit in limits]

    def take(self, limits: Sequence[Limit], least: int, most: int, *, shared: bool = False) -> Taken:
        """Set aside as much as every limit has between `least` and `most`, once in each scope.

        `shared`: half of what is left stays free for the next request, down to `least`, where other requests have set
        something aside already.
        """
        with self._locked():
            data = self._look(limits)
            sums = [self._sums(data, limit) for limit in limits]
            refused = _refused(limits, sums, least)
            if refused and any(self._places[limit.scope].others for limit in limits) and self._bury(data):
                data = self._look(limits)
                sums = [self._sums(data, limit) for limit in limits]
                refused = _refused(limits, sums, least)
            if refused:
                return Taken(-1, sums, refused)
            granted = most
            for limit, found in zip(limits, sums, strict=True):
                if limit.nanos is not None:
                    left = limit.nanos - found.spent - found.held
                    granted = min(granted, left // 2 if shared and found.held else left)
            granted = max(least, granted)
            for scope in dict.fromkeys(limit.scope for limit in limits):
                self._hold(scope, self._held.get(scope, 0) + granted)
            return Taken(granted, sums, [])

    def settle(self, costs: Sequence[tuple[Limit, int]], released: Mapping[str, int]) -> None:
        """Give back what was set aside in each scope, and count what was spent.

        `costs`: nano-dollars for each period of a scope, whose `known` has them already.
        """
        with self._locked():
            data = self._look([limit for limit, _ in costs], released)
            for limit, cost in costs:
                if cost:
                    at = self._spent_at[limit.scope, limit.period]
                    row = _ROW.unpack_from(data, at)
                    before = row[5] if row[1] == limit.start else 0
                    self._write(at, row[0], limit.start, 0, 0, 0, max(before + cost, limit.known))
            for scope, nanos in released.items():
                self._hold(scope, max(0, self._held.get(scope, 0) - nanos))

    def renew(self) -> None:
        """Renew this program's rows; to be called at least every few seconds."""
        if self._fd < 0:
            return
        with self._locked():
            data, found = self._read(), False
            for offset, row in _rows(data):
                if row[2] == self._pid and row[3] == self._token:
                    self._write(offset, *self._own(row[0], row[5]))
                    found = True
            if not found:
                # the program stood still for so long that others counted it as ended
                self._add(data, *self._own(_PRESENT, 0))

    def close(self) -> None:
        """Free this program's rows; idempotent."""
        if self._fd < 0:
            return
        with contextlib.suppress(OSError), self._locked():
            data = self._read()
            for offset, row in _rows(data):
                if row[2] == self._pid and row[3] == self._token:
                    self._put(offset, _FREE)
        fd, self._fd = self._fd, -1
        os.close(fd)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _arrive(self) -> None:
        """Clear the file when no other program runs, else free the rows of programs that have ended."""
        data = self._read()
        ours = len(data) >= _HEADER.size and data[:8] == _MARK
        if ours:
            self._bury(data)
            data = self._read()
        if not ours or not any(row[2] for _, row in _rows(data)):
            # what was spent before is in the database, whose sums are read at the start
            generation = _HEADER.unpack_from(data)[1] + 1 if ours else 1
            os.ftruncate(self._fd, 0)
            self._put(0, _HEADER.pack(_MARK, generation))
            data = self._read()
        self._add(data, *self._own(_PRESENT, 0))

    def _look(self, limits: Sequence[Limit], scopes: Iterable[str] = ()) -> bytes | bytearray:
        """The file's content, in which every limit and every other scope has its rows."""
        data = self._read()
        generation = _HEADER.unpack_from(data)[1]
        if generation != self._generation:
            self._places.clear()
            self._spent_at.clear()
            self._generation = generation
        for limit in limits:
            if (limit.scope, limit.period) not in self._spent_at:
                self._find_spent(data, limit)
                data = self._read()
            if limit.scope not in self._places:
                self._find_held(data, limit.scope)
                data = self._read()
        for scope in scopes:
            if scope not in self._places:
                self._find_held(data, scope)
                data = self._read()
        return data

    def _find_spent(self, data: bytes | bytearray, limit: Limit) -> None:
        # the day's row has the name under which earlier versions look for it
        key = self._key(limit.scope if limit.period == "day" else f"{limit.scope}\0{limit.period}")
        at = next((offset for offset, row in _rows(data) if row[0] == key and not row[2]), None)
        self._spent_at[limit.scope, limit.period] = self._add(data, key, 0, 0, 0, 0, 0) if at is None else at

    def _find_held(self, data: bytes | bytearray, scope: str) -> None:
        key, own, others = self._key(scope), -1, []
        for offset, row in _rows(data):
            if row[0] != key or not row[2]:
                continue
            if row[2] == self._pid and row[3] == self._token:
                own = offset
            else:
                others.append(offset)
        if own < 0:
            own = self._add(data, *self._own(key, self._held.get(scope, 0)))
        self._places[scope] = _Places(own, others)

    def _sums(self, data: bytes | bytearray, limit: Limit) -> Sums:
        row = _ROW.unpack_from(data, self._spent_at[limit.scope, limit.period])
        spent = max(limit.known, row[5]) if row[1] == limit.start else limit.known
        others = self._places[limit.scope].others
        held = sum(_ROW.unpack_from(data, offset)[5] for offset in others) if others else 0
        return Sums(spent, held + self._held.get(limit.scope, 0))

    def _hold(self, scope: str, nanos: int) -> None:
        self._held[scope] = nanos
        self._write(self._places[scope].own, *self._own(self._key(scope), nanos))

    def _bury(self, data: bytes | bytearray) -> bool:
        """Free the rows of programs that have ended; True when there were any."""
        now, found = self._clock.monotonic_ns(), False
        living: dict[int, bool] = {self._pid: True}
        for offset, row in _rows(data):
            pid, until = row[2], row[4]
            if not pid or (pid == self._pid and row[3] == self._token):
                continue
            if pid not in living:
                living[pid] = alive(pid)
            # a lease far ahead was given before this machine was restarted
            if not living[pid] or not now <= until <= now + 2 * LEASE_S * 1e9:
                self._put(offset, _FREE)
                found = True
        return found

    def _own(self, key: bytes, nanos: int) -> tuple[bytes, int, int, int, int, int]:
        """A row of this program."""
        return key, 0, self._pid, self._token, self._clock.monotonic_ns() + int(LEASE_S * 1e9), nanos

    def _add(self, data: bytes | bytearray, *row: bytes | int) -> int:
        free = next((offset for offset, known in _rows(data) if known[0] == _FREE[:16]), None)
        if free is None:
            free = _HEADER.size + (len(data) - _HEADER.size) // _ROW.size * _ROW.size
        self._write(free, *row)
        generation = _HEADER.unpack_from(data)[1] + 1
        self._put(0, _HEADER.pack(_MARK, generation))
        if self._generation == generation - 1:
            # the others look again; what this program knows has not changed
            self._generation = generation
        return free

    def _key(self, name: str) -> bytes:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=16).digest()
        return key

    # -- the file -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if self._fd < 0:
            yield
            return
        self._lock()
        try:
            yield
        finally:
            unlock(self._fd)

    def _lock(self) -> None:
        end: float | None = None
        while not try_lock(self._fd):
            if self._stopped:
                return
            now = time.monotonic()
            if end is None:
                end = now + LOCK_S
            elif now > end:
                log.warning("Another program holds the file of running costs; budgets are counted without its lock.")
                self._stopped = True
                return
            time.sleep(0.0002)
        self._stopped = False

    def _read(self) -> bytes | bytearray:
        if self._fd < 0:
            return self._memory
        try:
            os.lseek(self._fd, 0, os.SEEK_SET)
            return os.read(self._fd, _MOST)
        except OSError as error:
            self._alone(error)
            return self._memory

    def _write(self, offset: int, *row: bytes | int) -> None:
        self._put(offset, _ROW.pack(*row))

    def _put(self, offset: int, content: bytes) -> None:
        if self._fd >= 0:
            try:
                os.lseek(self._fd, offset, os.SEEK_SET)
                os.write(self._fd, content)
                return
            except OSError as error:
                self._alone(error)
        if len(self._memory) < offset:
            self._memory.extend(bytes(offset - len(self._memory)))
        self._memory[offset : offset + len(content)] = content

    def _alone(self, error: OSError) -> None:
        """Go on in memory: budgets then hold for this program only."""
        log.warning("The file of running costs cannot be used (%s): budgets are counted in this program only.", error)
        fd, self._fd = self._fd, -1
        self._generation = -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)


def _rows(data: bytes | bytearray) -> Iterator[tuple[int, tuple[bytes, int, int, int, int, int]]]:
    for offset in range(_HEADER.size, len(data) - _ROW.size + 1, _ROW.size):
        yield offset, _ROW.unpack_from(data, offset)


def _refused(limits: Sequence[Limit], sums: Sequence[Sums], least: int) -> list[int]:
    """Which limits have less than `least` left; what costs nothing is refused by none."""
    if not least:
        return []
    return [
        at
        for at, (limit, found) in enumerate(zip(limits, sums, strict=True))
        if limit.nanos is not None and limit.nanos - found.spent - found.held < least
    ]
