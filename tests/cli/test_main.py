"""The voicegw command as a person uses it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw_desktop import __version__
from voicegw_desktop.cli.main import main
from voicegw_desktop.cli.parser import commands
from voicegw_desktop.cli.tables import show
from voicegw_desktop.core.paths import example_config

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    monkeypatch.delenv("VOICEGW_CONFIG", raising=False)
    monkeypatch.delenv("VOICEGW_DB_PATH", raising=False)
    return tmp_path


@pytest.mark.process
def test_the_version_imports_nothing_of_weight() -> None:
    code = (
        "import sys; from voicegw_desktop.cli.main import main; main(['--version'])\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pydantic', 'yaml', 'aiohttp', 'asyncio', 'argparse'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == f"voicegw {__version__}\n[]\n"


NOT_COMMANDS = {"voicegw served-by", "voicegw on the"}
"""Texts that only look like a command: a comment of the SSE wire, a sentence about the port."""


def test_every_command_that_a_message_or_a_page_names_exists() -> None:
    known = commands()
    groups = {command.split()[0] for command in known if " " in command}
    told = re.compile(r"(?<![\w/.-])voicegw ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
    files = [ROOT / "voicegw.yaml", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    files += [*(ROOT / "voicegw_desktop").rglob("*.py"), *(ROOT / "resources").rglob("*.yaml")]
    unknown = set()
    for file in files:
        for match in told.finditer(file.read_text("utf-8")):
            word, action = match.groups()
            full = f"{word} {action}" if word in groups and action else word
            if full not in known and match.group() not in NOT_COMMANDS:
                unknown.add(f"{file.relative_to(ROOT)}: {match.group()}")
    assert not unknown


@pytest.mark.process
def test_what_a_running_gateway_is_asked_imports_no_schema() -> None:
    code = (
        "import sys; from voicegw_desktop.cli import parser; parser.build_parser()\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pydantic', 'yaml', 'aiohttp', 'cryptography'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.socket
@pytest.mark.parametrize(
    "words",
    [
        "status",
        "costs",
        "projects",
        "providers",
        "keys",
        "keys list",
        "models list",
        "engines",
        "route",
        "doctor",
        "logs",
    ],
)
def test_reading_commands_answer_as_table_and_as_json(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 0
    assert capsys.readouterr().out.strip()
    assert main([*words.split(), "--json"]) == 0
    json.loads(capsys.readouterr().out)


def test_a_mistake_is_one_sentence_and_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "explain", "servee"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("voicegw: ")
    assert 'Did you mean "serve"?' in err
    assert "Traceback" not in err
    assert main(["costs", "--period", "weak"]) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["keys", "lst"])
    assert 'There is no command "lst". Did you mean "list"?' in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["completion", "tcsh"])
    assert '"shell" is "tcsh"; it must be one of bash, zsh, fish.' in capsys.readouterr().err


def test_a_broken_configuration_lists_its_problems(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = profile / "broken.yaml"
    file.write_text("serve: {prt: 1}\nengins: {}\n")
    assert main(["-c", str(file), "status"]) == 1
    err = capsys.readouterr().err
    assert "serve.prt" in err
    assert "engins" in err


def test_keys_are_made_shown_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "--name", "laptop", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["keys", "show", made["key_id"]]) == 0
    assert made["api_key"] in capsys.readouterr().out
    assert main(["keys", "revoke", made["key_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["preview"] is True
    assert main(["keys", "revoke", made["key_id"], "--yes"]) == 0
    capsys.readouterr()
    assert main(["keys", "show", made["key_id"]]) == 1


def test_init_writes_a_configuration_that_loads(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    written = (profile / "config" / "voicegw.yaml").read_text()
    assert written == example_config().read_text()
    assert "# providers:" in written
    assert main(["init"]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["status"]) == 0


def test_a_route_set_here_is_still_set_next_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", "set", "stt", "whisper/tiny.en"]) == 0
    capsys.readouterr()
    assert main(["route", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["routes"]["stt"] == "whisper/tiny.en"
    assert main(["offline", "on"]) == 0


def test_an_engine_that_does_not_run_holds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = {"name": "ollama/server", "state": "stopped", "pid": None, "rss_bytes": 0, "threads": 0, "reason": ""}
    running = {"name": "piper/a", "state": "ready", "pid": 7, "rss_bytes": 179_000_000, "threads": 1, "reason": ""}
    show("list_engines", {"engines": [stopped, running]})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["ollama/server", "stopped", "-", "-", "-"]
    assert lines[2] == ["piper/a", "ready", "7", "179", "MB", "1"]
