"""The figures of a period are stored under a name, and a later period is compared with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operate.baselines import FILE
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.unit

DAY = 86_400


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    config = GatewayConfig.from_text("", environ={})
    async with Gateway(config=config, paths=paths_below(tmp_path), clock=ManualClock(NOON)) as gateway:
        yield gateway


async def store(gateway: Gateway, **changes: object) -> None:
    assert gateway.storage is not None
    await gateway.storage.log_requests([record(**changes) for _ in range(20)])


async def test_a_later_period_is_compared_with_the_baseline(gateway: Gateway) -> None:
    await store(gateway, timestamp=NOON - DAY)
    await store(gateway, timestamp=NOON - DAY, model_id="openai/gone")
    pinned = await run(gateway, "pin_baseline", {"name": "before", "period": "yesterday"})
    assert [m["model"] for m in pinned["models"]] == ["openai/gone", "openai/gpt-4o-mini"]
    # a little slower is allowed
    await store(gateway, ttfb_ms=115.0)
    good = await run(gateway, "check_baseline", {"name": "before"})
    assert (good["ok"], good["compared"], good["not_used"]) == (True, ["openai/gpt-4o-mini"], ["openai/gone"])
    strict = await run(gateway, "check_baseline", {"name": "before", "latency": 5})
    assert [p.split(":")[1].split()[0] for p in strict["problems"]] == ["p50", "p95"]
    # dearer, and half of them fail
    await store(gateway, cost_nanos=2_000, status="error")
    bad = await run(gateway, "check_baseline", {"name": "before"})
    assert not bad["ok"]
    assert bad["problems"] == [
        "openai/gpt-4o-mini: a request went from 0.000001 to 0.0000015 US dollars (50 %; 10 % allowed).",
        "openai/gpt-4o-mini: 50.0% of the requests failed, 0.0% before.",
    ]
    assert (await run(gateway, "list_baselines"))["baselines"] == [{"name": "before", "models": 2}]


async def test_a_period_in_which_nothing_can_be_compared_is_not_ok(gateway: Gateway) -> None:
    await store(gateway)
    await run(gateway, "pin_baseline", {"name": "now"})
    told = await run(gateway, "check_baseline", {"name": "now", "period": "yesterday"})
    assert (told["ok"], told["compared"], told["not_used"]) == (False, [], ["openai/gpt-4o-mini"])
    assert "nothing was compared" in told["problems"][0]


async def test_what_cannot_be_kept_or_compared(gateway: Gateway) -> None:
    with pytest.raises(BadRequest, match="nothing is kept"):
        await run(gateway, "pin_baseline", {"name": "before"})
    with pytest.raises(NotFound, match='no baseline "befor"'):
        await run(gateway, "check_baseline", {"name": "befor"})
    await store(gateway)
    await run(gateway, "pin_baseline", {"name": "before"})
    with pytest.raises(BadRequest, match='"cost" is -1; write 0 or more'):
        await run(gateway, "check_baseline", {"name": "before", "cost": -1})
    with pytest.raises(BadRequest, match="choose another name"):
        await run(gateway, "pin_baseline", {"name": "a\x1b[2J"})
    (gateway.paths.config / FILE).write_text('{"before": {"m": {"p50_ms": 1}}}', "utf-8")
    with pytest.raises(ConfigError, match="Delete it to start again"):
        await run(gateway, "list_baselines")
