"""What a budget costs a request: setting money aside and settling it, with the file that several programs share.

python -m tests.bench.admission [rounds]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.support.figures import row
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.holdings import Holdings
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog

ROUNDS = 5000
CHAT = Target("openai", "gpt-4o-mini", zone=Zone.CLOUD)
VOICE = Target("openai", "tts-1", zone=Zone.CLOUD)


def main(rounds: int) -> None:
    project = ProjectConfig(daily_budget=100.0, budget_action="block")
    with tempfile.TemporaryDirectory() as folder:
        shared = Holdings(Path(folder) / "v.db-budgets")
        tracker = CostTracker(None, PriceCatalog())
        budget = BudgetEnforcer({"p": project}, tracker, holdings=shared)
        meters = GatewayMeters(tracker, RateLimiter({}), budget)
        prompt = Leg(CHAT, usage=Usage(400))
        ways = {
            "chat that names its limit": lambda: meters.reserve_answer("p", prompt, 500, 1)[0],
            "chat that names none": lambda: meters.reserve_answer("p", prompt, None, 1)[0],
            "speech": lambda: meters.reserve(Modality.TTS, "p", Leg(VOICE, characters=300)),
        }
        for name, reserve in ways.items():
            admitted, settled = [], []
            for _ in range(rounds):
                began = time.perf_counter_ns()
                held = reserve()
                between = time.perf_counter_ns()
                assert held is not None
                budget.settle("p", [held], 0)
                admitted.append((between - began) / 1e6)
                settled.append((time.perf_counter_ns() - between) / 1e6)
            row(f"admission of {name}, p50", statistics.median(admitted), "ms", at_most=0.1)
            row(f"settling of {name}, p50", statistics.median(settled), "ms", at_most=0.1)
        shared.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
