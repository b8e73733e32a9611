"""Operations on baselines: keep a period's latency, cost and errors under a name, and compare a later one with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound, did_you_mean
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.core.text import check_name, loads
from voicegw_desktop.core.typed import Record, is_record, number, record, whole
from voicegw_desktop.gateway.operate.names import check_project
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.gateway.operate.usage import FROM, PERIOD, PROJECT, TO, records_of, span

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

FILE = "baselines.json"
FEWEST = 10  # requests of a model below which nothing is compared
NAME = Param("name", "string", "What the baseline is called.", required=True, rule=check_name)


class Figures(NamedTuple):
    """One model in one period; None: not known."""

    requests: int
    p50_ms: float | None
    p95_ms: float | None
    usd_per_request: float | None
    errors: float
    """Share of the requests, 0 to 1."""


@operation("list_baselines", "GET", "/v1/baselines", verb="baseline list", whole=True)
async def list_baselines(gateway: Gateway) -> Record:
    """The baselines that are kept."""
    kept = _load(gateway.paths.config)
    return {"baselines": [{"name": name, "models": len(models)} for name, models in sorted(kept.items())]}


@operation("pin_baseline", "POST", "/v1/baselines", NAME, PERIOD, FROM, TO, PROJECT, verb="baseline pin", whole=True)
async def pin_baseline(
    gateway: Gateway, name: str, period: str = "today", project: str | None = None, **limits: str
) -> Record:
    """Keep the latency, cost and error rate of each model in a period under a name."""
    models = await _figures(gateway, period, project, limits)
    if not models:
        raise BadRequest(f"No model has {FEWEST} requests in this period; nothing is kept.", param="period")
    kept = _load(gateway.paths.config)
    kept[name] = models
    stored = {name: {model: one._asdict() for model, one in figures.items()} for name, figures in kept.items()}
    write_private(gateway.paths.config / FILE, json.dumps(stored).encode(), durable=False)
    return {"name": name, "models": [{"model": model, **figures._asdict()} for model, figures in models.items()]}


@operation(
    "check_baseline",
    "GET",
    "/v1/baselines/{name}",
    NAME,
    PERIOD,
    FROM,
    TO,
    PROJECT,
    Param("latency", "number", "How many per cent slower p50 and p95 may be.", default=20),
    Param("cost", "number", "How many per cent dearer a request may be.", default=10),
    Param("errors", "number", "How many percentage points more requests may fail.", default=2),
    verb="baseline check",
    whole=True,
)
async def check_baseline(
    gateway: Gateway,
    name: str,
    period: str = "today",
    project: str | None = None,
    latency: float = 20,
    cost: float = 10,
    errors: float = 2,
    **limits: str,
) -> Record:
    """Compare a period with a baseline.

    `ok` is false when a model is slower, dearer or fails more than allowed, and when there is nothing to compare.
    """
    for param, allowed in (("latency", latency), ("cost", cost), ("errors", errors)):
        if allowed < 0:
            raise BadRequest(f'"{param}" is {allowed:g}; write 0 or more.', param=param)
    kept = _load(gateway.paths.config)
    if name not in kept:
        raise NotFound(f'There is no baseline "{name}".{did_you_mean(name, kept)}', param="name")
    now = await _figures(gateway, period, project, limits)
    both = sorted(kept[name].keys() & now.keys())
    problems: list[str] = []
    for model in both:
        before, after = kept[name][model], now[model]
        for what, old, new, most, unit in (
            ("p50", before.p50_ms, after.p50_ms, latency, "ms"),
            ("p95", before.p95_ms, after.p95_ms, latency, "ms"),
            ("a request", before.usd_per_request, after.usd_per_request, cost, "US dollars"),
        ):
            if old is not None and new is not None and new > old * (1 + most / 100):
                more = f"{(new / old - 1) * 100:.0f} %" if old else "more than nothing"
                problems.append(
                    f"{model}: {what} went from {_told(old)} to {_told(new)} {unit} ({more}; {most:g} % allowed)."
                )
        if after.errors - before.errors > errors / 100:
            problems.append(f"{model}: {after.errors:.1%} of the requests failed, {before.errors:.1%} before.")
    if not both:
        problems.append(
            f"None of its models has {FEWEST} requests in this period, so nothing was compared; choose a longer one."
        )
    missing = sorted(kept[name].keys() - now.keys())
    return {"ok": not problems, "name": name, "compared": both, "not_used": missing, "problems": problems}


def _told(amount: float) -> str:
    """`amount` with six digits that count, and without an exponent."""
    return f"{Decimal(f'{amount:.6g}'):f}"


async def _figures(gateway: Gateway, period: str, project: str | None, limits: Mapping[str, str]) -> dict[str, Figures]:
    when = span(gateway, limits, period)
    storage = records_of(gateway)
    usage = await storage.get_usage(when, project=project)
    check_project(gateway, project, usage)
    waits = await storage.get_first_bytes(when, project, (50, 95))
    found = {}
    for row in usage:
        if row.requests < FEWEST:
            continue
        p50, p95 = waits.get(row.model, [None, None])
        priced = row.requests - row.unpriced
        dollars = row.cost_nanos / 1e9 / priced if priced else None
        found[row.model] = Figures(row.requests, p50, p95, dollars, row.errors / row.requests)
    return found


def _load(folder: Path) -> dict[str, dict[str, Figures]]:
    path = folder / FILE
    try:
        found = loads(path.read_text("utf-8"))
        if not is_record(found):
            raise ValueError("it holds no JSON object")
        return {name: {m: _read(f) for m, f in record(models).items()} for name, models in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. Delete it to start again.") from error


def _read(value: object) -> Figures:
    told = record(value)
    requests, errors = whole(told.get("requests")), number(told.get("errors"))
    if requests is None or errors is None:
        raise ValueError("a model lacks its requests or errors")
    p50, p95, dollars = (number(told.get(name)) for name in ("p50_ms", "p95_ms", "usd_per_request"))
    return Figures(requests, p50, p95, dollars, errors)
