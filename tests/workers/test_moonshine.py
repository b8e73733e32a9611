"""Moonshine's network in its own worker and in sherpa's: what both add to a model that gives text only, and faults."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.odd_messages import KINDS, codes_told, odd_fields
from tests.support.speech import WORDS, word_errors
from tests.support.stt import SttProcess, WorkerFailed, clip, silence, stt_process
from voicegw_desktop.core.errors import BadRequest, EngineError
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.models import included
from voicegw_desktop.workers.moonshine import corrupt, kind_of
from voicegw_desktop.workers.whisper.texts import Letters, TextRecogniser

WORKERS = {
    "moonshine/tiny-en": {"engine": "moonshine", "module": "voicegw_desktop.workers.moonshine"},
    "sherpa/moonshine-tiny-en": {"engine": "sherpa", "module": "voicegw_desktop.workers.sherpa.worker"},
}


@pytest.fixture(scope="module", params=WORKERS)
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tiny(model: str) -> Path:
    folder = included.folder(model)
    if folder is None:
        pytest.skip("the engine's package or moonshine-voice is not installed")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(model: str, tiny: Path) -> AsyncIterator[SttProcess]:
    async with stt_process(tiny, **WORKERS[model], model=model.partition("/")[2]) as process:
        yield process


def test_letters_are_tokens() -> None:
    letters = Letters()
    said = letters.tokens("He was not, I think.")
    assert letters.text(said) == "He was not, I think."
    assert letters.words(said, "en") == [(" He", 3), (" was", 4), (" not,", 5), (" I", 2), (" think.", 7)]
    assert letters.text(letters.without_final_marks(said)) == "He was not, I think"
    assert letters.tokens(" ") == ()
    assert (letters.language(None), letters.language("en-GB"), letters.language("auto")) == ("en", "en", "en")
    with pytest.raises(BadRequest, match="English only"):
        letters.language("de")


def test_promised_words_stay() -> None:
    letters = Letters()
    model = TextRecogniser()
    promised = letters.tokens("He was not")
    kept = model._beginning_with(promised, letters.tokens("He was hot and cold."), "en")
    assert letters.text(kept) == "He was not and cold."
    assert model._beginning_with(promised, (), "en") == promised


def test_a_model_is_told_by_its_files(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"encoder_model.ort, decoder_model_merged.ort, tokenizer.bin missing"):
        kind_of(tmp_path, "tiny-en")
    for name in ("streaming_config.json", "encoder.ort", "decoder_kv.ort", "tokenizer.bin"):
        (tmp_path / name).touch()
    assert kind_of(tmp_path, "small-streaming-en") == "SMALL_STREAMING"
    with pytest.raises(EngineError, match="no size that is known"):
        kind_of(tmp_path, "huge-en")
    assert "voicegw models pull moonshine/small-streaming-en" in corrupt(tmp_path, "small-streaming-en", "cut").message


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_recordings_and_live_speech_are_heard(worker: SttProcess) -> None:
    wrong = words = 0
    for name, said in WORDS.items():
        heard = await worker.hear(clip(name), endpointing_ms=0)
        edits, count = word_errors(said, heard.text)
        wrong, words = wrong + edits, words + count
    assert wrong / words < 0.1
    heard = await worker.hear(clip("austen-0920.wav") + silence(1.0), piece_s=0.02)
    assert word_errors(WORDS["austen-0920.wav"], heard.text)[0] <= 1
    (final,) = heard.of("transcript")
    assert final["words"] == []
    assert 0 <= final["start_s"] < final["end_s"] <= 6.1
    # the model writes a word for silence; the voice detector keeps it from the client
    assert (await worker.hear(silence(3.0), endpointing_ms=0)).text == ""


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_speech_without_a_pause_is_transcribed_in_parts(worker: SttProcess) -> None:
    said = clip("austen-0920.wav")[: int(5.9 * 32_000)] * 6
    heard = await worker.hear(said + silence(1.0))
    wrong, words = word_errors(" ".join([WORDS["austen-0920.wav"]] * 6), heard.text)
    assert wrong / words < 0.2


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_another_language_is_refused(worker: SttProcess) -> None:
    heard = await worker.hear(silence(0.1), language="de")
    assert heard.of("error")[0]["code"] == "language_not_supported"


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_malformed_messages_are_refused_and_leave_nothing(worker: SttProcess) -> None:
    chance = random.Random(5)
    asked = odd_fields(chance, 6)

    def between() -> list[Event]:
        return [Event(chance.choice(KINDS), chance.choice(asked), chance.choice([None, b"\1", bytes(3200)]))]

    codes = await codes_told(worker, asked, between)
    # all are the sender's mistakes, and none is a fault of the program
    assert "engine_failed" not in codes
    assert codes <= {"engine_error", "invalid_value", "language_not_supported", "model_not_installed", "bad_wire"}
    assert (await worker.hear(clip("austen-0920.wav"), endpointing_ms=0)).text


@pytest.mark.real_engine
@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
async def test_a_corrupt_model_is_named(model: str, tiny: Path, tmp_path: Path, damage: str) -> None:
    # below the folder in which pip installs, as the package's own
    folder = tmp_path / "site-packages" / "moonshine_voice" / "tiny-en"
    shutil.copytree(tiny, folder)
    encoder = folder / "encoder_model.ort"
    if damage == "cut":
        encoder.write_bytes(encoder.read_bytes()[:1000])
    elif damage == "changed":
        # one bit of a weight: the library would load it
        data = bytearray(encoder.read_bytes())
        data[len(data) // 2] ^= 1
        encoder.write_bytes(data)
    else:
        encoder.unlink()
    with pytest.raises(WorkerFailed) as failed:
        async with stt_process(folder, **WORKERS[model], model=model.partition("/")[2]):
            pass
    assert failed.value.status["code"] == "model_corrupt"
    assert "pip install --force-reinstall moonshine-voice" in failed.value.status["message"]


@pytest.mark.real_engine
async def test_a_card_that_it_cannot_use_is_said(model: str, tiny: Path) -> None:
    with pytest.raises(WorkerFailed) as failed:
        async with stt_process(tiny, **WORKERS[model], device="cuda"):
            pass
    assert failed.value.status["code"] == "device_unavailable"
