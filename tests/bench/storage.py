"""Storage figures: what a record costs the caller, and how reports answer at a million rows.

`python -m tests.bench.storage [rows]`; prints each figure beside what it is compared with in the same run.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from tests.bench.arguments import whole
from tests.support.records import record
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

ROWS = 1_000_000
SUBMITS = 5_000
DAYS = 60
MODELS = (("llm", "openai", "gpt-4o-mini"), ("stt", "deepgram", "nova-3"), ("tts", "cartesia", "sonic-3"))


def some_records(count: int, chance: random.Random) -> list[RequestRecord]:
    """Records over two months, four projects and three models."""
    now = time.time()
    found = []
    for number in range(count):
        modality, provider, model = MODELS[number % 3]
        found.append(
            record(
                timestamp=now - chance.random() * DAYS * 86_400,
                modality=modality,
                provider=provider,
                model_id=f"{provider}/{model}",
                project=f"project-{number % 4}",
                ttfb_ms=chance.lognormvariate(5, 0.6),
                total_latency_ms=chance.lognormvariate(6.5, 0.6),
            )
        )
    return found


async def median_ms(ask: Callable[[], Awaitable[object]], times: int = 15) -> float:
    """The median time of so many answers."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def submits(folder: Path) -> None:
    """The hot path: tracker, journal line and queue, on a loop that flushes meanwhile."""
    storage = SQLiteStorage(folder / "submits.db")
    writer = Writer(storage)
    await writer.start()
    tracker = CostTracker(writer, PriceCatalog())
    took = []
    cpu = time.process_time()
    for number in range(SUBMITS):
        each = record(timestamp=time.time())
        began = time.perf_counter_ns()
        tracker.record(each)
        took.append((time.perf_counter_ns() - began) / 1e3)
        if number % 20 == 0:
            await asyncio.sleep(0.002)
    await writer.aclose()
    cpu = time.process_time() - cpu
    await storage.aclose()
    took.sort()
    print(f"submit            p50 {took[len(took) // 2]:8.1f} µs   p99 {took[len(took) * 99 // 100]:8.1f} µs")
    print(f"all work a record     {cpu / SUBMITS * 1e6:8.1f} µs of CPU, storing included")


def connection_each(folder: Path) -> None:
    """For comparison: a new connection and a commit for every record."""
    path = folder / "each.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE requests (id TEXT PRIMARY KEY, cost REAL)")
    began = time.perf_counter()
    for number in range(200):
        with closing(sqlite3.connect(path)) as db:
            db.execute("INSERT INTO requests VALUES (?, ?)", (str(number), 0.1))
            db.commit()
    print(f"(a connection each)   {(time.perf_counter() - began) / 200 * 1e6:8.1f} µs")


async def reports(folder: Path, rows: int) -> None:
    """Summaries from the sums, beside the same question asked of the rows."""
    storage = SQLiteStorage(folder / "reports.db")
    chance = random.Random(1)
    began, stored = time.perf_counter(), 0
    while stored < rows:
        stored += await storage.log_requests(some_records(min(20_000, rows - stored), chance))
    size = (
        await storage.run(
            lambda db: db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[
                0
            ]
        )
        / 1e6
    )
    print(f"\n{rows:,} rows stored in {time.perf_counter() - began:.1f} s, {size:.0f} MB")

    async def from_rows() -> object:
        sql = (
            "SELECT provider, model_id, project, modality, sum(cost_nanos), count(*) FROM requests GROUP BY 1, 2, 3, 4"
        )
        return await storage.run(lambda db: db.execute(sql).fetchall())

    for name, ask in (
        ("cost summary, all", lambda: storage.get_cost_summary("all")),
        ("cost summary, today", lambda: storage.get_cost_summary("today")),
        ("latency, all", lambda: storage.get_latency_stats("all")),
        ("latency, today", lambda: storage.get_latency_stats("today")),
        ("recent 50", lambda: storage.get_recent_requests(50)),
        ("recent 50, a project", lambda: storage.get_recent_requests(50, project="project-1")),
    ):
        print(f"{name:22} {await median_ms(ask):9.2f} ms")
    print(f"{'(cost from the rows)':22} {await median_ms(from_rows, 3):9.2f} ms")
    await storage.aclose()


async def main() -> None:
    rows = whole(1, ROWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await submits(folder)
        connection_each(folder)
        await reports(folder, rows)
    print(f"peak memory of this bench: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
