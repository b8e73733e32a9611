"""What a budget costs a request: setting money aside and settling it, with the file that several programs share.

python -m tests.bench.admission [rounds]
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.arguments import whole
from tests.support.figures import row
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.config.schema_money import BudgetsConfig
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


DAY = {"daily_budget": 100.0, "budget_action": "block"}
LIMITS = {"daily": 100.0, "weekly": 100.0, "monthly": 100.0, "action": "block"}
KINDS = {
    "one budget": (DAY, {}),
    "nine budgets": (
        {**DAY, "weekly_budget": 100.0, "monthly_budget": 100.0},
        {"machine": LIMITS, "keys": {"k": LIMITS}},
    ),
}


def main(rounds: int) -> None:
    for kind, (project, others) in KINDS.items():
        measure(kind, ProjectConfig.model_validate(project), BudgetsConfig.model_validate(others), rounds)


def measure(kind: str, project: ProjectConfig, others: BudgetsConfig, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shared = Holdings(Path(folder) / "v.db-budgets")
        tracker = CostTracker(None, PriceCatalog())
        budget = BudgetEnforcer({"p": project}, tracker, holdings=shared, others=others)
        meters = GatewayMeters(tracker, RateLimiter({}), budget)
        prompt = Leg(CHAT, usage=Usage(400))
        ways = {
            "chat that names its limit": lambda: meters.reserve_answer("p", prompt, 500, 1, "k")[0],
            "chat that names none": lambda: meters.reserve_answer("p", prompt, None, 1, "k")[0],
            "speech": lambda: meters.reserve(Modality.TTS, "p", Leg(VOICE, characters=300), key="k"),
        }
        for name, reserve in ways.items():
            admitted, settled = [], []
            for _ in range(rounds):
                began = time.perf_counter_ns()
                held = reserve()
                between = time.perf_counter_ns()
                assert held is not None
                budget.settle("p", [held], 0, key="k")
                admitted.append((between - began) / 1e6)
                settled.append((time.perf_counter_ns() - between) / 1e6)
            row(f"{kind}: admission of {name}, p50", statistics.median(admitted), "ms", at_most=0.1)
            row(f"{kind}: settling of {name}, p50", statistics.median(settled), "ms", at_most=0.1)
        shared.close()


if __name__ == "__main__":
    main(whole(1, ROUNDS))
