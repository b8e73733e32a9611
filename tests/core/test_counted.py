"""Numbers that upstreams report: usable, or unknown."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw_desktop.core.counted import LONGEST_S, MOST, count, finite, seconds, share, usage_of
from voicegw_desktop.core.events import Usage
from voicegw_desktop.corridor.chat_usage import usage_in

pytestmark = pytest.mark.unit

ODD = [math.nan, math.inf, -math.inf, 1e30, -5, 10**400, "12", True, [], {}, 1.5, MOST + 1]


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_count(value: Any) -> None:
    assert count(value) is None


def test_counts_seconds_and_shares() -> None:
    assert (count(0), count(12), count(12.0)) == (0, 12, 12)
    assert (seconds(1.5), seconds(LONGEST_S + 1), seconds("2"), seconds(math.nan, -1.0)) == (1.5, 0.0, 0.0, -1.0)
    assert (share(0.5), share(7), share(None)) == (0.5, 1.0, 1.0)
    assert finite(10**400) is None


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens"])
def test_a_usage_with_an_impossible_count_is_unknown(name: str, value: Any) -> None:
    told = {"prompt_tokens": 10, "completion_tokens": 5, name: value}
    assert usage_of(told) is None
    assert usage_in(b'{"choices":[],"usage":' + json.dumps(told).encode() + b"}") is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"total_tokens": 5},
        {"prompt_tokens": None},
        {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 50}},
        {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 6}},
        {"prompt_tokens": 10, "prompt_tokens_details": {"audio_tokens": 11}},
        {
            "prompt_tokens": 10,
            "prompt_tokens_details": {
                "audio_tokens": 9,
                "cached_tokens": 4,
                "cached_tokens_details": {"audio_tokens": 5},
            },
        },
        {"completion_tokens": 10, "completion_tokens_details": {"audio_tokens": 11}},
        {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": math.nan}},
    ],
)
def test_a_usage_that_says_nothing_or_contradicts_itself_is_unknown(told: dict[str, Any]) -> None:
    assert usage_of(told) is None


def test_usual_forms() -> None:
    details = {"cached_tokens": 4, "audio_tokens": None}
    assert usage_of({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": details}) == Usage(10, 5, 4)
    assert usage_of({"prompt_tokens": 7, "total_tokens": 7}) == Usage(7)
    native = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 20}
    assert usage_of(native) == Usage(120, 5, 90, 20)
    assert usage_of({"prompt_tokens": 3, "prompt_tokens_details": "none"}) == Usage(3)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just({}) | st.just([])
FIELDS = st.sampled_from(
    [
        "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "cache_read_input_tokens",
        "prompt_tokens_details", "completion_tokens_details", "cached_tokens", "audio_tokens",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON, max_size=3), max_size=5))
def test_whatever_is_told_the_counts_are_whole_and_bounded(told: dict[str, Any]) -> None:
    usage = usage_of(told)
    if usage is not None:
        assert 0 <= usage.cached_tokens + usage.cache_write_tokens <= usage.prompt_tokens <= 3 * MOST
        assert 0 <= usage.completion_tokens <= MOST
