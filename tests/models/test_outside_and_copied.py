"""Models that the store does not keep: those named in the configuration, and stores that cannot be written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.model_kit import FILES, catalogue, entry, sha
from tests.support.permissions import read_only, unreadable
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ModelNotInstalled
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.installed import InstalledModels
from voicegw_desktop.gateway.operate.models import list_store
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.models.errors import ModelInUse, ModelStoreError
from voicegw_desktop.models.manifest import DAMAGED, write_manifest
from voicegw_desktop.models.store import ModelStore

pytestmark = pytest.mark.unit


def a_voice(folder: Path, language: str = "de_DE") -> Path:
    """A folder that is a piper voice to all that does not load it."""
    folder.mkdir(parents=True)
    (folder / "thorsten.onnx").write_bytes(b"network")
    (folder / "thorsten.onnx.json").write_text(json.dumps({"language": {"code": language}}))
    return folder


def engines(**models: dict[str, str]) -> EnginesConfig:
    return EnginesConfig.model_validate({name: {"models": own} for name, own in models.items()})


def a_store(folder: Path, cache: Path | None = None, *, copied: bool = True) -> ModelStore:
    """A store with `whisper/base`; copied there, its files have other times than its manifest says."""
    model = folder / "whisper" / "base"
    if not model.exists():
        model.mkdir(parents=True)
        for name, data in FILES.items():
            (model / name).write_bytes(data)
        write_manifest(model, "whisper/base", {name: sha(data) for name, data in FILES.items()}, "hub", True)
        for name in FILES if copied else ():
            os.utime(model / name, (1, 1))
    return ModelStore(folder, catalogue(entry("whisper/base", FILES)), cache=cache)


def test_models_of_the_configuration_are_listed_found_and_named(tmp_path: Path) -> None:
    voice, chat = a_voice(tmp_path / "elsewhere"), tmp_path / "mine.gguf"
    chat.write_bytes(b"GGUF")
    config = engines(sherpa={"Mine": str(voice)}, llamacpp={"mine": str(chat)})
    clock = ManualClock()
    store = ModelStore(tmp_path / "models", catalogue(), own=lambda: config.own_models(), clock=clock)
    names = InstalledModels(store, clock)
    lines = {info.id: info for info in store.list()}
    assert (lines["sherpa/Mine"].state, lines["sherpa/Mine"].languages) == ("installed", ("de",))
    assert (lines["llamacpp/mine"].modality, lines["llamacpp/mine"].size_bytes) == ("llm", 4)
    assert store.locate("sherpa", "Mine") == store.info("sherpa/Mine").path == voice
    assert names().find(Modality.TTS, "mine") == "sherpa/Mine"
    # the voice is called as the model is, not as its folder or file
    assert names().voice("sherpa/Mine", "MINE") == "Mine"
    config = engines(llamacpp={"mine": str(chat)})
    clock.advance(2)
    assert names().find(Modality.TTS, "mine") is None


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("gone", "does not exist"),
        ("round", "does not exist"),
        ("~no-such-user-here/x", "does not exist"),
        ("n" * 300, "cannot be read"),
        ("locked", "cannot be read"),
        ("locked/inside", "cannot be read"),
        ("secret", "cannot be read"),
        ("empty", "holds neither a recogniser nor a voice"),
        ("file", "holds neither a recogniser nor a voice"),
    ],
)
def test_a_path_that_is_of_no_use_spoils_no_other_model(tmp_path: Path, place: str, why: str) -> None:
    a_voice(tmp_path / "locked" / "inside")
    (tmp_path / "empty").mkdir()
    for name in ("secret", "file"):
        (tmp_path / name).write_bytes(b"network")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    path = place if place.startswith("~") else str(tmp_path / place)
    config = engines(sherpa={"mine": path, "good": str(a_voice(tmp_path / "good"))})
    clock = ManualClock()
    store = ModelStore(tmp_path / "models", catalogue(), own=config.own_models, clock=clock)
    with unreadable(tmp_path / "secret"), unreadable(tmp_path / "locked"):
        lines = {info.id: info for info in store.list()}
        # what it would do is not known, so it is not said to be one or the other
        assert (lines["sherpa/mine"].state, lines["sherpa/mine"].modality) == ("damaged", "")
        assert why in lines["sherpa/mine"].note
        assert lines["sherpa/good"].installed
        names = InstalledModels(store, clock)()
        assert (names.does("sherpa/mine"), names.does("sherpa/good")) == (None, Modality.TTS)
        if place not in ("empty", "file"):
            with pytest.raises(ModelNotInstalled, match=rf"engines\.sherpa\.models\.mine names .*, which {why}"):
                store.locate("sherpa", "mine")


async def test_files_that_two_names_have_are_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moonshine's package brings a model that sherpa serves too; the configuration may name a folder twice."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    monkeypatch.chdir(tmp_path)
    for setting in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(setting, raising=False)
    voice, gone = a_voice(tmp_path / "voice"), tmp_path / "gone"
    paths = paths_below(tmp_path)
    paths.config.mkdir(parents=True, exist_ok=True)
    named = {"sherpa": {"models": {"one": str(voice), "two": str(voice), "gone": str(gone)}}}
    (paths.config / "voicegw.yaml").write_text(json.dumps({"engines": named}))
    async with Gateway(paths=paths) as gateway:
        every = await run(gateway, "list_store", {})
        lines = {line["id"]: line for line in every["models"]}
        assert lines["sherpa/two"]["same_files_as"] == "sherpa/one"
        assert lines["sherpa/one"]["same_files_as"] == ""
        here = {line["path"]: line["size_bytes"] for line in every["models"] if line["installed"]}
        assert every["installed_bytes"] == sum(here.values()) >= lines["sherpa/one"]["size_bytes"] > 0
        # a key of one project does not learn where files are, which names the machine's user
        limited = await list_store(gateway, only="default")
        assert str(tmp_path) not in json.dumps(limited)
        assert limited["installed_bytes"] == every["installed_bytes"]


def test_a_folder_that_becomes_a_recogniser_is_seen(tmp_path: Path) -> None:
    config = engines(sherpa={"mine": str(a_voice(tmp_path / "mine"))})
    clock = ManualClock()
    names = InstalledModels(ModelStore(tmp_path / "models", catalogue(), own=config.own_models, clock=clock), clock)
    before = names()
    assert names() is before
    assert before.does("sherpa/mine") is Modality.TTS
    (tmp_path / "mine" / "tokens.txt").write_text("a 0")
    clock.advance(2)
    # where files of both lie together, it is the recogniser
    assert names().does("sherpa/mine") is Modality.STT
    moved = tmp_path / "moved"
    (tmp_path / "mine").rename(moved)
    os.utime(a_voice(tmp_path / "mine"), ns=(moved.stat().st_atime_ns, moved.stat().st_mtime_ns))
    clock.advance(2)
    assert names().does("sherpa/mine") is Modality.TTS


async def test_their_files_are_left_alone(tmp_path: Path) -> None:
    voice = a_voice(tmp_path / "elsewhere")
    config = engines(sherpa={"mine": str(voice), "gone": str(tmp_path / "gone")})
    store = ModelStore(tmp_path / "models", catalogue(), own=config.own_models)
    for act in (store.remove, store.verify):
        with pytest.raises(ModelInUse, match=r"named in engines\.sherpa\.models\.mine"):
            await act("sherpa/mine")  # type: ignore[operator]
    assert await store.pull("sherpa/mine") == voice
    assert len(list(voice.iterdir())) == 2
    # a path that was misspelled is named wherever the model is
    assert store.info("sherpa/gone").state == "damaged"
    with pytest.raises(ModelNotInstalled, match=r"engines\.sherpa\.models\.gone names .*, which does not exist"):
        store.locate("sherpa", "gone")


@pytest.mark.parametrize("by_itself", [True, False], ids=["at the start", "by verify"])
async def test_a_copied_store_that_cannot_be_written_serves_when_its_bytes_are_right(
    tmp_path: Path, by_itself: bool
) -> None:
    root, cache = tmp_path / "models", tmp_path / "cache"
    store = a_store(root, cache)
    with read_only(root):
        with pytest.raises(ModelNotInstalled, match="changed since they were checked"):
            store.locate("whisper", "base")
        before = store.installed_at()
        if by_itself:
            await store.check_copied()
        else:
            assert (await store.verify("whisper/base")).ok
        assert store.locate("whisper", "base").is_dir()
        assert store.info("whisper/base").installed
        # the router looks again when this changes
        assert store.installed_at() != before
        # a later start knows it without reading every byte again
        assert a_store(root, cache).info("whisper/base").installed
    # what is written to afterwards is not trusted
    (root / "whisper" / "base" / "config.json").write_bytes(b"{}")
    assert a_store(root, cache).info("whisper/base").state == "damaged"


async def test_a_copied_store_with_wrong_bytes_does_not_serve(tmp_path: Path) -> None:
    root, cache = tmp_path / "models", tmp_path / "cache"
    store = a_store(root, cache)
    model = root / "whisper" / "base" / "model.bin"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    os.utime(model, (1, 1))
    with read_only(root):
        await store.check_copied()
        report = await store.verify("whisper/base")
        assert (report.ok, report.problems[0].partition(" is damaged")[0]) == (False, "model.bin")
        with pytest.raises(ModelNotInstalled):
            store.locate("whisper", "base")


async def test_a_store_that_can_be_written_is_checked_when_a_person_asks(tmp_path: Path) -> None:
    store = a_store(tmp_path / "models", tmp_path / "cache")
    await store.check_copied()
    assert store.info("whisper/base").state == "damaged"
    assert (await store.verify("whisper/base")).ok
    assert not (tmp_path / "cache").exists()


async def test_what_has_the_files_open_ends_only_when_they_can_be_removed(tmp_path: Path) -> None:
    root = tmp_path / "models"
    store = a_store(root, copied=False)
    seen: list[str] = []

    async def release() -> None:
        seen.append(store.info("whisper/base").state)

    with (
        read_only(root),
        pytest.raises(ModelStoreError, match=r"cannot be written.*engines\.models_folder") as refused,
    ):
        await store.remove("whisper/base", release=release)
    # no fault of the gateway's
    assert (refused.value.status, refused.value.code) == (507, "models_folder")
    assert (seen, store.info("whisper/base").state) == ([], "installed")
    await store.remove("whisper/base", release=release)
    # it could not be loaded again meanwhile
    assert (seen, store.info("whisper/base").state) == (["partial"], "available")


def test_a_list_looks_for_no_model_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look for each model of the catalogue takes a third of a frame, in which streams of the app wait."""
    store, asked = ModelStore(tmp_path), list[str]()
    kept = store._folder
    monkeypatch.setattr(store, "_folder", lambda id: (asked.append(id), kept(id))[1])
    assert {info.state for info in store.list() if info.id.startswith("whisper/")} == {"available"}
    assert asked == []
    (tmp_path / "whisper" / "base").mkdir(parents=True)
    (tmp_path / "whisper" / "base" / "model.bin.part").touch()
    (tmp_path / "whisper" / "tiny").mkdir()
    (tmp_path / "whisper" / "small").mkdir()
    (tmp_path / "whisper" / "small" / DAMAGED).touch()
    states = {info.id: info.state for info in store.list()}
    found = [states[f"whisper/{name}"] for name in ("base", "tiny", "small")]
    assert found == ["partial", "available", "damaged"]
    assert sorted(asked) == ["whisper/base", "whisper/small", "whisper/tiny"]
