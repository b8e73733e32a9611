"""The command that adds what is missing, for each tool that may have installed the program."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from voicegw_desktop.core.install import PIPX_RECEIPT, UV_RECEIPT, command

pytestmark = pytest.mark.unit


def test_an_active_environment_is_served_by_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    assert command("cuda", prefix=tmp_path) == "pip install 'voicegw-desktop[cuda]'"
    assert command("whisper", "piper", prefix=tmp_path) == "pip install 'voicegw-desktop[whisper,piper]'"
    assert command(requirement="morse-engine", prefix=tmp_path) == "pip install 'morse-engine'"


def test_the_shells_pip_may_belong_to_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    assert command("cuda") == f"{python} -m pip install 'voicegw-desktop[cuda]'"
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert command("cuda") == "pip install 'voicegw-desktop[cuda]'"


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        ('[tool]\nrequirements = [{ name = "voicegw-desktop", extras = ["local"] }]', "[local,desktop]"),
        ('[tool]\nrequirements = [{ name = "voicegw-desktop", extras = ["desktop"] }]', "[desktop]"),
        ('[tool]\nrequirements = [{ name = "voicegw-desktop" }]', "[desktop]"),
        ("[tool]\nrequirements = 5", "[desktop]"),
    ],
)
def test_uv_keeps_the_extras_that_are_there(receipt: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / UV_RECEIPT).write_text(receipt, "utf-8")
    assert command("desktop", prefix=tmp_path) == f"uv tool install 'voicegw-desktop{expected}'"


def test_uv_adds_a_package_of_others(tmp_path: Path) -> None:
    (tmp_path / UV_RECEIPT).write_text('[tool]\nrequirements = [{ name = "voicegw-desktop", extras = ["local"] }]')
    assert command(requirement="morse", prefix=tmp_path) == "uv tool install 'voicegw-desktop[local]' --with 'morse'"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("voicegw-desktop[local, cloud]==0.1", "[local,cloud,sound]"), ("voicegw-desktop", "[sound]"), (None, "[sound]")],
)
def test_pipx_keeps_the_extras_that_are_there(asked: str | None, expected: str, tmp_path: Path) -> None:
    (tmp_path / PIPX_RECEIPT).write_text(json.dumps({"main_package": {"package_or_url": asked}}))
    assert command("sound", prefix=tmp_path) == f"pipx install --force 'voicegw-desktop{expected}'"
    assert command(requirement="morse", prefix=tmp_path) == "pipx inject voicegw-desktop 'morse'"


def test_the_installers_folder_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "takes nothing more" in command("cuda")
