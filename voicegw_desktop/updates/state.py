"""The state of updates on this machine: which version runs, which one is on trial next, which ones were refused.

`state.json` lies in the folder of the updates, beside a folder for each version. It is written as a whole, so that a
program that is killed leaves the old content or the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from voicegw_desktop.core.locks import try_lock, unlock
from voicegw_desktop.core.paths import Paths, private_dir
from voicegw_desktop.core.typed import record, text, whole

FILE, LOCK = "state.json", "lock"
LOCK_LIMIT = 5.0  # s; a change takes milliseconds
LOCK_WAIT = 0.02  # s between two tries


@dataclass
class State:
    """Versions are texts such as `0.2.0`; an empty one stands for the program as it was installed."""

    current: str = ""
    """The version that starts."""
    next: str = ""
    """A checked copy that the next start tries; empty: none."""
    tries: int = 0
    """How often `next` was started."""
    base: str = ""
    """Folder of the program as it was installed."""
    database: str = ""
    """The database file, of which a copy is kept while a version with another schema is tried; empty: no copy."""
    refused: dict[str, str] = field(default_factory=dict)
    """Versions that did not become healthy, and why."""
    serial: int = 0
    """The largest serial of the lists that were seen."""
    looked_at: float = 0.0
    """When a list was read last, Unix seconds."""
    available: str = ""
    """The newest version that a list named; empty: none is newer."""


def folder_of(paths: Paths) -> Path:
    """Where updates are kept."""
    return paths.data / "updates"


def read(folder: Path) -> State:
    """The state; an empty one where there is none, or none that can be read."""
    try:
        found = record(json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return State()
    looked = found.get("looked_at")
    return State(
        current=text(found.get("current")),
        next=text(found.get("next")),
        tries=whole(found.get("tries")) or 0,
        base=text(found.get("base")),
        database=text(found.get("database")),
        refused={name: text(why) for name, why in record(found.get("refused")).items()},
        serial=whole(found.get("serial")) or 0,
        looked_at=float(looked) if isinstance(looked, int | float) else 0.0,
        available=text(found.get("available")),
    )


@contextlib.contextmanager
def changed(folder: Path) -> Iterator[State]:
    """Read the state, and write it when the block ends without an error. Raises OSError when that cannot be done."""
    private_dir(folder)
    fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_LIMIT
        while not try_lock(fd):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Another program has locked {folder / LOCK} for {LOCK_LIMIT:.0f} s.")
            time.sleep(LOCK_WAIT)
        state = read(folder)
        yield state
        _write(folder, state)
    finally:
        unlock(fd)
        os.close(fd)


def _write(folder: Path, state: State) -> None:
    fresh = folder / f"{FILE}.{os.getpid()}.new"
    try:
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(state), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, folder / FILE)
    finally:
        fresh.unlink(missing_ok=True)
