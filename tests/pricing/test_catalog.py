"""Prices: exact to the nano-dollar, found under dated names, and never zero where no price is known."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.registry import PROVIDERS
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
        ("deepgram/nova-3", Amounts(audio_s=60, streamed=True), 4_800_000),
        ("deepgram/nova-2-phonecall", Amounts(audio_s=30), 2_150_000),
        ("deepgram/aura-2-thalia-en", Amounts(characters=100, audio_s=9), 3_000_000),
        ("deepgram/aura-asteria-en", Amounts(characters=100), 1_500_000),
        ("cartesia/sonic-3", Amounts(characters=1), 50_000),
        ("cartesia/sonic-2-2025-03-07", Amounts(characters=1), 50_000),
        ("elevenlabs/eleven_flash_v2_5", Amounts(characters=10), 500_000),
        ("assemblyai/universal-streaming", Amounts(audio_s=60, session_s=3600, streamed=True), 150_000_000),
        ("assemblyai/universal-3-5-pro", Amounts(audio_s=60, session_s=3600), 450_000_000),
        ("deepgram/flux-general-en", Amounts(audio_s=60), 6_500_000),
        ("groq/whisper-large-v3", Amounts(audio_s=60, streamed=True, pieces=20), 6_166_667),
        ("groq/whisper-large-v3", Amounts(audio_s=600, streamed=True, pieces=20), 18_500_000),
        ("elevenlabs/scribe_v2_realtime", Amounts(audio_s=3600, session_s=9999, streamed=True), 390_000_000),
        ("cartesia/ink-whisper", Amounts(audio_s=60, streamed=True), 3_000_000),
        ("openai/whisper-1", Amounts(audio_s=1.4), 100_000),
        ("openai/whisper-1", Amounts(audio_s=1.5), 200_000),
        ("openai/gpt-4o-transcribe", Amounts(audio_input_tokens=600, output_tokens=20, audio_s=60), 3_800_000),
        ("openai/gpt-4o-mini-tts", Amounts(input_tokens=10, audio_output_tokens=100, audio_s=5), 1_206_000),
        ("openai/gpt-realtime-2.1", Amounts(1, 1, 0, 1, audio_input_tokens=1, audio_cached_tokens=1), 60_800),
        ("openai/gpt-realtime-2.1", Amounts(audio_output_tokens=1), 64_000),
        ("openai/gpt-6-luna", Amounts(input_tokens=271_999, cached_tokens=1, output_tokens=1), 27_200_410),
        ("openai/gpt-6-luna", Amounts(input_tokens=272_000, cached_tokens=1, output_tokens=1), 54_400_770),
        # versions whose price is not that of the name without a date
        ("openai/gpt-4-1106-preview", Amounts(input_tokens=1, output_tokens=1), 10_000 + 30_000),
        ("openai/gpt-4o-2024-05-13", Amounts(input_tokens=1, output_tokens=1), 5_000 + 15_000),
        ("openai/gpt-3.5-turbo-1106", Amounts(input_tokens=1, output_tokens=1), 1_000 + 2_000),
        # long prompts
        ("openai/gpt-5.5", Amounts(input_tokens=272_001, output_tokens=1), 272_001 * 10_000 + 45_000),
        ("openai/gpt-5.4", Amounts(input_tokens=272_001, output_tokens=1), 272_001 * 5_000 + 22_500),
        ("anthropic/claude-sonnet-4-5", Amounts(input_tokens=200_001, output_tokens=1), 200_001 * 6_000 + 22_500),
        ("deepgram/nova-2", Amounts(audio_s=60, streamed=True), 5_833_330),
        # service tiers
        ("openai/gpt-5", Amounts(input_tokens=2, output_tokens=2, tier="flex"), 1_250 + 10_000),
        ("openai/gpt-4o", Amounts(input_tokens=1, cached_tokens=1, tier="priority"), 4_250 + 2_125),
        ("openai/gpt-4o-mini-2024-07-18", Amounts(input_tokens=1, output_tokens=1, tier="priority"), 250 + 1_000),
        ("openai/gpt-5.4", Amounts(input_tokens=272_001, output_tokens=1, tier="flex"), 272_001 * 2_500 + 11_250),
        ("anthropic/claude-haiku-4-5-20251001", Amounts(1, 1, 1, 1), 7_350),
        ("openai/whisper-1", Amounts(audio_s=0), 0),
    ],
)
def test_known_prices(catalog: PriceCatalog, target: str, amounts: Amounts, nanos: int) -> None:
    provider, _, model = target.partition("/")
    cost = catalog.cost(provider, model, amounts)
    assert cost.nanos == nanos
    assert cost.source.startswith("catalogue 202")


def test_a_provider_s_own_estimate_is_called_one(catalog: PriceCatalog) -> None:
    cost = catalog.cost("openai", "gpt-4o-transcribe", Amounts(audio_s=60))
    assert (cost.nanos, cost.source[:8]) == (6_000_000, "estimate")
    assert catalog.cost("openai", "whisper-1", Amounts(audio_s=60)).source.startswith("catalogue")


def test_a_tier_without_a_price_of_its_own_is_an_estimate_at_the_usual_one(catalog: PriceCatalog) -> None:
    for model, tier in (("gpt-4.1", "flex"), ("gpt-5", "ultrafast")):
        usual, cost = (catalog.cost("openai", model, Amounts(input_tokens=5, tier=name)) for name in ("", tier))
        assert (cost.nanos, cost.source[:8]) == (usual.nanos, "estimate")
        assert usual.source.startswith("catalogue")


def test_an_own_price_may_have_tiers() -> None:
    fields = {"input": 1, "tiers": {"flex": 0.25, "fast": {"input": 3}}}
    catalog = PriceCatalog(overrides={"openai": {"x": fields}})
    costs = [catalog.cost("openai", "x", Amounts(input_tokens=4, tier=tier)) for tier in ("", "flex", "fast", "slow")]
    assert [(cost.nanos, cost.source) for cost in costs] == [
        (4_000, "override"), (1_000, "override"), (12_000, "override"), (4_000, "override"),
    ]  # fmt: skip


def test_a_language_may_have_a_price_of_its_own(catalog: PriceCatalog) -> None:
    minute = Amounts(audio_s=60, streamed=True)
    assert catalog.cost("deepgram", "nova-3", minute, variant="multi").nanos == 5_800_000
    assert catalog.cost("deepgram", "nova-3", minute, variant="de").nanos == 4_800_000


@pytest.mark.parametrize(
    ("provider", "model", "amounts"),
    [
        ("openai", "gpt-4o-search-preview", Amounts(audio_input_tokens=1)),
        ("openai", "gpt-4o-minimal", Amounts(input_tokens=1)),
        ("nobody", "x", Amounts(input_tokens=1)),
        ("openai", "text-embedding-3-small", Amounts(output_tokens=1)),
        ("openai", "gpt-4o", Amounts(audio_s=5)),
        ("openai", "tts-1", Amounts(audio_s=5)),
        ("openai", "whisper-1", Amounts(input_tokens=5)),
        ("openai", "gpt-4o", Amounts(audio_input_tokens=5)),
        ("elevenlabs", "eleven_multilingual_v1", Amounts(characters=5)),
    ],
)
def test_what_nobody_knows_is_unknown_and_not_free(
    catalog: PriceCatalog, provider: str, model: str, amounts: Amounts
) -> None:
    assert catalog.cost(provider, model, amounts) == UNKNOWN


def test_a_step_without_prices_is_unknown() -> None:
    catalog = PriceCatalog(overrides={"openai": {"own": {"input": 1, "long": {"above": 1000}}}})
    assert catalog.cost("openai", "own", Amounts(input_tokens=1000)).nanos == 1_000_000
    assert catalog.cost("openai", "own", Amounts(input_tokens=1001)) == UNKNOWN


@pytest.mark.parametrize(
    ("model", "nanos"),
    [
        ("ft:gpt-4o-2024-08-06:company::id", 3_750),
        ("ft:gpt-4o-mini-2024-07-18:company::id", 300),
        ("ft:gpt-4.1-nano-2025-04-14:company:name:id", 200),
    ],
)
def test_a_tuned_model_costs_more_than_its_base(catalog: PriceCatalog, model: str, nanos: int) -> None:
    assert catalog.cost("openai", model, Amounts(input_tokens=1)).nanos == nanos


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


def test_an_own_price_for_a_local_engine_is_charged() -> None:
    own = PriceCatalog(overrides={"whisper": {"base": {"audio_minute": "0.006"}}, "llamacpp": {"*": {"input": 0}}})
    cost = own.cost("whisper", "base", Amounts(audio_s=30), Zone.LOCAL)
    assert (cost.nanos, cost.source) == (3_000_000, "override")
    assert own.cost("whisper", "tiny.en", Amounts(audio_s=30), Zone.LOCAL) == LOCAL
    assert [own.free(*target, Zone.LOCAL) for target in (("whisper", "base"), ("whisper", "x"), ("llamacpp", "y"))] == [
        False, True, True
    ]  # fmt: skip


def test_every_engine_that_runs_in_a_worker_is_free_by_its_name(catalog: PriceCatalog) -> None:
    engines = [name for name, known in PROVIDERS.items() if known.worker is not None]
    assert "moonshine" in engines
    assert [name for name in engines if not catalog.free(name, "any")] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"inputs": 1}, {"input": "free"}, {"input": -1}, {"input": "nan"}, {"input": "1e-10"},
        {"input": 1, "tiers": {"flex": "half"}}, {"input": 1, "tiers": {"flex": -1}},
        {"input": 1, "tiers": {"flex": True}}, {"input": 1, "tiers": {"flex": {"inputs": 1}}},
    ],
)  # fmt: skip
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
        audio = price.audio_hour is not None or price.streaming_hour is not None
        assert price.by_tokens or price.characters is not None or audio, name
        assert price.characters is None or not (audio or price.by_tokens), name
        assert price.by_tokens or price.long is None, name


amount = st.integers(0, 10**9)
rate = st.integers(0, 10**12)


every_rate = st.fixed_dictionaries(dict.fromkeys(("input", "cached", "cache_write", "output"), rate))
every_audio_rate = st.fixed_dictionaries(dict.fromkeys(("audio_input", "audio_cached", "audio_output"), rate))
counts = st.fixed_dictionaries(
    {
        name: st.integers(0, 10**7)
        for name in (
            "input_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "output_tokens",
            "audio_input_tokens",
            "audio_cached_tokens",
            "audio_output_tokens",
        )
    }
)


@given(every_rate, every_audio_rate, counts)
def test_every_token_is_paid_once_and_exactly(
    text: dict[str, int], audio: dict[str, int], used: dict[str, int]
) -> None:
    """Splitting a request's tokens over two never changes the sum by more than the two roundings."""
    price = Price(**text, **audio)
    exact = Fraction(sum(used[f"{name}_tokens"] * each for name, each in {**text, **audio}.items()), 10**6)
    assert price.of(Amounts(**used)) == round(exact)
    half = {name: count // 2 for name, count in used.items()}
    rest = {name: count - half[name] for name, count in used.items()}
    parts = (price.of(Amounts(**half)) or 0) + (price.of(Amounts(**rest)) or 0)
    assert abs(parts - exact) <= 1


@given(every_rate, counts, st.integers(1, 10**7))
def test_a_long_prompt_moves_the_whole_request_to_its_step(
    short: dict[str, int], used: dict[str, int], above: int
) -> None:
    used = {name: count for name, count in used.items() if not name.startswith("audio")}
    dear = Price(**{name: 2 * each for name, each in short.items()})
    price = Price(**short, long_above=above, long=dear)
    amounts = Amounts(**used)
    expected = dear if amounts.prompt_tokens > above else Price(**short)
    assert price.of(amounts) == expected.of(amounts)


@given(st.integers(0, 10**6), st.integers(0, 10**6), rate, st.integers(0, 30), st.booleans())
def test_audio_never_costs_less_than_its_minimum_nor_more_for_less(
    a_ms: int, b_ms: int, hourly: int, minimum_s: int, streamed: bool
) -> None:
    price = Price(audio_hour=hourly, streaming_hour=hourly, minimum_us=minimum_s * 10**6)
    less, more = sorted((a_ms, b_ms))
    first, second = (price.of(Amounts(audio_s=ms / 1000, streamed=streamed)) for ms in (less, more))
    assert (first or 0) <= (second or 0)
    assert less == 0 or (first or 0) >= (price.of(Amounts(audio_s=minimum_s, streamed=streamed)) or 0)


@given(st.integers(0, 10**6), st.integers(0, 10**6), rate)
def test_a_session_is_billed_for_as_long_as_it_was_open(audio_ms: int, open_ms: int, hourly: int) -> None:
    price = Price(streaming_hour=hourly, by_session=True)
    got = price.of(Amounts(audio_s=audio_ms / 1000, session_s=open_ms / 1000, streamed=True))
    assert got == round(Fraction(max(audio_ms, open_ms) * hourly, 3_600_000))


@given(amount, amount, amount, amount, rate, rate, rate, rate)
def test_sums_are_rounded_once_half_to_even(a: int, b: int, c: int, d: int, p: int, q: int, r: int, s: int) -> None:
    exact = Fraction(a * p + b * q + c * r + d * s, 10**6)
    got = Price(input=p, cached=q, cache_write=r, output=s).of(Amounts(a, b, c, d))
    assert got == (round(exact) if a + b + c + d else 0)


@given(st.integers(1, 10**6), rate)
def test_audio_is_counted_in_microseconds(milliseconds: int, hourly: int) -> None:
    got = Price(audio_hour=hourly).of(Amounts(audio_s=milliseconds / 1000))
    assert got == round(Fraction(milliseconds * hourly, 3_600_000))
