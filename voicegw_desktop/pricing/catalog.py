"""The price list: what amounts of tokens, characters and audio cost at a provider, exactly, or that it is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from voicegw_desktop.core.errors import ConfigError, did_you_mean
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.core.ports import Zone

MICROS = 1_000_000  # microseconds in a second, and units in "per million"
_HOUR = 3600 * MICROS  # microseconds
_NANOS = 1_000_000_000
MOST_USD = 1_000_000
"""The highest amount of a price."""
MOST_FACTOR = 1000
"""The highest factor between the price of a service tier and the usual one."""

_DATED = re.compile(r"(?:[-@]\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|-latest|-preview)$")
"""Suffixes under which providers publish versions of the same model at the same price."""

RATES_OF_TOKENS = ("input", "cached", "cache_write", "output", "audio_input", "audio_cached", "audio_output")
RATES = (*RATES_OF_TOKENS, "characters", "audio_minute", "audio_hour", "streaming")
"""The amounts a price may have, as prices.yaml names them."""
_FIELDS = {*RATES, "long", "tiers"}
_OTHER = {"minimum_s", "step_s", "billed", "note", "source", "date"}


@dataclass(slots=True)
class Amounts:
    """What a request used. Token counts are disjoint: `input_tokens` leaves the cached, written and audio ones out."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    """Reasoning is part of it: providers bill it as output."""
    characters: int = 0
    """Unicode code points of the text as it was sent, tags and white space with it."""
    audio_s: float = 0.0
    """Seconds heard (STT) or spoken (TTS), one channel."""
    streamed: bool = False
    """A live stream rather than a recording; some providers ask another price for it."""
    audio_input_tokens: int = 0
    audio_cached_tokens: int = 0
    audio_output_tokens: int = 0
    session_s: float = 0.0
    """How long the stream was open; some providers bill that instead of the audio in it."""
    pieces: int = 0
    """Requests the audio was cut into; each has the shortest length that is billed."""
    tier: str = ""
    """The service tier (flex, priority); empty: the usual one."""

    @property
    def prompt_tokens(self) -> int:
        """Every token that was read, for prices that depend on the length of the prompt."""
        written = self.input_tokens + self.cached_tokens + self.cache_write_tokens
        return written + self.audio_input_tokens + self.audio_cached_tokens

    @property
    def tokens(self) -> int:
        """Prompt, output and audio tokens together."""
        return self.prompt_tokens + self.output_tokens + self.audio_output_tokens


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
    audio_input: int | None = None
    audio_cached: int | None = None
    audio_output: int | None = None
    characters: int | None = None
    audio_hour: int | None = None
    """Nano-dollars for an hour of a recording, or of speech."""
    streaming_hour: int | None = None
    """Nano-dollars for an hour of a live stream."""
    minimum_us: int = 0
    step_us: int = 0
    """Audio is billed in multiples of this, to the nearest; 0: exactly."""
    by_session: bool = False
    """A live stream costs what its connection lasted, silent or not."""
    long_above: int = 0
    """Prompts of more tokens are billed by `long`, the whole of the request; 0: there is no such step."""
    long: Price | None = None
    tiers: Mapping[str, Price] = field(default_factory=dict)
    """Prices of other service tiers than the usual one, by the tier's name."""
    source: str = ""
    """The page's name."""
    date: str = ""
    """When the page said so (ISO)."""
    override: bool = False

    @property
    def by_tokens(self) -> bool:
        """True when there is a price for tokens."""
        return any(getattr(self, name) is not None for name in RATES_OF_TOKENS)

    @property
    def free(self) -> bool:
        """True when every price it has is 0."""
        rates = [getattr(self, name) for name in (*RATES_OF_TOKENS, "characters", "audio_hour", "streaming_hour")]
        known = [rate for rate in rates if rate is not None]
        return bool(known) and not any(known) and (self.long is None or self.long.free)

    def covers(self, modality: str) -> bool:
        """True when there is a price for what `modality` (stt, llm, tts) is billed by: tokens, characters or audio."""
        if self.by_tokens:
            return True
        if modality == "tts":
            return self.characters is not None or self.audio_hour is not None
        return modality == "stt" and (self.audio_hour is not None or self.streaming_hour is not None)

    def times(self, factor: Decimal) -> Price:
        """The price with every amount of tokens multiplied, and without tiers of its own."""

        def by(rate: int | None) -> int | None:
            return None if rate is None else int(rate * factor)

        return replace(
            self,
            input=by(self.input),
            cached=by(self.cached),
            cache_write=by(self.cache_write),
            output=by(self.output),
            audio_input=by(self.audio_input),
            audio_cached=by(self.audio_cached),
            audio_output=by(self.audio_output),
            long=self.long and self.long.times(factor),
            tiers={},
        )

    def amounts(self) -> dict[str, str]:
        """The amounts under the names of prices.yaml, as exact decimal text in US dollars."""
        found = {name: exact(value) for name in RATES if (value := getattr(self, name, None)) is not None}
        if self.streaming_hour is not None and self.streaming_hour != self.audio_hour:
            found["streaming"] = exact(round(self.streaming_hour / 60))
        return found

    def cases(self) -> Iterator[tuple[dict[str, str | int], Price]]:
        """When each of its prices holds, and the price: the usual one, longer prompts, other service tiers."""
        for tier, price in (("", self), *self.tiers.items()):
            of_tier: dict[str, str | int] = {"tier": tier} if tier else {}
            yield of_tier, price
            if price.long is not None:
                yield {**of_tier, "prompt_above": price.long_above}, price.long

    def label(self, amounts: Amounts) -> str:
        """What records carry as `pricing_source`.

        An estimate where billed tokens were not reported, or the tier's own price is not known.
        """
        if self.override:
            return "override"
        guessed = self.by_tokens and not amounts.tokens and self.audio_hour is not None
        guessed = guessed or bool(amounts.tier and amounts.tier not in self.tiers)
        return f"{'estimate' if guessed else 'catalogue'} {self.date}"

    def of(self, amounts: Amounts) -> int | None:
        """Nano-dollars, rounded half to even once at the end; None when a part that counts has no price.

        A model is billed by tokens where they are known and have a price, else by characters, else by audio; at a
        tier without a price of its own as at the usual one.
        """
        if amounts.tier in self.tiers:
            return self.tiers[amounts.tier].of(amounts)
        if self.by_tokens and (amounts.tokens or (self.characters is None and self.audio_hour is None)):
            return self._of_tokens(amounts)
        if self.characters is not None:
            if not amounts.characters and (amounts.tokens or amounts.audio_s):
                return None
            return _divide(amounts.characters * self.characters, MICROS)
        if self.audio_hour is None and self.streaming_hour is None:
            return 0 if not (amounts.tokens or amounts.characters or amounts.audio_s) else None
        return self._of_audio(amounts)

    def _of_tokens(self, amounts: Amounts) -> int | None:
        if self.long is not None and amounts.prompt_tokens > self.long_above:
            return self.long._of_tokens(amounts)
        if not amounts.tokens and (amounts.characters or amounts.audio_s):
            return None
        parts = (
            (amounts.input_tokens, self.input),
            (amounts.cached_tokens, self.input if self.cached is None else self.cached),
            (amounts.cache_write_tokens, self.input if self.cache_write is None else self.cache_write),
            (amounts.output_tokens, self.output),
            (amounts.audio_input_tokens, self.audio_input),
            (amounts.audio_cached_tokens, self.audio_input if self.audio_cached is None else self.audio_cached),
            (amounts.audio_output_tokens, self.audio_output),
        )
        if any(count and rate is None for count, rate in parts):
            return None
        return _divide(sum(count * (rate or 0) for count, rate in parts), MICROS)

    def _of_audio(self, amounts: Amounts) -> int | None:
        # a recording goes through a live stream where there is nothing else
        live = amounts.streamed or self.audio_hour is None
        seconds = max(amounts.audio_s, amounts.session_s) if live and self.by_session else amounts.audio_s
        if not seconds:
            return None if amounts.tokens or amounts.characters else 0
        rate = self.streaming_hour if live else self.audio_hour
        if rate is None:
            return None
        length = round(seconds * MICROS)
        if self.step_us:
            length = (length + self.step_us // 2) // self.step_us * self.step_us
        return _divide(max(length, self.minimum_us * max(1, amounts.pieces)) * rate, _HOUR)


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

    def cost(
        self, provider: str, model: str, amounts: Amounts, zone: Zone | str = Zone.CLOUD, variant: str | None = None
    ) -> Cost:
        """What that costs. Local engines and servers of one's own cost 0, unless an own price is set for them.

        `variant`: the language (STT) or voice (TTS), where it has a price of its own.
        """
        prices = self._load()
        price = prices.get((provider, f"{model}:{variant}")) if variant else None
        price = price or self.find(provider, model)
        if price is None:
            return UNKNOWN if zone == Zone.CLOUD and provider not in self._local else LOCAL
        nanos = price.of(amounts)
        return UNKNOWN if nanos is None else Cost(nanos, price.label(amounts))

    def free(self, provider: str, model: str, zone: Zone | str = Zone.CLOUD) -> bool:
        """True when it always costs nothing: a local engine or own server without an own price, or prices of 0."""
        price = self.find(provider, model)
        if price is None:
            return zone != Zone.CLOUD or provider in self._local
        return price.free

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
                (provider, str(model)): read_price(f"{provider}/{model}", fields, section)
                for provider, section in content["providers"].items()
                for model, fields in section["models"].items()
            }
            for provider, models in self._overrides.items():
                for model, fields in models.items():
                    prices[provider, model] = read_price(f"{provider}/{model}", fields, {}, override=True)
            self._prices, self._local = prices, frozenset(content.get("local", ()))
        return self._prices


