"""The wyoming package's own client against the gateway's Wyoming server."""

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
    assert len(names) == 50
    assert all(v.languages for v in info.tts[0].voices)
    # the codes that Home Assistant compares with its own: "multi" would fit none
    languages = {m.name: m.languages for m in info.asr[0].models}
    assert {language.partition("-")[0] for language in languages["tiny.en"]} == {"en"}
    assert {"en", "de", "fr", "ja", "zh"} < set(languages["base"])
    assert len(languages["base"]) >= 99
    spoken = {language for v in info.tts[0].voices for language in v.languages}
    assert {"en-US", "en-GB", "fr", "zh"} <= spoken
    # no voice here reads Japanese writing
    assert "ja" not in spoken
    assert info.asr[0].supports_transcript_streaming
    assert not info.asr[0].requires_external_vad
    assert info.tts[0].supports_synthesize_streaming


async def test_the_end_of_a_command_is_told_while_audio_goes_on(gateway: Served, speech_dir: Path) -> None:
    with wave.open(str(speech_dir / "austen-0920.wav"), "rb") as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes()) + bytes(64_000)
    seen: list[str] = []
    said = ""
    async with client(gateway) as it:
        await it.write_event(Transcribe(name="base", language="en-US", vad_sensitivity="aggressive").event())
        await it.write_event(AudioStart(rate, 2, 1).event())
        for i in range(0, len(pcm), 3200):
            await it.write_event(AudioChunk(rate, 2, 1, pcm[i : i + 3200]).event())
        # what a satellite does: it stops recording when it is told that the command is over
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            seen.append(event.type)
            if event.type == "voice-stopped":
                await it.write_event(AudioStop().event())
            elif event.type == "transcript-chunk":
                said += event.data["text"]
            elif event.type == "transcript-stop":
                break
            elif Transcript.is_type(event.type):
                text = Transcript.from_event(event).text
    assert seen[0] == "voice-started"
    order = [seen.index(kind) for kind in ("transcript-start", "transcript-chunk", "transcript", "transcript-stop")]
    assert order == sorted(order)
    assert said == text
    wrong, wanted = word_errors(WORDS["austen-0920.wav"], text)
    assert wrong / wanted <= 0.1


async def test_a_voice_is_found_by_its_language(gateway: Served) -> None:
    async with client(gateway) as it:
        await it.write_event(Synthesize("Good evening.", voice=SynthesizeVoice(language="en_GB")).event())
        samples, rate = await read_audio(it, "audio-stop")
    # piper's only voice is American and speaks at 22 kHz: this was kokoro
    assert rate == 24_000
    assert samples


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


async def test_an_unusable_format_is_refused_and_the_connection_ends(gateway: Served) -> None:
    async with client(gateway) as it:
        await it.write_event(AudioStart(16_000, 5, 2).event())
        event = await it.read_event()
        assert event is not None
        assert event.type == "error"
        assert await it.read_event() is None
    async with client(gateway) as it:
        await it.write_event(Describe().event())
        event = await it.read_event()
        assert event is not None
        assert event.type == "info"


async def test_a_command_with_pauses_in_any_form_of_audio_is_heard_whole(gateway: Served, speech_dir: Path) -> None:
    with wave.open(str(speech_dir / "austen-0920.wav"), "rb") as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    frames = [pcm[i : i + 2] for i in range(0, len(pcm), 2)]
    wide = b"".join(b"\0\0" + frame + b"\0\0" + frame for frame in frames)
    stereo = wide + bytes(8 * rate) + wide
    finals = 0
    async with client(gateway) as it:
        await it.write_event(Transcribe(language="en").event())
        await it.write_event(AudioStart(rate, 4, 2).event())
        for i in range(0, len(stereo), 3_333):
            await it.write_event(AudioChunk(rate, 4, 2, stereo[i : i + 3_333]).event())
        await it.write_event(AudioStop().event())
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            finals += event.type == "voice-stopped"
            if Transcript.is_type(event.type):
                break
    assert event is not None
    assert finals == 1
    twice = f"{WORDS['austen-0920.wav']} {WORDS['austen-0920.wav']}"
    wrong, wanted = word_errors(twice, Transcript.from_event(event).text)
    assert wrong / wanted <= 0.1
