"""The wyoming package's own client against our server."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


def client(gateway: Served) -> AsyncClient:
    return AsyncClient.from_uri(f"unix://{gateway.home / 'run' / 'wyoming.sock'}")


async def test_every_installed_voice_and_language_is_listed(gateway: Served) -> None:
    async with client(gateway) as it:
        await it.write_event(Describe().event())
        event = await it.read_event()
    assert event is not None
    info = Info.from_event(event)
    assert {m.name for m in info.asr[0].models} >= {"base", "tiny.en"}
    names = {v.name for v in info.tts[0].voices}
    assert "en_US-joe-medium" in names
    assert "af_heart" in names
    assert len(names) == 55
    assert all(v.languages for v in info.tts[0].voices)


async def test_a_recording_is_transcribed_by_the_named_model(gateway: Served, speech_dir: Path) -> None:
    with wave.open(str(speech_dir / "austen-0920.wav"), "rb") as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    async with client(gateway) as it:
        await it.write_event(Transcribe(name="base", language="en").event())
        await it.write_event(AudioStart(rate, 2, 1).event())
        for i in range(0, len(pcm), 3200):
            await it.write_event(AudioChunk(rate, 2, 1, pcm[i : i + 3200]).event())
        await it.write_event(AudioStop().event())
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            if Transcript.is_type(event.type):
                break
    assert event is not None
    wrong, wanted = word_errors(WORDS["austen-0920.wav"], Transcript.from_event(event).text)
    assert wrong / wanted <= 0.1


async def read_audio(it: AsyncClient, until: str) -> tuple[int, int]:
    samples = rate = 0
    while (event := await it.read_event()) is not None:
        assert event.type != "error", event.data
        if AudioChunk.is_type(event.type):
            chunk = AudioChunk.from_event(event)
            samples, rate = samples + len(chunk.audio) // 2, chunk.rate
        if event.type == until:
            return samples, rate
    raise AssertionError(f"the connection ended before {until}")


async def test_text_is_spoken_whole_and_streamed(gateway: Served) -> None:
    voice = SynthesizeVoice(name="en_US-joe-medium")
    async with client(gateway) as it:
        await it.write_event(Synthesize("Turn on the light.", voice=voice).event())
        samples, rate = await read_audio(it, "audio-stop")
        assert 0.5 < samples / rate < 5
        await it.write_event(SynthesizeStart(voice=voice).event())
        for piece in ("Turn on ", "the light."):
            await it.write_event(SynthesizeChunk(piece).event())
        await it.write_event(SynthesizeStop().event())
        samples, rate = await read_audio(it, SynthesizeStopped().event().type)
        assert 0.5 < samples / rate < 5


async def test_an_unusable_format_is_refused_and_the_connection_lives(gateway: Served) -> None:
    async with client(gateway) as it:
        await it.write_event(AudioStart(16_000, 4, 2).event())
        event = await it.read_event()
        assert event is not None
        assert event.type == "error"
        await it.write_event(Describe().event())
        event = await it.read_event()
        assert event is not None
        assert event.type == "info"
