"""How the books answer at ten million requests over two years, beside an empty database.

`python -m tests.bench.scale fill FILE [ROWS]` writes them (10 M: some five minutes and 5 GB), `measure FILE` asks,
`equal FILE` compares the answers with a scan of every request. Without arguments: all three in a folder of its own.
The distribution is hard on sums: 20 projects use 66 of 264 models each, so that 1,320 pairs share each day.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from voicegw_desktop.storage.days import day_bounds
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
        levels = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'daily_latency'").fetchone() is None
        today = datetime.now().date()
        for n in range(days):
            _day(db, today - timedelta(days=days - 1 - n), rows * n // days, rows * (n + 1) // days, levels)
        db.execute("DROP INDEX filling")
        for _, sql in indexes:
            db.execute(sql)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _day(db: sqlite3.Connection, day: date, first: int, last: int, levels: bool) -> None:
    number, start, end = day_bounds(datetime(day.year, day.month, day.day, 12).timestamp())
    place: dict[str, Any] = {"day": number, "start": start, "end": end}
    db.execute("BEGIN")
    each = (end - start) / (last - first + 1)
    db.execute(_REQUESTS, {"first": first, "last": last, "start": start, "each": each})
    db.execute(_COSTS, place)
    db.execute(_SESSIONS, place)
    if not levels:
        for metric, column in (("ttfb", "ttfb_ms"), ("total", "total_latency_ms"), ("gateway", "gateway_ms")):
            db.execute(_LATENCY.format(metric, column), place)
    db.execute("COMMIT")


async def median_ms(ask: Callable[[], Awaitable[object]], most_s: float = 20.0) -> float:
    """The middle of up to TIMES answers, of fewer where they take long."""
    took: list[float] = []
    while len(took) < TIMES and sum(took) < most_s * 1e3:
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def measure(path: Path) -> None:
    """Print the middle time of each question; works with earlier versions of the program, too."""
    began = time.perf_counter()
    storage = SQLiteStorage(path)
    await storage.open()
    print(f"opened in {(time.perf_counter() - began) * 1e3:.0f} ms")
    questions: dict[str, Callable[[], Awaitable[object]]] = {}
    for period in ("today", "week", "month", "all"):
        questions[f"costs {period}"] = lambda period=period: storage.get_cost_summary(period)  # type: ignore[misc]
    for period in ("today", "month", "all"):
        questions[f"latency {period}"] = lambda period=period: storage.get_latency_stats(period)  # type: ignore[misc]
    filters: list[dict[str, Any]] = [
        {}, {"project": "project3"}, {"modality": "tts"}, {"status": "error"}, {"status": "cancelled"},
        {"project": "project3", "modality": "tts"}, {"project": "project3", "status": "error"},
        {"model_id": "provider1/model1"}, {"provider": "provider1"}, {"key_id": "key3"}, {"session_id": "s77"},
        {"project": "none"}, {"provider": "none"}, {"key_id": "none"}, {"model_id": "none"},
        {"modality": "llm", "status": "cancelled", "project": "project3"}, {"provider": "provider1", "key_id": "none"},
    ]  # fmt: skip
    for each in filters:
        name = f"last 100 {' '.join(f'{k}={v}' for k, v in each.items())}"
        questions[name] = lambda each=each: storage.get_recent_requests(100, **each)  # type: ignore[misc]
    for project in (None, "project3", "none"):
        questions[f"sessions of {project}"] = lambda project=project: storage.list_sessions(50, project)  # type: ignore[misc]
    for name, ask in questions.items():
        try:
            print(f"{name:60} {await median_ms(ask):10.2f} ms", flush=True)
        except TypeError:
            print(f"{name:60}          - (not offered)")
    await storage.aclose()


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or ["all"]
    if what == "fill":
        began = time.perf_counter()
        fill(Path(rest[0]), int(rest[1]) if len(rest) > 1 else ROWS)
        print(f"filled in {time.perf_counter() - began:.0f} s")
    elif what == "measure":
        asyncio.run(measure(Path(rest[0])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder) / "voicegw.db")
            asyncio.run(measure(Path(folder) / "voicegw.db"))
