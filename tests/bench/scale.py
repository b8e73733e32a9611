"""How reports answer at ten million requests over two years, beside an empty database.

`python -m tests.bench.scale [ROWS]` does all of it in a folder of its own (half an hour, 7 GB). One part alone:
`fill FILE [ROWS]` writes them as SQL, `roll FILE` adds days up, `measure FILE` asks, `equal FILE` compares ranges with
a scan of their requests, `start FILE` starts `voicegw serve` on it and on an empty database, in turn.
The distribution is hard on sums: 20 projects use 66 of 264 models each, so that 1,320 pairs share each day.
"""

from __future__ import annotations

# before sqlite3, as in the program: SQLite is then told not to count its memory
import voicegw_desktop.storage  # noqa: F401

# isort: split
import asyncio
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.percentiles import bucket_of
from voicegw_desktop.storage.sqlite import SQLiteStorage, connect

ROWS = 10_000_000
DAYS = 730
TIMES = 20

_REQUESTS = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last),
h AS (SELECT i, (i * 2654435761) % 4294967296 AS a, (i * 40503 + 12345) % 65521 AS b, (i / 6 * 7919) % 20 AS p FROM n),
t AS (SELECT *, (p * 5 + (a / 7 % 66) * 4) % 264 AS t FROM h),
m AS (SELECT *, 'provider' || (t % 8) AS provider, 20.0 + (a % 1009) * (b % 997) / 400.0 AS ttfb,
  CASE WHEN t < 4 THEN 'tts' WHEN t % 2 THEN 'stt' ELSE 'llm' END AS modality FROM t)
INSERT INTO requests (id, timestamp, modality, model_id, provider, project, input_units, output_units, cost_nanos,
  pricing_source, ttfb_ms, total_latency_ms, status, metadata, session_id, wire, wanted, key_id, gateway_ms)
SELECT printf('r%015d', i), :start + (i - :first) * :each, modality, provider || '/model' || t, provider,
  'project' || p, a % 3000, b % 800, CASE WHEN b % 50 THEN a % 900000 END,
  CASE WHEN b % 50 THEN 'catalogue 2026-01-01' ELSE 'unknown' END,
  ttfb, ttfb * 3, CASE WHEN b % 1000 THEN 'success' WHEN a % 10 THEN 'error' ELSE 'cancelled' END,
  '{"audio_s": 3.25, "characters": 120}', 's' || (i / 6), 'openai', provider || '/model' || t, 'key' || p,
  0.2 + b % 100 / 100.0 FROM m
"""
_COSTS = """
INSERT INTO daily_costs (day, project, provider, model_id, modality, requests, errors, fallbacks, unpriced, cost_nanos,
  input_units, output_units)
SELECT :day, project, provider, model_id, modality, count(*), sum(status = 'error'), 0, sum(cost_nanos IS NULL),
  coalesce(sum(cost_nanos), 0), sum(input_units), sum(output_units)
FROM requests WHERE timestamp >= :start AND timestamp < :end GROUP BY project, provider, model_id, modality
"""
_KEYS = """
INSERT INTO daily_keys
SELECT :day, key_id, project, count(*), sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0), 0, sum(status = 'error')
FROM requests WHERE timestamp >= :start AND timestamp < :end GROUP BY key_id, project
"""
_LATENCY = """
INSERT INTO daily_latency SELECT :day, project, provider, model_id, modality, '{0}', bucket_of({1}) AS b, count(*)
FROM requests WHERE timestamp >= :start AND timestamp < :end AND status = 'success'
GROUP BY project, provider, model_id, modality, b
"""
_SESSIONS = """
INSERT INTO sessions (id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count)
SELECT session_id, min(project), min(timestamp), max(timestamp + total_latency_ms / 1000), 'llm,stt',
  sum(coalesce(cost_nanos, 0)), sum(cost_nanos IS NULL), count(*)
FROM requests WHERE timestamp >= :start AND timestamp < :end GROUP BY session_id
ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, cost_nanos = cost_nanos + excluded.cost_nanos,
  unpriced = unpriced + excluded.unpriced, request_count = request_count + excluded.request_count
