"""Cloud speech and chat on the gateway's corridor: one worker with the real plugins, against the fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("livekit.agents")

from tests.conftest import ROOT
from tests.support.agent import speech
from tests.support.cloud import MODELS, PAIRS, Cloud, cloud
from tests.support.engines import HurriedClock, eventually
from voicegw_desktop.core.errors import EngineError, EngineTimeout, RateLimitExceeded, UpstreamError, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, UtteranceDone
from voicegw_desktop.core.ports import Caller, SttOptions, Target, TtsOptions
from voicegw_desktop.gateway.cloud_speech import HANG, WORKER, CloudSpeech
from voicegw_desktop.testing.sound import SECONDS_PER_CHARACTER, pieces

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

RATE = 16_000
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 2.2) + bytes(2 * RATE)
TEXT = "Hello there, my friend. How are you today?"
CALLER = Caller("default", "python")
WAY_OUT = 120.0  # s, with the worker's start on a busy machine
SPEECH = [(p, m) for p, m in PAIRS if m != "llm"]
LIVE = [(p, m) for p, m in SPEECH if p not in ("openai", "groq")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heaven(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """All fakes and a started gateway, for the whole module: the worker starts once."""
    more = {"routing": {"breaker": {"trip_after": 1000}}}
    async with cloud(tmp_path_factory.mktemp("heaven"), more=more) as made, made.gateway:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def sky(heaven: Cloud) -> Cloud:
    for fake in heaven.fakes.values():
        fake.clear()
        fake.requests.clear()
        fake.hangups = 0
        # what the test before left open on its way out must not count here
        await fake.until(lambda fake=fake: not fake.working, WAY_OUT)  # type: ignore[misc]
    return heaven


async def transcribe(sky: Cloud, provider: str, **options: Any) -> list[Any]:
    run = await sky.gateway.corridor.open_stt(CALLER, f"{provider}/{MODELS[provider]['stt']}", SttOptions(**options))

    async def feed() -> None:
        for piece in pieces(VOICE, RATE, 0.1):
            await run.push(piece)
            # a recording faster than any voice; the plugins get their turns
            await asyncio.sleep(0.01)
        await run.end()

    feeding = asyncio.ensure_future(feed())
    try:
        return [event async for event in run]
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await run.cancel()


async def speak(sky: Cloud, provider: str, **options: Any) -> list[Any]:
    run = await sky.gateway.corridor.open_tts(CALLER, f"{provider}/{MODELS[provider]['tts']}", TtsOptions(**options))
    try:
        for word in TEXT.split(" "):
            await run.push(f"{word} ")
        await run.end()
        return [event async for event in run]
    finally:
        await run.cancel()


async def chat(sky: Cloud, provider: str) -> Any:
    name = f"{provider}/{MODELS[provider]['llm']}"
    body = {"model": name, "messages": [{"role": "user", "content": "Hello"}]}
    run = await sky.gateway.corridor.chat(CALLER, name, body)
    try:
        return run.status, await run.read()
    finally:
        await run.close()


@pytest.mark.parametrize(("provider", "modality"), PAIRS)
async def test_it_works(provider: str, modality: str, sky: Cloud) -> None:
    async with asyncio.timeout(WAY_OUT):
        if modality == "stt":
            events = await transcribe(sky, provider)
            assert "hello from the fake" in [e.text for e in events if isinstance(e, Final)]
            assert isinstance(events[-1], EndOfStream)
        elif modality == "tts":
            events = await speak(sky, provider, rate=RATE)
            seconds = sum(len(e.pcm) for e in events if isinstance(e, Audio)) / 2 / RATE
            assert {e.rate for e in events if isinstance(e, Audio)} == {RATE}
            assert seconds == pytest.approx(len(TEXT) * SECONDS_PER_CHARACTER, rel=0.3)
            assert isinstance(events[-1], UtteranceDone)
        else:
            status, body = await chat(sky, provider)
            assert status == 200
            assert b"How can I help" in body


async def test_a_stuck_provider_ends_its_own_request_only(sky: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others keep their streams and the worker its process, however long one provider is silent."""
    async with asyncio.timeout(WAY_OUT):
        await speak(sky, "openai")
        engine = sky.gateway.engines.engine(*WORKER)
        clock, pid = HurriedClock(), engine.process.pid
        monkeypatch.setattr(engine, "clock", clock)
        speech = CloudSpeech(sky.gateway)
        sky["openai"].fault("stall")
        stuck = await speech.open_tts(Target("openai", MODELS["openai"]["tts"]), TtsOptions())
        await stuck.push(TEXT)
        await stuck.end()
        waiting = asyncio.ensure_future(anext(aiter(stuck)))
        await sky["openai"].until(lambda: sky["openai"].working, WAY_OUT)
        beside = await speech.open_stt(Target("deepgram", MODELS["deepgram"]["stt"]), SttOptions())
        pulse = engine.pulse
        while not waiting.done():
            then = clock.monotonic_ns()
            await eventually(lambda then=then: pulse._heard_ns > then, "the worker reports")  # type: ignore[misc]
            clock.hurry(HANG / 4)
            engine.tick()
            await asyncio.sleep(0)
        with pytest.raises(EngineTimeout, match=r"This request got nothing from cloud/speech for 45 s"):
            waiting.result()
        for piece in pieces(VOICE, RATE, 0.1):
            await beside.push(piece)
            await asyncio.sleep(0.01)
        await beside.end()
        events = [event async for event in beside]
        assert "hello from the fake" in [e.text for e in events if isinstance(e, Final)]
        assert isinstance(events[-1], EndOfStream)
        assert engine.process.pid == pid


