"""The ids of keys that are written into the configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voicegw_desktop.config import file_keys
from voicegw_desktop.config.file_keys import file_key_id, withdrawn
from voicegw_desktop.config.schema import ApiKeyConfig


def keys(*named: tuple[str, str]) -> list[ApiKeyConfig]:
    return [ApiKeyConfig(token=token, name=name) for token, name in named]


def file_key_ids(entries: list[ApiKeyConfig], folder: Path) -> list[str]:
    return [file_key_id(entry, entries, folder) for entry in entries]


@pytest.fixture(autouse=True)
def forgotten() -> None:
    file_keys._salt.cache_clear()


def test_keys_without_a_name_of_their_own_have_an_id_of_their_own(tmp_path: Path) -> None:
    """Else records, budgets and limits take them for one key."""
    given = keys(("one", ""), ("two", ""), ("three", "shared"), ("four", "shared"), ("five", "laptop"))
    ids = file_key_ids(given, tmp_path)
    assert ids[4] == "config:laptop"
    assert len(set(ids)) == 5
    assert [id.rpartition("-")[0] for id in ids[:4]] == ["config:key", "config:key", "config:shared", "config:shared"]
    # one that has no name keeps its id when others come and go
    assert file_key_ids(given[1:2], tmp_path) == ids[1:2]


def test_an_id_stays_over_restarts_and_tells_nothing_of_its_key(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    given = keys(("secret", ""))
    first = file_key_ids(given, here)
    file_keys._salt.cache_clear()
    assert file_key_ids(given, here) == first
    # who guesses the key cannot compare: on another machine it has another id
    assert file_key_ids(given, elsewhere) != first
    if os.name == "posix":
        assert (here / file_keys.SALT).stat().st_mode & 0o777 == 0o600


def test_no_file_is_made_where_each_key_has_its_name(tmp_path: Path) -> None:
    file_key_ids(keys(("one", "laptop"), ("two", "phone")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    ids = file_key_ids(keys(("one", ""), ("two", "")), tmp_path / "file")
    assert len(set(ids)) == 2
    (said,) = caplog.messages
    assert "until the next start only" in said


def test_only_the_key_that_is_gone_is_withdrawn(tmp_path: Path) -> None:
    """Streams of the other keys of its name go on."""
    before = keys(("one", ""), ("two", ""), ("three", "a"), ("four", "a"))
    ids = file_key_ids(before, tmp_path)
    assert withdrawn(before, [before[1], before[2]], tmp_path) == {ids[0], ids[3]}
