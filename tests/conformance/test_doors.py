"""LiveKit's own Deepgram and ElevenLabs plugins, unmodified, pointed here by base_url: what the checks leave out."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

agents = pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
SENTENCE = "Good morning. The meeting starts at nine."
PATIENCE = 120  # s; far above what a warm engine takes, also on a busy machine


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


@pytest.fixture
async def livekit() -> AsyncIterator[None]:
    async with agents.utils.http_context.open(), asyncio.timeout(PATIENCE):
        yield


def frames(path: Path, trailing_s: float = 1.0, step_ms: int = 50) -> list[Any]:
    from livekit import rtc

    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        pcm = file.readframes(file.getnframes()) + bytes(int(rate * trailing_s) * 2)
    step = rate * step_ms // 1000 * 2
    return [
        rtc.AudioFrame(pcm[i : i + step], rate, 1, len(pcm[i : i + step]) // 2)
        for i in range(0, len(pcm) - step + 1, step)
    ]


async def heard(client: Any, path: Path) -> str:
    """Stream a recording and collect finals until its words have come: this client does not stop by itself."""
    from livekit.agents import stt

    stream = client.stream()
    for frame in frames(path):
        stream.push_frame(frame)
    stream.flush()
    words: list[str] = []
    wanted = len(WORDS[path.name].split())
    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            words.append(event.alternatives[0].text)
            assert event.alternatives[0].words
            if len(" ".join(words).split()) >= 0.9 * wanted:
                break
    await stream.aclose()
    return " ".join(words)


def assert_heard(text: str, name: str) -> None:
    wrong, wanted = word_errors(WORDS[name], text)
    assert wrong / wanted <= 0.15, text


async def streamed(client: Any, text: str = SENTENCE) -> float:
    """Seconds of audio for text pushed in pieces."""
    stream = client.stream()
    for word in text.split():
        stream.push_text(word + " ")
    stream.end_input()
    seconds = 0.0
    async for audio in stream:
        seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await stream.aclose()
    return seconds


async def whole(client: Any, text: str = SENTENCE) -> float:
    """Seconds of audio for text sent at once."""
    seconds = 0.0
    async with client.synthesize(text) as stream:
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    return seconds


async def test_deepgram_hears_turns(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.agents import stt
    from livekit.plugins import deepgram

    client = deepgram.STTv2(api_key=gateway.key, base_url=f"{gateway.v1[:-3]}/v2/listen", eager_eot_threshold=0.4)
    stream = client.stream()
    for frame in frames(speech_dir / "jfk.wav", trailing_s=2.0):
        stream.push_frame(frame)
    stream.end_input()
    kinds, words = [], []
    async for event in stream:
        if event.type == stt.SpeechEventType.RECOGNITION_USAGE:
            continue
        kinds.append(event.type)
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            words.append(event.alternatives[0].text)
    await stream.aclose()
    await client.aclose()
    assert_heard(" ".join(words), "jfk.wav")
    assert kinds[0] == stt.SpeechEventType.START_OF_SPEECH
    assert kinds.count(stt.SpeechEventType.START_OF_SPEECH) == kinds.count(stt.SpeechEventType.END_OF_SPEECH)
    early = kinds.index(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT)
    assert early < kinds.index(stt.SpeechEventType.FINAL_TRANSCRIPT)


async def test_elevenlabs_speaks(gateway: Served, livekit: None) -> None:
    from livekit.plugins import elevenlabs

    for encoding in ("pcm_24000", "mp3_44100_128"):
        client = elevenlabs.TTS(
            voice_id="Xb7hH8MSUJpSbSDYk0k2", api_key=gateway.key, base_url=gateway.v1, encoding=encoding
        )
        for _ in range(2):
            assert 1.0 < await streamed(client) < 9.0
        assert 1.0 < await whole(client) < 9.0
        await client.aclose()


@pytest.mark.parametrize("manual", [True, False])
async def test_elevenlabs_listens_live(gateway: Served, livekit: None, speech_dir: Path, manual: bool) -> None:
    from livekit.plugins import elevenlabs

    turns = {} if manual else {"server_vad": {"vad_silence_threshold_secs": 0.5}}
    client = elevenlabs.STT(
        model="scribe_v2_realtime", api_key=gateway.key, base_url=gateway.v1, include_timestamps=True, **turns
    )
    assert_heard(await heard(client, speech_dir / "jfk.wav"), "jfk.wav")
    await client.aclose()
