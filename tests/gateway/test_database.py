"""What a gateway does when its database is deleted, damaged, replaced or cannot be written: keys and budgets hold."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError, DatabaseUnavailable
from voicegw_desktop.core.events import Notice
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import database
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.secrets import keys
from voicegw_desktop.storage import opening

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted or replaced there"),
]


def gateway(folder: Path, notices: list[Notice]) -> Gateway:
    paths = paths_below(folder)
    paths.config.mkdir(parents=True, exist_ok=True)
    (paths.config / "voicegw.yaml").write_text("projects: {p: {daily_budget: 1, budget_action: block}}")
    made = Gateway(paths=paths, clock=ManualClock())
    made.bus.subscribe(notices.append, Notice)
    return made


async def settled(made: Gateway) -> None:
    assert made.storage is not None
    if made.storage._following is not None:
        await made.storage._following


def codes(notices: list[Notice]) -> list[str]:
    return [n.code for n in notices if n.code.startswith(("database", "keys"))]


@pytest.mark.parametrize("harm", ["deleted", "header", "table"])
async def test_keys_records_and_budget_outlive_the_file(tmp_path: Path, harm: str) -> None:
    notices: list[Notice] = []
    async with gateway(tmp_path, notices) as made:
        assert made.storage is not None
        assert made.cost_tracker is not None
        minted = await made.keys.mint("p", "agent", ["inference"])
        made.cost_tracker.record(record(id="paid", project="p", cost_nanos=7, timestamp=made.clock.time()))
        await made.writer.flush()  # type: ignore[union-attr]
        await made.storage.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        if harm == "deleted":
            for file in made.database.parent.glob(f"{made.database.name}*"):
                file.unlink()
        else:
            at = 0 if harm == "header" else made.database.stat().st_size // 2
            with made.database.open("r+b") as file:
                file.seek(at)
                file.write(os.urandom(4096 * 8))
        await made.storage.look()
        await settled(made)
        assert codes(notices) == ["database_restored" if harm == "deleted" else "database_damaged"]
        assert made.cost_tracker.spent("p", "day") == 7
        made.cost_tracker.record(record(id="after", project="p", cost_nanos=5, timestamp=made.clock.time()))
        assert made.cost_tracker.spent("p", "day") == 12
        assert "after" in {row["id"] for row in await made.storage.get_recent_requests()}
        assert (await run(made, "status"))["database_problem"] is None
    async with gateway(tmp_path, []) as again:
        info = again.keys.verify_bearer(minted.bearer)
        assert info is not None
        assert (info.project, info.scopes) == ("p", ("inference",))
        assert len(again.keys.list()) == 1


async def test_a_replaced_file_brings_its_own_keys(tmp_path: Path) -> None:
    async with gateway(tmp_path / "other", []) as other:
        theirs = await other.keys.mint("p", "theirs", ["read"])
    notices: list[Notice] = []
    async with gateway(tmp_path / "mine", notices) as made:
        assert made.storage is not None
        mine = await made.keys.mint("p", "mine", ["read"])
        for end in opening.BESIDE:
            made.database.with_name(made.database.name + end).unlink(missing_ok=True)
        os.replace(other.database, made.database)
        await made.storage.look()
        await settled(made)
        assert codes(notices) == ["database_replaced"]
        assert made.keys.verify_bearer(theirs.bearer) is not None
        assert made.keys.verify_bearer(mine.bearer) is None


async def test_a_database_that_cannot_be_written_starts_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, []) as before:
        minted = await before.keys.mint("p", "agent", ["read"])
    refused = OSError(errno.EROFS, os.strerror(errno.EROFS))
    notices: list[Notice] = []
    made = gateway(tmp_path, notices)
    with monkeypatch.context() as patch:

        def connect(path: Path) -> sqlite3.Connection:
            raise ConfigError("it cannot be opened") from refused

        def no_connect(*_args: object, **options: object) -> sqlite3.Connection:
            if options.get("uri"):
                return real(*_args, **options)
            raise sqlite3.OperationalError("unable to open database file")

        real = sqlite3.connect
        patch.setattr(opening, "connect", connect)
        patch.setattr(keys.sqlite3, "connect", no_connect)
        await made.start()
        assert made.storage is not None
        assert codes(notices) == ["database_not_writable"]
        assert made.keys.verify_bearer(minted.bearer) is not None
        assert "cannot be written" in (await run(made, "status"))["database_problem"]
        for check in (await run(made, "doctor"))["checks"]:
            if check["check"] == "database":
                assert check["state"] == "error"
        with pytest.raises(DatabaseUnavailable) as caught:
            await run(made, "create_key", {"project": "p"})
        assert caught.value.status == 503
    await made.storage.look()
    await settled(made)
    assert codes(notices) == ["database_not_writable", "database_writable"]
    await made.keys.mint("p", "now", ["read"])
    await made.aclose()


async def test_the_file_is_looked_at_within_five_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database.LOOK * 2 < 5
    monkeypatch.setattr(database, "LOOK", 0.001)
    notices: list[Notice] = []
    async with gateway(tmp_path, notices) as made:
        told = asyncio.Event()
        made.bus.subscribe(lambda _notice: told.set(), Notice)
        made.database.unlink()
        async with asyncio.timeout(60):
            await told.wait()
        assert codes(notices) == ["database_restored"]
