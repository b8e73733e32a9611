"""Bring a database to this program's schema, one numbered SQL file after the other, each whole or not at all."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from voicegw_desktop.core.errors import ConfigError

FOLDER = Path(__file__).parent / "migrations"


def migrations(folder: Path = FOLDER) -> list[tuple[int, Path]]:
    """(number, file) of every `NNNN_name.sql`, in order; numbers start at 1 and have no gap."""
    found = sorted((int(path.name[:4]), path) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    numbers = [number for number, _ in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise RuntimeError(f"The migrations in {folder} are not numbered 1 to {len(numbers)}: {numbers}")
    return found


def migrate(connection: sqlite3.Connection, path: str, folder: Path = FOLDER) -> int:
    """Apply what is missing and return the schema's number. The connection must be in autocommit mode.

    Raises ConfigError when the database was written by a newer program.
    """
    steps = migrations(folder)
    newest = steps[-1][0] if steps else 0
    current = version(connection)
    _refuse_newer(current, newest, path)
    for number, file in steps:
        if number > current:
            _apply(connection, number, file)
    return max(current, newest)


def check(path: Path) -> None:
    """Raise ConfigError when the database was written by a newer program; a file that cannot be read passes."""
    with contextlib.suppress(sqlite3.Error, OSError):
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            current = version(connection)
        _refuse_newer(current, migrations()[-1][0], str(path))


def _refuse_newer(current: int, newest: int, path: str) -> None:
    if current > newest:
        raise ConfigError(
            f"The database {path} was written by a newer VoiceGateway Desktop (schema {current}; this one knows "
            f"{newest}). Install the newer version again, or point cost_tracking.db_path at another file.",
            code="database_too_new",
        )


def _apply(connection: sqlite3.Connection, number: int, file: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # another process may have migrated while this one waited for the lock
        if version(connection) < number:
            for statement in statements(file.read_text("utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """The single statements of an SQL script; triggers with inner semicolons stay whole."""
    pending = ""
    for part in re.split(r"(?<=;)", script):
        pending += part
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def version(connection: sqlite3.Connection) -> int:
    """The number of the database's schema; 0: it has none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
