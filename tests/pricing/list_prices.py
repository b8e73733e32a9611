"""Prints the prices of other lists as JSON, by the names and units of prices.yaml; run by a Python that has them.

`{list: {provider/model: {unit: US dollars}}}`; a list that is not installed is missing. Nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path

PER_MILLION = {
    "input_mtok": "input", "cache_read_mtok": "cached", "cache_write_mtok": "cache_write", "output_mtok": "output",
    "input_audio_mtok": "audio_input", "cache_audio_read_mtok": "audio_cached", "output_audio_mtok": "audio_output",
}  # fmt: skip
LITELLM = {
    "input_cost_per_token": ("input", 1e6), "cache_read_input_token_cost": ("cached", 1e6),
    "cache_creation_input_token_cost": ("cache_write", 1e6), "output_cost_per_token": ("output", 1e6),
    "input_cost_per_audio_token": ("audio_input", 1e6), "output_cost_per_audio_token": ("audio_output", 1e6),
    "input_cost_per_character": ("characters", 1e6), "input_cost_per_second": ("audio_minute", 60),
}  # fmt: skip


def structured(name: str) -> dict[str, dict[str, float]]:
    """Prices of one of the two packages whose data are objects of one shape."""
    data = importlib.import_module(f"{name}.data")
    found: dict[str, dict[str, float]] = {}
    for provider in data.providers:
        for model in provider.models:
            price = model.prices
            if isinstance(price, list):
                # in the order of their first days; hours of a day and the like are left out
                days = [(getattr(one.constraint, "start_date", None), one) for one in price]
                kept = [one for day, one in days if one.constraint is None or (day and day <= date.today())]
                price = (kept or price)[-1].prices
            told = {}
            for field, unit in PER_MILLION.items():
                value = getattr(price, field, None)
                # steps for long prompts have a base
                value = getattr(value, "base", value)
                if value is not None:
                    told[unit] = float(value)
            if (value := getattr(price, "input_kchars", None)) is not None:
                told["characters"] = float(value) * 1000
            if (value := getattr(price, "input_audio_kseconds", None)) is not None:
                told["audio_minute"] = float(value) * 60 / 1000
            if told:
                found[f"{provider.id}/{model.id}"] = told
    return found


def litellm() -> dict[str, dict[str, float]]:
    """Prices of the file in LiteLLM's package, read without importing it."""
    spec = importlib.util.find_spec("litellm")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).with_name("model_prices_and_context_window_backup.json")
    found = {}
    for name, entry in json.loads(file.read_text("utf-8")).items():
        told = {
            unit: float(entry[field]) * times
            for field, (unit, times) in LITELLM.items()
            if isinstance(entry.get(field), int | float)
        }
        provider = str(entry.get("litellm_provider"))
        if told and name.count("/") <= 1:
            found[f"{provider}/{name.rpartition('/')[2]}"] = told
    return found


if __name__ == "__main__":
    lists = {}
    for package in ("genai_prices", "voice_prices"):
        if importlib.util.find_spec(package):
            lists[package] = structured(package)
    if importlib.util.find_spec("litellm"):
        lists["litellm"] = litellm()
    json.dump(lists, sys.stdout)