@pytest.mark.parametrize("provider", [p for p, m in PAIRS if m == "stt"])
async def test_a_recording_is_one_final(provider: str, sky: Cloud) -> None:
    async with asyncio.timeout(WAY_OUT):
        events = await transcribe(sky, provider, endpointing_ms=0)
    # the voice pauses once: a provider that ends utterances itself hears two
    (final,) = [e for e in events if isinstance(e, Final)]
    assert final.text.startswith("hello from the fake")


@pytest.mark.parametrize(("provider", "modality"), SPEECH)
@pytest.mark.parametrize("fault", ["401", "429", "500", "refuse"])
async def test_refusals_are_told(provider: str, modality: str, fault: str, sky: Cloud) -> None:
    sky[provider].fault(fault)
    sky[provider].cut()
    with pytest.raises(VoiceGatewayError) as caught:
        async with asyncio.timeout(WAY_OUT):
            await (transcribe(sky, provider) if modality == "stt" else speak(sky, provider))
    assert "fake-key" not in caught.value.message
    assert provider in caught.value.message
    if fault == "429":
        assert isinstance(caught.value, RateLimitExceeded)
    elif fault == "401":
        assert caught.value.code == "upstream_unauthorized"
    else:
        assert isinstance(caught.value, UpstreamError | EngineError)


async def test_a_stalled_transcription_is_told(sky: Cloud) -> None:
    sky["deepgram"].fault("stall")
    with pytest.raises(VoiceGatewayError, match="deepgram"):
        async with asyncio.timeout(WAY_OUT):
            await transcribe(sky, "deepgram")


@pytest.mark.parametrize(("provider", "modality"), SPEECH)
async def test_a_drop_is_told(provider: str, modality: str, sky: Cloud) -> None:
    sky[provider].fault("drop_mid_stream", after=1 if modality == "stt" else 8)
    with pytest.raises(VoiceGatewayError) as caught:
        async with asyncio.timeout(WAY_OUT):
            await (transcribe(sky, provider) if modality == "stt" else speak(sky, provider))
    assert provider in caught.value.message


@pytest.mark.parametrize(("provider", "modality"), SPEECH)
async def test_a_hangup_ends_the_providers_work(provider: str, modality: str, sky: Cloud) -> None:
    """The provider never stops by itself: only the client's disconnection ends its work."""
    fake = sky[provider]
    if modality == "stt":
        if (provider, modality) in LIVE:
            run: Any = await sky.gateway.corridor.open_stt(CALLER, _name(provider, "stt"), SttOptions())
        else:
            fake.fault("stall_mid_stream")
            options = SttOptions(endpointing_ms=0)
            run = await sky.gateway.corridor.open_stt(CALLER, _name(provider, "stt"), options)
        for piece in pieces(VOICE, RATE, 0.1):
            await run.push(piece)
        if (provider, modality) not in LIVE:
            await run.end()
        await fake.until(lambda: fake.working, WAY_OUT)
    else:
        fake.fault("stall_mid_stream", after=12)
        run = await sky.gateway.corridor.open_tts(CALLER, _name(provider, "tts"), TtsOptions())
        await run.push(TEXT)
        await run.end()
        async with asyncio.timeout(WAY_OUT):
            async for event in run:
                if isinstance(event, Audio):
                    break
    assert fake.working
    await run.cancel()
    await fake.until(lambda: not fake.working, WAY_OUT)
    if modality == "tts":
        assert fake.hangups


def _name(provider: str, modality: str) -> str:
    return f"{provider}/{MODELS[provider][modality]}"


async def test_a_missing_key_says_where_to_put_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    async with cloud(tmp_path, "deepgram", key="fake-key") as made:
        path = tmp_path / "voicegw.yaml"
        path.write_text(f"providers: {{deepgram: {{base_url: '{made['deepgram'].base_url}'}}}}\n")
        await made.gateway.refresh_config()
        async with made.gateway:
            with pytest.raises(VoiceGatewayError) as caught:
                await speak(made, "deepgram")
    assert "key" in caught.value.message
    assert "deepgram" in caught.value.message


async def test_the_worker_is_one_process_and_its_calls_are_recorded(sky: Cloud) -> None:
    workers = [e for e in sky.gateway.engines.status() if e.provider == "cloud"]
    assert [w.name for w in workers] == ["cloud/speech"]
    rows = await sky.gateway.storage.get_recent_requests(limit=500)
    served = {(r["provider"], r["modality"]) for r in rows if r["status"] == "success"}
    assert set(PAIRS) <= served
