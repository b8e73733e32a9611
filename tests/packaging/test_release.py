"""What a build leaves beside the installers: one archive for one tree, a list that the program accepts, signed sums."""

from __future__ import annotations

import os
import runpy
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.releases import KEY
from voicegw_desktop import __version__
from voicegw_desktop.storage.migrate import migrations
from voicegw_desktop.updates import manifest
from voicegw_desktop.updates.manifest import Source
from voicegw_desktop.updates.minisign import verify

ROOT = Path(__file__).resolve().parents[2]
RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "release.py"))
EPOCH = 1_790_000_000  # Unix seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "voicegw"
    (made / "_internal").mkdir(parents=True)
    (made / "voicegw").write_text("#!/bin/sh\n")
    (made / "voicegw").chmod(0o755)
    if os.name == "posix":
        (made / "voicegw-desktop").symlink_to("voicegw")
    (made / "_internal" / "part").write_bytes(b"x" * 5000)
    return made


@pytest.mark.parametrize("form", ["gz", "xz"])
def test_one_tree_is_one_archive(folder: Path, tmp_path: Path, form: str) -> None:
    first = RELEASE["archive"](folder, tmp_path / f"a.tar.{form}", EPOCH).read_bytes()
    for path in folder.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False) if os.utime in os.supports_follow_symlinks else None
    assert RELEASE["archive"](folder, tmp_path / f"b.tar.{form}", EPOCH).read_bytes() == first
    with tarfile.open(tmp_path / f"a.tar.{form}", f"r:{form}") as packed:
        assert {m.mtime for m in packed} == {EPOCH}
        assert packed.getmember("voicegw/voicegw").mode & 0o111


def test_the_list_of_a_build_is_accepted(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KEY.write(tmp_path / "key")
    monkeypatch.setenv("VOICEGW_SIGNING_KEY", str(tmp_path / "key"))
    packed, listed = RELEASE["for_updates"]({manifest.system(): folder}, tmp_path, EPOCH)
    signature = listed.with_name(manifest.SIGNATURE).read_text()
    found = manifest.read(listed.read_bytes(), signature, Source("", (KEY.public,)), now=EPOCH + 86_400, seen=EPOCH)
    assert (found.version, found.schema, found.serial) == (__version__, len(migrations()), EPOCH)
    archive = found.archives[manifest.system()]
    assert (archive.name, archive.size) == (packed.name, packed.stat().st_size)
    sums = RELEASE["sums"]([packed, listed], tmp_path, EPOCH)
    assert sums.read_text().splitlines()[0] == f"{archive.sha256}  {packed.name}"
    comment = verify(sums.read_bytes(), (tmp_path / "SHA256SUMS.minisig").read_text(), [KEY.public])
    # of the tree's time, not of now: two builds are one
    assert comment == f"timestamp:{EPOCH}\tfile:SHA256SUMS\thashed"


def test_without_a_key_nothing_is_signed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICEGW_SIGNING_KEY", raising=False)
    RELEASE["for_updates"]({manifest.system(): folder}, tmp_path, EPOCH)
    RELEASE["sums"]([], tmp_path, EPOCH)
    assert list(tmp_path.glob("*.minisig")) == []


def test_lists_of_several_systems_become_one(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICEGW_SIGNING_KEY", raising=False)
    lists = []
    for number, system in enumerate(("linux-x86_64", "windows-x86_64")):
        monkeypatch.setattr(manifest, "system", lambda system=system: system)
        (tmp_path / system).mkdir()
        lists.append(RELEASE["for_updates"]({manifest.system(): folder}, tmp_path / system, EPOCH + number)[1])
    merged = manifest.parse(RELEASE["merge"](lists, tmp_path).read_bytes())
    assert (sorted(merged.archives), merged.serial) == (["linux-x86_64", "windows-x86_64"], EPOCH + 1)
    packs = tmp_path / "linux-x86_64" / "voicegw-packs-linux-x86_64-0a1b.json"
    packs.write_text("{}")
    KEY.write(tmp_path / "key")
    monkeypatch.setenv("VOICEGW_SIGNING_KEY", str(tmp_path / "key"))
    made = RELEASE["offered"]([*lists, packs], tmp_path)
    assert made == [tmp_path / manifest.NAME, tmp_path / packs.name]
    for path in made:
        # a core takes only lists with a signature
        verify(path.read_bytes(), Path(f"{path}.minisig").read_text(), [KEY.public])
    lists[0].write_text(lists[0].read_text().replace(f'"{__version__}"', '"8.0.0"'))
    with pytest.raises(SystemExit, match="Not all lists"):
        RELEASE["merge"](lists, tmp_path)
