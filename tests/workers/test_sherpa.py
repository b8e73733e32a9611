"""The sherpa worker: a piper voice's network by sherpa-onnx, what it adds to piper's, and its faults."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from tests.support.speech import word_errors
from tests.support.told import told_last
from tests.support.tts import MODELS, SENTENCES, Listener, TtsProcess, collect, comparable, tts_process
from tests.support.weights import declared_as_they_are
from voicegw_desktop.core.errors import EngineError, EngineUnavailable
from voicegw_desktop.engines.wire import Event, encode
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.sherpa.networks import check_digests, copy_with
from voicegw_desktop.workers.sherpa.worker import check_device

WHOLE = b"\x08\x08" + b"\x3a\x03abc"  # a version, and a graph of three bytes


@pytest.fixture(scope="module")
def joe(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sherpa_onnx")
    # the steady voice is not the file that its manifest declares, and this worker looks at that
    return declared_as_they_are(models_dir / "piper" / MODELS["piper"], tmp_path_factory.mktemp("joe"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(joe: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TtsProcess]:
    kept = {"cache_dir": str(tmp_path_factory.mktemp("cache")), "phrase_cache": "2MB"}
    async with tts_process("sherpa", models_dir, options=kept, folder=joe) as one:
        yield one


def test_facts_are_written_behind_a_network(tmp_path: Path) -> None:
    source, target = tmp_path / "a.onnx", tmp_path / "copy" / "b.onnx"
    target.parent.mkdir()
    source.write_bytes(WHOLE)
    copy_with(source, target, {"n_speakers": 1, "comment": "x" * 200})
    behind = target.read_bytes().removeprefix(WHOLE)
    assert behind.startswith(b"\x72\x0f\x0a\x0an_speakers\x12\x011")
    assert b"\x12\xc8\x01" + b"x" * 200 in behind
    assert source.read_bytes() == WHOLE


@pytest.mark.parametrize("data", [b"", WHOLE[:-1], WHOLE[:1], b"hello" * 9, b"\xff" * 40], ids=repr)
def test_a_network_that_is_cut_is_not_copied(tmp_path: Path, data: bytes) -> None:
    # with facts behind it, the library would end the process
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(EngineError, match="is damaged") as refused:
        copy_with(tmp_path / "a.onnx", tmp_path / "b.onnx", {"n_speakers": 1})
    assert refused.value.code == "model_corrupt"
    assert not (tmp_path / "b.onnx").exists()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(WHOLE)
    with pytest.raises(EngineError, match="Make room there") as refused:
        copy_with(tmp_path / "a.onnx", tmp_path / "no such folder" / "b.onnx", {})
    assert refused.value.code == "disk_full"


def test_files_are_those_that_were_installed(tmp_path: Path) -> None:
    check_digests(tmp_path, {})
    known = {"name": "a.onnx", "size": 3, "sha256": "0" * 64, "mtime_ns": 1}
    manifest = {"id": "sherpa/a", "source": "", "pinned": True, "installed_at": "", "files": [known]}
    (tmp_path / "installed.json").write_text(json.dumps(manifest))
    with pytest.raises(EngineError, match="No such file"):
        check_digests(tmp_path, {})
    (tmp_path / "a.onnx").write_bytes(WHOLE)
    with pytest.raises(EngineError, match="not the file that was installed"):
        check_digests(tmp_path, {})


def test_a_card_that_it_cannot_use_is_said() -> None:
    check_device(Job("sherpa", "x", Path(), device="auto"))
    with pytest.raises(EngineUnavailable, match=r"engines\.sherpa\.device is cuda"):
        check_device(Job("sherpa", "x", Path(), device="cuda"))


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_its_words_come_back(worker: TtsProcess, models_dir: Path) -> None:
    listener = Listener(models_dir)
    wrong = words = 0
    for sentence in SENTENCES[:3]:
        spoken = await worker.say(sentence)
        assert spoken.error is None
        edits, count = word_errors(comparable(sentence), comparable(listener.hear(spoken)))
        wrong, words = wrong + edits, words + count
    assert wrong / words <= 0.15
    assert worker.info["rate"] == 22_050
    assert [voice["name"] for voice in worker.info["voices"]] == [MODELS["sherpa"]]


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_speed_rate_voices_and_cache(worker: TtsProcess) -> None:
    normal = await worker.say("The quick brown fox jumps.")
    slow = await worker.say("The quick brown fox jumps.", speed=0.5)
    narrow = await worker.say("The quick brown fox jumps.", rate=8000)
    assert slow.seconds > normal.seconds * 1.5
    assert narrow.seconds == pytest.approx(normal.seconds, rel=0.25)
    assert (await worker.say("The quick brown fox jumps.")).pcm == normal.pcm
    for name in (MODELS["sherpa"], "en_US-joe-medium", "joe", "alloy"):
        assert (await worker.say("The quick brown fox jumps.", voice=name)).pcm == normal.pcm
    refused = (await worker.say("Hello.", voice="ann")).error
    assert refused is not None
    assert refused["code"] == "voice_not_found"


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_a_hang_up_frees_the_engine(worker: TtsProcess) -> None:
    long_text = "There was a long road between the two villages and nobody walked along it in the winter. " * 8
    alone = await worker.say("Hello again, dear listener.")
    _, writer = await worker.connect()
    writer.write(encode(Event("synthesize", {"text": long_text})))
    writer.close()
    after = await worker.say("Hello again, dear listener.")
    assert after.pcm == alone.pcm


ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    float("nan"),
    "",
    "x",
    [],
    [1],
    {},
    {"a": 1},
    "\0",
    "a" * 900,
    8000,
    0.5,
)
FIELDS = ("text", "voice", "speed", "rate", "language", "extra")


@pytest.mark.real_engine
@pytest.mark.asyncio(loop_scope="module")
async def test_malformed_messages_are_refused_and_leave_nothing(worker: TtsProcess) -> None:
    chance = random.Random(5)
    for _ in range(60):
        data = {name: chance.choice(ODD) for name in chance.sample(FIELDS, 2)}
        reader, writer = await worker.connect()
        kind = chance.choice(["synthesize", "synthesize-start", "transcribe", "x"])
        for event in (Event(kind, data), Event("synthesize-chunk", data), Event("synthesize-stop", {})):
            writer.write(encode(event))
        await told_last(reader, "error", "synthesize-stopped")
        writer.close()
    reader, writer = await worker.connect()
    writer.write(encode(Event("synthesize", {"text": "Good evening."})))
    assert (await collect(reader, 0.0)).pcm
    writer.close()


@pytest.mark.real_engine
@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "no facts"])
async def test_damaged_files_are_named(joe: Path, models_dir: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(joe, folder)
    [network] = folder.glob("*.onnx")
    if damage == "cut":
        (folder / "installed.json").unlink()
        with network.open("r+b") as file:
            file.truncate(network.stat().st_size - 20)
    elif damage == "changed":
        data = bytearray(network.read_bytes())
        data[len(data) // 2] ^= 1
        network.write_bytes(data)
    elif damage == "no facts":
        (folder / "installed.json").unlink()
        network.with_suffix(".onnx.json").write_text("{}")
    else:
        network.unlink()
    with pytest.raises(RuntimeError, match=r"model_corrupt: .*is damaged"):
        async with tts_process("sherpa", models_dir, folder=folder):
            pass


@pytest.mark.real_engine
def test_it_is_the_network_that_piper_runs(joe: Path) -> None:
    from voicegw_desktop.workers.piper import PiperEngine
    from voicegw_desktop.workers.sherpa.piper_vits import VitsEngine
    from voicegw_desktop.workers.tts.onnx import Stop

    ours, theirs = VitsEngine(joe, MODELS["sherpa"], 1), PiperEngine(joe, MODELS["piper"], 1, "cpu")
    lengths = []
    for engine in (ours, theirs):
        voice = engine.voice(None, None, None)
        lengths.append([len(engine.synthesise(SENTENCES[0], voice, speed, Stop())) for speed in (0.5, 1.0, 2.0)])
    # the noise that is left in the tests' voices moves a length by some samples of a hop
    assert np.allclose(lengths[0], lengths[1], rtol=0.05)
    assert ours.version != theirs.version
