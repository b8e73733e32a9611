"""Which models are installed, by their manifests."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from voicegw_desktop.models import manifest
from voicegw_desktop.models.manifest import INSTALLED, InstalledFolders

pytestmark = pytest.mark.unit


def installed(root: Path, model: str, seconds_ago: float = 3600) -> Path:
    file = root / model / INSTALLED
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}", "utf-8")
    at = time.time_ns() - int(seconds_ago * 1e9)
    for path in (file, file.parent, file.parent.parent, root):
        os.utime(path, ns=(at, at))
    return file


def names(folders: InstalledFolders) -> list[str]:
    return ["/".join(Path(folder).parts[-2:]) for folder, _ in folders.at()]


def test_what_another_program_installs_rewrites_or_removes_is_seen(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no folder", "utf-8")
    folders = InstalledFolders(tmp_path)
    assert folders.at() == ()
    file = installed(tmp_path, "whisper/base")
    before = folders.at()
    assert names(folders) == ["whisper/base"]
    (tmp_path / "whisper" / "tiny").mkdir()
    assert folders.at() == before
    installed(tmp_path, "piper/joe", seconds_ago=1800)
    assert names(folders) == ["piper/joe", "whisper/base"]
    installed(tmp_path, "whisper/base", seconds_ago=900)
    assert folders.at() != before
    file.unlink()
    assert names(folders) == ["piper/joe"]
    assert names(InstalledFolders(tmp_path / "nowhere")) == []


def test_folders_are_listed_again_only_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    listed = manifest._names
    monkeypatch.setattr(manifest, "_names", lambda folder: looks.append(folder) or listed(folder))
    installed(tmp_path, "whisper/base")
    folders = InstalledFolders(tmp_path)
    assert names(folders) == names(folders) == ["whisper/base"]
    assert len(looks) == 2
    # in one step of the system's clock with the change before, the times stay as they are
    installed(tmp_path, "whisper/tiny", seconds_ago=0)
    assert names(folders) == ["whisper/base", "whisper/tiny"]
    shown = os.stat(tmp_path / "whisper").st_mtime_ns
    file = tmp_path / "whisper" / "small" / INSTALLED
    file.parent.mkdir()
    file.write_text("{}", "utf-8")
    os.utime(tmp_path / "whisper", ns=(shown, shown))
    assert names(folders) == ["whisper/base", "whisper/small", "whisper/tiny"]
