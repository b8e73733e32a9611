"""How this program starts itself once more: by the interpreter, and frozen, where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from voicegw_desktop import program
from voicegw_desktop.engines.process import worker_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The program as PyInstaller starts it; the folder it lies in."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "voicegw"))
    return tmp_path


@pytest.mark.parametrize("role", sorted(program.ROLES))
def test_by_the_interpreter_each_role_is_a_module_with_a_main(role: str) -> None:
    line = program.command_line(role)
    assert line == [sys.executable, "-m", program.ROLES[role]]
    source = ROOT / (program.ROLES[role].replace(".", "/") + ".py")
    assert "\ndef main(" in source.read_text()
    assert '__name__ == "__main__"' in source.read_text()


@pytest.mark.process
def test_by_the_interpreter_a_worker_and_a_guard_start() -> None:
    env = worker_environment(1, False, {})
    # a worker that is given no job has nothing to do
    line = program.command_line("--engine-worker")
    done = subprocess.run(line, stdin=subprocess.DEVNULL, env=env, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    # a guard ends as what it guards does; its open stdin says that we are still there
    line = [*program.command_line("--engine-guard"), "--", sys.executable, "-c", "raise SystemExit(5)"]
    stdin, lifeline = os.pipe()
    try:
        done = subprocess.run(line, stdin=stdin, env=env, capture_output=True, timeout=60, check=False)
    finally:
        os.close(stdin)
        os.close(lifeline)
    assert (done.returncode, done.stderr) == (5, b"")


def test_frozen_each_role_is_the_program_itself(frozen: Path) -> None:
    console = str(frozen / "voicegw")
    assert program.command_line() == [console]
    assert program.command_line("--engine-worker") == [console, "--engine-worker"]
    assert program.command_line("--engine-guard") == [console, "--engine-guard"]
    assert program.command_line("voicegw-desktop") == [str(frozen / "voicegw-desktop")]


def test_workers_of_the_windowed_program_have_standard_streams(frozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(frozen / "voicegw-desktop.exe"))
    assert program.command_line("--engine-worker") == [str(frozen / "voicegw.exe"), "--engine-worker"]


def test_a_frozen_worker_is_told_nothing_about_a_checkout(frozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "PYTHONPATH" not in worker_environment(1, False, {})


@pytest.mark.parametrize(
    ("argv", "module", "left"),
    [
        (["/usr/bin/voicegw", "serve"], "voicegw_desktop.cli.main", ["/usr/bin/voicegw", "serve"]),
        (["/usr/bin/voicegw-desktop"], "voicegw_desktop.app.start", ["/usr/bin/voicegw-desktop"]),
        (["C:/x/voicegw-desktop.exe"], "voicegw_desktop.app.start", ["C:/x/voicegw-desktop.exe"]),
        (["voicegw", "--engine-worker"], "voicegw_desktop.workers.worker", ["voicegw"]),
        (["voicegw", "--engine-guard", "--", "ls"], "voicegw_desktop.workers.guard", ["voicegw", "--", "ls"]),
        (["voicegw", "--engine-whatever"], "voicegw_desktop.cli.main", ["voicegw", "--engine-whatever"]),
    ],
)
def test_the_frozen_program_finds_its_role(
    argv: list[str], module: str, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(main=lambda *_: 7, launch=lambda role, arguments: None)

    monkeypatch.setattr(program.importlib, "import_module", load)
    monkeypatch.setattr(program, "tidy", lambda environ: None)
    monkeypatch.setattr(sys, "argv", list(argv))
    assert program.main() == 7
    # workers are of the version that started them
    assert asked == ([] if "engine" in module or "worker" in module else [program.LAUNCHER]) + [module]
    assert sys.argv == left


@pytest.mark.skipif(sys.platform == "win32", reason="OpenSSL asks Windows for its certificates")
def test_what_the_loader_left_does_not_reach_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "system.pem"
    system.touch()
    monkeypatch.setattr(program, "CERTIFICATES", (str(tmp_path / "elsewhere.pem"), str(system)))
    environ = {"LD_LIBRARY_PATH": "/opt/x/_internal", "_PYI_ARCHIVE_FILE": "/opt/x/voicegw", "PATH": "/bin"}
    program.tidy(environ)
    assert environ == {"PATH": "/bin", "SSL_CERT_FILE": str(system)}

    environ = {"LD_LIBRARY_PATH": "/opt/x/_internal:/mine", "LD_LIBRARY_PATH_ORIG": "/mine", "SSL_CERT_FILE": "/my.pem"}
    program.tidy(environ)
    assert environ == {"LD_LIBRARY_PATH": "/mine", "SSL_CERT_FILE": "/my.pem"}


def test_nothing_else_starts_an_interpreter() -> None:
    # `sys.executable -m` is the frozen program with an option it does not know
    allowed = {"program.py", "mirror.py", "conformance.py"}
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "voicegw_desktop").rglob("*.py")
        if "sys.executable" in path.read_text() and path.name not in allowed and "testing" not in path.parts
    }
    assert found == set()
