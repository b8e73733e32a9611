"""Our prices beside those of genai-prices, voice-prices and LiteLLM: our file says why where they differ by 5 %."""

from __future__ import annotations

from functools import cache

import pytest
import yaml

from tests.pricing.list_prices import TIERS, Prices, packaged, stored
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.pricing.catalog import Price, PriceCatalog

SAME = 0.05
LISTS = ("genai_prices", "voice_prices", "litellm")


@cache
def listed(name: str) -> Prices:
    """Prices of one of the lists."""
    return stored() if name == "litellm" else packaged(name)


def ours(price: Price, unit: str) -> list[float]:
    """US dollars of the unit, as prices.yaml counts it; of audio that of recordings and of live streams."""
    tier, _, rest = unit.partition(" ")
    if tier in TIERS.split("|"):
        return ours(price.tiers[tier], rest) if tier in price.tiers else []
    if unit.startswith("long "):
        return [] if price.long is None else ours(price.long, unit.removeprefix("long "))
    if unit == "audio_minute":
        found = [price.audio_hour, price.streaming_hour]
        return [nanos / 60 / 1e9 for nanos in found if nanos is not None]
    nanos = getattr(price, unit)
    if nanos is None and unit == "output":
        # the lists have one name for what a voice gives out, tokens of text or of audio
        nanos = price.audio_output
    return [] if nanos is None else [nanos / 1e9]


def differing(prices: Prices) -> list[tuple[str, str, str, list[float], float]]:
    """(our entry, their model, unit, ours, theirs) of what no price of ours is within 5 % of."""
    catalog = PriceCatalog()
    entries = {id(price): name for name, price in catalog.entries().items()}
    found = []
    for name, told in prices.items():
        price = catalog.find(*name.split("/", 1))
        for unit, theirs in told.items() if price is not None else ():
            assert price is not None
            known = ours(price, unit)
            if theirs and all(abs(one - theirs) > SAME * max(one, theirs) for one in known):
                found.append((entries[id(price)], name, unit, known, theirs))
    return found


def reasons() -> dict[str, dict[str, str]]:
    content = yaml.safe_load((resources_dir() / "prices.yaml").read_text("utf-8"))
    told: dict[str, dict[str, str]] = content["differs"]
    return told


@pytest.mark.unit
def test_every_reason_is_of_a_model_and_a_list_that_there_are() -> None:
    names = PriceCatalog().entries().keys()
    for model, told in reasons().items():
        assert model in names
        assert set(told) <= set(LISTS)
        assert all(len(reason) >= 7 for reason in told.values())


@pytest.mark.unit
def test_a_difference_is_seen() -> None:
    lists = {
        "openai/gpt-4o-mini": {"input": 0.16, "output": 0.6},
        # by the rules of names: without its date, and by a pattern
        "openai/gpt-4o-mini-2024-07-18": {"cached": 0.08},
        "deepgram/nova-2-meeting": {"audio_minute": 0.0058, "characters": 30.0},
        "deepgram/nova-3": {"audio_minute": 0.0043},
        "openai/gpt-5.4": {"long input": 5.0, "long output": 30.0},
        # tiers
        "openai/gpt-5": {"flex input": 0.625, "flex output": 10.0, "priority output": 20.0},
        "openai/gpt-5-nano": {"priority input": 0.1},
        "openai/gpt-of-tomorrow": {"input": 1.0},
        "openai/text-embedding-3-small": {"output": 0.0},
    }
    assert [(entry, unit) for entry, _, unit, *_ in differing(lists)] == [
        ("openai/gpt-4o-mini", "input"),
        ("openai/gpt-4o-mini", "cached"),
        ("deepgram/nova-2-*", "characters"),
        ("openai/gpt-5.4", "long output"),
        ("openai/gpt-5", "flex output"),
        ("openai/gpt-5-nano", "priority input"),
    ]


@pytest.mark.unit
@pytest.mark.parametrize("name", LISTS)
def test_another_list_agrees_or_the_file_says_why_not(name: str) -> None:
    differences = differing(listed(name))
    known = {model for model, told in reasons().items() if name in told}
    assert [one for one in differences if one[0] not in known] == []
    assert known == {one[0] for one in differences}, "a reason is of a difference that is gone"


@pytest.mark.unit
@pytest.mark.parametrize("name", LISTS)
def test_enough_is_compared_that_the_names_still_fit(name: str) -> None:
    catalog = PriceCatalog()
    assert sum(catalog.find(*model.split("/", 1)) is not None for model in listed(name)) >= 100
