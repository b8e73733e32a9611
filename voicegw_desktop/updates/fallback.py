"""Returns to the version before when a new one fails its trial; removes old copies once the new one serves.

A newer version brings the database to its own schema, which the version before cannot read.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from voicegw_desktop import __version__, program
from voicegw_desktop.core import packs
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.updates import state
from voicegw_desktop.updates.state import State

COPY = "before-{version}.db"
BESIDE = ("-wal", "-shm")


def keep(folder: Path, version: str, database: Path | None) -> Path | None:
    """Copy the database before `version` changes its schema; None: there is nothing to keep. Raises OSError."""
    if database is None or not database.is_file():
        return None
    copy = folder / COPY.format(version=version)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        with closing(_reader(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)
        raise OSError(f"the database {database} could not be copied before the update: {error}") from error
    return copy


def back(database: Path | None, copy: Path | None) -> None:
    """Restore the copy where the failed version has changed the schema, then remove the copy. Raises OSError."""
    if database is None or copy is None or not copy.is_file():
        return
    if _schema(database) != _schema(copy):
        for end in BESIDE:
            database.with_name(database.name + end).unlink(missing_ok=True)
        # a rename within one disk; over two, a file beside it first
        beside = database.with_name(database.name + ".back")
        shutil.copyfile(copy, beside)
        beside.chmod(0o600)
        os.replace(beside, database)
    copy.unlink(missing_ok=True)


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def _schema(path: Path) -> int | None:
    try:
        with closing(_reader(path)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return None


def refuse(now: State, version: str, why: str) -> None:
    """Record in `now` that `version` must not be started, and why."""
    now.refused[version] = why
    now.next, now.tries, now.database = "", 0, ""


def confirm(paths: Paths) -> bool:
    """Record that this version serves, so that later starts run it. True when it was on trial. Raises OSError."""
    folder = state.folder_of(paths)
    if not program.is_frozen() or program.own_folder().parent != folder:
        return False
    here = program.own_folder().name
    if state.read(folder).next != here:
        return False
    with state.changed(folder) as now:
        before = now.current
        now.current, now.next, now.tries, now.database = here, "", 0, ""
        now.refused.pop(here, None)
        if now.available == __version__:
            now.available = ""
    # the version before stays: its processes may still run
    for old in folder.iterdir():
        if old.is_dir() and old.name not in (here, before) and not old.name.startswith("."):
            shutil.rmtree(old, ignore_errors=True)
        elif old.match(COPY.format(version="*")):
            old.unlink(missing_ok=True)
    _remove_packs(paths, [program.own_folder(), folder / before if before else Path(now.base), Path(now.base)])
    return True


def _remove_packs(paths: Paths, programs: list[Path]) -> None:
    """Remove the packs that fit none of these programs, which are all that may still start."""
    fit = {offer.fits for each in programs if (offer := packs.offered_by(each / "_internal"))}
    for old in (paths.data / "packs").glob("*/"):
        if fit and packs.FITS.fullmatch(old.name) and old.name not in fit:
            shutil.rmtree(old, ignore_errors=True)
