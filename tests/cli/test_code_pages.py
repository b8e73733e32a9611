"""Output can be written to a pipe of any code page; Windows opens pipes as cp1252."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "gb18030", "utf-8:strict"])
def test_doctor_prints_its_marks(tmp_path: Path, encoding: str) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("VOICEGW_")}
    done = subprocess.run(
        [sys.executable, "-m", "voicegw_desktop", "doctor"],
        env={**env, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "VOICEGW_HOME": str(tmp_path)},
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    said = done.stdout.decode("gb18030" if encoding == "gb18030" else "utf-8")
    assert "✓" in said, done.stderr.decode("utf-8", "replace")
    assert b"fault of the program" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_refusal_names_what_was_written(tmp_path: Path, encoding: str) -> None:
    name = "größe-语"
    done = subprocess.run(
        [sys.executable, "-m", "voicegw_desktop", "route", "set", name, "whisper/base"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "VOICEGW_HOME": str(tmp_path)},
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert name in done.stderr.decode("utf-8")
