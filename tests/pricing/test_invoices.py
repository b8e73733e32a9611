"""Exports of providers in the forms that they are known by, and what they say beside the stored requests."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from voicegw_desktop.cli.invoices import content_of, reconcile
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.pricing.exports import Bill, read
from voicegw_desktop.pricing.invoices import Recorded, compare, summary

pytestmark = pytest.mark.unit

CENT = 10_000_000  # nanos
MAY_5, MAY_6 = "2026-05-05", "2026-05-06"
START = 1_777_939_200  # 2026-05-05 in UTC
COSTS = "organization.costs.result"


def parts(bill: Bill) -> dict[tuple[str, str], tuple[int | None, dict[str, int]]]:
    return {key: (row.nanos, {unit: int(amount) for unit, amount in row.units.items()}) for key, row in bill.items()}


EXPORTS: dict[str, tuple[str, dict[tuple[str, str], tuple[int | None, dict[str, int]]]]] = {
    "openai costs, JSON": (
        json.dumps({"object": "page", "data": [{"start_time": START, "end_time": START + 86_400, "results": [
            {"object": COSTS, "amount": {"value": 0.06, "currency": "usd"}, "line_item": "gpt-4o-mini, input"},
            {"object": COSTS, "amount": {"value": 0.04, "currency": "usd"}, "line_item": "gpt-4o-mini, output"},
        ]}], "has_more": False}),
        {(MAY_5, "gpt-4o-mini"): (10 * CENT, {})},
    ),
    "openai usage, JSON": (
        json.dumps({"data": [{"start_time": START, "results": [
            {"model": "gpt-4o-mini-2024-07-18", "input_tokens": 1000, "input_cached_tokens": 800, "output_tokens": 50,
             "num_model_requests": 5, "project_id": None}]}]}),
        {(MAY_5, "gpt-4o-mini-2024-07-18"): (None, {"tokens": 1050, "requests": 5})},
    ),
    "openai costs, CSV": (
        "start_time,end_time,start_time_iso,amount_value,amount_currency,line_item\n"
        f'{START},{START + 86_400},2026-05-05T00:00:00+00:00,0.0000001,usd,"tts-1, characters"\n',
        {(MAY_5, "tts-1"): (100, {})},
    ),
    "openai usage page, costs, CSV": (
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,"
        "organization_id,organization_name\n"
        f"{START},{START + 86_400},2026-05-05T00:00:00+00:00,2026-05-06T00:00:00+00:00,0.8958740000,usd,,,org-1,Me\n"
        f"{START + 86_400},{START + 172_800},2026-05-06T00:00:00+00:00,2026-05-07T00:00:00+00:00,,,,,,\n",
        {(MAY_5, ""): (895_874_000, {})},
    ),
    "openai usage page, completions, CSV": (
        "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,"
        "service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens,"
        "output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,"
        "input_image_tokens,input_cached_image_tokens,output_image_tokens\n"
        f"{START},{START + 86_400},2026-05-05T00:00:00+00:00,2026-05-06T00:00:00+00:00,proj_1,10.0,user-1,key_1,"
        "gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0,53440.0,10646.0,5760.0,0.0,0.0,0.0,0.0,0.0,0.0\n",
        {(MAY_5, "gpt-4o-2024-08-06"): (None, {"tokens": 69_846, "requests": 10})},
    ),
    "anthropic usage, CSV": (
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
        "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
        "usage_output_tokens,web_search_count\n"
        "2026-05-05,claude-sonnet-4-5-20250929,k,Default,standard,\u2264 200k,100,20,3,7,50,0\n",
        {(MAY_5, "claude-sonnet-4-5-20250929"): (None, {"tokens": 180})},
    ),
    "anthropic costs, JSON": (
        json.dumps({"data": [{"starting_at": "2026-05-05T00:00:00Z", "ending_at": "2026-05-06T00:00:00Z", "results": [
            {"amount": "123.45", "currency": "USD", "model": "claude-haiku-4-5", "cost_type": "tokens"}]}]}),
        {(MAY_5, "claude-haiku-4-5"): (1_234_500_000, {})},
    ),
    "deepgram bill, JSON": (
        json.dumps({"start": MAY_5, "end": MAY_6, "resolution": {"units": "day", "amount": 1}, "results": [
            {"dollars": 0.25, "grouping": {"start": MAY_5, "line_item": "streaming::nova-3", "tags": []}}]}),
        {(MAY_5, "nova-3"): (25 * CENT, {})},
    ),
    "deepgram usage, JSON": (
        json.dumps({"results": [{"hours": 1.5, "total_hours": 3, "requests": 4, "tts_characters": 0, "grouping":
                                 {"start": MAY_5, "end": MAY_5, "models": ["nova-3"]}}]}),
        {(MAY_5, "nova-3"): (None, {"seconds": 5400, "requests": 4, "characters": 0})},
    ),
    "elevenlabs characters, JSON": (
        json.dumps({"time": [START * 1000, (START + 86_400) * 1000],
                    "usage": {"eleven_flash_v2_5": [120, 0], "All": [0, 0]}}),
        {(MAY_5, "eleven_flash_v2_5"): (None, {"characters": 120})},
    ),
    "cartesia, CSV": (
        "Date;Model ID;Credits\n05/05/2026;sonic-3;1,200\n",
        {(MAY_5, "sonic-3"): (None, {"characters": 1200})},
    ),
    "cartesia credits, JSON": (
        json.dumps({"data": [{"start_ts": "2026-05-05T00:00:00.000Z", "end_ts": "2026-05-06T00:00:00.000Z",
                              "credits": 123}]}),
        {(MAY_5, ""): (None, {"characters": 123})},
    ),
    "assemblyai, CSV": (
        "\ufeffDate,Model,Hours,Cost (USD)\n2026-05-05,universal,0.5,$0.135\n2026-05-05,universal,0.5,$0.135\n",
        {(MAY_5, "universal"): (27 * CENT, {"seconds": 3600})},
    ),
    "groq, CSV": (
        "timestamp,model,prompt_tokens,completion_tokens,requests,cost\n"
        "2026-05-05T23:30:00-02:00,llama-3.1-8b-instant,90,10,2,0.001\n",
        {(MAY_6, "llama-3.1-8b-instant"): (1_000_000, {"tokens": 100, "requests": 2})},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_are_read(name: str) -> None:
    content, wanted = EXPORTS[name]
    assert parts(read(content)) == wanted


def test_columns_of_other_names_can_be_named() -> None:
    content = "Tag,Was,Betrag\n2026-05-05,x,0.5\n"
    with pytest.raises(BadRequest, match="Its columns are: betrag, tag, was"):
        read(content)
    assert parts(read(content, {"day": "Tag", "model": "Was", "cost": "Betrag"})) == {(MAY_5, "x"): (50 * CENT, {})}


@pytest.mark.parametrize(
    ("unit", "counted"),
    [("tokens", {"tokens": 6}), ("seconds", {"seconds": 6}), ("minutes", {"seconds": 360}),
     ("hours", {"seconds": 21_600}), ("characters", {"characters": 6}), ("requests", {"requests": 6})],
)  # fmt: skip
def test_the_column_of_an_amount_can_be_named(unit: str, counted: dict[str, int]) -> None:
    # a column that is known by its name is not taken beside it
    content = "Tag,Was,Menge,count\n2026-05-05,x,2.5,9\n2026-05-05,x,3.5,9\n2026-05-06,x,,9\n"
    assert parts(read(content, {"day": "Tag", "model": "Was", unit: "Menge"})) == {(MAY_5, "x"): (None, counted)}


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "Its columns are: none"), ("{", "no JSON"), ("date,cost\nx,NaN\n2026-05-05,n/a\n", "day and an amount"),
     ("date,cost\n2026-05-05,1\n2026-05-05,inf\n", '"cost" is "inf", which is no number'),
     ("date,cost,Cost\n2026-05-05,1,2\n", 'two columns "cost"'),
     ("date;model;cost\n2026-05-05;x;0,01\n2026-05-05;y;0.01\n", "decimal comma [(]0,01[)]"),
     ("date,cost,currency\n2026-05-05,1,eur\n", "EUR"), ("[" * 3000, "no JSON"),
     ("date,cost\n9999-12-31,1\n0001-01-01,1\n", "day and an amount")],
)  # fmt: skip
def test_what_is_no_export_is_refused(content: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        read(content)


@pytest.mark.parametrize(
    ("content", "cents"),
    [
        ("date;model;cost\n2026-05-05;x;0,01\n2026-05-05;x;1.234,50\n", 123_451),
        ('date,model,cost\n2026-05-05,x,"0,01"\n2026-05-05,x,"1.234"\n', 123_401),
        ('date,model,cost\n2026-05-05,x,"$1,234"\n2026-05-05,x,"-1,000.5"\n', 23_350),
        ("date,model,cost\r2026-05-05,x,0.5\r2026-05-05,x,\r", 50),
        ("date;model;cost\n05.05.2026;gpt-4.1;2\n", 200),
        ("date,model,cost\n05/05/2026,x,2\n13/05/2026,x,3\n", 200),
        ("date,model,cost\n05/05/2026,x,2\n05/13/2026,x,3\n", 200),
    ],
)  # fmt: skip
def test_numbers_and_dates_are_read_as_the_file_writes_them(content: str, cents: int) -> None:
    bill = read(content)
    (model,) = {model for _, model in bill}
    assert bill[MAY_5, model].nanos == cents * CENT


def ours(model: str = "gpt-4o-mini", day: str = MAY_5, **more: Any) -> Recorded:
    values = {"modality": "llm", "requests": 10, "errors": 0, "unpriced": 0, "estimated": 0, "nanos": 10 * CENT,
              "input_units": 900.0, "output_units": 100.0, **more}  # fmt: skip
    return Recorded(day, model, **values)


def bill(**models: tuple[float | None, int | None]) -> Bill:
    """Cost in US dollars and tokens of May 5."""
    rows = [
        {"date": MAY_5, "model": model.replace("_", "-"), "cost": cost, "input_tokens": tokens}
        for model, (cost, tokens) in models.items()
    ]
    return read(json.dumps(rows))


@pytest.mark.parametrize(
    ("recorded", "billed", "reason"),
    [
        ([ours()], {"gpt_4o_mini": (0.1, 1000)}, ""),
        ([ours()], {"gpt_4o_mini": (0.1005, 1005)}, ""),
        ([ours()], {"gpt_4o_mini_2024_07_18": (0.1, 1000)}, ""),
        ([ours()], {"gpt_4o_mini": (0.2, 2000)}, "they count more"),
        (
            [ours(errors=3, estimated=2)],
            {"gpt_4o_mini": (0.2, 2000)},
            "3 requests that failed here; 2 of the recorded requests are estimates",
        ),
        ([ours()], {"gpt_4o_mini": (0.05, 500)}, "they count less"),
        ([ours()], {"gpt_4o_mini": (0.2, 1000)}, r"the price does not: \$0.1 here, \$0.2 there for 1,000 tokens"),
        ([ours(unpriced=10, nanos=0)], {"gpt_4o_mini": (0.2, 1000)}, "10 of the recorded requests have no known price"),
        ([ours()], {"gpt_4o_mini": (0.2, None)}, "the export has no amounts"),
        ([ours()], {"gpt_4o_mini": (None, 1000)}, ""),
        ([], {"o3": (0.2, 1000)}, "not recorded here"),
        ([ours("tts-1", modality="tts")], {"o3": (0.2, 1000)}, "not in the export|not recorded here"),
    ],
)
def test_differences_have_a_reason(recorded: list[Recorded], billed: dict[str, Any], reason: str) -> None:
    days, sums = compare(recorded, bill(**billed))
    for line in (*days, *sums):
        if not reason:
            assert line.reason == ""
        else:
            assert re.search(reason, line.reason), line.reason


def test_a_neighbouring_day_is_no_difference_of_the_sum() -> None:
    export = read(f"date,model,cost,input_tokens\n{MAY_5},gpt-4o-mini,0.1,1000\n{MAY_6},gpt-4o-mini,0.1,1000\n")
    days, sums = compare([ours(nanos=20 * CENT, input_units=1900)], export)
    assert [line.reason for line in sums] == [""]
    assert [line.reason.partition(":")[0] for line in days] == ["the sum over all days agrees"] * 2


def test_an_export_without_models_is_compared_with_all_of_them_together() -> None:
    export = read(f"date,cost,characters\n{MAY_5},0.3,1500\n{MAY_6},0.1,\n")
    spoken = ours("sonic-3", modality="tts", nanos=20 * CENT, input_units=1500.0, output_units=0.2)
    days, sums = compare([ours(), spoken, ours("o3", MAY_6, nanos=30 * CENT)], export)
    assert [(line.day, line.model, line.unit, line.reason) for line in days[:1]] == [
        (MAY_5, "all models", "characters", "they count less: a day that is not complete yet, or another account's key")
    ]
    assert [(line.our_nanos, line.their_nanos) for line in (*days, *sums)] == [
        (30 * CENT, 30 * CENT), (30 * CENT, 10 * CENT), (60 * CENT, 40 * CENT)
    ]  # fmt: skip


def test_amounts_are_exact_text_and_what_is_not_known_is_none() -> None:
    days, sums = compare([ours(unpriced=10, nanos=0)], bill(gpt_4o_mini=(0.0000001, 1000)))
    told = days[0].told()
    assert (told["cost_ours"], told["cost_theirs"], told["difference"]) == (None, "0.0000001", None)
    assert summary(sums) == {"cost_ours": "0.0", "cost_theirs": "0.0000001", "differing": 1}
    assert sums[0].ours == Decimal(1000)


def test_a_file_that_is_no_text_is_said_to_be_none_and_a_spreadsheets_is_read(tmp_path: Path) -> None:
    sheet, sound = tmp_path / "usage.csv", tmp_path / "question.wav"
    sheet.write_bytes("date,model,cost\n2026-11-28,gpt-4o,1.5\n".encode("utf-16"))
    assert read(content_of(sheet))["2026-11-28", "gpt-4o"].nanos == 1_500_000_000
    sound.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    with pytest.raises(BadRequest, match=r"question\.wav is no text"):
        content_of(sound)


@pytest.mark.parametrize("tolerance", [-1.0, 101.0, float("nan"), float("inf")])
def test_a_tolerance_is_a_part_of_an_amount(tmp_path: Path, tolerance: float) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("date,model,cost\n2026-11-28,gpt-4o,1.5\n", "utf-8")
    with pytest.raises(BadRequest, match=r'"--tolerance" is .*write per cent between 0 and 100'):
        reconcile(Namespace(provider="openai", file=str(file), column=[], tolerance=tolerance, json=False))
