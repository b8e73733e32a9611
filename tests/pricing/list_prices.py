"""Prices of other lists by the names and units of prices.yaml: `{provider/model: {unit: US dollars}}`.

genai-prices and voice-prices are installed with the tools for development. LiteLLM's package is large, so what its
list says of our providers stands in litellm.json beside this file. It is made again out of a wheel of that package:
`python -m tests.pricing.list_prices litellm-1.110.2-cp310-abi3-manylinux_2_28_x86_64.whl`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicegw_desktop.pricing.catalog import PriceCatalog

Prices = dict[str, dict[str, float]]
STORED = Path(__file__).with_name("litellm.json")
LIST = "litellm/model_prices_and_context_window_backup.json"
# unit → the fields that say it in genai-prices and voice-prices, and how many of the unit theirs is a price of
FIELDS = {
    "input": ("input_mtok", 1.0), "cached": ("cache_read_mtok", 1.0), "cache_write": ("cache_write_mtok", 1.0),
    "output": ("output_mtok", 1.0), "audio_input": ("input_audio_mtok", 1.0),
    "audio_cached": ("cache_audio_read_mtok", 1.0), "audio_output": ("output_audio_mtok", 1.0),
    "characters": ("input_kchars", 1000.0), "audio_minute": ("input_audio_kseconds", 60 / 1000),
}  # fmt: skip
LITELLM = {
    "input": ("input_cost_per_token", 1e6), "cached": ("cache_read_input_token_cost", 1e6),
    "cache_write": ("cache_creation_input_token_cost", 1e6), "output": ("output_cost_per_token", 1e6),
    "audio_input": ("input_cost_per_audio_token", 1e6), "audio_cached": ("cache_read_input_audio_token_cost", 1e6),
    "audio_output": ("output_cost_per_audio_token", 1e6), "characters": ("input_cost_per_character", 1e6),
    "audio_minute": ("input_cost_per_second", 60.0),
}  # fmt: skip

TIERS = "flex|priority"
"""Service tiers that are compared, as in LiteLLM's names of fields."""


def packaged(package: str) -> Prices:
    """Prices of today in genai_prices or voice_prices: by their names, and by those of ours that they say they mean."""
    data = importlib.import_module(f"{package}.data")
    ours = PriceCatalog().entries()
    found: Prices = {}
    for provider in data.providers:
        names = [name.partition("/")[2] for name in ours if name.startswith(f"{provider.id}/")]
        for model in provider.models if names else ():
            price = model.get_prices(datetime.now(UTC))
            told: dict[str, float] = {}
            for unit, (field, times) in FIELDS.items():
                value = getattr(price, field, None)
                steps = getattr(value, "tiers", None)
                if value is not None:
                    told[unit] = float(getattr(value, "base", value)) * times
                if steps:
                    told[f"long {unit}"] = float(steps[-1].price) * times
            for name in {model.id, *(name for name in names if model.is_match(name))} if told else ():
                # an entry with the very name says more than one that also means it
                if name == model.id or f"{provider.id}/{name}" not in found:
                    found[f"{provider.id}/{name}"] = told
    return found


def litellm(content: dict[str, dict[str, Any]], providers: Iterable[str]) -> Prices:
    """Prices of these providers in LiteLLM's list."""
    wanted, found = set(providers), Prices()
    for name, entry in content.items():
        provider = str(entry.get("litellm_provider"))
        told = {}
        for unit, (field, times) in LITELLM.items():
            for key, value in entry.items():
                found_in = re.fullmatch(rf"{field}(_above_\d+k_tokens)?(?:_({TIERS}))?", key)
                if found_in and isinstance(value, int | float):
                    label = f"long {unit}" if found_in[1] else unit
                    told[f"{found_in[2]} {label}" if found_in[2] else label] = round(float(value) * times, 9)
        if told and provider in wanted:
            found[f"{provider}/{name.removeprefix(f'{provider}/')}"] = told
    return found


def stored() -> Prices:
    """LiteLLM's prices, as they stand beside this file."""
    prices: Prices = json.loads(STORED.read_text("utf-8"))["prices"]
    return prices


def store(wheel: Path) -> None:
    """Write LiteLLM's prices of models that have a price here, and which wheel they are from."""
    with zipfile.ZipFile(wheel) as opened:
        content = json.loads(opened.read(LIST))
    ours = PriceCatalog()
    prices = litellm(content, {name.partition("/")[0] for name in ours.entries()})
    kept = {name: told for name, told in sorted(prices.items()) if ours.find(*name.split("/", 1)) is not None}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(told)}" for name, told in kept.items())
    said = {"wheel": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    head = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in said.items())
    STORED.write_text(f'{{\n{head},\n "prices": {{\n{lines}\n }}\n}}\n', "utf-8")


if __name__ == "__main__":
    store(Path(sys.argv[1]))
