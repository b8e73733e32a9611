"""An import searches by digest and within bounds, and leaves out what it may not search for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.model_kit import PLENTY, blob, catalogue, entry
from voicegw_desktop.models import ModelStore
from voicegw_desktop.models.catalogue import FolderSource
from voicegw_desktop.models.errors import BadSource
from voicegw_desktop.models.files import sha256_of

pytestmark = pytest.mark.unit

BIG = blob(1, 4000)
FILES = {"model.bin": BIG, "tokens": b"small"}


@pytest.mark.parametrize("name", ["not here", "x" * 5000, "a\0b"])
async def test_an_import_of_a_place_that_is_not_there_is_the_callers_mistake(tmp_path: Path, name: str) -> None:
    store = ModelStore(tmp_path / "store", catalogue(entry("whisper/base", FILES)), offline=lambda: True)
    with pytest.raises(BadSource) as caught:
        await store.import_from(tmp_path / name)
    assert caught.value.status == 400
    assert len(caught.value.message) < 400


async def test_an_import_looks_at_so_many_files_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.models.search.MOST_FILES", 20)
    home = tmp_path / "home"
    for n in range(30):
        (home / f"{n}").mkdir(parents=True)
        (home / f"{n}" / "file").write_bytes(b"x")
    (home / "all").symlink_to(home)
    store = ModelStore(tmp_path / "store", catalogue(entry("whisper/base", FILES)), offline=lambda: True)
    with pytest.raises(BadSource, match="more than 20 files; name the folder"):
        await store.import_from(home)


async def test_a_digest_that_was_found_is_not_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def digest(path: Path, tick: object) -> str:
        read.append(path.name)
        return sha256_of(path, tick)  # type: ignore[arg-type]

    monkeypatch.setattr("voicegw_desktop.models.search.sha256_of", digest)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(BIG)
    store = ModelStore(tmp_path / "store", catalogue(entry("whisper/base", FILES)), offline=lambda: True)
    await store.import_from(tmp_path)
    assert read == ["a"]


async def test_import_by_digest(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "odd names").mkdir(parents=True)
    (stick / "odd names" / "first").write_bytes(BIG)
    (stick / "second.txt").write_bytes(FILES["tokens"])
    (stick / "lure.bin").write_bytes(blob(7, len(BIG)))
    other = {"model.bin": blob(7, len(BIG)), "words": b"never there"}
    store = ModelStore(
        tmp_path / "store",
        catalogue(entry("whisper/base", FILES), entry("whisper/other", other)),
        offline=lambda: True,
        free_space=lambda _: PLENTY,
    )
    report = await store.import_from(stick)
    assert report.installed == ("whisper/base",)
    assert report.incomplete == {"whisper/other": ("words",)}
    assert (store.locate("whisper", "base") / "model.bin").read_bytes() == BIG
    again = await store.import_from(stick)
    assert (again.installed, again.already) == ((), ("whisper/base",))


async def test_folder_source_serves_offline(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb" / "x").write_bytes(BIG)
    (tmp_path / "usb" / "y").write_bytes(FILES["tokens"])
    store = ModelStore(
        tmp_path / "s",
        catalogue(entry("whisper/base", FILES, FolderSource())),
        offline=lambda: True,
        folders=[tmp_path / "usb"],
    )
    await store.pull("whisper/base")
    assert store.info("whisper/base").source == "folder"
