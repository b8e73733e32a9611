"""Two projects name a session alike: each has its own, in every report and in a database of the program before."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.storage import migrate as migrating
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.queries import session_cursor
from voicegw_desktop.storage.retention import Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit

DAY = 86_400.0
THEIRS = {"model_id": "openai/theirs", "project": "other", "pricing_source": "estimate x"}
FIGURES = ("started_at", "ended_at", "modalities", "cost_nanos", "unpriced", "request_count", "estimated", "errors")


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "voicegw.db", ManualClock(NOON))
    await storage.log_request(record(session_id="room", modality="stt", model_id="whisper/base", project="sales"))
    # both in one transaction, and beside another session of the first project
    await storage.log_requests(
        [
            record(session_id="room", modality="llm", status="error", cost_nanos=7, timestamp=NOON + 60, **THEIRS),
            record(session_id="room", modality="llm", cost_nanos=None, timestamp=NOON + 90, **THEIRS),
            record(session_id="hall", project="sales", timestamp=NOON + 30),
        ]
    )
    yield storage
    await storage.aclose()


async def got(storage: SQLiteStorage, project: str | None = None) -> dict[str, Any]:
    found = await storage.get_session("room", 5, project)
    assert found is not None
    return found


async def listed(storage: SQLiteStorage) -> dict[tuple[object, object], dict[str, Any]]:
    return {(row["id"], row["project"]): row for row in await storage.list_sessions()}


async def test_each_project_has_its_own_session_of_a_name(storage: SQLiteStorage) -> None:
    rows = await listed(storage)
    assert list(rows) == [("room", "other"), ("hall", "sales"), ("room", "sales")]
    for told in (rows["room", "sales"], await got(storage, "sales")):
        assert [told[name] for name in FIGURES] == [NOON, NOON + 0.4, ["stt"], 1000, 0, 1, 0, 0]
        assert told["served_by"] == {"stt": ["whisper/base"]}
    for told in (rows["room", "other"], await got(storage, "other")):
        assert [told[name] for name in FIGURES] == [NOON + 60, NOON + 90.4, ["llm"], 7, 1, 2, 2, 1]
        assert told["served_by"] == {"llm": ["openai/theirs"]}
    assert [row["id"] for row in await storage.list_sessions(project="other")] == ["room"]
    assert [r["project"] for r in (await got(storage, "sales"))["requests"]] == ["sales"]
    assert (await storage.audit_books(everything=True))["sessions"] == []


async def test_without_a_project_the_session_that_began_last_is_told_and_who_else_has_one(
    storage: SQLiteStorage,
) -> None:
    assert [(await got(storage, of))["other_projects"] for of in (None, "sales")] == [["sales"], ["other"]]
    assert ((await got(storage))["project"], len((await got(storage))["requests"])) == ("other", 2)
    assert await storage.get_session("room", 5, "third") is None
    assert (await storage.get_session("hall") or {})["other_projects"] == []


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_hold_sessions_of_one_name_and_moment_once(tmp_path: Path, size: int) -> None:
    storage = SQLiteStorage(tmp_path / "p.db")
    names = [(id, project) for id in ("a/b", "c") for project in ("a/b", "b c", "é%2F")]
    await storage.log_requests([record(session_id=id, project=project) for id, project in names])
    seen: list[tuple[object, object]] = []
    before = None
    while rows := await storage.list_sessions(size, before=before):
        seen += [(row["id"], row["project"]) for row in rows]
        before = session_cursor(rows[-1])
    assert sorted(seen) == sorted(names)
    # a cursor of a list in which there is one project
    assert await storage.list_sessions(before=f"{NOON!r}/a") == []
    await storage.aclose()


async def test_turns_and_what_they_cost_are_of_one_project(storage: SQLiteStorage) -> None:
    await storage.log([TurnRecord("t1", "room", "sales", NOON), TurnRecord("t2", "room", "third", NOON + 5)])
    assert {project for _, project in await listed(storage)} == {"sales", "other", "third"}
    assert (await got(storage, "third"))["request_count"] == 0
    costs = await storage.get_conversation_costs(Span("x", NOON - 1))
    assert (costs["conversations"], costs["turns"], costs["cost_nanos"]) == (2, 2, 1000)


async def test_costs_by_session_tell_them_apart(storage: SQLiteStorage) -> None:
    found: Any = (await storage.get_cost_summary("all", by=("session",)))["rows"]
    assert [(row["project"], row["session"], row["cost_nanos"]) for row in found] == [
        ("other", "room", 7),
        ("sales", "hall", 1000),
        ("sales", "room", 1000),
    ]
    found = (await storage.get_cost_summary("all", by=("session", "project")))["rows"]
    assert [list(row)[:2] for row in found] == [["session", "project"]] * 3


async def test_another_price_changes_the_session_of_its_project_only(storage: SQLiteStorage) -> None:
    before = await got(storage, "sales")
    priced = await storage.reprice(
        Span("all"), "other", lambda row: (100, "list") if row.status == "success" else None,
        unknown_only=True, store=True,
    )  # fmt: skip
    assert priced["changed"] == 1
    assert [(await got(storage, "other"))[name] for name in ("cost_nanos", "unpriced", "estimated")] == [107, 0, 1]
    assert await got(storage, "sales") == before
    assert (await storage.audit_books(everything=True))["sessions"] == []


async def test_an_audit_names_the_project_of_a_session_that_differs(storage: SQLiteStorage) -> None:
    wrong = "UPDATE sessions SET request_count = 9 WHERE id = 'room'"
    await storage.run(lambda db: db.execute(f"{wrong} AND project = 'other'").rowcount)
    found: Any = (await storage.audit_books(everything=True))["sessions"]
    (one,) = found
    assert (one["session"], one["project"], one["rows"]["requests"]) == ("room", "other", 2)
    await storage.run(lambda db: db.execute(wrong).rowcount)
    found = (await storage.audit_books(everything=True))["sessions"]
    assert len(found) == 2


async def test_age_takes_the_session_of_one_project_and_leaves_the_other(storage: SQLiteStorage) -> None:
    await storage.log_request(record(session_id="room", project="sales", timestamp=NOON + 60 * DAY))
    await storage.log_request(record(session_id="last", project="sales", timestamp=NOON + 61 * DAY))
    while await storage.forget(Limits(requests=30 * DAY), NOON + 61 * DAY):
        pass
    assert list(await listed(storage)) == [("last", "sales"), ("room", "sales")]


WRITTEN = """
INSERT INTO "forgotten" VALUES('requests',1747408020.0);
INSERT INTO "requests" VALUES('a1',1750000000.0,'stt','whisper/base','whisper','sales',0.0,0.0,1000,'list',NULL,400.0,'success',NULL,NULL,NULL,'alone',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('a2',1750000001.0,'llm','openai/gpt-4o-mini','openai','sales',0.0,0.0,NULL,'list',NULL,400.0,'success',NULL,NULL,NULL,'alone',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('o2',1749913600.0,'tts','piper/joe','piper','other',0.0,0.0,70,'list',NULL,400.0,'success',NULL,NULL,NULL,'kept',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('x1',1749999991.0,'llm','openai/gpt-4o-mini','openai','sales',0.0,0.0,1000,'list',NULL,400.0,'success',NULL,NULL,NULL,'odd',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('m1',1750000000.0,'stt','whisper/base','whisper','sales',0.0,0.0,1000,'list',NULL,400.0,'success',NULL,NULL,NULL,'room',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('m2',1750000005.0,'llm','openai/gpt-4o-mini','openai','other',0.0,0.0,7,'estimate x',NULL,400.0,'error',NULL,NULL,NULL,'room',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('m3',1750000010.0,'llm','openai/gpt-4o-mini','openai','sales',0.0,0.0,NULL,'list',NULL,400.0,'success',NULL,NULL,NULL,'room',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('m4',1750000020.0,'tts','piper/joe','piper','other',0.0,0.0,9,'list',NULL,1500.0,'success',NULL,NULL,NULL,'room',NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('m5',1749999997.0,'llm','openai/gpt-4o-mini','openai','third',0.0,0.0,1,'list',NULL,NULL,'success',NULL,NULL,NULL,'room',NULL,NULL,NULL,NULL);
INSERT INTO "sessions" VALUES('alone','sales',1750000000.0,1750000001.4,'llm,stt',1000,1,2,0);
INSERT INTO "sessions" VALUES('kept','sales',1741360000.0,1749913600.4,'stt,tts',570,0,2,0);
INSERT INTO "sessions" VALUES('odd','sales',1749999990.5,1749999992.5,'llm',1000,0,1,0);
INSERT INTO "sessions" VALUES('room','sales',1749999997.0,1750000034.5,'llm,stt,tts',1017,1,5,1);
INSERT INTO "turns" VALUES('t1','room','sales',1750000001.0,1,'',0,0,2.0,NULL,300.0,NULL,NULL,NULL,NULL,NULL,0.0,NULL,0.0,NULL,0,0,0,0,0,0,NULL,NULL,NULL,'["m1"]');
INSERT INTO "turns" VALUES('t2','room','other',1750000004.0,1,'',0,0,0.0,NULL,NULL,NULL,NULL,NULL,NULL,500.0,30.0,NULL,0.0,NULL,0,0,0,0,0,0,NULL,NULL,NULL,'["m2", "m4"]');
INSERT INTO "turns" VALUES('t3','odd','other',1749999992.0,1,'',0,0,1.5,NULL,500.0,NULL,NULL,NULL,NULL,NULL,0.0,NULL,0.0,NULL,0,0,0,0,0,0,NULL,NULL,NULL,'[]');
"""  # noqa: E501
"""What the program with schema 16 wrote, by `iterdump`; o1 of the session "kept", of sales, was removed for its age."""


def written_by_16(path: Path) -> None:
    """A database of the program before: its schema, and rows that it wrote."""
    folder = path.parent / "sixteen"
    folder.mkdir()
    for number, file in migrating.migrations():
        if number <= 16:
            shutil.copy(file, folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrating.migrate(db, str(path), folder)
        db.executescript(WRITTEN)


async def test_a_database_of_the_program_before_is_split_by_project(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    written_by_16(path)
    storage = SQLiteStorage(path, ManualClock(NOON))
    found = {key: [row[name] for name in FIGURES] for key, row in (await listed(storage)).items()}
    gone = 1747408020.0
    assert found == {
        ("alone", "sales"): [NOON, NOON + 1.4, ["llm", "stt"], 1000, 1, 2, 0, 0],
        ("room", "sales"): [NOON - 1, NOON + 10.4, ["llm", "stt"], 1000, 1, 2, 0, 0],
        ("room", "other"): [NOON + 4, NOON + 34.5, ["llm", "tts"], 16, 0, 2, 1, 1],
        ("room", "third"): [NOON - 3, NOON - 3, ["llm"], 1, 0, 1, 0, 0],
        ("odd", "sales"): [NOON - 9, NOON - 8.6, ["llm"], 1000, 0, 1, 0, 0],
        ("odd", "other"): [NOON - 9.5, NOON - 7.5, [], 0, 0, 0, 0, 0],
        # what was removed is in the sums of the project that began it
        ("kept", "sales"): [NOON - 100 * DAY, gone, ["stt", "tts"], 500, 0, 1, 0, 0],
        ("kept", "other"): [NOON - DAY, NOON - DAY + 0.4, ["tts"], 70, 0, 1, 0, 0],
    }
    assert (await storage.audit_books(everything=True))["sessions"] == []
    # no more is left of the migration than the table and its indexes
    names = await storage.run(
        lambda db: db.execute(
            "SELECT name FROM sqlite_schema WHERE tbl_name = 'sessions' AND sql IS NOT NULL "
            "UNION ALL SELECT name FROM sqlite_temp_schema"
        ).fetchall()
    )
    assert sorted(name for (name,) in names) == [
        "sessions", "sessions_by_end", "sessions_by_project", "sessions_by_time"
    ]  # fmt: skip
    await storage.log_request(record(session_id="room", project="other", timestamp=NOON + 40, cost_nanos=4))
    assert [(await got(storage, of))["cost_nanos"] for of in ("sales", "other")] == [1000, 20]
    await storage.aclose()


def test_a_migration_that_is_cut_off_leaves_the_database_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    written_by_16(path)
    whole = migrating.statements
    monkeypatch.setattr(migrating, "statements", lambda script: [*list(whole(script))[:-1], "SELECT broken"])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        with pytest.raises(sqlite3.OperationalError):
            migrating.migrate(db, str(path))
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (4,)
        assert migrating.version(db) == 16
        monkeypatch.setattr(migrating, "statements", whole)
        migrating.migrate(db, str(path))
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (8,)


async def test_two_writers_at_once_make_one_row_for_each_project(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "w.db")
    await asyncio.gather(
        *(storage.log_request(record(session_id="room", project=f"p{n % 2}", cost_nanos=n)) for n in range(20))
    )
    assert [(await got(storage, f"p{n}"))["cost_nanos"] for n in (0, 1)] == [90, 100]
    await storage.aclose()
