"""The wyoming package, as Home Assistant uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wyoming.client import AsyncClient
    from wyoming.event import Event

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("wyoming",)


def _client(where: Where) -> AsyncClient:
    from wyoming.client import AsyncClient

    client: AsyncClient = AsyncClient.from_uri(f"unix://{where.wyoming}")
    return client


async def info(where: Where) -> str:
    from wyoming.info import Describe, Info

    async with (it := _client(where)):
        await it.write_event(Describe().event())
        event = await it.read_event()
    assert event is not None, "the connection ended"
    found = Info.from_event(event)
    models, voices = found.asr[0].models, found.tts[0].voices
    assert models, "no model"
    assert voices, "no voice"
    heard = {language for model in models for language in model.languages}
    spoken = {language for voice in voices for language in voice.languages}
    return f"{len(models)} models hear {len(heard)} languages, {len(voices)} voices speak {len(spoken)}"


async def transcribe(where: Where) -> str:
    return (await _transcribed(where))[0]


async def transcribe_streaming(where: Where) -> str:
    """The words as they grow, and what the voice detector tells meanwhile."""
    told, kinds, pieces = await _transcribed(where, last="transcript-stop")
    assert kinds[0] == "voice-started", kinds
    assert "voice-stopped" in kinds, kinds
    assert "transcript-start" in kinds, kinds
    where.is_heard("".join(pieces))
    return f"{told} in {len(pieces)} pieces"


async def _transcribed(where: Where, last: str = "transcript") -> tuple[str, list[str], list[str]]:
    from wyoming.asr import Transcribe, Transcript
    from wyoming.audio import AudioChunk, AudioStart, AudioStop

    pcm, rate = where.pcm()
    async with (it := _client(where)):
        await it.write_event(Transcribe(language="en").event())
        await it.write_event(AudioStart(rate, 2, 1).event())
        for i in range(0, len(pcm), 3200):
            await it.write_event(AudioChunk(rate, 2, 1, pcm[i : i + 3200]).event())
        await it.write_event(AudioStop().event())
        text, kinds, pieces = "", list[str](), list[str]()
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            kinds.append(event.type)
            if event.type == "transcript-chunk":
                pieces.append(str(event.data["text"]))
            if Transcript.is_type(event.type):
                text = Transcript.from_event(event).text
            if event.type == last:
                return where.is_heard(text), kinds, pieces
    raise AssertionError("the connection ended")


async def synthesize(where: Where) -> str:
    from wyoming.tts import Synthesize

    return await _spoken(where, [Synthesize(where.sentence).event()], "audio-stop")


async def synthesize_streaming(where: Where) -> str:
    from wyoming.tts import SynthesizeChunk, SynthesizeStart, SynthesizeStop

    pieces = [SynthesizeChunk(word + " ").event() for word in where.sentence.split()]
    return await _spoken(where, [SynthesizeStart().event(), *pieces, SynthesizeStop().event()], "synthesize-stopped")


async def _spoken(where: Where, events: list[Event], until: str) -> str:
    from wyoming.audio import AudioChunk

    seconds = 0.0
    async with (it := _client(where)):
        for one in events:
            await it.write_event(one)
        while (event := await it.read_event()) is not None:
            assert event.type != "error", event.data
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                seconds += len(chunk.audio) / 2 / chunk.rate
            if event.type == until:
                return where.is_speech(seconds)
    raise AssertionError("the connection ended")


async def converse(where: Where) -> str:
    """A sentence for the conversation agent, whose answer comes in pieces and whole."""
    from wyoming.asr import Transcript

    async with (it := _client(where)):
        asked = Transcript("Say hello.", context={"conversation_id": "conformance"}, language="en")
        await it.write_event(asked.event())
        kinds, pieces, whole = list[str](), list[str](), ""
        while (event := await it.read_event()) is not None:
            kinds.append(event.type)
            if event.type == "handled-chunk":
                pieces.append(str(event.data["text"]))
            if event.type == "handled":
                whole = str(event.data["text"])
            if event.type in ("handled-stop", "not-handled", "error"):
                break
    assert kinds[0] == "handled-start", kinds
    assert kinds[-2:] == ["handled", "handled-stop"], kinds
    assert whole == "".join(pieces).strip(), whole
    return f"{len(whole)} characters in {len(pieces)} pieces"


CHECKS = (
    ("describe", info),
    ("transcribe", transcribe),
    ("streaming transcribe, voice started and stopped", transcribe_streaming),
    ("synthesize", synthesize),
    ("streaming synthesize", synthesize_streaming),
    ("conversation agent, streamed", converse),
)
