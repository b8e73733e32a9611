"""An import is told what it may not look for, and looks within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.model_kit import blob, catalogue, entry
from voicegw_desktop.models import ModelStore
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
