"""Two builds of one tree are one, wherever the environments lie that make them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

HERE = Path(__file__).resolve().parents[2] / "packaging"
RECORD = "../../../bin/idna,sha256={},224\nidna-3.20.dist-info/RECORD,,\nidna/core.py,sha256=x,1\n"


def test_a_build_does_not_tell_where_its_environment_lies(tmp_path: Path) -> None:
    for place in ("one", "two"):
        about = tmp_path / place / "idna-3.20.dist-info"
        (about / "licenses" / "__pycache__").mkdir(parents=True)
        (about / "licenses" / "__pycache__" / "AUTHORS.pyc").write_text(f"/{place}/licenses/AUTHORS.py")
        (about / "licenses" / "AUTHORS.py").touch()
        (about / "RECORD").write_text(RECORD.format(place))
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import build; from pathlib import Path; "
    code += f"[build._forget_the_environment(Path({str(tmp_path)!r}, place)) for place in ('one', 'two')]"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for place in ("one", "two"):
        about = tmp_path / place / "idna-3.20.dist-info"
        left = {p.relative_to(about).as_posix() for p in about.rglob("*") if p.is_file()}
        assert left == {"RECORD", "licenses/AUTHORS.py"}
        assert (about / "RECORD").read_text() == "idna-3.20.dist-info/RECORD,,\nidna/core.py,sha256=x,1\n"


@pytest.mark.parametrize("windows", [False, True])
def test_every_file_gets_the_time_of_the_commit(tmp_path: Path, windows: bool) -> None:
    """Also where the system sets no times of links, and says so only when it is asked to."""
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "below" / "file").touch()
    code = f"import os, sys; sys.path.insert(0, {str(HERE)!r}); import packs; from pathlib import Path\n"
    if windows:
        code += "real = os.utime\ndef utime(path, times, follow_symlinks=True):\n"
        code += "    assert follow_symlinks\n    real(path, times)\nos.utime = utime\n"
    code += f"packs.same_times(Path({str(tmp_path / 'folder')!r}), 1700000000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    times = {path.stat().st_mtime for path in (tmp_path / "folder", *(tmp_path / "folder").rglob("*"))}
    assert times == {1700000000}