"""


def fill(path: Path, rows: int = ROWS, days: int = DAYS) -> None:
    """Requests, sums and sessions of `rows` requests over the `days` before today, written as SQL."""
    with closing(connect(path)) as db:
        db.create_function("bucket_of", 1, bucket_of, deterministic=True)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        indexes = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        db.execute("CREATE INDEX filling ON requests (timestamp)")
        today = datetime.now().date()
        for n in range(days):
            _day(db, today - timedelta(days=days - 1 - n), rows * n // days, rows * (n + 1) // days)
        db.execute("DROP INDEX filling")
        for _, sql in indexes:
            db.execute(sql)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _day(db: sqlite3.Connection, day: date, first: int, last: int) -> None:
    number, start, end = day_bounds(datetime(day.year, day.month, day.day, 12).timestamp())
    place: dict[str, Any] = {"day": number, "start": start, "end": end}
    db.execute("BEGIN")
    each = (end - start) / (last - first + 1)
    db.execute(_REQUESTS, {"first": first, "last": last, "start": start, "each": each})
    db.execute(_COSTS, place)
    db.execute(_KEYS, place)
    db.execute(_SESSIONS, place)
    for metric, column in (("ttfb", "ttfb_ms"), ("total", "total_latency_ms"), ("gateway", "gateway_ms")):
        db.execute(_LATENCY.format(metric, column), place)
    db.execute("COMMIT")


async def median_ms(ask: Callable[[], Awaitable[object]], most_s: float = 20.0) -> tuple[float, float]:
    """The middle of up to TIMES answers, of fewer where they take long: time that passed, processor time."""
    took: list[float] = []
    worked: list[float] = []
    while len(took) < TIMES and sum(took) < most_s * 1e3:
        began, at_work = time.perf_counter(), time.process_time()
        await ask()
        took.append((time.perf_counter() - began) * 1e3)
        worked.append((time.process_time() - at_work) * 1e3)
    return statistics.median(took), statistics.median(worked)


async def measure(path: Path) -> None:
    """Print the middle time of each question; works with earlier versions of the program, too."""
    began = time.perf_counter()
    storage = SQLiteStorage(path)
    await storage.open()
    await storage.get_recent_requests(1)
    print(f"opened, and asked for the newest request, in {(time.perf_counter() - began) * 1e3:.0f} ms")
    questions: dict[str, Callable[[], Awaitable[object]]] = {}
    for period in ("today", "week", "month", "all"):
        questions[f"costs {period}"] = lambda period=period: storage.get_cost_summary(period)  # type: ignore[misc]
    latencies: dict[str, Callable[[], Awaitable[object]]] = {}
    for period in ("today", "month", "all"):
        latencies[f"latency {period}"] = lambda period=period: storage.get_latency_stats(period)  # type: ignore[misc]
    filters: list[dict[str, Any]] = [
        {}, {"project": "project3"}, {"modality": "tts"}, {"status": "error"}, {"status": "cancelled"},
        {"project": "project3", "modality": "tts"}, {"project": "project3", "status": "error"},
        {"model_id": "provider1/model1"}, {"provider": "provider1"}, {"key_id": "key3"}, {"session_id": "s77"},
        {"project": "none"}, {"provider": "none"}, {"key_id": "none"}, {"model_id": "none"},
        {"modality": "llm", "status": "cancelled", "project": "project3"}, {"provider": "provider1", "key_id": "none"},
        {"key_id": "key3", "project": "project4"}, {"key_id": "key3", "model_id": "provider1/model1"},
    ]  # fmt: skip
    for each in filters:
        name = f"last 100 {' '.join(f'{k}={v}' for k, v in each.items())}"
        questions[name] = lambda each=each: storage.get_recent_requests(100, **each)  # type: ignore[misc]
    for project in (None, "project3", "none"):
        questions[f"sessions of {project}"] = lambda project=project: storage.list_sessions(50, project)  # type: ignore[misc]
    if hasattr(storage, "export"):
        from voicegw_desktop.storage.export import SOURCES

        month = Span("month", day_bounds(time.time() - 30 * 86_400)[1], day_bounds(time.time())[1])
        for form in ("csv", "jsonl"):
            questions[f"export of 30 days, {form}"] = lambda form=form: _export(  # type: ignore[misc]
                storage, SOURCES["requests"], form, month
            )
    print(f"{'':56} {'passed':>10} {'processor':>13}")
    for name, ask in {**questions, **latencies}.items():
        try:
            passed, worked = await median_ms(ask)
            print(f"{name:56} {passed:10.2f} {worked:10.2f} ms", flush=True)
        except TypeError:
            print(f"{name:56}          - (not offered)")
    await storage.aclose()


async def _export(storage: SQLiteStorage, source: Any, form: Any, span: Span) -> int:
    with tempfile.TemporaryFile() as file:
        return await storage.export(source, form, span, None, file)


async def roll(path: Path) -> None:
    """Add up and pack all days, as the gateway does beside the requests."""
    storage = SQLiteStorage(path)
    began, steps = time.perf_counter(), 0
    while await storage.roll(time.time()):
        steps += 1
    print(f"added up in {steps} steps, {time.perf_counter() - began:.0f} s")
    await storage.aclose()


async def equal(path: Path) -> None:
    """Compare the sums of ranges with a scan of their requests."""
    storage = SQLiteStorage(path)
    chance = random.Random(1)
    for _ in range(5):
        first, last = sorted(chance.sample(range(DAYS), 2))
        now = time.time()
        span = Span("range", day_bounds(now - last * 86_400)[1], now - first * 86_400)
        costs: dict[str, Any] = await storage.get_cost_summary(span)
        scanned = await storage.run(
            lambda db, span=span: db.execute(
                "SELECT count(*), sum(cost_nanos), sum(cost_nanos IS NULL) FROM requests "
                "WHERE timestamp >= ? AND timestamp < ?",
                (span.start, span.end),
            ).fetchone()
        )
        same = scanned == (costs["requests"], costs["total_nanos"], costs["unpriced"])
        print(f"{last - first:4} days, {scanned[0]:,} requests: {'equal' if same else f'{scanned} and {costs}'}")
    await storage.aclose()


def start(path: Path) -> None:
    """Print how long `voicegw serve` takes until it is ready, and its processor time until then."""
    import os

    import psutil

    took: dict[str, list[tuple[float, float]]] = {"empty": [], path.name: []}
    for name in [*took] * 5:
        with tempfile.TemporaryDirectory() as home:
            Path(home, "voicegw.yaml").write_text("serve: {port: 0}\n", "utf-8")
            env = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "VOICEGW_"))}
            env |= {"HOME": home, "XDG_RUNTIME_DIR": home, "VOICEGW_SECRET": "a secret of this measurement"}
            if name == path.name:
                env["VOICEGW_DB_PATH"] = str(path)
            began = time.perf_counter()
            command = [sys.executable, "-m", "voicegw_desktop", "serve"]
            with subprocess.Popen(command, env=env, cwd=home, stdout=subprocess.PIPE, text=True) as serve:
                assert serve.stdout is not None
                next(line for line in serve.stdout if "ready in" in line)
                passed, used = time.perf_counter() - began, psutil.Process(serve.pid).cpu_times()
                took[name].append((passed, used.user + used.system))
                serve.terminate()
    for name, times in took.items():
        passed, worked = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"serve, {name}: ready after {passed:.2f} s, {worked:.2f} s of processor time")


def main(what: str, path: Path, rows: int) -> None:
    """Run one of the parts that the module's docstring names."""
    if what in ("fill", "all"):
        began = time.perf_counter()
        fill(path, rows)
        print(f"filled in {time.perf_counter() - began:.0f} s")
    if what in ("start", "all"):
        start(path)
    for name, work in (("roll", roll), ("measure", measure), ("equal", equal)):
        if what in (name, "all"):
            asyncio.run(work(path))


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and not given[0].isdecimal():
        main(given[0], Path(given[1]), int(given[2]) if len(given) > 2 else ROWS)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main("all", Path(folder) / "voicegw.db", int(given[0]) if given else ROWS)
