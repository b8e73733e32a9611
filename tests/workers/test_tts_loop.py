"""The speaking loop with an engine of the test's own: order, joins, cancelling, run-ahead, cache, errors."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.ports import TtsOptions
from voicegw_desktop.engines.client import synthesize_data
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.tts import speak
from voicegw_desktop.workers.tts.audio import fade, resample, to_int16, trim
from voicegw_desktop.workers.tts.cache import PhraseCache
from voicegw_desktop.workers.tts.chunker import Pace
from voicegw_desktop.workers.tts.onnx import Stop, Turns
from voicegw_desktop.workers.tts.speak import Speaker, Voice, align

pytestmark = pytest.mark.unit

RATE = 16_000


class ToneEngine:
    """Says every clause as a tone, 0.1 s a word, between silences; remembers what it was given."""

    rate = RATE
    first_words = 4
    pace = Pace()
    speeds = (0.5, 2.0)
    version = "tone 1"

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.gate: threading.Event | None = None
        self.begun = threading.Event()
        self.stops: list[Stop] = []

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        if name == "nobody":
            raise NotFound('No voice "nobody". Did you mean tone?', code="voice_not_found", param="voice")
        return Voice(name or "tone", "en-us")

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> Any:
        self.texts.append(text)
        self.stops.append(stop)
        self.begun.set()
        if self.gate:
            self.gate.wait()
        quiet = np.zeros(RATE // 5, np.float32)
        # a different tone every time, as piper's output differs every time
        pitch = 200 + 10 * len(self.texts)
        time = np.arange(int(RATE * 0.1 * len(text.split()) / speed)) / RATE
        return np.concatenate([quiet, (0.5 * np.sin(2 * np.pi * pitch * time)).astype(np.float32), quiet])


class Wire:
    """A connection whose peer is the test."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[Event | None] = asyncio.Queue()
        self.sent: list[Event] = []
        self.wrote = asyncio.Event()

    async def read(self) -> Event | None:
        return await self.inbox.get()

    async def write(self, event: Event) -> None:
        self.sent.append(event)
        self.wrote.set()
        await asyncio.sleep(0)

    @property
    def pcm(self) -> bytes:
        return b"".join(e.payload or b"" for e in self.sent if e.type == "audio-chunk")

    @property
    def kinds(self) -> list[str]:
        kinds = [e.type for e in self.sent]
        return [k for i, k in enumerate(kinds) if i == 0 or kinds[i - 1] != k]

    async def until_audio(self) -> None:
        while not self.pcm:
            self.wrote.clear()
            await self.wrote.wait()


async def say(speaker: Speaker, text: str, **data: Any) -> Wire:
    wire = Wire()
    await speaker.handle(Event("synthesize", {"text": text, **data}), wire)  # type: ignore[arg-type]
    return wire


async def test_whole_text() -> None:
    wire = await say(Speaker(ToneEngine()), "Hello there you. How are things?")
    assert wire.kinds == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    assert wire.sent[0].data == {"rate": RATE, "width": 2, "channels": 1}
    done = wire.sent[-1].data
    assert done["characters"] == len("Hello there you. How are things?")
    assert done["audio_s"] == pytest.approx(len(wire.pcm) / 2 / RATE, abs=0.001)
    assert all(len(e.payload or b"") <= RATE * 0.06 * 2 for e in wire.sent if e.type == "audio-chunk")


async def test_text_in_pieces_is_spoken_before_it_ends() -> None:
    wire, engine = Wire(), ToneEngine()
    serving = asyncio.create_task(Speaker(engine).handle(Event("synthesize-start", {}), wire))  # type: ignore[arg-type]
    for piece in ("Hel", "lo the", "re you. H", "ow"):
        wire.inbox.put_nowait(Event("synthesize-chunk", {"text": piece}))
    await wire.until_audio()
    assert engine.texts == ["Hello there you."]
    wire.inbox.put_nowait(Event("synthesize-chunk", {"text": " are things?"}))
    wire.inbox.put_nowait(Event("synthesize-stop", {}))
    await serving
    assert engine.texts == ["Hello there you.", "How are things?"]
    assert wire.sent[-1].type == "synthesize-stopped"


