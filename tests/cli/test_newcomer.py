"""What the command says to input with mistakes, on a narrow terminal, without models."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw_desktop.cli import main as command
from voicegw_desktop.cli import operate
from voicegw_desktop.cli.main import main
from voicegw_desktop.cli.nothing import SENTENCES
from voicegw_desktop.cli.parser import build_parser
from voicegw_desktop.cli.pull import _Screen
from voicegw_desktop.cli.tables import GAP, fields, fitting, show, table
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.models.job import Progress


@pytest.fixture(autouse=True)
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR", command.DEBUG):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parsers(parser: argparse.ArgumentParser, at: str = "voicegw") -> Any:
    yield at, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield from parsers(sub, f"{at} {name}")


def test_every_help_fits_a_terminal_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = [
        f"{at}: {line}"
        for at, parser in parsers(build_parser())
        for line in parser.format_help().splitlines()
        if len(line) > 80
    ]
    assert wide == []


def test_a_group_without_a_list_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    assert "voicegw config" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("port", ["99999", "-1", "abc", "7717x", "²"])
def test_a_port_that_is_none_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", f"--port={port}"])
    assert f'"{port}" is not a port' in capsys.readouterr().err


def test_the_app_takes_its_options_behind_the_verb() -> None:
    options = build_parser().parse_args(["app", "--window", "--attach", "unix:/run/x.sock"])
    assert (options.window, options.attach) == (True, "unix:/run/x.sock")


def test_a_name_nobody_has_is_a_failure_and_a_wrong_word_a_misuse() -> None:
    assert main(["project", "nope"]) == 1
    assert main(["engines", "stop", "nope"]) == 1
    assert main(["logs", "--limit", "0"]) == 2


def options(run: Any) -> argparse.Namespace:
    return argparse.Namespace(temp_basedir=False, config=None, run=run)


def test_what_nobody_foresaw_is_a_sentence_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command._guarded(options(lambda _: [][0])) == 1
    err = capsys.readouterr().err
    assert err.startswith("voicegw: IndexError: ")
    assert command.DEBUG in err
    assert "Traceback" not in err
    monkeypatch.setenv(command.DEBUG, "1")
    with pytest.raises(IndexError):
        command._guarded(options(lambda _: [][0]))


def test_a_folder_that_may_not_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: argparse.Namespace) -> int:
        raise PermissionError(13, "Permission denied", "/home/x/.config")

    assert command._guarded(options(refuse)) == 1
    assert capsys.readouterr().err == (
        "voicegw: /home/x/.config: Permission denied. "
        "Give this user the right to it, or set VOICEGW_HOME to another folder.\n"
    )
    assert main(["export-costs", "-o", "nowhere/x.csv"]) == 1
    assert capsys.readouterr().err == "voicegw: nowhere/x.csv: No such file or directory. Check the path.\n"


@pytest.mark.process
def test_the_demo_says_what_it_lacks_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "voicegw models pull whisper/tiny.en llamacpp/smollm2-135m piper/en_US-joe-medium" in err
    assert main(["demo", "nowhere.wav"]) == 1
    assert "no recording nowhere.wav" in capsys.readouterr().err


@pytest.mark.socket
def test_starting_in_the_background_needs_the_unix_socket(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = profile / "voicegw.yaml"
    file.write_text("serve: {unix_socket: false}\n")
    assert main(["-c", str(file), "start"]) == 1
    assert "serve.unix_socket is false" in capsys.readouterr().err


def test_status_tells_when_nobody_serves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "nothing serves it now" in out
    assert "unix socket: " in out


def test_onboarding_prints_lines_that_a_shell_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["onboard", "--skip-models"]) == 0
    told = dict(line[7:].split("=", 1) for line in capsys.readouterr().out.splitlines() if line.startswith("export "))
    assert told["OPENAI_BASE_URL"] == told["LIVEKIT_INFERENCE_URL"] == "http://127.0.0.1:7717/v1"
    assert main(["keys", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert told["OPENAI_API_KEY"] == shown["api_key"]
    assert told["LIVEKIT_INFERENCE_API_KEY"] == shown["livekit"]["api_key"]
    assert told["LIVEKIT_INFERENCE_API_SECRET"] == shown["livekit"]["api_secret"]


def test_onboarding_asks_to_start_only_what_does_not_serve(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer: dict[str, object] = {
        "endpoint": "http://127.0.0.1:1/v1",
        "api_key": "k",
        "livekit": {"api_key": "i", "api_secret": "s"},
    }

    async def ask(*_: object) -> dict[str, object]:
        return answer

    monkeypatch.setattr(operate, "ask", ask)
    for pid, said in ((os.getpid(), "Start it with `voicegw serve`"), (1, "It serves already;")):
        answer["pid"] = pid
        assert main(["onboard", "--skip-models"]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith(said)


@given(widths=st.lists(st.integers(1, 60), min_size=1, max_size=9), room=st.integers(20, 200))
def test_a_table_fits_its_terminal(widths: list[int], room: int) -> None:
    left = fitting(widths, room)
    assert left[0] == widths[0]
    assert len(left) == 1 or sum(left) + len(GAP) * (len(left) - 1) <= room
    assert all(new <= old for new, old in zip(left, widths, strict=False))
    if sum(widths) + len(GAP) * (len(widths) - 1) <= room:
        assert left == widths


def test_a_pipe_gets_every_column_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table([{"id": "a" * 50, "licence": "b" * 90, "cost": 0.25, "cost_nanos": 250_000_000}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ID", "LICENCE", "COST"]
    assert lines[1] == f"{'a' * 50}  {'b' * 90}  $0.250000"


def test_fields_read_as_a_person_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    fields({"tags": [], "spent_nanos": 1_500_000, "total": 0.5, "total_nanos": 500_000_000, "ms": 12.3456})
    assert capsys.readouterr().out == "tags: -\nspent: $0.001500\ntotal: $0.500000\nms: 12.3\n"


def test_a_pull_that_nobody_watches_says_each_model_once(capsys: pytest.CaptureFixture[str]) -> None:
    screen = _Screen(quiet=False)
    assert not sys.stderr.isatty()
    for state, total in (("waiting", 0), ("pulling", 98_000_000), ("verifying", 98_000_000), ("pulling", 98_000_000)):
        screen.show(Progress("llamacpp/smollm2-135m", state, 0, total))
    screen.end()
    assert capsys.readouterr().err == "Pulling llamacpp/smollm2-135m, 98 MB ...\n"


def test_what_left_is_told_in_peoples_units(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {
        "id": "e1", "at": 1_790_000_000.0, "request": "r1", "target": "deepgram/nova-3", "host": "api.deepgram.com",
        "zone": "cloud", "project": "shop", "modality": "stt", "sent_bytes": 64_000, "sent_s": 2.0,
    }  # fmt: skip
    show("egress", {"egress": [entry, {**entry, "modality": "llm", "sent_bytes": 81, "sent_s": 0.0}]})
    head, heard, asked = capsys.readouterr().out.splitlines()
    assert head.split() == ["TIMESTAMP", "TARGET", "HOST", "ZONE", "PROJECT", "MODALITY", "SENT"]
    assert heard.startswith("2026-")
    assert heard.endswith("64000 bytes, 2.0 s")
    assert asked.endswith("81 bytes")
    show("egress", {"egress": [{**entry, "finished": False}]})
    assert capsys.readouterr().out.rstrip().endswith("64000 bytes, 2.0 s, unfinished")
    show("egress", {"egress": [{**entry, "sent_bytes": 0, "refused": True}]})
    assert capsys.readouterr().out.rstrip().endswith("nothing: a refused redirect")


def test_what_is_installed_stands_above_what_can_be_pulled(capsys: pytest.CaptureFixture[str]) -> None:
    states = {"whisper/a": "available", "whisper/b": "installed", "whisper/c": "damaged", "whisper/d": "available"}
    show("list_store", {"models": [{"id": id, "state": state} for id, state in states.items()], "folder": "/models"})
    _, *rows, count = capsys.readouterr().out.splitlines()
    assert [row.split()[0][-1] for row in rows] == ["b", "c", "a", "d"]
    assert count == "folder: /models; 1 of 4 are installed, listed first"
    models = [{"id": "whisper/a", "state": "installed"}]
    show("list_store", {"models": models, "folder": "/models", "installed_bytes": 43_943_830})
    assert capsys.readouterr().out.endswith("folder: /models; 1 of 1 are installed (44 MB), listed first\n")


def test_an_empty_list_says_what_comes_next(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["keys", "list"], ["turns"]):
        assert main(words) == 0
        assert capsys.readouterr().out.startswith("No "), words
    for name in SENTENCES:
        show(name, {})
        said = capsys.readouterr().out
        assert (said.count("\n"), said[-2]) == (1, "."), name


def test_each_sentence_for_an_empty_list_names_commands_that_are_there() -> None:
    known = {at for at, _ in parsers(build_parser())}
    for name, (_, sentence) in SENTENCES.items():
        assert name in OPERATIONS
        for named in re.findall(r"`(voicegw [a-z -]+?)(?: [A-Z-][^`]*)?`", sentence):
            assert named in known, sentence


@pytest.mark.parametrize(
    ("would", "asks"),
    [("do nothing: piper/joe is not loaded", False), ("stop piper/joe, which serves nothing now", True)],
)
def test_what_would_do_nothing_asks_for_no_confirmation(
    would: str, asks: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def ask(*_: Any) -> dict[str, Any]:
        return {"preview": True, "would": would, "confirm": "…", "engine": {"name": "piper/joe", "info": {"why": "x"}}}

    monkeypatch.setattr(operate, "ask", ask)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["engines", "stop", "piper/joe"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [f"This would {would}.", *(["Nothing was done; add --yes to do it."] if asks else [])]
