"""Other programs open and close the database while it is in use here: no data is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.storage import copies
from voicegw_desktop.storage.sqlite import SQLiteStorage, connect

OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("CREATE TABLE other (n)").connection.commit()
connection.close()
"""


def use_and_close(path: Path) -> None:
    """Write to the database in a process of its own."""
    subprocess.run([sys.executable, "-c", OTHER, str(path)], check=True)


@pytest.mark.process
@pytest.mark.parametrize("what", ["look", "open again", "examine"])
async def test_another_program_that_closes_the_database_takes_nothing_away(tmp_path: Path, what: str) -> None:
    path = tmp_path / "voicegw.db"
    storage = SQLiteStorage(path)
    await storage.log_requests([record()])
    if what == "look":
        await storage.look()
    elif what == "open again":
        connect(path).close()
    else:
        copies.examine(path)
    use_and_close(path)
    # SQLite removes it when the last connection of all programs is closed
    assert (tmp_path / "voicegw.db-wal").exists()
    await storage.log_requests([record()])
    with closing(sqlite3.connect(path)) as seen:
        assert seen.execute("SELECT count(*) FROM requests").fetchone() == (2,)
    await storage.aclose()
