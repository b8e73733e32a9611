"""Our prices beside those of genai-prices, voice-prices and LiteLLM: a difference over 5 % has its reason in our file.

The lists are read as data by a Python that has them: `VOICEGW_PRICE_LISTS=/path/to/python`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.pricing.catalog import Price, PriceCatalog

PYTHON = os.environ.get("VOICEGW_PRICE_LISTS", "")
SAME = 0.05
LISTS = ("genai_prices", "voice_prices", "litellm")
Prices = dict[str, dict[str, float]]


def ours(price: Price, unit: str) -> list[float]:
    """US dollars of the unit, as prices.yaml counts it; of audio that of recordings and of live streams."""
    if unit == "audio_minute":
        found = [price.audio_hour, price.streaming_hour]
        return [nanos / 60 / 1e9 for nanos in found if nanos is not None]
    nanos = getattr(price, unit)
    return [] if nanos is None else [nanos / 1e9]


def differing(prices: Prices) -> list[tuple[str, str, list[float], float]]:
    """(model, unit, ours, theirs) of what no price of ours is within 5 % of."""
    found = []
    for name, price in PriceCatalog().entries().items():
        for unit, theirs in prices.get(name, {}).items():
            known = ours(price, unit)
            if known and all(abs(one - theirs) > SAME * max(one, theirs) for one in known):
                found.append((name, unit, known, theirs))
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
        assert all(len(reason) > 10 for reason in told.values())


@pytest.mark.unit
def test_a_difference_is_seen() -> None:
    lists = {"openai/gpt-4o-mini": {"input": 0.16, "output": 0.6}, "deepgram/nova-3": {"audio_minute": 0.0043}}
    assert [(name, unit) for name, unit, *_ in differing(lists)] == [("openai/gpt-4o-mini", "input")]


@pytest.mark.process
@pytest.mark.skipif(not PYTHON, reason="VOICEGW_PRICE_LISTS names no Python with genai-prices, voice-prices, litellm")
def test_other_lists_agree_or_the_file_says_why_not() -> None:
    script = Path(__file__).with_name("list_prices.py")
    told = subprocess.run([PYTHON, str(script)], capture_output=True, check=True, timeout=120)
    lists: dict[str, Prices] = json.loads(told.stdout)
    assert lists, f"{PYTHON} has none of {', '.join(LISTS)}"
    known = reasons()
    unexplained = [
        (name, *difference)
        for name, prices in lists.items()
        for difference in differing(prices)
        if name not in known.get(difference[0], {})
    ]
    assert unexplained == []
    # enough was compared that the names still fit
    models = PriceCatalog().entries().keys()
    for name, prices in lists.items():
        assert len(models & prices.keys()) >= 20, name
