"""What stored requests, and sums of them, would cost at a given price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicegw_desktop.core.counted import count, tier
from voicegw_desktop.pricing.catalog import Amounts, Price


def amounts_of(modality: str, input_units: float, output_units: float, metadata: Mapping[str, Any]) -> Amounts:
    """The amounts of a stored request; its units are minutes (STT), tokens (LLM), or characters and minutes (TTS)."""
    if modality == "stt":
        return Amounts(audio_s=input_units * 60, streamed=not metadata.get("recorded"))
    if modality == "tts":
        return Amounts(characters=round(input_units), audio_s=output_units * 60)
    cached = count(metadata.get("cached_tokens")) or 0
    written = count(metadata.get("cache_write_tokens")) or 0
    return Amounts(
        input_tokens=max(round(input_units) - cached - written, 0),
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=round(output_units),
        tier=tier(metadata.get("service_tier")),
    )


def can_be_priced_again(status: str, price: Price, metadata: Mapping[str, Any], streamed: bool) -> bool:
    """Whether a stored row tells all that its cost depends on.

    It does not where several targets were paid, where a stream is billed by how long its connection was open, and where
    the answer broke off.
    """
    return status == "success" and "legs" not in metadata and not (price.by_session and streamed)


def of_sum(price: Price, modality: str, requests: int, input_units: float, output_units: float) -> int | None:
    """Nano-dollars of the sums of many requests, as if all were alike; None when the price does not cover them."""
    amounts = amounts_of(modality, input_units, output_units, {})
    amounts.pieces = requests
    long = price.long is not None and amounts.prompt_tokens > price.long_above * requests
    chosen = price.long if long and price.long is not None else replace(price, long=None)
    return chosen.of(amounts)
