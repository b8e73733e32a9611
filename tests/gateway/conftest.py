"""Programs with the real meters on one database, for tests of budgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.budget_programs import Desk, Program, Wordy
from tests.support.corridors import World
from tests.support.listening import Listener
from tests.support.records import ListSink
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.holdings import Holdings
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """`desk(cap in micro-dollars, programs=1, **sections)`"""
    opened: list[Holdings] = []

    def make(cap: float, programs: int = 1, project: dict[str, Any] | None = None, **sections: Any) -> Desk:
        clock = ManualClock()
        settings = {"daily_budget": cap / 1e6, "budget_action": "block", "allow_local_to_cloud": True}
        config = {"projects": {"default": settings | (project or {})}, **sections}
        return Desk([program(VoiceGatewaySchema.model_validate(config), clock) for _ in range(programs)])

    def program(config: VoiceGatewaySchema, clock: ManualClock) -> Program:
        sink, bus = ListSink(), EventBus()
        tracker = CostTracker(sink, PriceCatalog(), clock=clock)
        opened.append(Holdings(tmp_path / "v.db-budgets"))
        budget = BudgetEnforcer(config.projects, tracker, clock, bus, None, opened[-1], others=config.budgets)
        meters: Any = GatewayMeters(tracker, RateLimiter({}, clock), budget)
        world = World(config, bus=bus, clock=clock, meters=meters, patience=Patience())
        world.llm = Wordy(world.script)
        listener = Listener()
        for name in ("deepgram", "assemblyai", "groq", "whisper"):
            world.backends.register(name, stt=listener, llm=world.llm)
        world.backends.register("openai", stt=listener, llm=world.llm, tts=world.tts)
        return Program(world, sink, tracker, budget)

    yield make
    for one in opened:
        one.close()
