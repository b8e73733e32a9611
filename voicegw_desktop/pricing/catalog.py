"""The price list: what amounts of tokens, characters and audio cost at a provider, exactly, or that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import ConfigError, did_you_mean
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.core.ports import Zone

MICROS = 1_000_000  # microseconds in a second, and units in "per million"
_HOUR = 3600 * MICROS  # microseconds
_NANOS = 1_000_000_000

_DATED = re.compile(r"(?:[-@]\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|-latest|-preview)$")
"""Suffixes under which providers publish versions of the same model at the same price."""

_FIELDS = {"input", "cached", "cache_write", "output", "characters", "audio_minute", "audio_hour", "streaming"}
_OTHER = {"minimum_s", "note", "source", "date"}


@dataclass(slots=True)
class Amounts:
    """What a request used. Tokens are disjoint: `input_tokens` leaves the cached and cache-written ones out."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0
    audio_s: float = 0.0
    """Seconds heard (STT) or spoken (TTS)."""
    streamed: bool = False
    """A live stream rather than a recording; some providers charge more for it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of money, or None where the price is not known, and where the price comes from."""

    nanos: int | None
    source: str


LOCAL = Cost(0, "local")
UNKNOWN = Cost(None, "unknown")


@dataclass(frozen=True, slots=True)
class Price:
    """One model's prices: nano-dollars per million tokens or characters and per hour of audio. None: no such price."""

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    characters: int | None = None
    audio_hour: int | None = None
    streaming_hour: int | None = None
    minimum_us: int = 0
    source: str = ""
    """The page's name."""
    date: str = ""
    """When the page said so (ISO)."""
    override: bool = False

    @property
    def label(self) -> str:
        """What records carry as `pricing_source`."""
        return "override" if self.override else f"catalogue {self.date}"

    def of(self, amounts: Amounts) -> int | None:
        """Nano-dollars, rounded half to even once at the end; None when a part that counts has no price.

        A model that is billed by characters or audio is not also billed by tokens.
        """
        by_million = 0
        audio = 0
        tokens = amounts.input_tokens + amounts.cached_tokens + amounts.cache_write_tokens + amounts.output_tokens
        if self.characters is not None:
            if not amounts.characters and (tokens or amounts.audio_s):
                return None
            by_million = amounts.characters * self.characters
        elif self.audio_hour is not None:
            if not amounts.audio_s and (tokens or amounts.characters):
                return None
            rate = self.streaming_hour if amounts.streamed and self.streaming_hour is not None else self.audio_hour
            length = round(amounts.audio_s * MICROS)
            audio = max(length, self.minimum_us) * rate if length > 0 else 0
        else:
            if not tokens and (amounts.characters or amounts.audio_s):
                return None
            parts = (
                (amounts.input_tokens, self.input),
                (amounts.cached_tokens, self.input if self.cached is None else self.cached),
                (amounts.cache_write_tokens, self.input if self.cache_write is None else self.cache_write),
                (amounts.output_tokens, self.output),
            )
            for count, rate_or_none in parts:
                if count and rate_or_none is None:
                    return None
                by_million += count * (rate_or_none or 0)
        return _divide(by_million * (_HOUR // MICROS) + audio, _HOUR)


def _divide(numerator: int, denominator: int) -> int:
    """Whole quotient, half to even."""
    quotient, rest = divmod(numerator, denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and quotient % 2):
        quotient += 1
    return quotient


class PriceCatalog:
    """Prices by provider and model. The file is read at the first question."""

    def __init__(
        self, path: Path | None = None, overrides: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None
    ) -> None:
        self._path = path or resources_dir() / "prices.yaml"
        self._overrides = overrides or {}
        self._prices: dict[tuple[str, str], Price] | None = None
        self._local: frozenset[str] = frozenset()
        self._found: dict[tuple[str, str], Price | None] = {}

    def find(self, provider: str, model: str) -> Price | None:
        """The model's price: by its name, by its name without a date, by a pattern; None when there is none."""
        key = (provider, model)
        if key not in self._found:
            if len(self._found) > 4096:
                # names come from clients
                self._found.clear()
            self._found[key] = self._search(provider, model)
        return self._found[key]

    def cost(self, provider: str, model: str, amounts: Amounts, zone: Zone | str = Zone.CLOUD) -> Cost:
        """What that costs. Local engines cost 0; so does a server of one's own that no price list names."""
        self._load()
        if provider in self._local:
            return LOCAL
        price = self.find(provider, model)
        if price is None:
            return UNKNOWN if zone == Zone.CLOUD else LOCAL
        nanos = price.of(amounts)
        return UNKNOWN if nanos is None else Cost(nanos, price.label)

    def entries(self) -> dict[str, Price]:
        """Every entry as `provider/model`, for a price page."""
        return {f"{provider}/{model}": price for (provider, model), price in self._load().items()}

    def _search(self, provider: str, model: str) -> Price | None:
        prices = self._load()
        names = [model]
        while (bare := _DATED.sub("", names[-1])) != names[-1]:
            names.append(bare)
        for name in names:
            if price := prices.get((provider, name)):
                return price
        patterns = [
            (name, price) for (owner, name), price in prices.items() if owner == provider and name.endswith("*")
        ]
        fitting = [(name, price) for name, price in patterns if model.startswith(name[:-1])]
        return max(fitting, key=lambda entry: len(entry[0]))[1] if fitting else None

    def _load(self) -> dict[tuple[str, str], Price]:
        if self._prices is None:
            import yaml

            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            try:
                content = yaml.load(self._path.read_text("utf-8"), Loader=loader)
            except (OSError, yaml.YAMLError) as error:
                raise ConfigError(f"The price list {self._path} cannot be read: {error}") from error
            prices = {
                (provider, str(model)): _price(f"{provider}/{model}", fields, section)
                for provider, section in content["providers"].items()
                for model, fields in section["models"].items()
            }
            for provider, models in self._overrides.items():
                for model, fields in models.items():
                    prices[provider, model] = _price(f"{provider}/{model}", fields, {}, override=True)
            self._prices, self._local = prices, frozenset(content.get("local", ()))
        return self._prices


def _price(where: str, fields: Mapping[str, Any], section: Mapping[str, Any], override: bool = False) -> Price:
    for key in fields:
        if key not in _FIELDS | _OTHER:
            raise ConfigError(f'The price of {where} has an unknown key "{key}".{did_you_mean(key, _FIELDS | _OTHER)}')

    def nanos(key: str, times: int = 1) -> int | None:
        if key not in fields:
            return None
        try:
            value = Decimal(str(fields[key])) * _NANOS * times
        except ArithmeticError:
            value = Decimal(-1)
        if not value.is_finite() or value < 0:
            raise ConfigError(f'The price {key} of {where} is "{fields[key]}"; write US dollars, as in 0.15.')
        return int(value.to_integral_value())

    hour = nanos("audio_hour")
    return Price(
        input=nanos("input"),
        cached=nanos("cached"),
        cache_write=nanos("cache_write"),
        output=nanos("output"),
        characters=nanos("characters"),
        audio_hour=nanos("audio_minute", 60) if hour is None else hour,
        streaming_hour=nanos("streaming", 60),
        minimum_us=round(float(fields.get("minimum_s", 0)) * MICROS),
        source=str(fields.get("source", section.get("source", ""))),
        date=str(fields.get("date", section.get("date", ""))),
        override=override,
    )
