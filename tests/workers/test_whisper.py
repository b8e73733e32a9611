"""Whisper with real weights in a worker process: words, silence, interims, cancel, corruption."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tests.support.noises import NOISES
from tests.support.speech import WORDS, word_errors
from tests.support.stt import Heard, SttProcess, WorkerFailed, clip, silence, stt_process
from voicegw_desktop.engines.kinds import kinds
from voicegw_desktop.engines.memory import MIB
from voicegw_desktop.engines.process import worker_environment
from voicegw_desktop.engines.wire import Event, encode, read_event

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module")]

WORST_WER = 0.05


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base(models_dir: Path) -> AsyncIterator[SttProcess]:
    async with stt_process(models_dir / "whisper" / "base") as worker:
        yield worker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tiny(models_dir: Path) -> AsyncIterator[SttProcess]:
    async with stt_process(models_dir / "whisper" / "tiny.en") as worker:
        yield worker


async def wrong_words(worker: SttProcess, **how: object) -> float:
    errors = words = 0
    for name, said in WORDS.items():
        heard = await worker.hear(clip(name) + silence(0.6), **how)  # type: ignore[arg-type]
        wrong, count = word_errors(said, heard.text)
        errors, words = errors + wrong, words + count
    return errors / words


async def test_recordings_are_heard(base: SttProcess) -> None:
    assert await wrong_words(base, endpointing_ms=0, interim=False) <= WORST_WER


async def test_live_speech_is_heard_as_well(base: SttProcess) -> None:
    assert await wrong_words(base, language="en") <= WORST_WER


async def test_another_rate_is_heard_the_same(base: SttProcess) -> None:
    samples = np.frombuffer(clip("austen-0920.wav"), "<i2")
    places = np.arange(0, len(samples) - 1, 1 / 3)
    pcm = np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()
    heard = await base.hear(pcm, rate=48_000, endpointing_ms=0)
    assert word_errors(WORDS["austen-0920.wav"], heard.text)[0] == 0
    assert heard.of("end-of-stream")[0]["audio_s"] == pytest.approx(6.05, abs=0.001)


async def test_words_and_subtitles_lie_inside_the_recording_in_order(base: SttProcess) -> None:
    heard = await base.hear(clip("jfk.wav"), endpointing_ms=0)
    said = heard.of("transcript")[0]
    assert " ".join(w["text"] for w in said["words"]) == said["text"]
    assert " ".join(s["text"] for s in said["segments"]) == said["text"]
    times = [t for w in said["words"] for t in (w["start_s"], w["end_s"])]
    assert all(0 <= t <= 11.1 for t in times)
    assert all(w["start_s"] <= w["end_s"] for w in said["words"])
    starts = [w["start_s"] for w in said["words"]]
    assert starts == sorted(starts)
    first_ask = next(w for w in said["words"] if w["text"].lower().startswith("ask"))
    assert first_ask["start_s"] == pytest.approx(3.3, abs=0.2)
    assert said["language"] == "en"
    assert all(0 <= w["confidence"] <= 1 for w in said["words"])


async def test_a_wrong_language_neither_empties_nor_spoils_the_answer(base: SttProcess) -> None:
    heard = await base.hear(clip("jfk.wav")[: 3 * 32_000], endpointing_ms=0, language="he")
    said = heard.of("transcript")[0]
    assert "my fellow americans" in said["text"].lower()
    assert said["language"] == "en"
    measured = said["segments"][0]
    assert -1 < measured["avg_logprob"] < 0 < measured["no_speech"] < 0.6
    assert measured["temperature"] == 0


async def test_a_recording_that_is_read_along_comes_in_pieces(base: SttProcess) -> None:
    heard = await base.hear(clip("jfk.wav"), endpointing_ms=0)
    pieces = [event["committed"] for event in heard.of("interim")]
    assert len(pieces) >= 2
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(pieces))
    assert pieces[-1] == heard.text
    whole = await base.hear(clip("jfk.wav"), endpointing_ms=0, interim=False)
    assert not whole.of("interim")


def kept_promises(heard: Heard) -> int:
    """How often more words were committed; fails when a committed word changed."""
    committed = ""
    steps = 0
    for event in heard.events:
        if event.type == "interim":
            assert event.data["committed"].startswith(committed)
            assert event.data["text"].startswith(event.data["committed"])
            steps += event.data["committed"] != committed
            committed = event.data["committed"]
        elif event.type == "transcript":
            assert event.data["text"].startswith(committed)
            committed = ""
    return steps


@pytest.mark.timeout(300)
async def test_no_interim_or_final_rewrites_committed_words(tiny: SttProcess) -> None:
    # words are committed when three interims agree: a busy machine has time for fewer, and is spoken to slower
    for pace in (1.0, 3.0, 8.0):
        heard = await tiny.hear(clip("jfk.wav") + silence(0.7), pace=pace, endpointing_ms=2000)
        steps = kept_promises(heard)
        kinds = [e.type for e in heard.events if e.type not in ("interim", "chunk-length")]
        assert kinds == ["voice-started", "voice-stopped", "transcript", "end-of-stream"]
        if steps >= 2:
            break
    assert steps >= 2


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("piece_ms", [7, 333])
async def test_every_clip_in_any_pieces_keeps_its_promises(tiny: SttProcess, name: str, piece_ms: int) -> None:
    heard = await tiny.hear(clip(name) + silence(0.7), pace=0.3, piece_s=piece_ms / 1000)
    kept_promises(heard)
    times = [t for d in heard.of("transcript") for w in d["words"] for t in (w["start_s"], w["end_s"])]
    assert times == sorted(times)


async def test_endpointing_is_the_request_s_choice(tiny: SttProcess) -> None:
    pcm = clip("austen-0880.wav") + silence(0.7) + clip("austen-0880.wav") + silence(0.7)
    short = await tiny.hear(pcm, endpointing_ms=300, interim=False)
    long = await tiny.hear(pcm, endpointing_ms=2000, interim=False)
    off = await tiny.hear(pcm, endpointing_ms=0)
    assert [len(h.of("transcript")) for h in (short, long, off)] == [2, 1, 1]
    assert short.of("voice-stopped")[0]["timestamp"] == pytest.approx(3300, abs=300)


async def test_a_word_that_the_detector_hardly_hears_is_kept_with_those_it_leads_to(tiny: SttProcess) -> None:
    # "ask" lies below this threshold, "not" above it
    heard = await tiny.hear(clip("jfk.wav")[: 5 * 32_000], interim=False, extra={"vad_threshold": 0.65})
    assert "ask not" in heard.text.lower()


async def test_commit_ends_the_utterance(tiny: SttProcess) -> None:
    heard = await tiny.hear(clip("austen-0920.wav")[:-3200], commit=True, endpointing_ms=5000)
    assert len(heard.of("transcript")) == 1
    assert "respectable" in heard.text


@pytest.mark.parametrize("kind", NOISES)
async def test_what_is_not_speech_gives_no_words(base: SttProcess, tiny: SttProcess, kind: str) -> None:
    pcm = NOISES[kind](60.0)
    for worker in (base, tiny):
        assert (await worker.hear(pcm, interim=False)).text == ""
        assert (await worker.hear(pcm, endpointing_ms=0)).text == ""


async def test_a_long_recording_reports_progress_and_loses_nothing(tiny: SttProcess) -> None:
    pause, once = silence(0.5), b"".join(clip(name) + silence(0.5) for name in WORDS)
    heard = await tiny.hear((once + pause) * 3, endpointing_ms=0)
    wrong, count = word_errors(" ".join([*WORDS.values()] * 3), heard.text)
    assert wrong / count <= 0.1
    done = [p["done_s"] for p in heard.of("progress")]
    assert len(done) >= 3
    assert done == sorted(done)
    told = [i["committed"] for i in heard.of("interim")]
    assert len(told) >= 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise([*told, heard.text]))


EVERY_LENGTH = """
import os, sys
import ctranslate2
import numpy as np
from voicegw_desktop.engines.memory import resident_bytes

