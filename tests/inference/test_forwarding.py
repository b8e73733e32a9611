"""Whatever LiveKit's installed version asks of its own inference classes, these take too, and hand it to the plugin."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

import aiohttp
from livekit.agents import APIConnectOptions
from livekit.agents import inference as theirs

from tests.support.cloud import Cloud, surface
from voicegw_desktop import inference

pytestmark = pytest.mark.socket

LIMIT = 60.0  # s
KINDS = ("STT", "LLM", "TTS")
NAMES = {"STT": "deepgram/nova-3", "LLM": "openai/gpt-4o-mini", "TTS": "cartesia/sonic-3"}
OWN = ("base_url", "api_key", "api_secret")
"""Parameters of LiveKit's own service only."""
NOT_HONOURED = {
    "STT": {*OWN, "encoding"},
    "LLM": {*OWN, "provider", "inference_class", "prompt_cache_breakpoints"},
    "TTS": {*OWN, "encoding"},
}
VALUES: dict[str, Any] = {
    "language": "de", "voice": "a-voice", "base_url": "https://elsewhere.example", "encoding": "pcm_mulaw",
    "sample_rate": 16_000, "api_key": "a-key", "api_secret": "a-secret", "extra_kwargs": {},
    "fallback": "openai/gpt-4o-mini", "conn_options": APIConnectOptions(max_retry=0), "vad": None,
    "provider": "somebody", "inference_class": "priority", "prompt_cache_breakpoints": True,
}  # fmt: skip
FALLBACK = {"STT": "openai/gpt-4o-mini-transcribe", "TTS": "openai/gpt-4o-mini-tts"}
PARAMETERS = [
    (kind, name)
    for kind in KINDS
    for name in inspect.signature(getattr(theirs, kind).__init__).parameters
    if name not in ("self", "model")
]


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with surface(tmp_path, cost_tracking={"enabled": False}) as made:
        yield made


@pytest.mark.parametrize(("kind", "name"), PARAMETERS)
async def test_every_parameter_is_taken_or_named(
    kind: str, name: str, sky: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    async with aiohttp.ClientSession() as http:
        # a KeyError here: LiveKit has a new parameter, whose meaning has to be decided
        value = {**VALUES, "http_session": http, "fallback": FALLBACK.get(kind)}[name]
        with caplog.at_level(logging.WARNING, "voicegw_desktop.inference"):
            made = getattr(inference, kind)(NAMES[kind], **{name: value})
        said = [r.getMessage() for r in caplog.records if f"{name} is not honoured" in r.getMessage()]
        assert bool(said) is (name in NOT_HONOURED[kind])
        assert "a-secret" not in caplog.text
        await made.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_method_takes_what_livekits_takes(kind: str) -> None:
    ours, wanted = getattr(inference, kind), getattr(theirs, kind)
    for name in (n for n in dir(wanted) if not n.startswith("_")):
        assert hasattr(ours, name), name
        method = getattr(wanted, name)
        if inspect.isfunction(method):
            asked = set(inspect.signature(method).parameters)
            assert asked <= set(inspect.signature(getattr(ours, name)).parameters), name


async def test_keyterms_reach_the_provider(sky: Cloud) -> None:
    ears = inference.STT("deepgram/nova-3", extra_kwargs={"keyterm": ["Voigt"]})
    assert ears.capabilities.keyterms == ears._pool.get().capabilities.keyterms
    ears._update_session_keyterms(["Kampff"])
    async with ears.stream() as stream:
        stream.push_frame(_silence())
        await sky["deepgram"].until(lambda: sky["deepgram"].requests, LIMIT)
    await ears.aclose()
    (seen,) = sky["deepgram"].requests
    assert "keyterm=Voigt" in seen.url
    assert "keyterm=Kampff" in seen.url


async def test_what_a_session_reads_is_the_plugins(sky: Cloud) -> None:
    ears, voice = inference.STT("openai/gpt-4o-mini-transcribe"), inference.TTS("cartesia/sonic-3")
    inner = ears._pool.get().capabilities
    assert ears.capabilities.manual_flush == inner.manual_flush
    assert (ears.capabilities.streaming, ears.capabilities.interim_results) == (inner.streaming, inner.interim_results)
    assert voice.markup is voice._pool.get().markup
    voice._set_expressive(True)
    assert voice._pool.get()._expressive is True
    assert (voice.sample_rate, voice.num_channels) == (24_000, 1)
    for one in (ears, voice):
        await one.aclose()


async def test_prewarming_opens_what_the_first_turn_will_use(sky: Cloud) -> None:
    voice, model = inference.TTS("cartesia/sonic-3"), inference.LLM("openai/gpt-4o-mini")
    voice.prewarm()
    model.prewarm(loop=asyncio.get_running_loop())
    await sky["cartesia"].until(lambda: sky["cartesia"].connections, LIMIT)
    await sky["openai"].until(lambda: sky["openai"].requests, LIMIT)
    await voice.aclose()
    await sky["cartesia"].until(lambda: not sky["cartesia"].connections, LIMIT)
    await model.aclose()


async def test_a_fallbacks_options_are_not_lost_silently(sky: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    fallback = [{"model": "openai/gpt-4o-mini-tts", "voice": "ash", "extra_kwargs": {"speed": 2}}]
    with caplog.at_level(logging.WARNING, "voicegw_desktop.inference"):
        voice = inference.TTS("cartesia/sonic-3", fallback=fallback)
    assert "fallback: extra_kwargs is not honoured" in caplog.text
    assert [t.name for t in voice._pool.targets()] == ["cartesia/sonic-3", "openai/gpt-4o-mini-tts"]
    await voice.aclose()


def _silence() -> Any:
    from livekit import rtc

    return rtc.AudioFrame(bytes(3200), 16_000, 1, 1600)
