"""`voicegw restart` stops the gateway that runs only where one could start in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from voicegw_desktop.cli import verbs
from voicegw_desktop.cli.main import main
from voicegw_desktop.cli.options import Options

pytestmark = pytest.mark.unit


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in a profile whose gateway runs."""
    calls: list[str] = []
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(verbs, "_running", lambda: 7)
    monkeypatch.setattr(verbs, "_stop", lambda options: calls.append("stop"))

    def start(options: Options) -> int:
        calls.append("start")
        return 0

    monkeypatch.setattr(verbs, "_start", start)
    (tmp_path / "config").mkdir()
    return calls


def database(home: Path, schema: int) -> None:
    with closing(sqlite3.connect(home / "config" / "voicegw.db")) as made:
        made.execute(f"PRAGMA user_version = {schema}")


@pytest.mark.parametrize("schema", [None, 1])
def test_a_gateway_is_started_again(tmp_path: Path, done: list[str], schema: int | None) -> None:
    if schema is not None:
        database(tmp_path, schema)
    assert main(["restart"]) == 0
    assert done == ["stop", "start"]


def test_an_older_program_does_not_stop_what_serves_a_newer_database(
    tmp_path: Path, done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    database(tmp_path, 9999)
    assert main(["restart"]) == 1
    said = capsys.readouterr().err
    assert "was written by a newer VoiceGateway Desktop (schema 9999" in said
    assert "The gateway that runs goes on" in said
    assert done == []


def test_a_configuration_with_a_fault_does_not_stop_what_serves(
    tmp_path: Path, done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config" / "voicegw.yaml").write_text("serve: {port: many}")
    assert main(["restart"]) == 1
    assert "The gateway that runs goes on" in capsys.readouterr().err
    assert done == []


def test_a_file_that_is_no_database_is_left_to_the_start(tmp_path: Path, done: list[str]) -> None:
    (tmp_path / "config" / "voicegw.db").write_bytes(b"no database" * 100)
    assert main(["restart"]) == 0
    assert done == ["stop", "start"]