async def test_nothing_to_say_is_said_quickly() -> None:
    engine = ToneEngine()
    wire = await say(Speaker(engine), " 🎉 *** ")
    assert engine.texts == []
    assert wire.kinds == ["audio-start", "audio-stop", "synthesize-stopped"]


async def test_foreign_writing_is_left_out_and_told_once() -> None:
    engine = ToneEngine()
    wire = await say(Speaker(engine), "Say 你好 now. Привет there. 你好")
    assert [text for text in engine.texts if not text.isascii()] == []
    notes = [event.data["text"] for event in wire.sent if event.type == "note"]
    assert notes == ["words in writing that a voice of en-us cannot read are left out"]
    assert wire.kinds[-1] == "synthesize-stopped"


async def test_ten_thousand_characters_are_spoken_whole() -> None:
    engine = ToneEngine()
    text = "The guest asked when the kitchen closes. " * 250
    wire = await say(Speaker(engine), text)
    assert sum(len(said.split()) for said in engine.texts) == len(text.split())
    assert wire.sent[-1].data["characters"] == len(text) > 10_000
    assert max(len(said) for said in engine.texts) < 500


async def test_breaks_are_silence_of_that_length() -> None:
    speaker = Speaker(ToneEngine())
    without = await say(speaker, "One two. Three four.")
    with_break = await say(speaker, 'One two. <break time="700ms"/> Three four.')
    more = (len(with_break.pcm) - len(without.pcm)) / 2 / RATE
    assert more == pytest.approx(0.7, abs=0.02)


async def test_joins_have_no_clicks() -> None:
    wire = await say(
        Speaker(ToneEngine()), "One two three four. Five six, seven eight nine ten eleven. Twelve thirteen."
    )
    samples = np.frombuffer(wire.pcm, "<i2").astype(np.int32)
    steepest = 2 * np.pi * 260 / RATE * 0.5 * 32767
    assert np.abs(np.diff(samples)).max() <= steepest * 1.2
    assert abs(int(samples[0])) < 10


async def test_leading_silence_is_trimmed() -> None:
    wire = await say(Speaker(ToneEngine()), "One two three.")
    samples = np.abs(np.frombuffer(wire.pcm, "<i2").astype(np.int32))
    assert np.flatnonzero(samples > 1000)[0] < RATE * 0.04


async def test_speed_and_rate() -> None:
    speaker = Speaker(ToneEngine())
    normal = await say(speaker, "one two three four five")
    fast = await say(speaker, "one two three four five", speed=2.0)
    narrow = await say(speaker, "one two three four five", rate=8000)
    assert len(fast.pcm) < len(normal.pcm) * 0.65
    assert narrow.sent[0].data["rate"] == 8000
    assert len(narrow.pcm) == pytest.approx(len(normal.pcm) / 2, rel=0.02)


async def test_cancelling_stops_the_synthesis_and_starts_no_more() -> None:
    engine, wire = ToneEngine(), Wire()
    engine.gate = threading.Event()
    speaker = Speaker(engine)
    text = {"text": "One two three. Four five six. Seven eight nine."}
    serving = asyncio.create_task(speaker.handle(Event("synthesize", text), wire))  # type: ignore[arg-type]
    await asyncio.to_thread(engine.begun.wait)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert engine.stops[0].set
    assert wire.pcm == b""
    engine.gate.set()
    # the engine is free for the next request, and made no more audio for the cancelled one
    await say(speaker, "Ten.")
    assert engine.texts == ["One two three.", "Ten."]
    assert wire.pcm == b""


async def test_run_ahead_is_bounded() -> None:
    engine, wire = ToneEngine(), Wire()
    start = Event("synthesize-start", {"extra": {"run_ahead_s": 1.0}})
    serving = asyncio.create_task(Speaker(engine).handle(start, wire))  # type: ignore[arg-type]
    wire.inbox.put_nowait(Event("synthesize-chunk", {"text": "one two three four five six seven. " * 200}))
    wire.inbox.put_nowait(Event("synthesize-stop", {}))
    await wire.until_audio()
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(wire.pcm) / 2 / RATE < 10
    assert len(engine.texts) < 20
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


