"""A kill in the middle of retention, vacuum, backup and restore leaves the old state or the new one, whole."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.storage import copies
from voicegw_desktop.storage.histograms import total, unpack
from voicegw_desktop.storage.retention import DAY
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = [pytest.mark.fault, pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")]

CHILD = Path(__file__).with_name("upkeep_child.py")
DAYS, A_DAY = 40, 100
SHARES = (0.15, 0.4, 0.65, 0.9)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of forty days, and a backup of its first ten."""
    import asyncio

    folder = tmp_path_factory.mktemp("filled")

    async def fill() -> None:
        storage = SQLiteStorage(folder / "voicegw.db")
        for first, days in ((0, 10), (10, DAYS - 10)):
            await storage.log_requests(
                [
                    record(id=f"{day}-{n}", timestamp=NOON + day * DAY + n, metadata={"x": "y" * 300})
                    for day in range(first, first + days)
                    for n in range(A_DAY)
                ]
            )
            if not first:
                await storage.backup(folder / "backup.db")
        await storage.aclose()

    asyncio.run(fill())
    return folder


def killed(what: str, filled: Path, folder: Path) -> Iterator[tuple[sqlite3.Connection, Path]]:
    """Each database as a killed program has left it, sound, and its folder."""
    places = [folder / str(share) for share in SHARES]
    for place in places:
        place.mkdir()
        for name in ("voicegw.db", "backup.db") if what == "restore" else ("voicegw.db",):
            shutil.copy(filled / name, place / name)
        if what == "shrink":
            with closing(sqlite3.connect(place / "voicegw.db")) as db, db:
                db.execute("DELETE FROM requests WHERE rowid % 4")
    pairs = [text for place in places for text in (str(place), place.name)]
    subprocess.run([sys.executable, str(CHILD), what, *pairs], check=True)
    for place in places:
        shutil.rmtree(place / "trial")
        with closing(sqlite3.connect(place / "voicegw.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            yield db, place


def numbers(db: sqlite3.Connection) -> tuple[int, int]:
    """How many requests there are, and how many the sums have."""
    row = db.execute("SELECT (SELECT count(*) FROM requests), (SELECT sum(requests) FROM daily_costs)").fetchone()
    return int(row[0]), int(row[1])


def test_removing(filled: Path, tmp_path: Path) -> None:
    for db, _ in killed("forget", filled, tmp_path):
        (gone,) = db.execute("SELECT coalesce(max(before), 0) FROM forgotten").fetchone()
        left = sum(NOON + day * DAY + n >= gone for day in range(DAYS) for n in range(A_DAY))
        assert numbers(db) == (left, DAYS * A_DAY)


def samples(db: sqlite3.Connection) -> int:
    """How many first bytes the histograms of the years have, and what is not in them yet."""
    (waiting,) = db.execute("SELECT total(count) FROM daily_latency WHERE metric = 'ttfb'").fetchone()
    packed = db.execute("SELECT counts FROM latency WHERE project = '' AND period < 10000").fetchall()
    return int(waiting) + sum(total(dict(unpack(counts))["ttfb"]) for (counts,) in packed)


def test_adding_up(filled: Path, tmp_path: Path) -> None:
    for db, _ in killed("roll", filled, tmp_path):
        (until,) = db.execute("SELECT until FROM rolled").fetchone()
        query = "SELECT total(requests) FROM period_costs WHERE period < 10000 AND (project = '') = ?"
        years, together = (db.execute(query, (all_of_them,)).fetchone()[0] for all_of_them in (0, 1))
        (done,) = db.execute("SELECT total(requests) FROM daily_costs WHERE day <= ?", (until,)).fetchone()
        assert years == together == done
        assert samples(db) == DAYS * A_DAY


def test_giving_space_back(filled: Path, tmp_path: Path) -> None:
    for db, _ in killed("shrink", filled, tmp_path):
        assert numbers(db) == (DAYS * A_DAY // 4, DAYS * A_DAY)


def test_writing_the_file_anew(filled: Path, tmp_path: Path) -> None:
    for db, _ in killed("anew", filled, tmp_path):
        assert numbers(db) == (DAYS * A_DAY, DAYS * A_DAY)


def test_backing_up(filled: Path, tmp_path: Path) -> None:
    for db, place in killed("backup", filled, tmp_path):
        assert numbers(db) == (DAYS * A_DAY, DAYS * A_DAY)
        file = place / "backup.db"
        if file.exists():
            assert copies.examine(file).requests == DAYS * A_DAY
        else:
            # the next one removes what is left of it
            assert copies.backup(place / "voicegw.db", file).requests == DAYS * A_DAY
        assert not list(place.glob("*.part-*"))


def test_restoring(filled: Path, tmp_path: Path) -> None:
    for db, place in killed("restore", filled, tmp_path):
        assert numbers(db) in ((DAYS * A_DAY, DAYS * A_DAY), (10 * A_DAY, 10 * A_DAY))
        copies.sweep(place / "voicegw.db")
        assert not list(place.glob("*.part-*"))
