"""Prices: exact to the nano-dollar, found under dated names, and never zero because nobody knows."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.pricing.catalog import LOCAL, UNKNOWN, Amounts, Price, PriceCatalog

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def catalog() -> PriceCatalog:
    return PriceCatalog()


@pytest.mark.parametrize(
    ("target", "amounts", "nanos"),
    [
        ("openai/gpt-4o-mini", Amounts(input_tokens=1000, cached_tokens=10, output_tokens=500), 450_750),
        ("openai/gpt-4o-mini-2024-07-18", Amounts(input_tokens=1), 150),
        ("openai/gpt-5-nano", Amounts(cached_tokens=1), 5),
        ("openai/gpt-4-turbo-2024-04-09", Amounts(cached_tokens=1), 10_000),
        ("anthropic/claude-sonnet-4-5-20250929", Amounts(1, 1, 1, 1), 3_000 + 300 + 3_750 + 15_000),
        ("anthropic/claude-3-5-haiku-latest", Amounts(output_tokens=1), 4_000),
        ("groq/openai/gpt-oss-120b", Amounts(input_tokens=2), 300),
        ("groq/whisper-large-v3", Amounts(audio_s=1), 308_333),
        ("groq/whisper-large-v3", Amounts(audio_s=3600), 111_000_000),
        ("deepgram/nova-3", Amounts(audio_s=60), 4_300_000),
        ("deepgram/nova-3", Amounts(audio_s=60, streamed=True), 7_700_000),
        ("deepgram/nova-2-phonecall", Amounts(audio_s=30), 2_150_000),
        ("deepgram/aura-2-thalia-en", Amounts(characters=100, audio_s=9), 3_000_000),
        ("deepgram/aura-asteria-en", Amounts(characters=100), 1_500_000),
        ("cartesia/sonic-3", Amounts(characters=1), 50_000),
        ("cartesia/sonic-2-2025-03-07", Amounts(characters=1), 50_000),
        ("elevenlabs/eleven_flash_v2_5", Amounts(characters=10), 600_000),
        ("assemblyai/universal-streaming", Amounts(audio_s=3600), 150_000_000),
        ("openai/whisper-1", Amounts(audio_s=0), 0),
    ],
)
def test_known_prices(catalog: PriceCatalog, target: str, amounts: Amounts, nanos: int) -> None:
    provider, _, model = target.partition("/")
    cost = catalog.cost(provider, model, amounts)
    assert cost.nanos == nanos
    assert cost.source.startswith("catalogue 202")


@pytest.mark.parametrize(
    ("provider", "model", "amounts"),
    [
        ("openai", "gpt-4o-audio-preview", Amounts(input_tokens=1)),
        ("openai", "gpt-4o-minimal", Amounts(input_tokens=1)),
        ("nobody", "x", Amounts(input_tokens=1)),
        ("openai", "text-embedding-3-small", Amounts(output_tokens=1)),
        ("openai", "gpt-4o", Amounts(audio_s=5)),
        ("openai", "tts-1", Amounts(audio_s=5)),
        ("openai", "whisper-1", Amounts(input_tokens=5)),
    ],
)
def test_what_nobody_knows_is_unknown_and_not_free(
    catalog: PriceCatalog, provider: str, model: str, amounts: Amounts
) -> None:
    assert catalog.cost(provider, model, amounts) == UNKNOWN


def test_what_runs_here_is_free(catalog: PriceCatalog) -> None:
    assert catalog.cost("whisper", "base", Amounts(audio_s=9), Zone.LOCAL) == LOCAL
    assert catalog.cost("ollama", "qwen2.5:3b", Amounts(input_tokens=9), Zone.LOCAL) == LOCAL
    assert catalog.cost("openai_compatible", "mine", Amounts(input_tokens=9), Zone.LAN) == LOCAL
    assert catalog.cost("openai_compatible", "mine", Amounts(input_tokens=9), Zone.CLOUD) == UNKNOWN
    # a local proxy in front of a paid model does not make it free
    assert catalog.cost("openai", "gpt-4o", Amounts(input_tokens=1), Zone.LOCAL).nanos == 2_500


def test_own_prices_go_first() -> None:
    own = PriceCatalog(
        overrides={"openai": {"gpt-4o": {"input": "0.0005", "output": 1}}, "acme": {"a*": {"characters": 2}}}
    )
    assert own.cost("openai", "gpt-4o", Amounts(input_tokens=1000)).nanos == 500
    assert own.cost("openai", "gpt-4o", Amounts()).source == "override"
    assert own.cost("acme", "abc", Amounts(characters=1)).nanos == 2_000


@pytest.mark.parametrize("fields", [{"inputs": 1}, {"input": "free"}, {"input": -1}, {"input": "nan"}])
def test_a_wrong_price_is_named(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="openai/x"):
        PriceCatalog(overrides={"openai": {"x": fields}}).find("openai", "x")


def test_an_unreadable_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        PriceCatalog(tmp_path / "none.yaml").find("openai", "x")


def test_every_entry_has_a_source_a_date_and_a_price(catalog: PriceCatalog) -> None:
    entries = catalog.entries()
    providers = {name.partition("/")[0] for name in entries}
    assert providers == {"openai", "deepgram", "cartesia", "anthropic", "groq", "elevenlabs", "assemblyai"}
    for name, price in entries.items():
        assert price.source, name
        assert date.fromisoformat(price.date), name
        kinds = [price.input is not None, price.characters is not None, price.audio_hour is not None]
        assert sum(kinds) == 1, name


amount = st.integers(0, 10**9)
rate = st.integers(0, 10**12)


@given(amount, amount, amount, amount, rate, rate, rate, rate)
def test_sums_are_rounded_once_half_to_even(a: int, b: int, c: int, d: int, p: int, q: int, r: int, s: int) -> None:
    exact = Fraction(a * p + b * q + c * r + d * s, 10**6)
    got = Price(input=p, cached=q, cache_write=r, output=s).of(Amounts(a, b, c, d))
    assert got == (round(exact) if a + b + c + d else 0)


@given(st.integers(1, 10**6), rate)
def test_audio_is_counted_in_microseconds(milliseconds: int, hourly: int) -> None:
    got = Price(audio_hour=hourly).of(Amounts(audio_s=milliseconds / 1000))
    assert got == round(Fraction(milliseconds * hourly, 3_600_000))
