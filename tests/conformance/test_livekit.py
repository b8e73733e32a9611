"""Unmodified livekit-agents clients against the served socket, with real engines."""

from __future__ import annotations

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import eventually
from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

agents = pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
FRAME_MS = 50


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


@pytest.fixture
async def livekit(gateway: Served, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    for name, value in gateway.livekit_env().items():
        monkeypatch.setenv(name, value)
    async with agents.utils.http_context.open():
        yield


def frames(path: Path, trailing_s: float = 1.0) -> list[object]:
    from livekit import rtc

    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        pcm = file.readframes(file.getnframes()) + bytes(int(rate * trailing_s) * 2)
    step = rate * FRAME_MS // 1000 * 2
    return [
        rtc.AudioFrame(pcm[i : i + step], rate, 1, len(pcm[i : i + step]) // 2)
        for i in range(0, len(pcm) - step + 1, step)
    ]


async def test_deepgram_named_transcription_is_served_locally(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.agents import inference, stt

    client = inference.STT("deepgram/nova-3:en")
    stream = client.stream()
    for frame in frames(speech_dir / "jfk.wav"):
        stream.push_frame(frame)
    stream.end_input()
    kinds, words = [], []
    async for event in stream:
        kinds.append(event.type)
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            words.append(event.alternatives[0].text)
            assert event.alternatives[0].words
    await client.aclose()
    wrong, wanted = word_errors(WORDS["jfk.wav"], " ".join(words))
    assert wrong / wanted <= 0.15, words
    assert stt.SpeechEventType.START_OF_SPEECH in kinds


async def test_cartesia_named_speech_is_served_locally(gateway: Served, livekit: None) -> None:
    from livekit.agents import inference

    client = inference.TTS("cartesia/sonic-3:some-cloud-voice")
    for _ in range(2):  # the second utterance reuses the pooled connection
        stream = client.stream()
        stream.push_text("Good morning. ")
        stream.push_text("The meeting starts at nine.")
        stream.end_input()
        seconds = 0.0
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
        await stream.aclose()
        assert 1.0 < seconds < 8.0
    await client.aclose()


async def test_an_utterance_without_text_ends(gateway: Served, livekit: None) -> None:
    from livekit.agents import inference

    client = inference.TTS("cartesia/sonic-3")
    stream = client.stream()
    stream.end_input()
    async with asyncio.timeout(10):
        assert [a async for a in stream] == []
    await client.aclose()


async def test_chat_streams_with_usage(gateway: Served, livekit: None) -> None:
    from livekit.agents import inference, llm

    client = inference.LLM("openai/gpt-4o-mini", extra_kwargs={"max_completion_tokens": 24})
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="Say hello.")
    text, usage = "", None
    async with client.chat(chat_ctx=context) as stream:
        async for chunk in stream:
            text += (chunk.delta.content or "") if chunk.delta else ""
            usage = chunk.usage or usage
    await client.aclose()
    assert text.strip()
    assert usage is not None
    assert usage.completion_tokens > 0


async def test_a_wrong_secret_is_refused_for_good(
    gateway: Served, livekit: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livekit.agents import APIStatusError, inference

    monkeypatch.setenv("LIVEKIT_INFERENCE_API_SECRET", "x" * 40)
    stream = inference.STT("deepgram/nova-3").stream()
    with pytest.raises(APIStatusError) as caught:
        async for _ in stream:
            pass
    assert caught.value.status_code == 401
    assert not caught.value.retryable
    await stream.aclose()


async def test_turns_are_judged_here_and_not_in_the_agent(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.agents import inference

    detector = inference.TurnDetector(version="v1", local_fallback=False)
    stream = detector.stream()
    finished: list[float] = []
    try:
        await ask_until_connected(stream)
        # the sentence is whole at the end of the recording, and not in "ask what you can"
        for end_s in (10.6, 8.0):
            heard, pause = frames(speech_dir / "jfk.wav", trailing_s=0.2), 4
            for frame in heard[: round(end_s * 1000 / FRAME_MS)] + heard[-pause:]:
                stream.push_audio(frame)
            # the client's question would overtake its audio, which comes in real time otherwise
            await eventually(stream._audio_ch.empty, "the client has sent its audio")
            event = await asyncio.wait_for(stream.predict(), 10)
            finished.append(event.end_of_turn_probability)
            stream.flush()
        assert await stream.unlikely_threshold(None) == 0.5
        assert not stream.is_degraded
        assert detector.model == "turn-detector-v1"
    finally:
        await stream.aclose()
    assert finished[0] > 0.5 > finished[1], finished


async def ask_until_connected(stream: Any) -> Any:
    """The client drops requests until it is connected, which takes the model's loading once."""
    for _ in range(60):
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(stream.predict()), 0.5)
    raise AssertionError("no answer")
