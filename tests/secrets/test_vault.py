"""Which vault a profile uses: recorded once, kept while it is locked, moved only when asked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from voicegw_desktop.core.errors import BadRequest, SecretsLocked
from voicegw_desktop.secrets.crypto import SecretStore
from voicegw_desktop.secrets.keychain import ABSENT, LOCKED, OPEN, WAITING, Keychain
from voicegw_desktop.secrets.sealed_file import SealedFile
from voicegw_desktop.secrets.vault_record import VaultRecord

pytestmark = pytest.mark.unit


class FakeBackend:
    """A keyring backend in memory that can be locked, can be gone, and can hang."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.state: str | None = OPEN
        self.asked = 0
        self.hang: threading.Event | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        if self.hang is not None:
            self.hang.wait()
        if self.state == LOCKED:
            raise RuntimeError("dismissed")
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.state == LOCKED:
            raise RuntimeError("dismissed")
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


def store(folder: Path, backend: FakeBackend, *, tells: bool = True, limit: float = 30.0) -> SecretStore:
    """A profile's secrets, as another start of the program would open them. `tells`: its state shows no prompt."""
    keychain = Keychain(lambda: backend, lambda it: backend.state if tells else None, limit)
    return SecretStore(folder, environ={}, keychain=keychain)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_locked_keychain_keeps_its_profile_and_nothing_is_written_elsewhere(
    tmp_path: Path, backend: FakeBackend
) -> None:
    store(tmp_path, backend).set("provider/openai", "sk-old")
    backend.state = LOCKED
    locked = store(tmp_path, backend)
    with pytest.raises(SecretsLocked, match="keychain is locked"):
        locked.get("provider/openai")
    with pytest.raises(SecretsLocked):
        locked.set("provider/groq", "gsk-new")
    assert files(tmp_path) == {VaultRecord.FILE}
    assert locked.remembered() == {"provider/openai"}
    assert (locked.look().kind, locked.look().state) == ("keychain", LOCKED)
    backend.state = OPEN
    assert locked.get("provider/openai") == "sk-old"
    assert locked.seen().state == OPEN


def test_a_new_profile_with_a_locked_keychain_decides_nothing(tmp_path: Path, backend: FakeBackend) -> None:
    backend.state = LOCKED
    locked = store(tmp_path, backend)
    with pytest.raises(SecretsLocked):
        locked.set("a", "1")
    assert locked.seen().kind is None
    assert "move --to file" in locked.description
    assert files(tmp_path) == set()
    backend.state = OPEN
    locked.set("a", "1")
    assert backend.kept["a"] == "1"


def test_without_a_keychain_a_new_profile_uses_the_file_for_good(tmp_path: Path, backend: FakeBackend) -> None:
    backend.state = ABSENT
    store(tmp_path, backend).set("a", "1")
    backend.state = OPEN
    assert store(tmp_path, backend).get("a") == "1"
    assert not backend.kept


def test_a_keychain_in_use_that_is_gone_is_told_and_not_replaced(tmp_path: Path, backend: FakeBackend) -> None:
    store(tmp_path, backend).set("a", "1")
    backend.state = ABSENT
    with pytest.raises(SecretsLocked, match="cannot be reached"):
        store(tmp_path, backend).set("b", "2")
    assert files(tmp_path) == {VaultRecord.FILE}


def test_a_call_that_never_returns_is_given_up_and_the_next_ones_fail_at_once(
    tmp_path: Path, backend: FakeBackend
) -> None:
    store(tmp_path, backend).set("a", "1")
    backend.hang = threading.Event()
    hanging = store(tmp_path, backend, limit=0.01)
    with pytest.raises(SecretsLocked, match="does not answer"):
        hanging.get("a")
    asked = backend.asked
    with pytest.raises(SecretsLocked, match="does not answer"):
        hanging.get("a")
    assert backend.asked == asked
    assert hanging.seen().state == WAITING
    arrived = threading.Event()
    hanging.follow(arrived.set)
    backend.hang.set()
    assert arrived.wait(30)
    assert hanging.seen().state == OPEN


def test_a_keychain_that_cannot_be_looked_at_is_asked_once_and_then_only_on_purpose(
    tmp_path: Path, backend: FakeBackend
) -> None:
    store(tmp_path, backend).set("a", "1")
    backend.state = LOCKED
    locked = store(tmp_path, backend, tells=False)
    for _ in range(3):
        with pytest.raises(SecretsLocked):
            locked.get("a")
        locked.look()
    assert backend.asked - 6 <= 1, "each request showed a prompt"
    backend.state = OPEN
    assert locked.look().state == LOCKED
    assert locked.unlock(30).state == OPEN
    assert locked.get("a") == "1"


def test_moving_brings_both_vaults_together_and_the_one_in_use_wins(tmp_path: Path, backend: FakeBackend) -> None:
    store(tmp_path, backend).set("provider/openai", "sk-old")
    store(tmp_path, backend).set("key/1/livekit", "pair")
    # what an earlier version did with a locked keychain: a file beside it, and no record
    (tmp_path / VaultRecord.FILE).unlink()
    SealedFile(tmp_path, {}).write("provider/openai", "sk-new")
    damaged = store(tmp_path, backend)
    found = damaged.look()
    assert found.kind == "sealed file"
    assert found.stray == ("key/1/livekit", "provider/openai")
    assert "secrets move" in found.advice
    assert damaged.move("keychain") == 2
    again = store(tmp_path, backend)
    assert (again.get("provider/openai"), again.get("key/1/livekit")) == ("sk-new", "pair")
    assert files(tmp_path) == {VaultRecord.FILE}
    assert again.look().stray == ()


def test_moving_to_the_file_empties_the_keychain(tmp_path: Path, backend: FakeBackend) -> None:
    moved = store(tmp_path, backend)
    moved.set("a", "1")
    assert moved.move("sealed file") == 1
    assert {name for name in backend.kept if name != "__names__"} == set()
    assert store(tmp_path, backend).get("a") == "1"
    # a program that was running with the keychain sees the move
    assert moved.vault.kind == "sealed file"


def test_what_a_locked_keychain_holds_is_left_there_only_on_purpose(tmp_path: Path, backend: FakeBackend) -> None:
    kept = store(tmp_path, backend)
    kept.set("a", "1")
    backend.state = LOCKED
    with pytest.raises(SecretsLocked, match="--leave-locked"):
        kept.move("sealed file")
    assert kept.move("sealed file", leave=True) == 0
    kept.set("b", "2")
    assert store(tmp_path, backend).names() == ["b"]
    assert backend.kept["a"] == "1"


def test_a_profile_that_is_bound_to_its_file_does_not_move(tmp_path: Path) -> None:
    bound = SecretStore(tmp_path, environ={"VOICEGW_SECRET": "words"})
    with pytest.raises(BadRequest, match="VOICEGW_SECRET"):
        bound.move("keychain")


def test_a_damaged_record_counts_as_none(tmp_path: Path, backend: FakeBackend) -> None:
    for content in ("", "{", "[]", '{"vault": "drawer"}', '{"vault": "keychain", "names": 3}'):
        (tmp_path / VaultRecord.FILE).write_text(content)
        assert VaultRecord(tmp_path).read().kind is None
