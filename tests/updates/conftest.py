"""A release, a server for it, and this program as an installed folder."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.releases import archive_of, program_folder
from voicegw_desktop import __version__, program

PLENTY = 1 << 50


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    """A program of version 9.1.0 as an archive."""
    program_folder(tmp_path / "made", "9.1.0", "stay", tmp_path / "data" / "updates" / "9.1.0")
    # what cannot be compressed, so that the archive comes in several pieces
    (tmp_path / "made" / "_internal" / "rest").write_bytes(random.Random(1).randbytes(3_000_000))
    return archive_of(tmp_path / "made")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This program as an installed folder that belongs to no package manager."""
    folder = tmp_path / "base"
    program_folder(folder, __version__, "stay")
    monkeypatch.setattr(program, "is_frozen", lambda: True)
    monkeypatch.setattr(program, "own_folder", lambda: folder)
    monkeypatch.setattr(program, "parts_folder", lambda: folder / "_internal")
    monkeypatch.setattr(program, "suffix", lambda: "")
    return folder


@pytest.fixture
async def hub() -> AsyncIterator[FakeHub]:
    async with FakeHub() as made:
        yield made
