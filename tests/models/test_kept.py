"""The listing that is kept: what makes the store look at its manifests again, and what does not."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.support.model_kit import catalogue, entry, sha
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.models import ModelStore, store
from voicegw_desktop.models.kept import LOOK_AGAIN_NS
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.models.manifest import read_manifest, write_manifest

pytestmark = pytest.mark.unit

FILES = {"model.bin": b"weights", "config.json": b"{}"}


def install(root: Path, id: str) -> Path:
    folder = root / id
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    write_manifest(folder, id, {name: sha(data) for name, data in FILES.items()}, "test", True)
    return folder


class Desk:
    """A store with a model, whose manifests are counted as they are read."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.root, self.read = ManualClock(), root, 0
        self.folder = install(root, "whisper/base")
        self.own: dict[str, Path] = {}
        self.store = ModelStore(
            root, catalogue(entry("whisper/base", FILES), entry("whisper/tiny", FILES)), clock=self.clock,
            own=lambda: self.own,
        )  # fmt: skip

        def counted(folder: Path) -> object:
            self.read += 1
            return read_manifest(folder)

        monkeypatch.setattr(store, "read_manifest", counted)

    def states(self, *, later: bool = True) -> dict[str, str]:
        """The state of each model; `later`: a second after the last look."""
        if later:
            self.clock.advance(LOOK_AGAIN_NS / 1e9)
        return {info.id: info.state for info in self.store.list() if not info.outside or info.id in self.own}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path / "models", monkeypatch)


HERE = {"whisper/base": "installed", "whisper/tiny": "available"}


def test_manifests_are_read_once_for_as_long_as_nothing_changes(desk: Desk) -> None:
    for _ in range(5):
        assert desk.states() == HERE
    assert desk.store.list("whisper")
    assert not desk.store.list("piper")
    assert desk.read == 1
    # who asks may change the list that it is given
    desk.store.list().clear()
    assert desk.states() == HERE


def test_a_change_by_another_program_is_seen_within_a_second(desk: Desk) -> None:
    assert desk.states() == HERE
    (desk.folder / "config.json").write_bytes(b"[]")
    assert desk.states(later=False) == HERE
    assert desk.states()["whisper/base"] == "damaged"
    install(desk.root, "whisper/base")
    assert desk.states() == HERE
    install(desk.root, "whisper/tiny")
    assert desk.states()["whisper/tiny"] == "installed"
    (desk.root / "whisper" / "tiny" / "installed.json").unlink()
    assert desk.states()["whisper/tiny"] == "partial"
    install(desk.root, "piper/anna")
    assert desk.states()["piper/anna"] == "installed"


def test_a_store_that_is_not_there_yet_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "models"
    desk = Desk(root, monkeypatch)
    other = ModelStore(tmp_path / "none", catalogue(entry("whisper/base", FILES)), clock=desk.clock)
    assert [info.state for info in other.list() if not info.outside] == ["available"]
    install(tmp_path / "none", "whisper/base")
    desk.clock.advance(LOOK_AGAIN_NS / 1e9)
    assert [info.state for info in other.list() if not info.outside] == ["installed"]


def test_what_was_written_a_moment_ago_is_looked_at_each_time(desk: Desk) -> None:
    """The next change may come in the same step of the system's clock, and would not be seen."""
    desk.clock.advance(time.time() - desk.clock.time())
    for _ in range(3):
        assert desk.states(later=False) == HERE
    assert desk.read == 3


async def test_what_this_program_changes_is_seen_at_once(desk: Desk) -> None:
    assert desk.states() == HERE
    await desk.store.remove("whisper/base")
    assert desk.states(later=False)["whisper/base"] == "available"


async def test_what_is_removed_is_not_listed_while_its_engine_ends(desk: Desk) -> None:
    assert desk.states() == HERE
    seen: list[str] = []

    async def release() -> None:
        seen.append(desk.states(later=False)["whisper/base"])

    await desk.store.remove("whisper/base", release=release)
    assert seen == ["partial"]


async def test_a_check_is_seen_at_once(desk: Desk) -> None:
    assert desk.states() == HERE
    (desk.folder / "config.json").write_bytes(b"[]")
    assert not (await desk.store.verify("whisper/base")).ok
    assert desk.states(later=False)["whisper/base"] == "damaged"


def test_a_model_that_the_configuration_names_is_seen_at_once(desk: Desk, tmp_path: Path) -> None:
    assert desk.states() == HERE
    desk.own = {"sherpa/mine": tmp_path / "mine"}
    assert desk.states(later=False)["sherpa/mine"] == "damaged"
    desk.own = {}
    assert desk.states(later=False) == HERE


@pytest.mark.parametrize("name", ["status", "list_models"])
async def test_operations_look_into_folders_beside_the_loop(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    monkeypatch.chdir(tmp_path)
    for setting in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(setting, raising=False)
    threads: list[threading.Thread] = []
    before = ModelStore.list

    def noted(self: ModelStore, provider: str | None = None) -> list[ModelInfo]:
        threads.append(threading.current_thread())
        return before(self, provider)

    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        monkeypatch.setattr(ModelStore, "list", noted)
        await run(gateway, name, {})
    assert threads
    assert threading.main_thread() not in threads


def test_a_client_that_asks_in_a_loop_costs_little_while_many_files_change(desk: Desk) -> None:
    many = 150
    for number in range(many):
        install(desk.root, f"piper/v{number}")
    desk.clock.advance(time.time() - desk.clock.time())
    for _ in range(20):
        assert desk.states(later=False)["piper/v7"] == "installed"
    assert desk.read == many + 1, "read once"
    # what is not settled is read again, whether or not it looks different
    assert len(desk.states()) == many + 2
    assert desk.read == 2 * (many + 1)
    # and what this program changes is seen at once
    desk.store._listing.forget()
    desk.states(later=False)
    assert desk.read == 3 * (many + 1)
