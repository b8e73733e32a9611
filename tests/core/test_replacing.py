"""A file that a person asked for is replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from voicegw_desktop.core.replacing import replacing

pytestmark = pytest.mark.unit


def test_an_error_leaves_the_older_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    for content in (None, "of last month"):
        if content is not None:
            file.write_text(content)
        with pytest.raises(UnicodeEncodeError), replacing(file) as part, part.open("w", encoding="ascii") as out:
            out.writelines(("half", "é"))
        assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == ([("out.csv", content)] if content else [])


@pytest.mark.parametrize("name", ["out.csv", "x" * 250])
def test_the_new_file_has_the_rights_of_the_older_one(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    for rights in (0o640, 0o600):
        with replacing(file) as part:
            part.write_text("new")
        assert [f.name for f in tmp_path.iterdir()] == [name]
        if rights == 0o640:
            # the first one: as any new file
            other = tmp_path / "other"
            other.touch()
            assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
            other.unlink()
            file.chmod(0o600)
        else:
            assert os.name == "nt" or stat.S_IMODE(file.stat().st_mode) == rights


@pytest.mark.skipif(os.name == "nt", reason="links and devices as Unix has them")
def test_links_stay_and_devices_are_written_to(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    with replacing(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    for place in (Path("/dev/null"), Path("/dev/stdout"), tmp_path / "pipe", tmp_path):
        with replacing(place) as part:
            assert part == place


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none" / "out.csv"
    with pytest.raises(FileNotFoundError) as error, replacing(missing):
        pass
    assert error.value.filename == str(missing)
