"""The wheel: it has every file that the program reads at run time, and works without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from voicegw_desktop import __version__

pytestmark = pytest.mark.e2e

pytest.importorskip("hatchling", reason="the build extra is not installed")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == f"voicegw_desktop-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_everything_read_at_run_time_is_in_it(unpacked: Path) -> None:
    missing = [
        str(source.relative_to(ROOT))
        for room, inside in (("resources", "voicegw_desktop/_resources"), ("voicegw_desktop", "voicegw_desktop"))
        for source in sorted((ROOT / room).rglob("*"))
        if source.is_file() and "__pycache__" not in source.parts
        if not (unpacked / inside / source.relative_to(ROOT / room)).is_file()
    ]
    assert missing == []
    assert (unpacked / "voicegw_desktop/_resources/example.yaml").read_text() == (ROOT / "voicegw.yaml").read_text()
    notices = sorted(p.name for p in unpacked.glob("*.dist-info/licenses/*"))
    assert notices == ["LICENSE", "THIRD_PARTY.md"]


def test_it_runs_from_anywhere(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "hömé with späces"
    here = {k: v for k, v in os.environ.items() if not k.startswith("VOICEGW_")}
    env = {**here, "PYTHONPATH": str(unpacked), "VOICEGW_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def voicegw(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "voicegw_desktop", *words],
            cwd=elsewhere, env=env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        assert voicegw("--version") == f"voicegw {__version__}\n"
        voicegw("init")
        (home / "config" / "voicegw.yaml").write_text(
            (home / "config" / "voicegw.yaml").read_text().replace("port: 7717", "port: 0")
        )
        assert "✓ database" in voicegw("doctor")
        assert "whisper/base" in voicegw("models")
        assert voicegw("start").startswith("Started")
        status = voicegw("status")
        assert str(home) in status
        assert "nothing serves it" not in status
    finally:
        voicegw("stop")
