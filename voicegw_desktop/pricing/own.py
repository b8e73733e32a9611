"""Prices that were set by a command: `prices.json` in the configuration folder, below those of voicegw.yaml."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.core.text import loads
from voicegw_desktop.pricing.catalog import read_price

FILE = "prices.json"
Fields = dict[str, str]
"""A model's fields of `prices.<provider>.<model>`, amounts as decimal text."""

log = logging.getLogger(__name__)


def load(folder: Path) -> dict[str, dict[str, Fields]]:
    """{provider: {model: fields}}; an entry that does not fit is left out with a warning.

    ConfigError for a file that cannot be used.
    """
    path = folder / FILE
    try:
        found = loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. Delete it to start again.") from error
    prices: dict[str, dict[str, Fields]] = {}
    for provider, models in found.items() if isinstance(found, Mapping) else ():
        for model, fields in models.items() if isinstance(models, Mapping) else ():
            try:
                if not isinstance(fields, Mapping) or not fields:
                    raise ConfigError("It has no amounts.")
                read_price(f"{provider}/{model}", fields)
            except ConfigError as error:
                log.warning("%s: the price of %s/%s is left out. %s", path, provider, model, error)
            else:
                prices.setdefault(provider, {})[model] = {key: str(value) for key, value in fields.items()}
    return prices


def save(folder: Path, prices: Mapping[str, Mapping[str, Fields]]) -> None:
    """Store the prices in `folder`; a program that reads meanwhile sees the old file or the new one."""
    write_private(folder / FILE, json.dumps(prices, indent=1, sort_keys=True).encode(), durable=False)