@pytest.mark.parametrize(("characters", "bounded"), [(7_000, False), (None, True)])
async def test_only_text_in_pieces_is_held_to_the_pace_of_playing(
    monkeypatch: pytest.MonkeyPatch, characters: int | None, bounded: bool
) -> None:
    monkeypatch.setattr(speak, "RUN_AHEAD_S", 1.0)
    engine, wire = ToneEngine(), Wire()
    start = Event("synthesize-start", synthesize_data(TtsOptions(characters=characters)))
    serving = asyncio.create_task(Speaker(engine).handle(start, wire))  # type: ignore[arg-type]
    wire.inbox.put_nowait(Event("synthesize-chunk", {"text": "one two three four five six seven. " * 50}))
    wire.inbox.put_nowait(Event("synthesize-stop", {}))
    if bounded:
        await wire.until_audio()
        for _ in range(50):
            await asyncio.sleep(0)
        assert not serving.done()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert len(wire.pcm) / 2 / RATE < 10
    else:
        async with asyncio.timeout(60):
            await serving
        assert len(wire.pcm) / 2 / RATE > 30


@pytest.mark.parametrize("passes", range(4))
async def test_a_client_that_leaves_while_its_text_arrives_is_not_spoken_to(passes: int) -> None:
    """`passes`: how often the loop runs between the text and the end."""
    texts: asyncio.Queue[str | None] = asyncio.Queue()
    request = speak.Request(Voice("tone", "en-us"), 1.0, RATE, False, 0.0, 4, Pace())

    async def speaking() -> None:
        async for _ in speak._chunks(request, texts, speak._Progress()):
            pass

    task = asyncio.create_task(speaking())
    for _ in range(5):
        await asyncio.sleep(0)
    texts.put_nowait("Hello")
    for _ in range(passes):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    ended = task.cancelled()
    task.cancel()
    await asyncio.wait({task})
    assert ended


async def test_the_stream_least_ahead_goes_first() -> None:
    turns, order = Turns(), []
    gate = threading.Event()
    tasks = [asyncio.create_task(turns.run(0.0, Stop(), gate.wait))]
    await asyncio.sleep(0)
    for ahead in (9.0, 0.0, 3.0):
        tasks.append(asyncio.create_task(turns.run(ahead, Stop(), lambda ahead=ahead: order.append(ahead))))
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert order == [0.0, 3.0, 9.0]


async def test_cache_hit_is_byte_equal(tmp_path: Path) -> None:
    engine = ToneEngine()
    speaker = Speaker(engine, PhraseCache(tmp_path, 10_000_000, engine.version))
    miss = await say(speaker, "Hello there you. How are things?")
    hit = await say(speaker, "Hello there you. How are things?")
    assert hit.pcm == miss.pcm
    assert len(engine.texts) == 2
    for change in ({"speed": 1.5}, {"rate": 8000}, {"voice": {"name": "other"}}):
        before = len(engine.texts)
        await say(speaker, "Hello there you.", **change)
        assert len(engine.texts) == before + 1, change


def test_cache_keeps_to_its_limit_and_drops_the_oldest(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, 10_000, "1")
    keys = [cache.key(f"text {i}", "v", 1.0, RATE) for i in range(30)]
    for key in keys:
        cache.put(key, bytes(1000))
    assert sum(p.stat().st_size for p in tmp_path.rglob("*.pcm")) <= 10_000
    assert cache.get(keys[-1]) == bytes(1000)
    assert cache.get(keys[0]) is None
    cache.put(keys[0], bytes(20_000))
    assert cache.get(keys[0]) is None


def test_a_damaged_phrase_is_not_played(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, 10_000, "1")
    key = cache.key("text", "v", 1.0, RATE)
    cache.put(key, b"\1\2" * 100)
    [path] = tmp_path.rglob("*.pcm")
    raw = bytearray(path.read_bytes())
    raw[50] ^= 1
    path.write_bytes(raw)
    assert cache.get(key) is None
    assert not path.exists()
    assert PhraseCache(tmp_path, 10_000, "2").key("text", "v", 1.0, RATE) != key


