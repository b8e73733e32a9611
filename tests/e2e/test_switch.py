"""A route changed while agents are connected: the connection stays, the next utterance is served by the new target."""

from __future__ import annotations

import json
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.e2e, pytest.mark.real_engine]

agents = pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
CLIP = "austen-0880.wav"
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


def change(gateway: Served, modality: str, target: str) -> None:
    done = gateway.voicegw("route", "set", modality, target)
    assert done.returncode == 0, done.stderr


def last(gateway: Served, modality: str, count: int) -> list[dict[str, Any]]:
    """The newest requests, oldest first."""
    done = gateway.voicegw("--json", "logs", "--modality", modality, "--limit", str(count))
    rows: list[dict[str, Any]] = json.loads(done.stdout)["logs"]
    return rows[::-1]


def push(stream: Any, path: Path) -> None:
    from livekit import rtc

    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        pcm = file.readframes(file.getnframes()) + bytes(rate * 2)
    step = rate * FRAME_MS // 1000 * 2
    for i in range(0, len(pcm) - step + 1, step):
        stream.push_frame(rtc.AudioFrame(pcm[i : i + step], rate, 1, step // 2))


async def final(stream: Any) -> str:
    from livekit.agents import stt

    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            return str(event.alternatives[0].text)
    raise AssertionError("the stream ended without a transcript")


async def test_a_stream_that_is_open_hears_the_next_utterance_elsewhere(
    gateway: Served, livekit: None, speech_dir: Path
) -> None:
    from livekit.agents import inference

    change(gateway, "stt", "whisper/tiny.en")
    client = inference.STT("deepgram/nova-3:en")
    stream = client.stream()
    push(stream, speech_dir / CLIP)
    heard = [await final(stream)]
    change(gateway, "stt", "whisper/base")
    push(stream, speech_dir / CLIP)
    heard.append(await final(stream))
    stream.end_input()
    assert [e async for e in stream if getattr(e, "alternatives", None) and e.type == "final_transcript"] == []
    await client.aclose()
    for text in heard:
        wrong, wanted = word_errors(WORDS[CLIP], text)
        assert wrong / wanted <= 0.3, heard
    (row,) = last(gateway, "stt", 1)
    assert row["model_id"] == "whisper/base"
    assert [leg["target"] for leg in row["metadata"]["legs"]] == ["whisper/tiny.en", "whisper/base"]


async def test_a_pooled_connection_speaks_the_next_utterance_elsewhere(gateway: Served, livekit: None) -> None:
    from livekit.agents import inference

    client = inference.TTS("cartesia/sonic-3:some-cloud-voice")
    for target in ("piper/en_US-joe-medium", "kokoro/v1.0-int8"):
        change(gateway, "tts", target)
        stream = client.stream()
        stream.push_text("Good morning.")
        stream.end_input()
        seconds = 0.0
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
        await stream.aclose()
        assert 0.4 < seconds < 4.0
    await client.aclose()
    assert [row["model_id"] for row in last(gateway, "tts", 2)] == ["piper/en_US-joe-medium", "kokoro/v1.0-int8"]
