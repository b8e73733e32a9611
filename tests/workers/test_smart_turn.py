"""Endpoints moved by the Smart Turn model: a finished sentence ends soon, an unfinished one is waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.support.engines import FAKE, fake_pool
from tests.support.stt import WorkerFailed, clip, silence, stt_process
from voicegw_desktop.core.errors import EngineUnavailable, ModelNotInstalled
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.endpoint import CHUNK_MS, Endpointer, Sign
from voicegw_desktop.workers.whisper.turn import LEAST_MS, PATIENCE, WEIGHTS, SmartTurn, TurnJudge

USUAL_MS = 400.0
NOTHING: Samples = np.zeros(0, np.float32)


class Oracle:
    """Says what it was told to say, one answer a pause."""

    def __init__(self, *odds: float) -> None:
        self.odds = list(odds)

    def finished(self, speech: Samples) -> float:
        return self.odds.pop(0)


async def silence_until_the_end(oracle: Oracle, *, resume_after_ms: float | None = None) -> float:
    """Half a second of voice, then silence: how much of it, in ms, until the utterance ends."""
    ends = Endpointer(USUAL_MS)
    judge = TurnJudge(cast("SmartTurn", oracle), ends, USUAL_MS)

    async def feed(prob: float) -> Sign | None:
        sign = ends.feed(prob)
        await judge.judge(sign, lambda: NOTHING)
        return sign

    for _ in range(16):
        await feed(0.9)
    if resume_after_ms is not None:
        for _ in range(int(resume_after_ms / CHUNK_MS)):
            assert await feed(0.0) is not Sign.ENDED
        await feed(0.9)
    count = 1
    while await feed(0.0) is not Sign.ENDED:
        count += 1
    assert not oracle.odds
    return count * CHUNK_MS


@pytest.mark.unit
async def test_the_model_moves_the_endpoint() -> None:
    assert await silence_until_the_end(Oracle(0.9)) == pytest.approx(LEAST_MS, abs=CHUNK_MS)
    assert await silence_until_the_end(Oracle(0.1)) == pytest.approx(USUAL_MS * PATIENCE, abs=CHUNK_MS)
    # every pause is judged anew
    late = await silence_until_the_end(Oracle(0.1, 0.9), resume_after_ms=900)
    assert late == pytest.approx(LEAST_MS, abs=CHUNK_MS)


@pytest.mark.unit
def test_without_its_file_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="voicegw models pull turn/smart-turn"):
        SmartTurn(tmp_path / WEIGHTS)


@pytest.mark.unit
async def test_the_pool_finds_the_model_or_tells_that_it_is_missing(tmp_path: Path) -> None:
    bus, notices = EventBus(), []
    bus.subscribe(notices.append, Notice)
    pool = fake_pool(tmp_path, bus=bus, config={"whisper": {"smart_turn": True}})
    kind = pool.kinds["whisper"]
    assert kind is not FAKE
    try:
        spec = pool.engine("whisper", "base").spec
        assert spec.options["smart_turn_dir"] == str(tmp_path / "turn" / "smart-turn-v3.2")
        assert notices == []
    finally:
        await pool.aclose()

    def locate(provider: str, model: str) -> Path:
        if provider == "turn":
            raise ModelNotInstalled(f"{provider}/{model} is not installed.")
        return tmp_path

    pool = fake_pool(tmp_path, bus=bus, config={"whisper": {"smart_turn": True}})
    pool._specs.locate = locate
    try:
        assert pool.engine("whisper", "base").spec.options["smart_turn_dir"] == ""
    finally:
        await pool.aclose()
    assert [n.code for n in notices] == ["smart_turn_missing"]
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


@pytest.mark.real_engine
async def test_a_worker_ends_finished_speech_sooner_and_waits_inside_a_sentence(
    models_dir: Path, turn_dir: Path
) -> None:
    options = {"smart_turn": True, "smart_turn_dir": str(turn_dir)}
    async with stt_process(models_dir / "whisper" / "tiny.en", options=options) as worker:
        assert worker.info["smart_turn"] == "turn/smart-turn-v3.2"
        whole = clip("austen-0920.wav") + silence(0.9)
        smart = await worker.hear(whole, interim=False)
        usual = await worker.hear(whole, interim=False, endpointing_ms=400)
        at = [h.of("voice-stopped")[0]["timestamp"] for h in (smart, usual)]
        assert at[1] - at[0] >= 150
        assert "respectable" in smart.text
        half = 4 * RATE * 2  # "Had he married a more amiable woman, he might have been ..."
        broken = clip("austen-0920.wav")[:half] + silence(0.6) + clip("austen-0920.wav")[half:] + silence(1.3)

        async def parts(**how: Any) -> int:
            return len((await worker.hear(broken, interim=False, **how)).of("voice-stopped"))

        assert [await parts(), await parts(endpointing_ms=400)] == [1, 2]


@pytest.mark.real_engine
async def test_a_worker_without_the_model_says_so_and_a_broken_model_is_refused(
    models_dir: Path, tmp_path: Path
) -> None:
    folder = models_dir / "whisper" / "tiny.en"
    async with stt_process(folder, options={"smart_turn": True, "smart_turn_dir": ""}) as worker:
        assert "is not installed" in worker.info["smart_turn"]
        assert "country" in (await worker.hear(clip("jfk.wav"), interim=False)).text
    (tmp_path / WEIGHTS).write_bytes(b"no model" * 100)
    with pytest.raises(WorkerFailed, match="cannot be read as an ONNX model"):
        async with stt_process(folder, options={"smart_turn": True, "smart_turn_dir": str(tmp_path)}):
            pass
