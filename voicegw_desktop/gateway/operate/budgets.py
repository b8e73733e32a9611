"""Operations on budgets: what was spent of each, how the day, week and month will end, and limits for keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import known
from voicegw_desktop.core.typed import Record, record, text
from voicegw_desktop.gateway.operate.models import database, try_row
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.storage.days import BUDGETED
from voicegw_desktop.storage.records import usd
from voicegw_desktop.storage.spent import MACHINE

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.middleware.budgets import BudgetStatus

FIELDS = (
    Param("daily", "number", "US dollars a day; null: no limit.", nullable=True),
    Param("weekly", "number", "US dollars from Monday to Sunday; null: no limit.", nullable=True),
    Param("monthly", "number", "US dollars a calendar month; null: no limit.", nullable=True),
    Param("action", "string", "What happens when one of them is spent.", choices=("warn", "throttle", "block")),
    Param("unpriced", "string", "What happens to models whose price is not known.", choices=("allow", "block")),
)


@operation("budgets", "GET", "/v1/budgets", verb="budgets")
async def budgets(gateway: Gateway, only: str | None = None) -> Record:
    """What is spent of each budget, and what the day, week and month end at when spending goes on at this pace."""
    enforcer = gateway.budget_enforcer
    keys = {info.id: info for info in gateway.keys.list(revoked=True)}

    def seen(status: BudgetStatus) -> bool:
        if only is None:
            return True
        key = keys.get(status.name) if status.kind == "key" else None
        return status.project == only or (key is not None and key.project == only)

    rows = [_row(status) for status in enforcer.statuses() if seen(status)]
    for row in rows:
        key = keys.get(str(row["name"])) if row["kind"] == "key" else None
        row["label"] = key.name if key is not None else row["name"]
        row["in_file"] = sorted(_written(gateway, row["kind"], row["name"]))
    return {"budgets": rows, "periods": _periods(gateway, only)}


def _written(gateway: Gateway, kind: object, name: object) -> Record:
    """What the file sets for the machine or a key."""
    section = record(record(gateway.file_config.data.get("budgets")).get("keys" if kind == "key" else "machine"))
    return section if kind == "machine" else record(section.get(text(name))) if kind == "key" else {}


def _row(status: BudgetStatus) -> Record:
    return {
        "kind": status.kind,
        "name": status.name,
        "period": status.period,
        "spent": usd(status.spent_nanos),
        "spent_nanos": status.spent_nanos,
        "reserved": usd(status.reserved_nanos),
        "reserved_nanos": status.reserved_nanos,
        "budget": usd(status.budget_nanos),
        "budget_nanos": status.budget_nanos,
        "forecast": usd(status.forecast_nanos),
        "forecast_nanos": status.forecast_nanos,
        "spent_at": status.spent_at,
        "status": status.status,
        "action": status.action,
        "unpriced": status.unpriced,
        "setting": status.setting,
    }


def _periods(gateway: Gateway, only: str | None) -> list[Record]:
    """The present day, week and month of everything, or of one project."""
    from voicegw_desktop.middleware.budgets import forecast

    tracker, now = gateway.cost_tracker, gateway.clock.time()
    found: list[Record] = []
    for period in BUDGETED:
        totals = tracker.total(only or MACHINE, period)
        _, begins, ends = tracker.bounds(period)
        ahead = forecast(period, totals.cost_nanos, now, begins, ends)
        nanos = None if ahead is None else ahead.nanos
        spent = known(totals.cost_nanos, totals.requests, totals.unpriced)
        found.append(
            {
                "period": period,
                "from": begins,
                "to": ends,
                "spent": usd(spent),
                "spent_nanos": spent,
                "forecast": usd(nanos),
                "forecast_nanos": nanos,
                "requests": totals.requests,
                "unpriced": totals.unpriced,
            }
        )
    return found


@operation(
    "set_budget",
    "PATCH",
    "/v1/budgets",
    Param("key", "string", "The id of the access key; none: the budget of the whole machine."),
    *FIELDS,
    verb="budgets set",
    live=True,
    whole=True,
)
async def set_budget(gateway: Gateway, key: str | None = None, **limits: object) -> Record:
    """Limit what a key, or everything on this machine, may spend; projects have theirs in `projects update`."""
    if fixed := sorted(set(limits) & set(_written(gateway, "key" if key else "machine", key))):
        at = f"budgets.keys.{key}" if key else "budgets.machine"
        raise BadRequest(f"{at}.{fixed[0]} is written in {gateway.config.path}, and the file wins.", param=fixed[0])
    if key is not None and gateway.keys.info(key) is None and not key.startswith("config:"):
        gateway.keys.working(key)
    budget_id = f"key/{key}" if key else "machine"
    await _store(gateway, budget_id, limits)
    await gateway.refresh_config()
    kind = "key" if key else "machine"
    statuses = gateway.budget_enforcer.statuses()
    return {"budgets": [_row(status) for status in statuses if (status.kind, status.name) == (kind, key or "")]}


async def _store(gateway: Gateway, budget_id: str, limits: dict[str, object]) -> None:
    # the shape of the file is a heavy import, and a command that asks a running gateway needs none of it
    from pydantic import ValidationError

    from voicegw_desktop.config.problems import describe
    from voicegw_desktop.config.schema_money import BudgetConfig

    storage = database(gateway)
    before = await storage.get_managed_budget(budget_id) or {}
    names = [param.name for param in FIELDS]
    fields = {name: value for name in names if (value := limits.get(name, before.get(name))) is not None}
    try:
        checked = BudgetConfig.model_validate(fields)
    except ValidationError as error:
        first = describe(error, BudgetConfig, {})[0]
        raise BadRequest(first, param=first.partition(":")[0]) from error
    if not fields:
        await storage.delete_managed_budget(budget_id)
        return
    await try_row(gateway, "budget", {"budget_id": budget_id, **fields})
    await storage.upsert_managed_budget(
        budget_id,
        checked.daily,
        checked.weekly,
        checked.monthly,
        checked.action if "action" in fields else None,
        checked.unpriced if "unpriced" in fields else None,
    )


async def move_budget(gateway: Gateway, old: str, new: str) -> None:
    """Give a key's stored budget to the key that takes its place."""
    if gateway.storage is None or (row := await gateway.storage.get_managed_budget(f"key/{old}")) is None:
        return
    await _store(gateway, f"key/{new}", {param.name: row.get(param.name) for param in FIELDS})
    await gateway.storage.delete_managed_budget(f"key/{old}")
    await gateway.refresh_config()
