"""Secrets at rest and access keys."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound
from voicegw_desktop.core.events import EventBus, KeyRevoked
from voicegw_desktop.secrets.crypto import SecretStore, mask
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.secrets.sealed_file import SealedFile

pytestmark = pytest.mark.unit


def sealed(folder: Path, **environ: str) -> SecretStore:
    return SecretStore(folder, vault=SealedFile(folder, environ))


def access_keys(folder: Path, bus: EventBus | None = None) -> AccessKeys:
    return AccessKeys(folder / "voicegw.db", sealed(folder), bus, ManualClock())


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_mask_shows_ends_of_long_secrets_only() -> None:
    assert mask("sk-abcdefgh6789") == "sk-a…6789"
    assert mask("short") == "…"


def test_a_sealed_secret_comes_back_and_is_nowhere_in_clear(tmp_path: Path) -> None:
    store = sealed(tmp_path)
    store.set("provider/openai", "sk-very-secret")
    assert sealed(tmp_path).get("provider/openai") == "sk-very-secret"
    assert store.names() == ["provider/openai"]
    for file in tmp_path.iterdir():
        assert b"sk-very" not in file.read_bytes()
        if sys.platform != "win32":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert store.delete("provider/openai")
    assert not store.delete("provider/openai")
    with pytest.raises(ConfigError, match="empty"):
        store.set("x", "")


def test_rotation_seals_with_a_new_key(tmp_path: Path) -> None:
    store = sealed(tmp_path)
    store.set("a", "1")
    before = (tmp_path / SealedFile.KEY_FILE).read_bytes()
    assert store.rotate() == 1
    assert (tmp_path / SealedFile.KEY_FILE).read_bytes() != before
    assert sealed(tmp_path).get("a") == "1"


def test_a_crash_between_new_key_and_new_file_loses_nothing(tmp_path: Path) -> None:
    store = sealed(tmp_path)
    store.set("a", "1")
    file = (tmp_path / SealedFile.FILE).read_bytes()
    old_key = (tmp_path / SealedFile.KEY_FILE).read_bytes()
    store.rotate()
    (tmp_path / SealedFile.FILE).write_bytes(file)
    (tmp_path / SealedFile.OLD_KEY_FILE).write_bytes(old_key)
    assert sealed(tmp_path).get("a") == "1"


def test_a_secret_of_ones_own_seals_and_is_exchanged(tmp_path: Path) -> None:
    sealed(tmp_path, VOICEGW_SECRET="old words").set("a", "1")
    with pytest.raises(ConfigError, match="VOICEGW_SECRET"):
        sealed(tmp_path, VOICEGW_SECRET="new words").get("a")
    assert sealed(tmp_path, VOICEGW_SECRET="new words").rotate("old words") == 1
    assert sealed(tmp_path, VOICEGW_SECRET="new words").get("a") == "1"
    assert not (tmp_path / SealedFile.KEY_FILE).exists()


async def test_a_minted_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    bus, seen = EventBus(), []
    bus.subscribe(seen.append, KeyRevoked)
    keys = access_keys(tmp_path, bus)
    await keys.load()
    minted = await keys.mint("alpha", "laptop", ["read"])
    info = keys.verify_bearer(minted.bearer)
    assert info is not None
    assert (info.id, info.project, info.scopes) == (minted.id, "alpha", ("read",))
    assert await keys.livekit_secret(minted.id) == minted.livekit_secret
    assert await keys.bearer(minted.id) == minted.bearer
    await keys.revoke(minted.id)
    assert seen == [KeyRevoked(minted.id)]
    assert keys.verify_bearer(minted.bearer) is None
    assert await keys.livekit_secret(minted.id) is None
    assert keys.list() == []
    assert len(keys.list(revoked=True)) == 1
    with pytest.raises(NotFound):
        await keys.bearer(minted.id)


async def test_keys_survive_a_restart_and_only_as_hashes(tmp_path: Path) -> None:
    minted = await access_keys(tmp_path).mint("alpha", scopes=("inference",))
    written = everything_in(tmp_path)
    assert minted.bearer.encode() not in written
    assert minted.livekit_secret.encode() not in written
    again = access_keys(tmp_path)
    await again.load()
    assert again.verify_bearer(minted.bearer) is not None
    assert await again.livekit_secret(minted.id) == minted.livekit_secret
    assert await again.ensure("alpha") == minted.id
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "voicegw.db").stat().st_mode) == 0o600


async def test_a_key_revoked_by_another_process_ends_here_at_the_next_load(tmp_path: Path) -> None:
    bus, seen = EventBus(), []
    bus.subscribe(seen.append, KeyRevoked)
    here, there = access_keys(tmp_path, bus), access_keys(tmp_path)
    minted = await here.mint("alpha")
    await there.load()
    await there.revoke(minted.id)
    await here.load()
    assert seen == [KeyRevoked(minted.id)]
    assert here.verify_bearer(minted.bearer) is None


async def test_rotation_keeps_project_and_ends_the_old_key(tmp_path: Path) -> None:
    keys = access_keys(tmp_path)
    old = await keys.mint("alpha", "n", ["read"])
    new = await keys.rotate(old.id)
    assert keys.verify_bearer(old.bearer) is None
    info = keys.verify_bearer(new.bearer)
    assert info is not None
    assert (info.project, info.name, info.scopes) == ("alpha", "n", ("read",))
    with pytest.raises(BadRequest, match="scope"):
        await keys.mint("alpha", scopes=["root"])


def test_names_are_known_without_opening_the_file_and_only_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SealedFile(tmp_path, {}).write("provider/openai", "sk-1")
    beside, opened = tmp_path / SealedFile.NAMES_FILE, []
    load = SealedFile._load
    monkeypatch.setattr(SealedFile, "_load", lambda self: opened.append(self) or load(self))
    assert SealedFile(tmp_path, {}).names() == ["provider/openai"]
    assert opened == []
    code, _, _ = beside.read_bytes().partition(b"\n")
    # names without a code of the key, and no names at all
    for other in (code + b'\n["provider/groq"]', b""):
        beside.write_bytes(other)
        assert SealedFile(tmp_path, {}).names() == ["provider/openai"]
    assert len(opened) == 2
