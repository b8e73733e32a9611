"""Command lines that are not understood: each is answered by a sentence with what was meant and where to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.cli.main import main
from voicegw_desktop.cli.parser import build_parser, commands
from voicegw_desktop.cli.wrong import ELSEWHERE

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("costs --perod today", 'There is no option "--perod" here. Did you mean "--period"?'),
        ("costs --p today", '"--p" may mean --period or --project: write it whole.'),
        ("onboard --yez", 'Did you mean "--yes"?'),
        ("status --format json", 'Did you mean "--json"?'),
        ("models register x --voice y", 'Did you mean "--default-voice"?'),
        ("engines stop --name x", "Write the value alone: `voicegw engines stop NAME`."),
        ("providers add --name x", "Write the value alone: `voicegw providers add PROVIDER_ID`."),
        ("keys create laptop", '"laptop" is one value too many. Did you mean "--name laptop"?'),
        ("engines stop", '"name" is required: provider/model, as in whisper/base.'),
        ("route set", '"modality" is required: stt, llm or tts. "target" is required'),
        ("logs --limit", "--limit needs a value."),
        ("talk --turns many", '"--turns" is "many"; it must be a whole number.'),
        ("export-costs --format xml", '"--format" is "xml"; it must be one of csv, jsonl, parquet.'),
        ("costs today", '"today" is one value too many. Did you mean "--period today"?'),
        ("costs --month", 'There is no option "--month" here. Did you mean "--period month"?'),
        ("pull whisper/base", 'There is no command "pull". Did you mean "voicegw models pull"?'),
        ("config set serve.port 1", 'Did you mean "voicegw set"?'),
        ("keys delete x", 'There is no command "delete". Did you mean "revoke"?'),
        ("providers remove x", 'Did you mean "delete"?'),
        ("models download x", 'Did you mean "pull"?'),
        ("projects add x", 'Did you mean "create"?'),
        ("gui", 'Did you mean "voicegw app"?'),
        ("provders", 'There is no command "provders". Did you mean "providers"?'),
    ],
)
def test_a_wrong_command_line_is_told_what_was_meant(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith("voicegw: ")
    assert said in printed.err
    assert printed.err.rstrip().endswith("--help` shows what it takes.")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    ["providers add openai --api-key sk-secret", "providers key openai sk-secret", "providers key --api-key=sk-secret"],
)
def test_a_key_on_the_command_line_is_not_repeated(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(line.split())
    said = capsys.readouterr().err
    assert "sk-secret" not in said
    assert "key" in said


@pytest.mark.parametrize("name", ["--type", "--provider-type"])
def test_words_of_the_file_are_taken_as_options(name: str) -> None:
    given = build_parser().parse_args(["providers", "add", "box", name, "wyoming", "--url", "tcp://a:1"])
    assert (given.provider_type, given.base_url) == ("wyoming", "tcp://a:1")


@pytest.mark.parametrize("line", ["onboard --yes", "onboard -y", "status --yes", "models pull x -y", "restart --yes"])
def test_yes_is_taken_where_nothing_is_asked(line: str) -> None:
    assert build_parser().parse_args(line.split()).confirm is True


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--temp-basedir", "export-costs", "-o", str(tmp_path)]) == 1
    assert f"{tmp_path}: Is a directory. Name a file, not a folder." in capsys.readouterr().err


def test_help_is_taken_as_a_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (["help"], ["help", "keys", "create"]):
        with pytest.raises(SystemExit, match="0"):
            main(line)
        assert capsys.readouterr().out.startswith(f"usage: {' '.join(['voicegw', *line[1:]])}")


def test_what_is_told_instead_of_another_word_is_a_command() -> None:
    assert set(ELSEWHERE.values()) <= commands()
    assert not {word for word in ELSEWHERE if word in commands()}
