"""What a newcomer is told: which file serves, that there is no display, that an upgrade waits for a restart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicegw_desktop import __version__
from voicegw_desktop.cli import needs, operate, pull
from voicegw_desktop.cli.main import main

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VOICEGW_CONFIG", raising=False)
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path / "home"


def test_init_names_the_file_that_serves(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "uses" not in capsys.readouterr().out
    Path("voicegw.yaml").write_text("serve: {port: 0}")
    assert main(["init", "--force"]) == 0
    said = capsys.readouterr().out
    assert f"uses {Path.cwd() / 'voicegw.yaml'} instead" in said or "uses voicegw.yaml instead" in said
    assert f"voicegw --config {home / 'config' / 'voicegw.yaml'} serve" in said


def test_init_to_a_place_of_its_own_says_that_nothing_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "elsewhere.yaml"]) == 0
    assert "uses the built-in settings instead" in capsys.readouterr().out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
def test_no_display_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["app"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no display" in said
    assert "`voicegw serve`" in said


def test_no_qt_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    for name in [m for m in sys.modules if m.startswith(("PySide6", "voicegw_desktop.app"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "PySide6", None)
    assert main(["app"]) == 1
    said = capsys.readouterr().err
    assert "PySide6" in said
    assert "`voicegw serve`" in said


@pytest.mark.parametrize(("running", "told"), [("0.0.9", True), (__version__, False), (None, False)])
def test_an_upgrade_waits_for_a_restart(running: str | None, told: bool, capsys: pytest.CaptureFixture[str]) -> None:
    operate._say_other_version({"version": running})
    said = capsys.readouterr().out
    assert said == (
        f"Version 0.0.9 runs, {__version__} is installed: `voicegw restart` starts the installed one.\n" if told else ""
    )


def test_missing_engines_are_named_with_one_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(needs, "installed", lambda entry: entry.name == "piper")
    assert main(["demo"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("voicegw: The engines whisper and llamacpp are not installed: ")
    assert said.rstrip().endswith("install 'voicegw-desktop[local]'")
    monkeypatch.setattr(needs, "installed", lambda entry: entry.name != "whisper")
    assert main(["demo"]) == 1
    assert capsys.readouterr().err.rstrip().endswith("install 'voicegw-desktop[whisper]'")


def test_the_starter_models_of_missing_engines_are_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(pull, "pull", lambda models, source, as_json: asked.append(models) or 0)
    monkeypatch.setattr(needs, "installed", lambda entry: entry.name != "whisper")
    assert pull.pull_starter() == 1
    assert "The engine whisper is not installed" in capsys.readouterr().err
    monkeypatch.setattr(needs, "installed", lambda entry: True)
    assert pull.pull_starter() == 0
    some, everything = asked
    assert some == [model for model in everything if not model.startswith("whisper/")] != everything