model = ctranslate2.models.Whisper(sys.argv[1], device="cpu", compute_type="int8", intra_threads=1, inter_threads=1)


def held_after(lengths):
    for frames in lengths:
        model.encode(ctranslate2.StorageView.from_array(np.zeros((1, 80, frames), np.float32)))
    return resident_bytes(os.getpid())


# the longest first: what it needs is not growth
known = held_after([3000, *range(900, 2000, 100)])
print(held_after(range(950, 2000, 100)) - known)
"""


async def test_windows_of_new_lengths_are_encoded_in_the_same_memory(models_dir: Path) -> None:
    """The library keeps some 2 MB for each length it meets, if it is let: a hundred for an hour of speech."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", EVERY_LENGTH, str(models_dir / "whisper" / "tiny.en")),
        env=worker_environment(1, False, kinds()["whisper"].env),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    print(f"{int(said) / MIB:.0f} MiB for 11 lengths")
    assert int(said) < 16 * MIB


async def test_speech_without_a_pause_is_transcribed_in_parts(tiny: SttProcess) -> None:
    once = b"".join(clip(name) for name in WORDS)
    heard = await tiny.hear(once * 2 + silence(1), endpointing_ms=3000, interim=False)
    assert len(heard.of("transcript")) == 1
    wrong, count = word_errors(" ".join([*WORDS.values()] * 2), heard.text)
    assert wrong / count <= 0.12


