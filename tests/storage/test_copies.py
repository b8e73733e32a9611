"""Backups: written whole and under a new name only, restored whole, with the present keys."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.storage import copies

pytestmark = pytest.mark.unit


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    async with Gateway(paths=paths_below(tmp_path / "profile"), config=GatewayConfig({})) as gateway:
        yield gateway


async def ask(gateway: Gateway, operation: str, /, **params: object) -> dict[str, Any]:
    return dict(await operations.run(gateway, operation, params))


async def requests(gateway: Gateway) -> list[str]:
    return sorted(r["id"] for r in (await ask(gateway, "logs"))["logs"])


def submit(gateway: Gateway, *ids: str) -> None:
    assert gateway.writer is not None
    for id in ids:
        gateway.writer.submit(record(id=id, session_id="call"))


async def test_a_backup_is_taken_back_while_serving(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    submit(gateway, "a", "b")
    old = await ask(gateway, "create_key", name="old")
    await ask(gateway, "create_project", project_id="shop")
    made = await ask(gateway, "backup", file=str(file))
    assert (made["requests"], made["sessions"], made["path"]) == (2, 1, str(file))
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    submit(gateway, "c")
    new = await ask(gateway, "create_key", name="new")
    await ask(gateway, "revoke_key", key_id=old["key_id"], confirm=True)
    await ask(gateway, "delete_project", project_id="shop", confirm=True)
    would = await ask(gateway, "restore", file=str(file))
    assert would["preview"]
    assert would["requests"] == 2
    assert await requests(gateway) == ["a", "b", "c"]
    assert (await ask(gateway, "restore", file=str(file), confirm=True))["restored"]
    assert await requests(gateway) == ["a", "b"]
    assert "shop" in gateway.config.projects
    # keys are those of today: the revoked one stays out, the new one stays in
    keys = {key["id"]: key["revoked_at"] for key in (await ask(gateway, "list_keys", revoked=True))["keys"]}
    assert keys[new["key_id"]] is None
    assert keys.get(old["key_id"]) is not None
    # recording goes on
    submit(gateway, "d")
    assert await requests(gateway) == ["a", "b", "d"]
    assert (await ask(gateway, "audit_books"))["ok"]


async def test_a_replay_brings_nothing_back_from_before_a_restore(gateway: Gateway, tmp_path: Path) -> None:
    await ask(gateway, "backup", file=str(tmp_path / "empty.db"))
    submit(gateway, "a")
    await ask(gateway, "restore", file=str(tmp_path / "empty.db"), confirm=True)
    left = [path.read_bytes() for path in gateway.database.parent.glob("*.pending-*")]
    assert not any(b'"a"' in content for content in left)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 5000])
async def test_a_file_that_is_no_backup_is_refused(gateway: Gateway, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    submit(gateway, "a")
    with pytest.raises(BadRequest, match="file"):
        await ask(gateway, "restore", file=str(file), confirm=True)
    assert await requests(gateway) == ["a"]


async def test_another_programs_database_and_one_of_a_newer_version_are_refused(
    gateway: Gateway, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as db, db:
        db.execute("CREATE TABLE requests (id)")
    with pytest.raises(BadRequest, match="no backup of VoiceGateway Desktop"):
        await ask(gateway, "restore", file=str(tmp_path / "other.db"), confirm=True)
    await ask(gateway, "backup", file=str(tmp_path / "newer.db"))
    with closing(sqlite3.connect(tmp_path / "newer.db")) as db, db:
        db.execute("PRAGMA user_version = 9999")
    with pytest.raises(BadRequest, match="newer"):
        await ask(gateway, "restore", file=str(tmp_path / "newer.db"), confirm=True)
    assert not list(gateway.database.parent.glob("*.part-*"))


async def test_no_file_is_replaced_and_no_folder_made(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    for file, words in (
        (str(tmp_path / "there"), "exists"),
        (str(tmp_path / "no" / "b.db"), "no folder"),
        ("b.db", "whole path"),
    ):
        with pytest.raises(BadRequest, match=words):
            await ask(gateway, "backup", file=file)
    assert (tmp_path / "there").read_text() == "mine"


async def test_a_disk_without_room_is_told_before_anything_is_written(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(gateway, "backup", file=str(tmp_path / "kept.db"))
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    for name in ("backup", "restore"):
        file = tmp_path / ("kept.db" if name == "restore" else "more.db")
        with pytest.raises(BadRequest, match="has 0 MB free"):
            await ask(gateway, name, file=str(file), **({"confirm": True} if name == "restore" else {}))
    assert not (tmp_path / "more.db").exists()


async def test_the_state_of_the_database_is_told_with_the_settings(gateway: Gateway) -> None:
    submit(gateway, "a")
    told = await ask(gateway, "storage")
    kept = {row["kind"]: row["days"] for row in told["kept"]}
    assert kept == {"requests": 730, "turns": 730, "transcripts": 30, "egress": 90}
    assert told["max_bytes"] == 10 * 1024**3
    assert told["size_bytes"] > 0
    told = await ask(gateway, "tidy_storage")
    assert (told["would"], told["rows"]) == ("remove no row: the settings under retention keep all", {})
    assert (await ask(gateway, "tidy_storage", anew=True))["would"].endswith("; and rewrite the whole file")
    await ask(gateway, "tidy_storage", confirm=True, anew=True)
    assert (await ask(gateway, "storage"))["unused_bytes"] == 0
    settings = {row["path"]: row for row in (await ask(gateway, "settings"))["settings"]}
    assert settings["retention.max_size"]["value"] == "10GiB"
    assert settings["retention.requests_days"]["source"] == "default"


def test_a_copy_that_sqlite_cannot_write_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "v.db").write_bytes(b"no database" * 100)
    with pytest.raises(BadRequest, match="cannot be written"):
        copies.backup(tmp_path / "v.db", tmp_path / "copy.db")
    assert [file.name for file in tmp_path.iterdir()] == ["v.db"]
