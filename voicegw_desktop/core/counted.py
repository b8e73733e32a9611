"""Numbers that upstreams, engines and plugins tell, checked where they enter: usable, or not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.events import Usage

MOST = 20_000_000  # tokens or characters of one request; no model reads or writes as many
USUAL_TIERS = ("auto", "default", "standard", "standard_only", "on_demand")
"""Values of `service_tier` that ask for, or tell, the usual price. Sources: the API references of OpenAI, Anthropic and
Groq."""
LONGEST_S = 7 * 24 * 3600.0  # s of audio in one request


def count(value: Any) -> int | None:
    """A whole number from 0 to MOST; None when it is no such number (text, a fraction, NaN, negative, huge)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return None
    return int(value) if value == int(value) else None


def seconds(value: Any, otherwise: float = 0.0) -> float:
    """Seconds from 0 to LONGEST_S; `otherwise` when the value is no such number."""
    number = finite(value)
    return otherwise if number is None or not 0 <= number <= LONGEST_S else number


def share(value: Any) -> float:
    """A confidence from 0 to 1; 1 when the value is no such number."""
    number = finite(value)
    return 1.0 if number is None or not 0 <= number <= 1 else number


def tier(value: object) -> str:
    """A service tier whose price is another one (flex, priority); empty when the value is none, or the usual one."""
    if not isinstance(value, str) or not value.isascii() or not value.isidentifier() or len(value) > 32:
        return ""
    return "" if value in USUAL_TIERS else value


def finite(value: Any) -> float | None:
    """The number as a float; None when it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def usage_of(data: Mapping[str, Any]) -> Usage | None:
    """A usage object of OpenAI's or Anthropic's form; None when it has no counts, or one that cannot be true."""
    prompt_details = _details(data, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    cached_details = _details(prompt_details, "cached_tokens_details")
    answer_details = _details(data, "completion_tokens_details", "output_tokens_details", "output_token_details")
    told = [(data, name) for name in ("prompt_tokens", "input_tokens", "completion_tokens", "output_tokens")]
    if all(source.get(name) is None for source, name in told):
        return None
    wrong = False

    def number(*names: str, source: Mapping[str, Any] = data) -> int:
        nonlocal wrong
        value = next((source[n] for n in names if source.get(n) is not None), 0)
        found = count(value)
        wrong = wrong or found is None
        return found or 0

    # Anthropic's own form leaves what was read from and written to its cache out of the input
    outside = number("cache_read_input_tokens") + number("cache_creation_input_tokens") if "input_tokens" in data else 0
    usage = Usage(
        prompt_tokens=number("prompt_tokens", "input_tokens") + outside,
        completion_tokens=number("completion_tokens", "output_tokens"),
        cached_tokens=number("cached_tokens", source=prompt_details) or number("cache_read_input_tokens"),
        cache_write_tokens=number("cache_write_tokens", source=prompt_details) or number("cache_creation_input_tokens"),
        reasoning_tokens=number("reasoning_tokens", source=answer_details),
        audio_prompt_tokens=number("audio_tokens", source=prompt_details),
        audio_completion_tokens=number("audio_tokens", source=answer_details),
        audio_cached_tokens=number("audio_tokens", source=cached_details),
        tier=tier(data.get("service_tier")),
    )
    return None if wrong else consistent(usage)


def consistent(usage: Usage) -> Usage | None:
    """The usage; None when a part of it is larger than the whole."""
    parts = (
        (usage.cached_tokens + usage.cache_write_tokens, usage.prompt_tokens),
        (usage.audio_prompt_tokens, usage.prompt_tokens),
        (usage.audio_completion_tokens, usage.completion_tokens),
        (usage.audio_cached_tokens, min(usage.audio_prompt_tokens, usage.cached_tokens)),
    )
    return usage if all(part <= whole for part, whole in parts) else None


def _details(data: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return next((found for name in names if isinstance(found := data.get(name), Mapping)), {})