def read_price(
    where: str, fields: Mapping[str, Any], section: Mapping[str, Any] = MappingProxyType({}), override: bool = False
) -> Price:
    """The price that fields of prices.yaml say; ConfigError names the field that does not fit."""
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
        if not value.is_finite() or not 0 <= value <= MOST_USD * _NANOS * times:
            raise ConfigError(
                f'The price {key} of {where} is "{fields[key]}"; write US dollars from 0 to {MOST_USD:,}, as in 0.15.'
            )
        whole = int(value.to_integral_value())
        if value and not whole:
            raise ConfigError(f"The price {key} of {where} is {fields[key]}, less than a billionth of a US dollar.")
        return whole

    def micros(key: str) -> int:
        return round(float(fields.get(key, 0)) * MICROS)

    recorded = nanos("audio_minute", 60) if "audio_hour" not in fields else nanos("audio_hour")
    live = recorded if "streaming" not in fields else None
    if fields.get("streaming", "unknown") != "unknown":
        live = nanos("streaming", 60)
    long = fields.get("long")
    usual = Price(
        **{key: nanos(key) for key in (*RATES_OF_TOKENS, "characters")},
        audio_hour=recorded,
        streaming_hour=live,
        minimum_us=micros("minimum_s"),
        step_us=micros("step_s"),
        by_session=fields.get("billed") == "session",
        long_above=int(long["above"]) if long else 0,
        long=read_price(where, {k: v for k, v in long.items() if k != "above"}, {}) if long else None,
        source=str(fields.get("source", section.get("source", ""))),
        date=str(fields.get("date", section.get("date", ""))),
        override=override,
        tiers={},
    )
    tiers = fields.get("tiers", section.get("tiers", {}).get(where.partition("/")[2], {}))
    return replace(usual, tiers={name: _tier(where, name, told, usual) for name, told in tiers.items()})


def _tier(where: str, name: str, told: Any, usual: Price) -> Price:
    """The price of a service tier: amounts of its own, or a number by which the usual ones are multiplied."""
    if isinstance(told, Mapping):
        return read_price(where, told, override=usual.override)
    try:
        factor = Decimal(str(told))
    except ArithmeticError:
        factor = Decimal(-1)
    if isinstance(told, bool) or not factor.is_finite() or not 0 <= factor <= MOST_FACTOR:
        raise ConfigError(
            f'The price of {where} at the tier {name} is "{told}"; write how many times the usual price it is, from 0 '
            f"to {MOST_FACTOR}, or its own amounts."
        )
    return usual.times(factor)
