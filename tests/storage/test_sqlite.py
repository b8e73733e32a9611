"""The database: sums, percentiles, sessions, managed rows, modes, migrations."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ConfigError
from voicegw_desktop.storage import migrate as migrating
from voicegw_desktop.storage.days import span_of
from voicegw_desktop.storage.percentiles import GROWTH, bucket_of, quantiles, value_of
from voicegw_desktop.storage.sqlite import SQLiteStorage, connect

pytestmark = pytest.mark.unit

DAY = 86_400


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "deep" / "voicegw.db", ManualClock(NOON))
    yield storage
    await storage.aclose()


async def test_costs_are_grouped_and_the_unpriced_counted_apart(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [
            record(cost_nanos=300, project="sales"),
            record(cost_nanos=None, project="sales", provider="x", model_id="x/y"),
            record(cost_nanos=50, modality="tts", provider="deepgram", model_id="deepgram/aura"),
            record(cost_nanos=7, timestamp=NOON - 3 * DAY),
            record(cost_nanos=9, timestamp=NOON - 20 * DAY),
            record(cost_nanos=11, timestamp=NOON - 200 * DAY),
        ]
    )
    today = await storage.get_cost_summary("today")
    assert (today["total_nanos"], today["requests"], today["unpriced"]) == (350, 3, 1)
    assert today["total"] == pytest.approx(350e-9)
    assert today["by_provider"]["openai"] == {
        "cost": 3e-07,
        "cost_nanos": 300,
        "requests": 1,
        "unpriced": 0,
        "estimated": 0,
        "errors": 0,
    }
    assert today["by_model"]["x/y"] == {
        "cost": None,
        "cost_nanos": None,
        "requests": 1,
        "unpriced": 1,
        "estimated": 0,
        "errors": 0,
    }
    assert set(today["by_project"]) == {"sales", "default"}
    totals = {p: (await storage.get_cost_summary(p))["total_nanos"] for p in ("week", "month", "all")}
    assert totals == {"week": 357, "month": 366, "all": 377}
    assert (await storage.get_cost_summary("all", project="sales"))["total_nanos"] == 300
    assert (await storage.get_cost_by_project("today"))["default"]["cost_nanos"] == 50
    assert (await storage.get_cost_by_modality("today"))["tts"]["requests"] == 1


async def test_a_wrong_period_is_refused_with_the_right_ones(storage: SQLiteStorage) -> None:
    with pytest.raises(BadRequest, match=r'use today, .* or all, or give .* Did you mean "week"'):
        await storage.get_cost_summary("weak")


async def test_the_same_id_counts_once(storage: SQLiteStorage) -> None:
    twice = record(session_id="s")
    assert await storage.log_requests([twice, twice]) == 1
    assert await storage.log_requests([twice]) == 0
    assert (await storage.get_cost_summary("all"))["requests"] == 1
    session = await storage.get_session("s")
    assert session is not None
    assert session["request_count"] == 1


async def test_the_sums_equal_the_rows(storage: SQLiteStorage) -> None:
    rows = [record(cost_nanos=n * n, project=f"p{n % 3}", modality=("stt", "llm", "tts")[n % 3]) for n in range(300)]
    await storage.log_requests(rows[:100])
    await storage.log_requests(rows[50:])
    stored = await storage.run(
        lambda db: db.execute("SELECT project, sum(cost_nanos) FROM requests GROUP BY 1").fetchall()
    )
    summed = await storage.get_cost_by_project("all")
    assert {p: e["cost_nanos"] for p, e in summed.items()} == dict(stored)
    assert sum(n for _, n in stored) == sum(n * n for n in range(300))


async def test_latency_percentiles_are_within_two_per_cent(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(ttfb_ms=float(n)) for n in range(1, 1001)])
    await storage.log_request(record(ttfb_ms=9e9, status="error"))
    stats = (await storage.get_latency_stats("today", percentiles=(50, 99.9)))["by_model"]["openai/gpt-4o-mini"]
    assert stats["count"] == 1000
    assert stats["ttfb_ms"] == {"p50": pytest.approx(500, rel=0.025), "p99.9": pytest.approx(999, rel=0.025)}
    assert stats["gateway_ms"]["p50"] == pytest.approx(0.5, rel=0.025)


@pytest.mark.parametrize("limits", [{}, {"start": "2025-06-15T00:01"}])
async def test_each_utterance_of_a_live_stream_is_a_sample_and_recordings_are_apart(
    storage: SQLiteStorage, limits: dict[str, str]
) -> None:
    waits = {str(bucket_of(ms)): count for ms, count in ((300, 8), (900, 1))}
    await storage.log_requests(
        [
            record(modality="stt", model_id="whisper/base", ttfb_ms=300.0, metadata={"waits": waits}),
            record(modality="stt", model_id="whisper/base", ttfb_ms=900.0),
            record(modality="stt", model_id="whisper/base", ttfb_ms=60_000.0, metadata={"recorded": True}),
        ]
    )
    # whole days come from the histograms, parts of a day from the rows
    span = span_of("all", NOON, **limits)
    assert (span.days is None) is bool(limits)
    found = (await storage.get_latency_stats(span, percentiles=(50, 90)))["by_modality"]["stt"]
    assert found["ttfb_ms"] == {"p50": pytest.approx(300, rel=0.02), "p90": pytest.approx(900, rel=0.02)}
    assert found["recorded_ms"]["p50"] == pytest.approx(60_000, rel=0.02)


def test_every_value_falls_near_its_bucket() -> None:
    for exponent in range(-40, 200):
        value = 1.1**exponent
        assert value_of(bucket_of(max(value, 0.02))) == pytest.approx(max(value, 0.02), rel=(GROWTH - 1) / 2 + 1e-9)
    assert quantiles({}, (50,)) == {50: None}
    assert (bucket_of(float("nan")), bucket_of(float("-inf"))) == (0, 0)
    assert bucket_of(float("inf")) == bucket_of(1e300)


async def test_recent_requests_filter_and_page(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [
            record(id=f"q{n}", timestamp=NOON + n, status="error" if n % 2 else "success", metadata={"n": n})
            for n in range(6)
        ]
    )
    newest = await storage.get_recent_requests(limit=2)
    assert [r["id"] for r in newest] == ["q5", "q4"]
    assert newest[0]["metadata"] == {"n": 5}
    assert newest[0]["cost_usd"] == pytest.approx(1e-6)
    older = await storage.get_recent_requests(status="error", before=newest[0]["timestamp"])
    assert [r["id"] for r in older] == ["q3", "q1"]


async def test_sessions_gather_their_requests(storage: SQLiteStorage) -> None:
    await storage.log_request(record(session_id="room", modality="stt", timestamp=NOON, project="sales"))
    await storage.log_request(
        record(session_id="room", modality="llm", timestamp=NOON + 5, cost_nanos=None, project="sales")
    )
    session = await storage.get_session("room")
    assert session is not None
    assert session["modalities"] == ["llm", "stt"]
    assert (session["request_count"], session["cost_nanos"], session["unpriced"]) == (2, 1000, 1)
    assert session["started_at"] == NOON
    assert session["ended_at"] == pytest.approx(NOON + 5.4)
    assert [r["modality"] for r in session["requests"]] == ["stt", "llm"]
    assert [s["id"] for s in await storage.list_sessions(project="sales")] == ["room"]
    assert await storage.get_session("none") is None


async def test_a_session_tells_how_many_of_its_requests_failed(storage: SQLiteStorage) -> None:
    for n, status in enumerate(("error", "success", "cancelled", "error")):
        kind = "llm" if n == 3 else "stt"
        await storage.log_request(record(session_id="bad", status=status, modality=kind, timestamp=NOON + n))
    await storage.log_request(record(session_id="good", timestamp=NOON + 9))
    assert {s["id"]: s["errors"] for s in await storage.list_sessions()} == {"bad": 2, "good": 0}
    session = await storage.get_session("bad")
    assert session is not None
    assert session["errors"] == 2


async def test_managed_providers_hold_no_key(storage: SQLiteStorage) -> None:
    with pytest.raises(BadRequest, match="voicegw providers key mine"):
        await storage.upsert_managed_provider("mine", "openai", "sk-canary-123")
    assert await storage.upsert_managed_provider("mine", "openai", None, "http://lan", {"region": "eu"}, "sales")
    assert not await storage.upsert_managed_provider("mine", "openai", None)
    row = await storage.get_managed_provider("mine")
    assert row is not None
    assert (row["provider_type"], row["base_url"], row["extra_config"]) == ("openai", None, {})
    assert not [column for column in row if "key" in column]
    assert await storage.list_managed_providers() == [row]
    await storage.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    assert b"sk-canary" not in storage.path.read_bytes()
    with pytest.raises(BadRequest, match="base_url"):
        await storage.upsert_managed_provider("other", "openai", None, extra_config={"base_url": "x"})
    assert await storage.delete_managed_provider("mine")
    assert not await storage.delete_managed_provider("mine")


async def test_managed_models_and_projects_keep_their_birthday(storage: SQLiteStorage) -> None:
    clock = storage.clock
    assert isinstance(clock, ManualClock)
    await storage.upsert_managed_model("local/w", "stt", "whisper", "base", enabled=False)
    clock.advance(60)
    await storage.upsert_managed_model("local/w", "stt", "whisper", "tiny.en", extra_config={"beam_size": 2})
    model = await storage.get_managed_model("local/w")
    assert model is not None
    assert (model["model_name"], model["enabled"], model["extra_config"]) == ("tiny.en", True, {"beam_size": 2})
    assert model["updated_at"] - model["created_at"] == 60
    await storage.upsert_managed_project("sales", daily_budget=2.5, budget_action="block", tags=["a", "b"])
    assert (await storage.list_managed_projects())[0]["tags"] == ["a", "b"]
    assert await storage.get_managed_project("none") is None
    assert await storage.delete_managed_model("local/w")
    assert await storage.delete_managed_project("sales")


async def test_the_audit_log_is_newest_first(storage: SQLiteStorage) -> None:
    await storage.log_audit_event("project", "sales", "create", {"daily_budget": [None, 5]}, "cli")
    await storage.log_audit_event("provider", "mine", "delete")
    assert [e["entity_id"] for e in await storage.get_audit_log()] == ["mine", "sales"]
    (entry,) = await storage.get_audit_log(entity_type="project")
    assert (entry["changes_json"], entry["source"]) == ({"daily_budget": [None, 5]}, "cli")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
async def test_only_the_owner_may_read(storage: SQLiteStorage, tmp_path: Path) -> None:
    storage.path.parent.mkdir()
    storage.path.touch(mode=0o644)
    await storage.log_request(record())
    files = list(storage.path.parent.iterdir())
    assert {f.name for f in files} >= {"voicegw.db", "voicegw.db-wal", "voicegw.db-shm"}
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}


async def test_many_first_callers_share_one_connection(storage: SQLiteStorage) -> None:
    await asyncio.gather(*(storage.log_request(record()) for _ in range(20)))
    assert (await storage.get_cost_summary("all"))["requests"] == 20
    await storage.aclose()
    await storage.aclose()
    assert (await storage.get_cost_summary("all"))["requests"] == 20


async def test_a_failing_transaction_leaves_nothing(storage: SQLiteStorage) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO config_audit_log VALUES (1, 0, 'a', 'b', 'c', '{}', 'd')")
        raise LookupError("stop")

    with pytest.raises(LookupError):
        await storage.transaction(half)
    assert await storage.get_audit_log() == []


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 9999")
    raw.close()
    storage = SQLiteStorage(path)
    with pytest.raises(ConfigError, match=r"newer VoiceGateway Desktop \(schema 9999"):
        await storage.open()
    await storage.aclose()


async def test_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    path.write_bytes(b"my holiday photographs" * 1000)
    storage = SQLiteStorage(path)
    with pytest.raises(ConfigError, match="move the file away"):
        await storage.open()
    await storage.aclose()


def test_a_broken_migration_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrating.FOLDER, folder)
    number = len(migrating.migrations()) + 1
    step = folder / f"{number:04}_next.sql"
    step.write_text("CREATE TABLE half (a);\nINSERT INTO nowhere VALUES (1);\n")
    db = connect(tmp_path / "v.db")
    try:
        with pytest.raises(sqlite3.OperationalError):
            migrating.migrate(db, "v.db", folder)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
        step.write_text(
            "CREATE TABLE half (a);\nCREATE TRIGGER t AFTER INSERT ON half BEGIN DELETE FROM half; SELECT 1; END;\n"
        )
        assert migrating.migrate(db, "v.db", folder) == number
        assert migrating.migrate(db, "v.db", folder) == number
    finally:
        db.close()


def test_a_look_at_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "v.db")
    with pytest.raises(sqlite3.Error):
        storage.read_now(lambda db: db.execute("SELECT 1").fetchone())
    assert not list(tmp_path.iterdir())
