"""Prices in force, gaps, own prices, history at other prices, and what another stack would have cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.middleware.cost_tracker import Totals
from voicegw_desktop.pricing import own
from voicegw_desktop.storage.repricing import BEFORE
from voicegw_desktop.storage.spent import key_scope

pytestmark = pytest.mark.unit

CONFIG = """
prices: {openai: {gpt-own: {input: 1, output: 2}}}
providers: {lan: {type: openai, base_url: "http://127.0.0.1:9/v1"}}
stacks: {cloud: {stt: deepgram/nova-3, llm: openai/gpt-4o-mini, tts: cartesia/sonic-3}, odd: {llm: openai/gpt-99}}
"""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    config = GatewayConfig.from_text(CONFIG, environ={})
    async with Gateway(config=config, paths=paths_below(tmp_path), clock=ManualClock(NOON)) as gateway:
        yield gateway


def rows(answer: dict[str, Any], target: str) -> list[dict[str, Any]]:
    return [row for row in answer["prices"] if row["target"] == target]


async def test_prices_in_force_say_where_they_are_from(gateway: Gateway) -> None:
    answer = await run(gateway, "prices", {"provider": "openai"})
    assert {row["target"].partition("/")[0] for row in answer["prices"]} == {"openai"}
    listed, *_ = rows(answer, "openai/gpt-4o-mini")
    assert (listed["input"], listed["cached"], listed["output"], listed["from"]) == ("0.15", "0.075", "0.6", "list")
    assert listed["date"] == "2025-07-04"
    assert listed["source"].startswith("github.com/")
    (mine,) = rows(answer, "openai/gpt-own")
    assert (mine["input"], mine["from"], mine["age_days"]) == ("1.0", "voicegw.yaml", None)


async def test_prices_of_service_tiers_and_long_prompts_have_rows(gateway: Gateway) -> None:
    found = rows(await run(gateway, "prices", {"provider": "openai"}), "openai/gpt-5.6-sol")
    assert [(row.get("tier"), row.get("prompt_above")) for row in found] == [
        (None, None), (None, 272_000), ("flex", None), ("flex", 272_000), ("priority", None), ("priority", 272_000),
    ]  # fmt: skip
    usual, long, flex, *_ = (Decimal(row["input"]) for row in found)
    assert (long, flex) == (2 * usual, usual / 2)


async def test_an_own_price_holds_until_it_is_taken_back(gateway: Gateway) -> None:
    asked = {"target": "openai/gpt-99", "input": 0.5, "output": 5e-07, "cached": "0.123456789"}
    assert (await run(gateway, "set_price", asked))["before"] is None
    assert own.load(gateway.paths.config)["openai"]["gpt-99"] == {
        "input": "0.5", "output": "0.0000005", "cached": "0.123456789"
    }  # fmt: skip
    (row,) = rows(await run(gateway, "prices"), "openai/gpt-99")
    assert (row["input"], row["output"], row["from"]) == ("0.5", "0.0000005", "prices set")
    assert gateway.prices.find("openai", "gpt-99") is not None
    await run(gateway, "unset_price", {"target": "openai/gpt-99"})
    assert gateway.prices.find("openai", "gpt-99") is None
    with pytest.raises(NotFound, match="No command has set a price"):
        await run(gateway, "unset_price", {"target": "openai/gpt-99"})
    with pytest.raises(NotFound, match="It is written in"):
        await run(gateway, "unset_price", {"target": "openai/gpt-own"})
    # the file goes first, and this is said
    told = await run(gateway, "set_price", {"target": "openai/gpt-own", "input": "9"})
    assert "goes first" in told["note"]
    assert rows(await run(gateway, "prices"), "openai/gpt-own")[0]["input"] == "1.0"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"target": "gpt-99", "input": "1"}, "write provider/model"),
        ({"target": "openai/gpt-99"}, "No amount is given"),
        ({"target": "openai/gpt\n99", "input": 1}, "control, format or line-break"),
        ({"target": "openai/\u202e99", "input": 1}, "control, format or line-break"),
        ({"target": "../gpt/99", "input": 1}, "reads as a folder"),
        ({"target": "openai/gpt-99", "input": "free"}, "finite number"),
        ({"target": "openai/gpt-99", "input": "-1"}, "write US dollars"),
        ({"target": "openai/gpt-99", "input": "nan"}, "finite number"),
        ({"target": "openai/gpt-99", "input": float("inf")}, "finite number"),
        ({"target": "openai/gpt-99", "input": True}, "finite number"),
        ({"target": "openai/gpt-99", "input": "1e-99999"}, "finite number"),
        ({"target": "openai/gpt-99", "input": "0.1234567891"}, "at most nine decimal places"),
        ({"target": "openai/gpt-99", "input": 1e9}, "write US dollars"),
        ({"target": "openai/gpt-99", "input": "1e999"}, "finite number"),
    ],
)
async def test_what_is_no_price(gateway: Gateway, params: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        await run(gateway, "set_price", params)
    assert own.load(gateway.paths.config) == {}


async def test_a_damaged_file_of_prices_stops_no_start(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    paths.config.mkdir(parents=True)
    for text in ("{", '{"openai": {"gpt-99": {"input": "free"}, "gpt-98": {"input": "2"}, "x": 1}, "y": []}'):
        (paths.config / own.FILE).write_text(text, "utf-8")
        async with Gateway(config=GatewayConfig.from_text("", environ={}), paths=paths) as gateway:
            assert gateway.prices.find("openai", "gpt-99") is None
    assert own.load(paths.config) == {"openai": {"gpt-98": {"input": "2"}}}


async def test_gaps_are_settled_by_reprice(gateway: Gateway) -> None:
    assert gateway.storage is not None
    unknown = {"cost_nanos": None, "pricing_source": "unknown"}
    gone = record(model_id="openai/gpt-99", input_units=1000, output_units=100, session_id="s", **unknown)
    cached = record(model_id="openai/gpt-99", input_units=10, output_units=0, metadata={"cached_tokens": 4}, **unknown)
    both = record(model_id="openai/gpt-99", metadata={"legs": [{}, {}]}, **unknown)
    priced = record(model_id="openai/gpt-4o-mini", input_units=1, output_units=0, cost_nanos=7)
    await gateway.storage.log_requests([gone, cached, both, priced])
    (gap,) = (await run(gateway, "price_gaps"))["gaps"]
    assert (gap["target"], gap["unpriced"], gap["priced_now"]) == ("openai/gpt-99", 3, False)
    assert (await run(gateway, "check_prices"))["problems"][-1].startswith("openai/gpt-99: 3 requests of this month")
    # gpt-4o-mini was used, and its price is from before NOON
    assert (await run(gateway, "check_prices"))["ok"] is False
    await run(gateway, "set_price", {"target": "openai/gpt-99", "input": "2", "cached": "1", "output": "10"})
    preview = await run(gateway, "reprice", {"period": "today"})
    assert (preview["preview"], preview["changed"], preview["unpriced_after"]) == (True, 2, 1)
    done = await run(gateway, "reprice", {"period": "today", "confirm": True})
    assert (done["changed"], done["unpriced_before"], done["unpriced_after"]) == (2, 3, 1)
    stored = {row["id"]: row for row in await gateway.storage.get_recent_requests(10)}
    # 1000 tokens in and 100 out; 6 fresh and 4 cached
    assert (stored[gone.id]["cost_nanos"], stored[cached.id]["cost_nanos"]) == (3_000_000, 16_000)
    assert stored[gone.id]["metadata"][BEFORE] == [None, "unknown"]
    # two targets were paid, and one price says nothing about the other
    assert stored[both.id]["cost_nanos"] is None
    assert stored[priced.id]["cost_nanos"] == 7
    summary = await gateway.storage.get_cost_summary("today")
    assert (summary["total_nanos"], summary["unpriced"]) == (3_016_007, 1)
    found = await gateway.storage.audit_books(everything=True)
    assert (found["differences"], found["sessions"]) == ([], [])
    # the day that budgets count
    assert gateway.cost_tracker.today().cost_nanos == 3_016_007
    every = await run(gateway, "reprice", {"period": "today", "every": True, "confirm": True})
    assert every["changed"] == 1
    assert (await gateway.storage.get_cost_summary("today"))["total_nanos"] == 3_016_150
    found = await gateway.storage.audit_books(everything=True)
    assert (found["differences"], found["sessions"]) == ([], [])


async def test_only_prices_that_are_used_must_be_recent(tmp_path: Path) -> None:
    clock = ManualClock(1_798_000_000.0)
    config = GatewayConfig.from_text("prices: {openai: {gpt-4o: {input: 5, output: 10}}}", environ={})
    async with Gateway(config=config, paths=paths_below(tmp_path), clock=clock) as gateway:
        assert gateway.storage is not None
        far = "openai/gpt-4o: input is 5.0 by voicegw.yaml, and 2.5 in the list."
        found = await run(gateway, "check_prices")
        assert found["problems"] == [far]
        assert found["old_prices"] > 10
        await gateway.storage.log_requests([record(timestamp=clock.time())])
        assert (await run(gateway, "check_prices"))["problems"][1:] == [
            "openai/gpt-4o-mini: the price was read 537 days ago (github.com/pydantic/genai-prices, openai.yml)."
        ]


async def test_what_another_stack_would_have_cost(gateway: Gateway) -> None:
    assert gateway.storage is not None
    local = {"cost_nanos": 0, "pricing_source": "local"}
    await gateway.storage.log_requests(
        [
            record(modality="stt", provider="whisper", model_id="whisper/base", input_units=2, output_units=0, **local),
            *(
                record(provider="llamacpp", model_id="llamacpp/x", input_units=100, output_units=10, **local)
                for _ in range(10)
            ),
            record(modality="tts", provider="piper", model_id="piper/joe", input_units=50, output_units=1, **local),
        ]
    )
    found = await run(gateway, "what_if", {"period": "today", "stack": "cloud"})
    # two live minutes, 1000 and 100 tokens, 50 characters
    nanos = 2 * 4_800_000 + 1000 * 150 + 100 * 600 + 50 * 50_000
    assert (found["served"], found["would_cost"], found["saved"]) == (0, nanos / 1e9, nanos / 1e9)
    assert {row["modality"]: row["instead"] for row in found["rows"]} == {
        "stt": "deepgram/nova-3",
        "llm": "openai/gpt-4o-mini",
        "tts": "cartesia/sonic-3",
    }
    # a part of the stack
    found = await run(gateway, "what_if", {"period": "today", "llm": "openai/gpt-4o-mini", "stt": "whisper/base"})
    assert (found["would_cost"], found["unpriced"]) == ((1000 * 150 + 100 * 600) / 1e9, 0)
    each = await run(gateway, "what_if", {"period": "today"})
    assert each["stacks"] == [
        {"stack": "cloud", "would_cost": nanos / 1e9, "saved": nanos / 1e9, "unpriced": 0, "not_compared": 0},
        # a model without a price among those of a stack is counted
        {"stack": "odd", "would_cost": 0, "saved": 0, "unpriced": 10, "not_compared": 10},
    ]
    with pytest.raises(NotFound, match="There is no stack"):
        await run(gateway, "what_if", {"stack": "none"})


@pytest.mark.parametrize(
    ("given", "error", "why"),
    [
        ({"llm": "openai/gpt-4o-minni"}, NotFound, r'"llm" is "openai/gpt-4o-minni", which has no price\. Did you mean '
         r'"openai/gpt-4o-mini"\? Choose one of `voicegw prices list`, or give it a price by `voicegw prices set`\.'),
        ({"stt": "nobody/nothing", "stack": "cloud"}, NotFound, '"stt" is "nobody/nothing", which has no price'),
        ({"llm": "deepgram/nova-3"}, BadRequest, '"llm" is "deepgram/nova-3", whose price is not for llm'),
        ({"stt": "cartesia/sonic-3"}, BadRequest, "not for stt"),
        ({"tts": "gpt-4o"}, BadRequest, '"tts" is "gpt-4o", which is no target; write provider/model'),
        ({"tts": "openai/"}, BadRequest, '"tts" is "openai/", which is no target; write provider/model'),
        ({"tts": ""}, BadRequest, "write provider/model"),
    ],
)  # fmt: skip
async def test_a_target_that_has_no_price_is_refused(
    gateway: Gateway, given: dict[str, str], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        await run(gateway, "what_if", given)


async def test_a_target_that_was_never_used_is_compared_with_nothing(gateway: Gateway) -> None:
    for target in ("openai/gpt-4o", "openai/gpt-own", "ollama/whatever", "lan/qwen"):
        found = await run(gateway, "what_if", {"llm": target})
        assert (found["would_cost"], found["saved"], found["rows"]) == (0, 0, []), target


async def test_what_is_not_known_is_neither_nothing_nor_saved(gateway: Gateway) -> None:
    assert gateway.storage is not None
    unknown = {"cost_nanos": None, "pricing_source": "unknown", "input_units": 1000, "output_units": 0}
    speech = {"modality": "tts", "provider": "new", "model_id": "new/voice"}
    await gateway.storage.log_requests([record(**speech, **unknown)])
    asked = {"period": "today", "llm": "openai/gpt-4o-mini"}
    found = await run(gateway, "what_if", asked)
    assert (found["served"], found["would_cost"], found["saved"], found["unpriced"]) == (None, None, None, 1)
    # of one model, one request has a price and one has none: together they are compared with neither
    await gateway.storage.log_requests(
        [record(model_id="openai/x", input_units=1000, output_units=0, cost_nanos=5), record(**unknown)]
    )
    await gateway.storage.log_requests([record(model_id="openai/x", **unknown)])
    found = await run(gateway, "what_if", asked)
    assert (found["served"], found["would_cost"], found["saved"]) == (5e-9, 3 * 1000 * 150 / 1e9, None)
    # the speech has no price on either side, the chats have none here
    assert (found["unpriced"], found["not_compared"]) == (1, 4)
    # the targets that were not replaced are still unpriced in part
    found = await run(gateway, "what_if", {"period": "today", "tts": "cartesia/sonic-3"})
    assert (found["would_cost"], found["unpriced"]) == ((5 + 1000 * 50_000) / 1e9, 2)


async def test_a_price_given_later_reaches_every_sum(gateway: Gateway) -> None:
    assert gateway.storage is not None
    unknown = {"model_id": "openai/gpt-99", "cost_nanos": None, "pricing_source": "unknown"}
    await gateway.storage.log_requests([record(**unknown, input_units=1000, output_units=0, key_id="k1")])
    await gateway.cost_tracker.follow(gateway.storage)
    assert gateway.cost_tracker.today().unpriced == 1
    preview = await run(gateway, "reprice", {"period": "today"})
    assert (preview["cost_before"], preview["cost_after"]) == (None, None)
    await run(gateway, "set_price", {"target": "openai/gpt-99", "input": "2", "output": "2"})
    done = await run(gateway, "reprice", {"period": "today", "confirm": True})
    assert (done["cost_before"], done["cost_after"]) == (None, 0.002)
    by_key = await gateway.storage.get_cost_summary("today", by=["key"])
    assert [(row["key"], row["cost_nanos"], row["unpriced"]) for row in by_key["rows"]] == [("k1", 2_000_000, 0)]
    assert gateway.cost_tracker.total(key_scope("k1"), "day") == Totals(2_000_000, 1, 0)
