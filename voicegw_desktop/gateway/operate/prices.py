"""Operations on prices: those in force, missing ones, own prices, and past requests at other prices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound, did_you_mean
from voicegw_desktop.core.money import known
from voicegw_desktop.core.text import check_path_name, counted, shown
from voicegw_desktop.core.typed import records
from voicegw_desktop.gateway.operate.names import check_project, check_provider
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import (
    FROM,
    PERIOD,
    PROJECT,
    TO,
    records_of,
    span,
)
from voicegw_desktop.pricing import own
from voicegw_desktop.pricing.again import amounts_of, can_be_priced_again, of_sum
from voicegw_desktop.pricing.catalog import RATES, Price, PriceCatalog, read_price
from voicegw_desktop.storage.records import ESTIMATE, usd

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.storage.costs import ModelUsage
    from voicegw_desktop.storage.repricing import Stored

OLD = 180  # days after which a price should be looked at again
FAR = 0.05  # how far an own price may be from the list's before it is told
SMALLEST = Decimal("1e-9")  # US dollars of a price: money is counted in billionths
MONTH = "this-month"
THIS_MONTH = replace(PERIOD, default=MONTH)
TARGET = Param("target", "string", "provider/model; a * at its end matches what begins like it.", required=True)
AMOUNTS = tuple(
    Param(
        name,
        "decimal",
        "US dollars a minute." if name in ("audio_minute", "streaming") else "US dollars an hour of audio."
        if name == "audio_hour" else "US dollars a million.",
    )
    for name in RATES
)  # fmt: skip


@operation(
    "prices",
    "GET",
    "/v1/prices",
    Param("provider", "string", "Only of this provider."),
    verb="prices list",
)
async def prices(gateway: Gateway, provider: str | None = None) -> dict[str, object]:
    """Every price in force: amounts in US dollars, where it is from and how old it is.

    A model has a row more for each service tier (`tier`) and for longer prompts (`prompt_above`, in tokens).
    """
    today = _today(gateway)
    found = [
        {
            "target": target,
            **when,
            **each.amounts(),
            "from": _origin(gateway, target) if price.override else "list",
            "source": price.source or None,
            "date": price.date or None,
            "age_days": _age(price, today),
        }
        for target, price in sorted(gateway.prices.entries().items())
        if provider in (None, target.partition("/")[0])
        for when, each in price.cases()
    ]
    check_provider(gateway, provider, found)
    return {"prices": found}


@operation("price_gaps", "GET", "/v1/prices/gaps", THIS_MONTH, FROM, TO, PROJECT, verb="prices gaps")
async def price_gaps(
    gateway: Gateway, period: str = MONTH, project: str | None = None, **limits: str
) -> dict[str, object]:
    """Models that were used in a period and have requests without a known price."""
    summary = await records_of(gateway).get_cost_summary(
        span(gateway, limits, period), project=project, by=("provider", "model", "modality")
    )
    check_project(gateway, project, summary["requests"])
    return {
        "gaps": [
            {
                "target": row["model"],
                **{name: row[name] for name in ("modality", "requests", "unpriced")},
                "priced_now": gateway.prices.find(str(row["provider"]), _name(str(row["model"]))) is not None,
            }
            for row in records(summary["rows"])
            if row["unpriced"]
        ]
    }


@operation("check_prices", "GET", "/v1/prices/check", verb="prices check", whole=True)
async def check_prices(gateway: Gateway) -> dict[str, object]:
    """What should be looked at: old or missing prices of models used this month, own prices far from the list."""
    today, listed = _today(gateway), await asyncio.to_thread(PriceCatalog().entries)
    used = await _used(gateway)
    problems: list[str] = []
    old = 0
    for target, price in sorted(gateway.prices.entries().items()):
        age = _age(price, today)
        if age is not None and age > OLD:
            old += 1
            if any(price is gateway.prices.find(*model) for model in used):
                problems.append(f"{target}: the price was read {age} days ago ({price.source}).")
        theirs = listed.get(target)
        if not price.override or theirs is None:
            continue
        for name, ours in price.amounts().items():
            other = theirs.amounts().get(name)
            if other is not None and abs(Decimal(ours) - Decimal(other)) > Decimal(other) * Decimal(str(FAR)):
                problems.append(f"{target}: {name} is {ours} by {_origin(gateway, target)}, and {other} in the list.")
    problems += [f"{'/'.join(m)}: {counted(n, 'request')} of this month without a price." for m, n in used.items() if n]
    return {"ok": not problems, "problems": problems, "old_prices": old}


async def _used(gateway: Gateway) -> dict[tuple[str, str], int]:
    """(provider, model) of every model used this month → its requests without a price."""
    if gateway.storage is None:
        return {}
    rows = await gateway.storage.get_usage(span(gateway, {}, MONTH))
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        model = (row.provider, _name(row.model))
        found[model] = found.get(model, 0) + row.unpriced
    return found


@operation("set_price", "POST", "/v1/prices", TARGET, *AMOUNTS, verb="prices set", live=True, whole=True)
async def set_price(gateway: Gateway, target: str, **amounts: str) -> dict[str, object]:
    """Set what you pay for a model; it overrides the price list, and voicegw.yaml overrides it."""
    provider, slash, model = target.partition("/")
    if not (slash and provider and model):
        raise BadRequest(f'"{target}" is no model: write provider/model, as in openai/gpt-4o.', param="target")
    check_path_name(target, "target")
    given = {name: value for name, value in amounts.items() if value is not None}
    if not given:
        raise BadRequest(f"No amount is given; give some of {', '.join(RATES)}, in US dollars.", param="target")
    for name, value in given.items():
        if Decimal(value) % SMALLEST:
            raise BadRequest(f'"{name}" is {value}; a price has at most nine decimal places.', param=name)
    try:
        read_price(target, given)
    except ConfigError as error:
        raise BadRequest(str(error), param="target") from error
    stored = own.load(gateway.paths.config)
    before = stored.get(provider, {}).get(model)
    stored.setdefault(provider, {})[model] = given
    own.save(gateway.paths.config, stored)
    await gateway.refresh_config()
    hidden = model in gateway.config.prices.get(provider, {})
    note = {"note": f"{gateway.config.path} has a price for {target}, which goes first."} if hidden else {}
    return {"target": target, "price": given, "before": before, **note}


@operation("unset_price", "DELETE", "/v1/prices/{target:.+}", TARGET, verb="prices unset", live=True, whole=True)
async def unset_price(gateway: Gateway, target: str) -> dict[str, object]:
    """Take an own price back that a command has set."""
    provider, _, model = target.partition("/")
    stored = own.load(gateway.paths.config)
    before = stored.get(provider, {}).pop(model, None)
    if before is None:
        written = model in gateway.config.prices.get(provider, {})
        where = f" It is written in {gateway.config.path}; remove it there." if written else ""
        raise NotFound(f'No command has set a price for "{target}".{where}', param="target")
    own.save(gateway.paths.config, {name: models for name, models in stored.items() if models})
    await gateway.refresh_config()
    return {"target": target, "removed": before}


@operation(
    "reprice",
    "POST",
    "/v1/prices/reprice",
    PERIOD,
    FROM,
    TO,
    PROJECT,
    Param("every", "boolean", "Also requests whose cost is known, where today's price gives another.", default=False),
    verb="prices reprice",
    destructive=True,
    live=True,
    whole=True,
)
async def reprice(
    gateway: Gateway,
    period: str = "today",
    project: str | None = None,
    every: bool = False,
    confirm: bool = False,
    **limits: str,
) -> dict[str, object]:
    """Price stored requests again whose price was not known; what they cost before stays in their metadata."""
    catalog = gateway.prices

    def priced(row: Stored) -> tuple[int, str] | None:
        price = catalog.find(row.provider, _name(row.model_id))
        amounts = amounts_of(row.modality, row.input_units, row.output_units, row.metadata)
        if price is None or not can_be_priced_again(row.status, price, row.metadata, amounts.streamed):
            return None
        nanos = price.of(amounts)
        if nanos is None:
            return None
        label = price.label(amounts)
        guessed = bool(row.metadata.get("estimated")) and not label.startswith(ESTIMATE)
        return nanos, f"{ESTIMATE} {label.removeprefix('catalogue ')}" if guessed else label

    found = await records_of(gateway).reprice(
        span(gateway, limits, period), project, priced, unknown_only=not every, store=confirm
    )
    check_project(gateway, project, found["requests"])
    if confirm and found["changed"]:
        # budgets count today
        await gateway.parts.cost_tracker.follow(records_of(gateway), gateway.writer)
    told: dict[str, object] = {
        "requests": found["requests"],
        "changed": found["changed"],
        "cost_before": usd(known(found["before_nanos"], found["requests"], found["unpriced_before"])),
        "cost_after": usd(known(found["after_nanos"], found["requests"], found["unpriced_after"])),
        "unpriced_before": found["unpriced_before"],
        "unpriced_after": found["unpriced_after"],
    }
    return told if confirm else preview(f"price {found['changed']} stored requests again", **told)


@operation(
    "what_if",
    "GET",
    "/v1/what-if",
    THIS_MONTH,
    FROM,
    TO,
    PROJECT,
    Param("stack", "string", "The stack that would have served; without it and without targets, each stack."),
    Param("stt", "string", "provider/model that would have transcribed."),
    Param("llm", "string", "provider/model that would have answered."),
    Param("tts", "string", "provider/model that would have spoken."),
    verb="what-if",
)
async def what_if(
    gateway: Gateway,
    period: str = MONTH,
    project: str | None = None,
    stack: str | None = None,
    stt: str | None = None,
    llm: str | None = None,
    tts: str | None = None,
    **limits: str,
) -> dict[str, object]:
    """What a period would have cost on another stack, with its minutes, tokens and characters as they were."""
    when = span(gateway, limits, period)
    targets = {name: target for name, target in (("stt", stt), ("llm", llm), ("tts", tts)) if target is not None}
    for modality, target in targets.items():
        _check_priced(gateway, modality, target)
    rows = await records_of(gateway).get_usage(when, project=project)
    check_project(gateway, project, rows)
    served = usd(_known(rows))
    base = {"period": when.name, "from": when.start, "to": when.end, "project": project, "served": served}
    if stack is None and not targets:
        compared = {name: _compared(gateway, rows, _of_stack(gateway, name)) for name in gateway.config.stacks}
        stacks = [{"stack": name, **sums} for name, (sums, _) in compared.items()]
        return {**base, "stacks": stacks}
    sums, parts = _compared(gateway, rows, {**(_of_stack(gateway, stack) if stack else {}), **targets})
    return {**base, **sums, "rows": parts}


def _of_stack(gateway: Gateway, name: str) -> dict[str, str]:
    stack = gateway.config.stacks.get(name)
    if stack is None:
        raise NotFound(f'There is no stack "{name}".{did_you_mean(name, gateway.config.stacks)}', param="stack")
    return {modality: target for modality, target in stack if target}


def _compared(
    gateway: Gateway, rows: Sequence[ModelUsage], targets: Mapping[str, str]
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """`{would_cost, saved, unpriced, not_compared}` of the rows of a period at other targets, and each row.

    What is saved is that of the rows whose whole cost is known on both sides; the other rows have `not_compared`
    requests. `unpriced` requests have no price there.
    """
    saved = instead = requests = missing = left_out = 0
    compared = False
    parts: list[dict[str, object]] = []
    for row in rows:
        target, before = targets.get(row.modality), _known([row])
        nanos = before if target is None else _instead(gateway, target, row)
        instead += nanos or 0
        requests += row.requests
        missing += row.unpriced if target is None else row.requests if nanos is None else 0
        if nanos is not None and before is not None and (target is None or not row.unpriced):
            saved += nanos - before
            compared = True
        else:
            left_out += row.requests
        parts.append(
            {
                "modality": row.modality,
                "model": row.model,
                "requests": row.requests,
                "served": usd(before),
                "instead": target or row.model,
                "would_cost": usd(nanos),
            }
        )
    difference = saved if compared or not rows else None
    sums = {"would_cost": usd(known(instead, requests, missing)), "saved": usd(difference)}
    return {**sums, "unpriced": missing, "not_compared": left_out}, parts


def _known(rows: Sequence[ModelUsage]) -> int | None:
    """What the rows have cost; None when no price of them is known."""
    return known(*(sum(getattr(row, name) for row in rows) for name in ("cost_nanos", "requests", "unpriced")))


def _instead(gateway: Gateway, target: str, row: ModelUsage) -> int | None:
    provider, name = _parts(target, row.modality)
    if _free(gateway, provider, name):
        return 0
    price = gateway.prices.find(provider, name)
    if price is None:
        return None
    return of_sum(price, row.modality, row.requests, row.input_units, row.output_units)


def _check_priced(gateway: Gateway, modality: str, target: str) -> None:
    """Raise NotFound for a target without a price, BadRequest for one whose price is for something else.

    What a person types may be misspelled, and an answer without its price would look complete.
    """
    provider, name = _parts(target, modality)
    if _free(gateway, provider, name):
        return
    price = gateway.prices.find(provider, name)
    if price is None:
        raise NotFound(
            f'"{modality}" is "{shown(target)}", which has no price.{did_you_mean(target, gateway.prices.entries())} '
            "Choose one of `voicegw prices list`, or give it a price by `voicegw prices set`.",
            param=modality,
        )
    if not price.covers(modality):
        raise BadRequest(
            f'"{modality}" is "{shown(target)}", whose price is not for {modality}. Choose another of '
            "`voicegw prices list`, or give it a price by `voicegw prices set`.",
            param=modality,
        )


def _free(gateway: Gateway, provider: str, name: str) -> bool:
    """Whether the model runs on this machine or in the private network, or has a price of nothing."""
    # the command line loads this module without the configuration's schema, which takes longer than the rest of it
    from voicegw_desktop.routing.egress import zone_of

    return gateway.prices.free(provider, name, zone_of(gateway.config, provider))


def _parts(target: str, modality: str) -> tuple[str, str]:
    """The provider and the model of a target, without the language or voice."""
    provider, slash, model = target.partition("/")
    if not (slash and provider and model):
        raise BadRequest(
            f'"{modality}" is "{shown(target)}", which is no target; write provider/model, as in openai/gpt-4o.',
            param=modality,
        )
    return provider, model.partition(":")[0] if modality != "llm" else model


def _name(model_id: str) -> str:
    return model_id.partition("/")[2]


def _today(gateway: Gateway) -> date:
    return datetime.fromtimestamp(gateway.clock.time(), UTC).date()


def _age(price: Price, today: date) -> int | None:
    return (today - date.fromisoformat(price.date)).days if price.date else None


def _origin(gateway: Gateway, target: str) -> str:
    provider, _, model = target.partition("/")
    return "voicegw.yaml" if model in gateway.config.prices.get(provider, {}) else "prices set"
