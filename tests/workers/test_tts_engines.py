"""Kokoro and piper with real weights in worker processes, heard by whisper."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tests.support.speech import word_errors
from tests.support.tts import MODELS, SENTENCES, Listener, Spoken, TtsProcess, comparable, tts_process
from voicegw_desktop.core.errors import EngineError, NotFound
from voicegw_desktop.engines.wire import Event, encode, read_event

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module")]

HEARD_IN_CI = {"piper": SENTENCES[:3], "kokoro": SENTENCES[3:5]}
WORST_WER = 0.15
"""Share of words wrong, of a small sample. A voice that is broken gets most of them wrong. tests/bench/tts.py judges
all sentences, with the voices' own noise, by 0.03."""
CLICK = 300
"""A step between neighbouring samples that would be heard where two clauses meet, of 32767."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def piper(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TtsProcess]:
    cache = str(tmp_path_factory.mktemp("cache"))
    async with tts_process("piper", models_dir, options={"cache_dir": cache, "phrase_cache": "2MB"}) as worker:
        yield worker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kokoro(models_dir: Path) -> AsyncIterator[TtsProcess]:
    async with tts_process("kokoro", models_dir, threads=2) as worker:
        yield worker


@pytest.fixture(scope="module")
def listener(models_dir: Path) -> Listener:
    return Listener(models_dir)


def samples(spoken: Spoken) -> np.ndarray:
    return np.frombuffer(spoken.pcm, "<i2").astype(np.int32)


def steps_at_joins(spoken: Spoken) -> np.ndarray:
    """Steps between samples within half a millisecond of where a clause begins or ends."""
    steps = np.abs(np.diff(np.concatenate([[0], samples(spoken), [0]])))
    near = round(spoken.rate * 0.0005)
    places = [round(t * spoken.rate) for t in (*spoken.starts, *spoken.ends)]
    assert len(places) >= 2
    return np.concatenate([steps[max(0, place - near) : place + near] for place in places])


async def test_words_come_back(piper: TtsProcess, kokoro: TtsProcess, listener: Listener) -> None:
    wrong = words = 0
    for engine, worker in (("piper", piper), ("kokoro", kokoro)):
        for sentence in HEARD_IN_CI[engine]:
            voice = "bf_emma" if engine == "kokoro" else None
            spoken = await worker.say(sentence, voice=voice, extra={"alignment": True})
            assert spoken.error is None
            heard = listener.hear(spoken)
            edits, count = word_errors(comparable(sentence), comparable(heard))
            wrong, words = wrong + edits, words + count
            print(f"{engine}: {edits} wrong in {heard!r}")
            assert steps_at_joins(spoken).max() < CLICK
    assert wrong / words <= WORST_WER


async def test_pieces_say_the_same_as_the_whole(kokoro: TtsProcess) -> None:
    text = "Of course, the bridge is open. You can cross it now."
    whole = await kokoro.say(text)
    pieces = await kokoro.say([text[i : i + 3] for i in range(0, len(text), 3)])
    # the pace, by which clauses are cut, is measured: it may have moved on between the two
    again = whole if pieces.pcm == whole.pcm else await kokoro.say(text)
    assert pieces.pcm == again.pcm
    assert pieces.done == again.done


async def test_first_audio_does_not_wait_for_the_rest(kokoro: TtsProcess) -> None:
    text = "Of course, " + "I can tell you about all of the trains that leave for Boston this morning. "
    spoken = await kokoro.say(text)
    started = time.perf_counter()
    await kokoro.say(text, extra={"first_words": 100})
    assert spoken.first_s < (time.perf_counter() - started) / 2


async def test_a_hang_up_frees_the_engine(kokoro: TtsProcess) -> None:
    long_text = "There was a long road between the two villages and nobody walked along it in the winter. " * 8
    alone = await kokoro.say("Hello again.")
    reader, writer = await kokoro.connect()
    writer.write(encode(Event("synthesize", {"text": long_text, "extra": {"first_words": 36}})))
    await read_event(reader)
    writer.close()
    after = await kokoro.say("Hello again.")
    assert after.pcm == alone.pcm
    # the abandoned clause alone would have taken many times as long
    assert after.first_s < alone.first_s * 4


async def test_stop_ends_a_synthesis_in_the_middle(models_dir: Path) -> None:
    from voicegw_desktop.workers.kokoro import KokoroEngine
    from voicegw_desktop.workers.tts.onnx import Stop, Stopped

    engine = KokoroEngine(models_dir / "kokoro" / MODELS["kokoro"], MODELS["kokoro"], 2, "cpu")
    voice, text = (
        engine.voice(None, None, None),
        "There was a long road between the two villages, and nobody came.",
    )
    started = time.perf_counter()
    engine.synthesise(text, voice, 1.0, Stop())
    whole = time.perf_counter() - started
    stop = Stop()
    timer = threading.Timer(whole / 10, stop.stop)
    timer.start()
    started = time.perf_counter()
    with pytest.raises(Stopped):
        engine.synthesise(text, voice, 1.0, stop)
    timer.join()
    assert time.perf_counter() - started < whole / 2


async def test_voices_and_mixes(kokoro: TtsProcess, models_dir: Path) -> None:
    voices = kokoro.info["voices"]
    assert len(voices) == 49
    assert {v["language"] for v in voices} == {"en-us", "en-gb", "es", "fr", "hi", "it", "pt-br", "zh"}
    text = "Good evening."
    error = (await kokoro.say(text, voice="jf_alpha")).error
    assert error is not None
    assert (error["code"], "no reader of Japanese" in error["text"]) == ("language_not_supported", True)
    heart = await kokoro.say(text, voice="af_heart")
    adam = await kokoro.say(text, voice="am_adam")
    mixed = await kokoro.say(text, voice="af_heart:0.7+am_adam:0.3")
    same = await kokoro.say(text, voice="am_adam:3 + af_heart:7")
    assert len({heart.pcm, adam.pcm, mixed.pcm}) == 3
    assert same.pcm == mixed.pcm
    # Kokoro-FastAPI's notation, in any case
    assert (await kokoro.say(text, voice="AF_heart(7)+am_adam(3)")).pcm == mixed.pcm
    assert (await kokoro.say(text, voice="alloy")).pcm == (await kokoro.say(text, voice="af_alloy")).pcm
    for voice, code, words in (
        ("af_haert", "voice_not_found", "af_heart"),
        ("af_heart:x+am_adam", "invalid_voice_mix", "not a number"),
        ("af_heart:-1+am_adam", "invalid_voice_mix", "above 0"),
        ("af_heart:nan", "invalid_voice_mix", "above 0"),
        ("af_heart++am_adam", "invalid_voice_mix", "name:weight"),
    ):
        error = (await kokoro.say(text, voice=voice)).error
        assert error is not None
        assert error["code"] == code
        assert words in error["text"]


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("ef_dora", "Buenos días."),
        ("ff_siwis", "Bonjour à tous."),
        ("hf_alpha", "नमस्ते।"),
        ("if_sara", "Buongiorno."),
        ("pf_dora", "Bom dia."),
        ("zf_xiaobei", "你好。"),
        ("bm_george", "Good day."),
    ],
)
async def test_every_language_is_spoken(kokoro: TtsProcess, voice: str, text: str) -> None:
    spoken = await kokoro.say(text, voice=voice)
    assert spoken.error is None
    assert 0.3 < spoken.seconds < 4
    assert np.abs(samples(spoken)).max() > 2000


async def test_speed_and_rate(piper: TtsProcess, kokoro: TtsProcess) -> None:
    for worker in (piper, kokoro):
        normal = await worker.say("The quick brown fox jumps.")
        slow = await worker.say("The quick brown fox jumps.", speed=0.6)
        narrow = await worker.say("The quick brown fox jumps.", rate=8000)
        assert slow.seconds > normal.seconds * 1.3
        assert narrow.rate == 8000
        assert narrow.seconds == pytest.approx(normal.seconds, rel=0.25)
    refused = await kokoro.say("Hello.", speed=3.0)
    assert refused.error is not None
    assert refused.error["code"] == "invalid_speed"


async def test_a_phrase_said_before_is_the_same_to_the_byte(piper: TtsProcess) -> None:
    text = "Your order has been shipped, and it will arrive on Monday."
    miss, hit = await piper.say(text), await piper.say(text)
    # piper never says a thing twice in the same way, so equal bytes come from the cache
    assert hit.pcm == miss.pcm


async def test_piper_lists_its_voice(piper: TtsProcess) -> None:
    [voice] = piper.info["voices"]
    assert voice["name"] == MODELS["piper"]
    assert voice["language"] == "en-US"
    assert piper.info["rate"] == 22_050
    error = (await piper.say("Hello.", voice="en_US-jo-medium")).error
    assert error is not None
    assert (error["code"], error["class"]) == ("voice_not_found", "NotFound")
    assert MODELS["piper"] in error["text"]


async def test_speakers_are_found_by_name_and_number(models_dir: Path, tmp_path: Path) -> None:
    from voicegw_desktop.workers.piper import PiperEngine

    folder = tmp_path / "many"
    shutil.copytree(models_dir / "piper" / MODELS["piper"], folder)
    engine = PiperEngine(folder, MODELS["piper"], 1, "cpu")
    engine.speakers = {"ann": 0, "bob": 3}
    engine._config.num_speakers = 5
    assert engine.voice("bob", None, None).handle == 3
    assert engine.voice(f"{MODELS['piper']}#bob", None, None).handle == 3
    assert engine.voice(None, "4", None).handle == 4
    assert engine.voice("joe", "ann", None).handle == 0
    for wrong in ("5", "bobb"):
        with pytest.raises(NotFound, match="bob"):
            engine.voice(None, wrong, None)


@pytest.mark.parametrize("engine", ["piper", "kokoro"])
async def test_damaged_files_are_named(engine: str, models_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models_dir / engine / MODELS[engine], folder)
    [weights] = folder.glob("*.onnx")
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size // 2)
    with pytest.raises(RuntimeError, match=rf"model_corrupt: .*{weights.name} is damaged"):
        async with tts_process(engine, models_dir, folder=folder):
            pass


async def test_damaged_side_files_are_named(models_dir: Path, tmp_path: Path) -> None:
    from voicegw_desktop.workers.kokoro import _read_voices
    from voicegw_desktop.workers.piper import _read_config

    voices = tmp_path / "voices-v1.0.bin"
    voices.write_bytes((models_dir / "kokoro" / MODELS["kokoro"] / "voices-v1.0.bin").read_bytes()[:100_000])
    config = tmp_path / "v.onnx.json"
    config.write_text(json.dumps({"audio": {}}))
    for read, path in ((_read_voices, voices), (_read_config, config), (_read_config, tmp_path / "none.json")):
        with pytest.raises(EngineError) as caught:
            read(path)
        assert caught.value.code == "model_corrupt"
