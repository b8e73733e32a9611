"""Random lives of requests through the meters, against sums made here by hand: `python -m tests.bench.lives [COUNT]`.

Chats, transcriptions and speech of priced, free and unknown models end well, break, are cancelled, fall back, lose a
race, or are refused by a budget. Each cost, the running sums in memory, the sums in the database and its rows must be
those of the reference, to the nano-dollar.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench.arguments import whole
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import SystemClock
from voicegw_desktop.core.errors import BudgetError
from voicegw_desktop.core.events import EventBus, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg, RunReport
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

COUNT = 100_000
STEP_S = 0.06  # s: of this length each price of a minute is a whole number of nano-dollars
CLOUD = Zone.CLOUD
CHATS = {
    Target("openai", "gpt-4o-mini", zone=CLOUD): (150, 75, 600),
    Target("llamacpp", "smollm2-135m"): (0, 0, 0),
    Target("openai", "model-of-next-year", zone=CLOUD): None,
}
"""Nano-dollars a token: read, read from the cache, written."""
EARS = {
    Target("deepgram", "nova-3", zone=CLOUD): {(False, "en"): 4300, (True, "en"): 4800, (True, "multi"): 5800},
    Target("whisper", "tiny.en"): {},
    Target("nobody", "ears", zone=CLOUD): None,
}
"""Nano-dollars for STEP_S, by (live, language)."""
VOICES = {
    Target("openai", "tts-1", zone=CLOUD): 15_000,
    Target("elevenlabs", "eleven_flash_v2_5", zone=CLOUD): 50_000,
    Target("piper", "en_US-joe-medium"): 0,
    Target("nobody", "voice", zone=CLOUD): None,
}
"""Nano-dollars a character."""
ENDS = ["ok"] * 6 + ["error", "cancelled"]


def a_leg(chance: random.Random, modality: Modality, status: str) -> tuple[Leg, int | None]:
    """One leg, and what it costs by the tables above; None: not known."""
    if modality is Modality.LLM:
        target, prices = chance.choice(list(CHATS.items()))
        read, written = chance.randrange(1, 5000), chance.randrange(2000)
        cached = chance.choice([0, chance.randrange(read)])
        leg = Leg(target, usage=Usage(read, written, cached_tokens=cached), estimated=chance.random() < 0.2)
        cost = prices and (read - cached) * prices[0] + cached * prices[1] + written * prices[2]
    elif modality is Modality.STT:
        target, minutes = chance.choice(list(EARS.items()))
        live, language = chance.choice([(False, "en"), (True, "en"), (True, "multi")])
        steps = chance.randrange(1, 3000)
        leg = Leg(target, audio_in_s=round(steps * STEP_S, 2), streamed=live, language=language, utterances=1)
        cost = None if minutes is None else steps * minutes.get((live, language), 0)
    else:
        target, price = chance.choice(list(VOICES.items()))
        leg = Leg(target, characters=chance.randrange(1, 900), audio_out_s=1.5)
        cost = None if price is None else leg.characters * price
    leg.status = status
    return leg, cost


async def main(count: int) -> int:
    chance = random.Random(13)
    clock, bus = SystemClock(), EventBus()
    with tempfile.TemporaryDirectory() as folder:
        storage = SQLiteStorage(Path(folder) / "voicegw.db")
        writer = Writer(storage)
        await writer.start()
        tracker = CostTracker(writer, PriceCatalog(), bus, clock)
        projects = {
            "tight": ProjectConfig(daily_budget=5.0, budget_action="block"),
            "wide": ProjectConfig(daily_budget=100_000.0, budget_action="block"),
        }
        budget = BudgetEnforcer(projects, tracker, clock, bus, None)
        meters = GatewayMeters(tracker, RateLimiter({}, clock), budget)
        sums: Counter[str] = Counter()
        wrong = refused = 0
        began = time.perf_counter()
        for number in range(count):
            modality = chance.choice([Modality.LLM, Modality.STT, Modality.TTS])
            project = chance.choice(["tight", "wide", "free"])
            status = chance.choice(ENDS)
            legs: list[Leg] = []
            costs: list[int | None] = []
            held = []
            try:
                for place in range(chance.choice([1, 1, 1, 2, 3])):
                    leg, cost = a_leg(chance, modality, status if place == 0 else chance.choice(["error", "lost"]))
                    if (one := meters.reserve(modality, project, leg, key="key")) is not None:
                        held.append(one)
                    legs.insert(0, leg)
                    costs.append(cost)
            except BudgetError:
                for one in held:
                    meters.release(one)
                refused += 1
                continue
            caller = Caller(project, "openai", key_id="key")
            report = RunReport(
                f"life{number}", modality, caller, "asked", legs[-1].target, clock.time(), status, legs,
                total_ms=chance.random() * 900,
            )  # fmt: skip
            told, _ = meters.settle(report, held)
            wanted = None if None in costs else sum(cost or 0 for cost in costs)
            wrong += told != wanted
            sums[project] += wanted or 0
            sums["requests"] += 1
            sums["unpriced"] += wanted is None
            if number % 500 == 0:
                await asyncio.sleep(0)
        passed = time.perf_counter() - began
        await writer.aclose()
        stored = await storage.get_cost_summary("all")
        rows = await storage.run(
            lambda db: db.execute(
                "SELECT count(*), sum(coalesce(cost_nanos, 0)), sum(cost_nanos IS NULL) FROM requests"
            ).fetchone()
        )
        nanos = sums["tight"] + sums["wide"] + sums["free"]
        reference = (sums["requests"], nanos, sums["unpriced"])
        today = tracker.today()
        compared = {
            "sums in the database": (stored["requests"], stored["total_nanos"], stored["unpriced"]),
            "rows in the database": tuple(rows),
            "sums in memory": (today.requests, today.cost_nanos, today.unpriced),
        }
        print(f"{count:,} lives in {passed:.0f} s: {sums['requests']:,} settled, {refused:,} refused by a budget")
        print(f"{'reference':24}{reference}")
        for name, found in compared.items():
            print(f"{name:24}{found} {'equal' if found == reference else 'DIFFERENT'}")
        print(f"{'costs of a life':24}{wrong} differ from the reference")
        spent = tracker.spent("tight", "day")
        print(f"{'project tight':24}{spent / 1e9:.4f} of 5 USD {'equal' if spent == sums['tight'] else 'DIFFERENT'}")
        audit = await storage.audit_books(everything=True)
        print(f"{'audit-books':24}{len(audit['differences'])} differences")  # type: ignore[arg-type]
        await storage.aclose()
        return int(bool(wrong) or spent != sums["tight"] or any(found != reference for found in compared.values()))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(whole(1, COUNT))))