async def test_streams_share_the_model(tiny: SttProcess) -> None:
    names = list(WORDS)[1:]
    all_heard = await asyncio.gather(*(tiny.hear(clip(n) + silence(0.6), interim=False) for n in names))
    for name, heard in zip(names, all_heard, strict=True):
        wrong, _ = word_errors(WORDS[name], heard.text)
        assert wrong <= 2


async def test_hanging_up_ends_the_work(tiny: SttProcess) -> None:
    reader, writer = await tiny.connect()
    writer.write(encode(Event("transcribe", {"endpointing_ms": 0})))
    pcm = clip("jfk.wav") * 12
    for at in range(0, len(pcm), 32_000):
        writer.write(encode(Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1}, pcm[at : at + 32_000])))
        if at > len(pcm) // 2:
            break
    first = await read_event(reader)
    assert first is not None
    writer.close()
    heard = await tiny.hear(clip("austen-0880.wav"), endpointing_ms=0)
    assert "young man" in heard.text


async def test_what_cannot_be_is_refused_in_words(tiny: SttProcess) -> None:
    heard = await tiny.hear(clip("austen-0880.wav"), language="de")
    assert "English only" in heard.of("error")[0]["text"]
    heard = await tiny.hear(clip("austen-0880.wav"), endpointing_ms=-3)
    assert "endpointing_ms is -3" in heard.of("error")[0]["text"]


async def test_the_report_says_what_runs(base: SttProcess) -> None:
    assert base.info["device"] == "cpu"
    assert base.info["compute_type"] == "int8"
    assert base.info["why"]
    assert "de" in base.info["languages"]


@pytest.mark.parametrize("damage", ["short", "flipped", "missing", "tokens"])
async def test_a_corrupt_model_is_named(models_dir: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "tiny.en"
    shutil.copytree(models_dir / "whisper" / "tiny.en", folder)
    weights = folder / "model.bin"
    if damage == "short":
        with weights.open("r+b") as file:
            file.truncate(weights.stat().st_size // 2)
    elif damage == "flipped":
        with weights.open("r+b") as file:
            file.write(b"\xff" * 64)
    elif damage == "missing":
        weights.unlink()
    else:
        (folder / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(WorkerFailed) as caught:
        async with stt_process(folder):
            pass
    assert caught.value.status["code"] == "model_corrupt"
    assert "pull it again" in caught.value.status["message"]


async def test_cuda_that_is_not_there_is_said(models_dir: Path) -> None:
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("this machine has CUDA")
    with pytest.raises(WorkerFailed, match="no CUDA device"):
        async with stt_process(models_dir / "whisper" / "tiny.en", device="cuda"):
            pass
