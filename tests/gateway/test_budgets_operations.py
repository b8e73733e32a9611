"""Budgets as operations: set, shown, moved with a key that is replaced, and limited to what a caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, Forbidden, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.unit


CONFIG = "budgets: {machine: {weekly: 5, action: block}}\nprojects: {shop: {monthly_budget: 2}}\n"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    config = GatewayConfig.from_text(CONFIG, environ={})
    async with Gateway(config=config, paths=paths_below(tmp_path), clock=ManualClock(NOON)) as gateway:
        yield gateway


def rows(answer: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer["budgets"]]


async def test_a_key_is_limited_and_what_replaces_it_too(gateway: Gateway) -> None:
    key = (await gateway.keys.mint("shop", "till")).id
    answer = await run(gateway, "set_budget", {"key": key, "monthly": 1.5, "action": "block"})
    assert rows(answer, "kind", "name", "period", "budget_nanos", "action", "setting") == [
        ("key", key, "month", 1_500_000_000, "block", f"budgets.keys.{key}.monthly")
    ]
    # what is not named stays
    answer = await run(gateway, "set_budget", {"key": key, "daily": 1})
    assert rows(answer, "period", "action") == [("day", "block"), ("month", "block")]
    new = str((await run(gateway, "rotate_key", {"key_id": key, "confirm": True}))["key_id"])
    answer = await run(gateway, "budgets")
    assert ("key", new, "month") in rows(answer, "kind", "name", "period")
    assert key not in str(answer)
    await run(gateway, "set_budget", {"key": new, "daily": None, "monthly": None, "action": "warn"})
    assert new not in str(await run(gateway, "budgets"))


async def test_the_file_goes_before_and_bad_values_are_refused(gateway: Gateway) -> None:
    with pytest.raises(BadRequest, match=r"budgets\.machine\.weekly is written in"):
        await run(gateway, "set_budget", {"weekly": 1})
    told: Any = await run(gateway, "budgets")
    machine = next(row for row in told["budgets"] if row["kind"] == "machine")
    assert machine["in_file"] == ["action", "weekly"]
    projects: Any = await run(gateway, "list_projects")
    assert "monthly_budget" in next(p for p in projects["projects"] if p["id"] == "shop")["in_file"]
    answer = await run(gateway, "set_budget", {"monthly": 9})
    assert rows(answer, "period", "budget", "action") == [("week", 5, "block"), ("month", 9, "block")]
    with pytest.raises(BadRequest, match="monthly"):
        await run(gateway, "set_budget", {"monthly": -1})
    with pytest.raises(NotFound, match="no working key"):
        await run(gateway, "set_budget", {"key": "none", "monthly": 1})


async def test_a_project_has_budgets_by_week_and_month(gateway: Gateway) -> None:
    await run(gateway, "create_project", {"project_id": "lab", "weekly_budget": 3, "budget_action": "block"})
    await run(gateway, "update_project", {"project_id": "lab", "monthly_budget": 4})
    found: Any = await run(gateway, "get_project", {"project_id": "lab"})
    assert [(b["period"], b["budget_nanos"], b["action"]) for b in found["budgets"]] == [
        ("week", 3_000_000_000, "block"), ("month", 4_000_000_000, "block")
    ]  # fmt: skip
    with pytest.raises(BadRequest, match="the file wins"):
        await run(gateway, "update_project", {"project_id": "shop", "monthly_budget": 4})


async def test_who_sees_which_budgets_and_periods(gateway: Gateway) -> None:
    mine, other = (await gateway.keys.mint("shop")).id, (await gateway.keys.mint("default")).id
    for key in (mine, other):
        await run(gateway, "set_budget", {"key": key, "daily": 1})
    gateway.cost_tracker.record(record(project="shop", cost_nanos=7, timestamp=gateway.clock.time()))
    gateway.cost_tracker.record(record(project="default", cost_nanos=None, timestamp=gateway.clock.time()))
    every, own = await run(gateway, "budgets"), await run(gateway, "budgets", only="shop")
    assert rows(own, "kind", "name") == [("project", "shop"), ("key", mine)]
    assert {kind for kind, _ in rows(every, "kind", "name")} == {"project", "key", "machine"}
    periods: Any = every["periods"]
    assert [(p["period"], p["spent_nanos"], p["requests"], p["unpriced"]) for p in periods] == [
        (name, 7, 2, 1) for name in ("day", "week", "month")
    ]
    periods = own["periods"]
    assert {p["requests"] for p in periods} == {1}
    with pytest.raises(Forbidden):
        await run(gateway, "set_budget", {"daily": 1}, only="shop")


@pytest.mark.parametrize(("operation", "more"), [("set_budget", {}), ("create_project", {"project_id": "shop"})])
async def test_a_sum_that_cannot_be_is_told_with_its_value(
    tmp_path: Path, operation: str, more: dict[str, str]
) -> None:
    name = "daily" if operation == "set_budget" else "daily_budget"
    async with Gateway(paths=paths_below(tmp_path)) as made:
        with pytest.raises(BadRequest) as told:
            await run(made, operation, {**more, name: -1})
    assert told.value.message == f'{name}: it must be greater than or equal to 0 (given: "-1").'
    assert told.value.param == name
