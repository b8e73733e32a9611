"""A recording is called played by a program only where the program tells a missing device from one that took it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from voicegw_desktop.sound import playing
from voicegw_desktop.sound.devices import SoundError
from voicegw_desktop.sound.settings import SoundSettings

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="the programs that stand in are shell scripts"),
]

CLIP = Path(__file__).resolve().parents[1] / "data" / "jfk.wav"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is searched alone, on a machine without the package sounddevice."""

    class Without:
        async def __aenter__(self) -> None:
            raise SoundError("The package sounddevice is not installed.", code="no_sounddevice")

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(playing, "Sound", Without)
    monkeypatch.setattr(shutil, "which", lambda name: str(found) if (found := tmp_path / name).exists() else None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, status: int) -> None:
    (folder / name).write_text(f"#!/bin/sh\nexit {status}\n")
    (folder / name).chmod(0o700)


async def test_a_program_that_played_is_named(programs: Path) -> None:
    program(programs, "paplay", 1)
    program(programs, "pw-play", 0)
    assert await playing.play(CLIP, SoundSettings()) == "pw-play"


async def test_a_program_that_failed_is_not(programs: Path) -> None:
    program(programs, "paplay", 1)
    with pytest.raises(SoundError, match="sounddevice"):
        await playing.play(CLIP, SoundSettings())


async def test_ffplay_is_not_believed(programs: Path) -> None:
    """ffplay ends with 0 after it could open no device."""
    program(programs, "ffplay", 0)
    with pytest.raises(SoundError, match="sounddevice"):
        await playing.play(CLIP, SoundSettings())
