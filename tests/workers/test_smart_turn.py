"""Endpoints moved by the Smart Turn model: a finished sentence ends the utterance soon, after an unfinished one it
waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.engines import FAKE, fake_pool
from tests.support.stt import WorkerFailed, clip, stt_process
from voicegw_desktop.core.errors import EngineUnavailable, ModelNotInstalled
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.ending import MORE_MS, SURE_MS, SUREST_MS, WAIT_MS, Ending, closing, silence_ms
from voicegw_desktop.workers.whisper.endpoint import CHUNK_MS, Endpointer, Sign
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.loading import load
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.turn import WEIGHTS, SmartTurn
from voicegw_desktop.workers.whisper.vad import CHUNK, open_session

USUAL_MS = 400.0
NOTHING: Samples = np.zeros(0, np.float32)


class Oracle:
    """Says of each pause what it was told to say."""

    def __init__(self, *odds: float) -> None:
        self.odds = list(odds)

    def finished(self, speech: Samples) -> float:
        return self.odds.pop(0)


class Pauses:
    """An endpointer that is fed chunk by chunk; every pause is judged before the next chunk comes."""

    def __init__(self, *odds: float) -> None:
        self.ends = Endpointer(USUAL_MS)
        self.judge = Oracle(*odds)
        self.ending = Ending(self.judge, self.ends)

    async def feed(self, prob: float, words: float | None = None) -> Sign | None:
        sign = self.ends.feed(prob)
        if sign in (Sign.STARTED, Sign.RESUMED):
            self.ending.voiced()
        elif sign is Sign.PAUSED:
            self.ending.paused(NOTHING)
            if words is not None:
                self.ending.read(words)
        elif self.ends.paused:
            self.ending.silent()
        if self.ending._asking is not None:
            await self.ending._asking
        return sign

    async def until_the_end(self, words: float | None) -> float:
        """Half a second of voice, then silence: how much of it, in ms, until the utterance ends."""
        for _ in range(16):
            await self.feed(0.9)
        count = 1
        while await self.feed(0.0, words) is not Sign.ENDED:
            count += 1
        return count * CHUNK_MS


@pytest.mark.unit
async def test_sound_and_words_together_move_the_endpoint() -> None:
    for sound, words, waited in (
        (0.98, 0.95, SUREST_MS), (0.95, 0.8, SURE_MS),
        # one alone decides nothing, and neither does a verdict whose words are not there
        (0.98, 0.5, USUAL_MS), (0.05, 0.65, USUAL_MS), (0.98, None, USUAL_MS),
        # no closing mark: more will come, whatever it sounds like
        (0.9, 0.0, MORE_MS), (0.02, 0.3, MORE_MS),
    ):  # fmt: skip
        assert await Pauses(sound).until_the_end(words) == pytest.approx(waited, abs=CHUNK_MS), (sound, words)


@pytest.mark.unit
async def test_what_was_said_of_a_pause_does_not_hold_for_the_next() -> None:
    it = Pauses(0.98, 0.02)
    for _ in range(16):
        await it.feed(0.9)
    for _ in range(4):
        assert await it.feed(0.0, 0.95) is not Sign.ENDED
    assert it.ends.endpoint_ms == SUREST_MS
    assert await it.feed(0.9) is Sign.RESUMED
    assert it.ends.endpoint_ms == USUAL_MS
    assert await it.until_the_end(0.0) == pytest.approx(MORE_MS, abs=CHUNK_MS)


@pytest.mark.unit
async def test_where_decodes_wait_the_model_is_not_asked() -> None:
    it = Pauses()
    it.ending.paused(NOTHING, busy=True)
    assert it.ending._asking is None
    it.ending.read(0.0)
    assert it.ends.endpoint_ms == USUAL_MS


@pytest.mark.unit
async def test_the_model_is_asked_only_where_its_answer_matters() -> None:
    # without a closing mark more will come, and behind an unlikely one the usual silence is waited for
    for words, waited, asked in ((0.1, MORE_MS, False), (0.6, USUAL_MS, False), (0.5, USUAL_MS, True)):
        it = Pauses(0.98)
        assert await it.until_the_end(words) == pytest.approx(waited, abs=CHUNK_MS), words
        assert (it.judge.odds == []) is asked, words


@pytest.mark.unit
async def test_words_that_come_late_are_not_waited_for() -> None:
    it = Pauses(0.98)
    for _ in range(16):
        await it.feed(0.9)
    while not it.ends.paused:
        await it.feed(0.0)
    asked_at = 0.0
    while it.judge.odds:
        await it.feed(0.0)
        asked_at = it.ends.silence_ms
    assert asked_at == pytest.approx(2 * WAIT_MS, abs=CHUNK_MS)
    it.ending.read(0.95)
    assert it.ends.endpoint_ms == SUREST_MS


@pytest.mark.unit
async def test_speech_that_goes_on_before_the_words_are_there_is_not_judged() -> None:
    it = Pauses()
    for _ in range(16):
        await it.feed(0.9)
    while not it.ends.paused:
        await it.feed(0.0)
    assert await it.feed(0.9) is Sign.RESUMED
    it.ending.silent()
    it.ending.read(0.95)
    assert it.ending._asking is None


@pytest.mark.unit
async def test_a_longer_usual_silence_is_waited_for_where_more_will_come() -> None:
    assert silence_ms(1200, 0.1, 0.0) == 1200
    assert silence_ms(100, 0.99, 0.99) == 100


@pytest.mark.unit
def test_words_that_stand_last_and_words_that_do_not() -> None:
    for text, language, closes in (
        ("What you can do for your country.", "en", True), ("Is it?", "en", True), ("今日はいい天気です。", "ja", True),
        ("And Mr.", "en", False), ("to do it and.", "en", False), ("I want the…", "en", False), ("so...", "en", False),
        ("I want", "en", False), ("it is red,", "en", False), ("Das ist und.", "de", False),
        ("Where from?", "en", True), ("", "en", False), (".", "en", False),
    ):  # fmt: skip
        assert closing(text, language) is closes, text


@pytest.mark.unit
def test_without_its_file_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="voicegw models pull turn/smart-turn"):
        SmartTurn(tmp_path / WEIGHTS)


@pytest.mark.unit
async def test_the_pool_finds_the_model_or_tells_that_it_is_missing(tmp_path: Path) -> None:
    bus, notices = EventBus(), []
    bus.subscribe(notices.append, Notice)
    pool = fake_pool(tmp_path, bus=bus, config={"whisper": {"endpointing": "adaptive"}})
    kind = pool.kinds["whisper"]
    assert kind is not FAKE
    try:
        spec = pool.engine("whisper", "base").spec
        assert spec.options["endpointing_dir"] == str(tmp_path / "turn" / "smart-turn-v3.2")
        assert notices == []
    finally:
        await pool.aclose()

    def locate(provider: str, model: str) -> Path:
        if provider == "turn":
            raise ModelNotInstalled(f"{provider}/{model} is not installed.")
        return tmp_path

    # used wherever it is installed; its absence is reported only where the configuration asks for it
    for config, told in (({}, 0), ({"whisper": {"smart_turn": True}}, 1)):
        pool = fake_pool(tmp_path, bus=bus, config=config)
        pool._specs.locate = locate
        try:
            options = pool.engine("whisper", "base").spec.options
        finally:
            await pool.aclose()
        assert (options["endpointing"], options["endpointing_dir"]) == ("adaptive", "")
        assert [n.code for n in notices] == ["endpointing_missing"] * told
    assert "voicegw models pull turn/smart-turn-v3.2" in notices[0].message


@pytest.fixture
def turn_dir(models_dir: Path) -> Path:
    folder = models_dir / "turn" / "smart-turn-v3.2"
    if not (folder / WEIGHTS).is_file():
        pytest.skip(f"{folder} holds no {WEIGHTS}")
    return folder


@pytest.mark.real_engine
def test_it_hears_whether_a_sentence_is_finished(turn_dir: Path) -> None:
    model = SmartTurn(turn_dir / WEIGHTS)
    speech = np.frombuffer(clip("austen-0920.wav"), "<i2").astype(np.float32) / 32768
    assert model.features(speech).shape == (1, 80, 800)
    assert model.finished(speech) > 0.8
    assert model.finished(speech[: len(speech) // 2]) < 0.3
    assert model.finished(NOTHING) >= 0


async def stopped_ms(engine: Engine, speech: bytes, **options: Any) -> float:
    """Where the utterance ends, in ms, when each pause is decoded and judged before the next chunk comes."""
    stops: list[float] = []

    async def emit(kind: str, data: dict[str, Any]) -> None:
        if kind == "voice-stopped":
            stops.append(data["timestamp"])

    chunk = CHUNK * 2
    async with LiveStream(engine, StreamOptions(**options), emit) as stream:
        await stream.push(speech[: len(speech) // chunk * chunk])
        for _ in range(40):
            await asyncio.sleep(0)
            while engine.queue.held:
                await engine.queue.run(Urgency.INTERIM, int)
            if stream._ending is not None and stream._ending._asking is not None:
                await stream._ending._asking
            if stops:
                break
            await stream.push(bytes(chunk))
    return stops[0]


@pytest.mark.real_engine
async def test_finished_speech_ends_sooner_and_the_inside_of_a_sentence_is_waited_for(
    models_dir: Path, turn_dir: Path
) -> None:
    recogniser, _ = load(models_dir / "whisper" / "tiny.en", "cpu", "int8", 1)
    engine = Engine(recogniser, DecodeQueue(), open_session(), SmartTurn(turn_dir / WEIGHTS))
    speech = clip("austen-0920.wav")
    said_s, usual = 5.89, await stopped_ms(engine, speech)
    assert usual - await stopped_ms(engine, speech[: int(said_s * RATE) * 2], adaptive=True) >= 150
    half = speech[: 4 * RATE * 2]  # "Had he married a more amiable woman, he might have been made ..."
    assert await stopped_ms(engine, half, adaptive=True) - await stopped_ms(engine, half) >= 250


@pytest.mark.real_engine
async def test_a_worker_without_the_model_says_so_and_a_broken_model_is_refused(
    models_dir: Path, tmp_path: Path
) -> None:
    folder = models_dir / "whisper" / "tiny.en"
    async with stt_process(folder, options={"endpointing_dir": ""}) as worker:
        assert "is not installed" in worker.info["endpointing"]
        assert "country" in (await worker.hear(clip("jfk.wav"), interim=False)).text
    (tmp_path / WEIGHTS).write_bytes(b"no model" * 100)
    with pytest.raises(WorkerFailed, match="cannot be read as an ONNX model"):
        async with stt_process(folder, options={"endpointing_dir": str(tmp_path)}):
            pass
