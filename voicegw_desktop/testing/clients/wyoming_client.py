"""The wyoming package, as Home Assistant uses it."""

from __future__ import annotations

from typing import Any

PACKAGES = ("wyoming",)


async def info(where: Any) -> str:
    from wyoming.client import AsyncClient
    from wyoming.info import Describe, Info

    async with AsyncClient.from_uri(f"unix://{where.wyoming}") as it:
        await it.write_event(Describe().event())
        found = Info.from_event(await it.read_event())
    models, voices = found.asr[0].models, found.tts[0].voices
    assert models, "no model"
    assert voices, "no voice"
    return f"{len(models)} models, {len(voices)} voices"


async def transcribe(where: Any) -> str:
    from wyoming.asr import Transcribe, Transcript
    from wyoming.audio import AudioChunk, AudioStart, AudioStop
    from wyoming.client import AsyncClient

    pcm, rate = where.pcm()
    async with AsyncClient.from_uri(f"unix://{where.wyoming}") as it:
        await it.write_event(Transcribe(language="en").event())
        await it.write_event(AudioStart(rate, 2, 1).event())
        for i in range(0, len(pcm), 3200):
            await it.write_event(AudioChunk(rate, 2, 1, pcm[i : i + 3200]).event())
        await it.write_event(AudioStop().event())
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            if Transcript.is_type(event.type):
                return str(where.is_heard(Transcript.from_event(event).text))
    raise AssertionError("the connection ended")


async def synthesize(where: Any) -> str:
    from wyoming.tts import Synthesize

    return await _spoken(where, [Synthesize(where.sentence).event()], "audio-stop")


async def synthesize_streaming(where: Any) -> str:
    from wyoming.tts import SynthesizeChunk, SynthesizeStart, SynthesizeStop

    pieces = [SynthesizeChunk(word + " ").event() for word in where.sentence.split()]
    return await _spoken(where, [SynthesizeStart().event(), *pieces, SynthesizeStop().event()], "synthesize-stopped")


async def _spoken(where: Any, events: list[Any], until: str) -> str:
    from wyoming.audio import AudioChunk
    from wyoming.client import AsyncClient

    seconds = 0.0
    async with AsyncClient.from_uri(f"unix://{where.wyoming}") as it:
        for event in events:
            await it.write_event(event)
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                seconds += len(chunk.audio) / 2 / chunk.rate
            if event.type == until:
                return str(where.is_speech(seconds))
    raise AssertionError("the connection ended")


CHECKS = (
    ("describe", info),
    ("transcribe", transcribe),
    ("synthesize", synthesize),
    ("streaming synthesize", synthesize_streaming),
)