async def test_errors_say_what_is_wrong() -> None:
    speaker = Speaker(ToneEngine())
    with pytest.raises(NotFound, match="Did you mean tone"):
        await say(speaker, "x", voice={"name": "nobody"})
    with pytest.raises(BadRequest, match=r"0\.5 to 2"):
        await say(speaker, "x", speed=9)
    with pytest.raises(BadRequest, match="speed must be a number"):
        await say(speaker, "x", speed="fast")
    with pytest.raises(BadRequest, match="rate 100 is out of range"):
        await say(speaker, "x", rate=100)
    with pytest.raises(BadRequest, match="transcribe"):
        await speaker.handle(Event("transcribe", {}), Wire())  # type: ignore[arg-type]


async def test_alignment_covers_the_audio_in_order() -> None:
    wire = await say(Speaker(ToneEngine()), "One two three. Four five.", extra={"alignment": True})
    events = [e for e in wire.sent if e.type == "alignment"]
    words = [w for e in events for w in e.data["words"]]
    assert [w["text"] for w in words] == ["One", "two", "three.", "Four", "five."]
    assert all(e.data["estimated"] for e in events)
    times = [t for w in words for t in (w["start_s"], w["end_s"])]
    assert times == sorted(times)
    assert times[-1] <= len(wire.pcm) / 2 / RATE
    assert align("", "en", 0.0, 1.0) == []
    # the words as written, weighed as spoken
    dollars, tea = align("<b>$42.50</b> 🎉 tea.", "en-us", 1.0, 2.0)
    assert (dollars["text"], tea["text"]) == ("$42.50", "tea.")
    assert dollars["end_s"] - 1.0 > 3.0 - tea["start_s"]


async def test_a_sentence_is_spoken_when_the_text_pauses() -> None:
    wire, engine = Wire(), ToneEngine()
    serving = asyncio.create_task(Speaker(engine).handle(Event("synthesize-start", {}), wire))  # type: ignore[arg-type]
    wire.inbox.put_nowait(Event("synthesize-chunk", {"text": "Let me look."}))
    await wire.until_audio()
    assert engine.texts == ["Let me look."]
    wire.inbox.put_nowait(Event("synthesize-stop", {}))
    await serving
    assert engine.texts == ["Let me look."]


@pytest.mark.parametrize(("rate", "wanted"), [(24_000, 16_000), (22_050, 16_000), (24_000, 48_000), (22_050, 8_000)])
def test_resampling_keeps_the_tone_and_makes_no_other(rate: int, wanted: int) -> None:
    time = np.arange(rate) / rate
    kept = resample(np.sin(2 * np.pi * 1000 * time).astype(np.float32), rate, wanted)
    assert len(kept) == wanted
    spectrum = np.abs(np.fft.rfft(kept * np.hanning(len(kept))))
    assert int(spectrum.argmax()) == 1000
    spectrum[990:1011] = 0
    assert 20 * np.log10(spectrum.max() / (len(kept) / 4)) < -60
    if wanted < rate:
        above = np.sin(2 * np.pi * (wanted / 2 + 1500) * time).astype(np.float32)
        middle = resample(above, rate, wanted)[wanted // 4 : -wanted // 4]
        assert np.abs(middle).max() < 0.01


def test_sound_shapes() -> None:
    assert len(trim(np.zeros(RATE, np.float32), RATE)) == 0
    assert len(trim(np.zeros(3, np.float32), RATE)) == 3
    faded = fade(np.ones(RATE, np.float32), RATE)
    assert faded[0] == 0
    assert faded[-1] == 0
    assert faded[RATE // 2] == 1
    loud = np.frombuffer(to_int16(np.array([0.0, 0.5, 1.5, -3.0], np.float32)), "<i2")
    assert list(loud[:2]) == [0, 16384]
    assert 30_000 < loud[2] <= 32767
    assert -32768 <= loud[3] < -30_000
