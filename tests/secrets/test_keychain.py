"""A real keychain, GNOME's keyring on a session bus of its own: open, locked, asking, absent, and unlocked later."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import jwt
import pytest

from tests.support.desktop import wait_for
from tests.support.keyring import KeyringDesktop, Serving, keyring_desktop

pytestmark = [pytest.mark.e2e, pytest.mark.process]

CONFIG = """
providers: {openai: {base_url: http://127.0.0.1:9/v1}}
stacks: {local: {stt: whisper/base, llm: openai/gpt-4o-mini, tts: piper/en_US-joe-medium}}
"""
CHAT = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def session() -> Iterator[KeyringDesktop]:
    with keyring_desktop() as it:
        it.profile.mkdir(parents=True, mode=0o700)
        path = it.profile / "voicegw.yaml"
        path.write_text(CONFIG)
        it.env["VOICEGW_CONFIG"] = str(path)
        yield it


@pytest.fixture
def pair(session: KeyringDesktop) -> tuple[str, str]:
    """A profile that keeps its keys in an open keychain: (bearer, LiveKit token)."""
    session.make_keyring()
    done = session.voicegw("keys", "show", "--json")
    assert done.returncode == 0, done.stderr
    key = json.loads(done.stdout)
    done = session.voicegw("providers", "key", "openai", "--api-key-stdin", stdin="sk-canary-0123456789\n")
    assert done.returncode == 0, done.stderr
    now = int(time.time())
    claims = {"iss": key["key_id"], "nbf": now - 5, "exp": now + 3600, "inference": {"perform": True}}
    return key["api_key"], jwt.encode(claims, key["livekit"]["api_secret"], "HS256")


def vault(serving: Serving, bearer: str) -> str:
    return str(serving.ask("/v1/status", bearer)[1]["vault"]["state"])


def files(session: KeyringDesktop) -> set[str]:
    ours = {"secrets.sealed", "secrets.names", "secrets.key", "vault.json"}
    return {path.name for path in session.profile.iterdir()} & ours


def test_an_open_keychain_keeps_the_secrets_and_no_file_does(session: KeyringDesktop, pair: tuple[str, str]) -> None:
    assert "sk-canary-0123456789" in str(session.kept(name_of_key(session, "openai")))
    assert files(session) == {"vault.json"}
    text = (session.profile / "vault.json").read_text()
    assert "canary" not in text
    assert json.loads(text)["vault"] == "keychain"


def name_of_key(session: KeyringDesktop, provider: str) -> str:
    """The name under which a provider's key is stored, which also tells where it may be sent."""
    recorded = json.loads((session.profile / "vault.json").read_text())["names"]
    return next(name for name in recorded if name.startswith(f"provider/{provider}"))


def test_a_dismissed_prompt_is_told_and_everything_works_again_when_it_is_unlocked(
    session: KeyringDesktop, pair: tuple[str, str]
) -> None:
    bearer, token = pair
    session.lock()
    serving = Serving(session)
    session.dismiss()
    wait_for("the dismissal", lambda: vault(serving, bearer) == "locked")
    # requests without a secret are served; those that need one get the reason
    assert serving.ask("/v1/models", bearer)[0] == 200
    for status, answer in (serving.ask("/v1/models", token), serving.ask("/v1/chat/completions", bearer, CHAT)):
        assert (status, answer["error"]["code"]) == (503, "keychain_locked"), answer
        assert "The keychain is locked" in answer["error"]["message"]
    assert session.voicegw("doctor").stdout.count("The keychain is locked") == 1
    refused = session.voicegw("providers", "key", "groq", "--api-key-stdin", stdin="gsk-another-0123\n")
    assert refused.returncode == 1
    assert "The keychain is locked" in refused.stderr
    assert not session.prompts(), "it asked again"
    assert files(session) == {"vault.json"}
    session.unlock()
    wait_for("the keychain to be seen open", lambda: vault(serving, bearer) == "open")
    assert serving.ask("/v1/models", token)[0] == 200
    # the key is there again: the server it is for is what cannot be reached now
    assert serving.ask("/v1/chat/completions", bearer, CHAT)[1]["error"]["code"] != "keychain_locked"
    assert serving.end() == 0


def test_a_prompt_that_is_left_open_blocks_neither_serving_nor_the_end(
    session: KeyringDesktop, pair: tuple[str, str]
) -> None:
    bearer, token = pair
    session.lock()
    serving = Serving(session)
    session.await_prompt()
    assert serving.ask("/v1/models", bearer)[0] == 200
    assert vault(serving, bearer) in ("waiting", "locked")
    assert serving.ask("/v1/models", token)[1]["error"]["code"] == "keychain_locked"
    assert serving.end() == 0
    assert files(session) == {"vault.json"}


def test_a_new_profile_serves_while_the_keychain_is_being_made(
    session: KeyringDesktop,
) -> None:
    serving = Serving(session)
    session.await_prompt()
    assert serving.ask("/health", "none")[0] == 200
    assert "There is no key yet" in session.voicegw("keys", "show").stderr
    session.dismiss()
    wait_for("the dismissal", lambda: '"locked"' in session.voicegw("secrets", "--json").stdout)
    assert files(session) == set()
    moved = session.voicegw("secrets", "move", "--to", "file", "--yes")
    assert moved.returncode == 0, moved.stderr
    assert session.voicegw("keys", "show").returncode == 0
    assert files(session) == {"secrets.sealed", "secrets.names", "secrets.key", "vault.json"}
    assert serving.end() == 0


def test_without_a_keychain_the_encrypted_file_is_used(session: KeyringDesktop) -> None:
    session.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    assert session.voicegw("keys", "show").returncode == 0
    assert "sealed file" in session.voicegw("secrets").stdout
    assert files(session) == {"secrets.sealed", "secrets.names", "secrets.key", "vault.json"}


def test_a_keychain_that_cannot_be_reached_any_more_is_told(session: KeyringDesktop, pair: tuple[str, str]) -> None:
    session.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    serving = Serving(session)
    assert serving.ask("/v1/models", pair[0])[0] == 200
    assert "cannot be reached" in session.voicegw("doctor").stdout
    assert files(session) == {"vault.json"}
    assert serving.end() == 0
    # what is advised then does what it says
    (advised,) = re.findall(r"`voicegw (secrets move [^`]*)`", session.voicegw("secrets").stdout)
    moved = session.voicegw(*advised.split())
    assert moved.returncode == 0, moved.stderr
    assert session.voicegw("keys", "create", "--name", "here").returncode == 0
    assert "sealed file" in session.voicegw("secrets").stdout


def test_a_profile_with_two_vaults_is_told_and_brought_together(session: KeyringDesktop, pair: tuple[str, str]) -> None:
    from voicegw_desktop.secrets.sealed_file import SealedFile

    # what a version before this one did when the keychain was locked
    (session.profile / "vault.json").unlink()
    SealedFile(session.profile, {}).write("provider/groq", "gsk-later-0123456789")
    session.lock()
    serving = Serving(session)
    told = session.voicegw("doctor").stdout
    assert "The keychain also holds keys of this profile" in told
    assert "voicegw secrets move --to keychain --yes" in told
    assert serving.ask("/v1/models", pair[1])[0] == 401
    session.unlock()
    moved = session.voicegw("secrets", "move", "--to", "keychain", "--yes")
    assert moved.returncode == 0, moved.stderr
    assert serving.ask("/v1/models", pair[1])[0] == 200
    assert files(session) == {"vault.json"}
    assert "gsk-later-0123456789" in str(session.kept(name_of_key(session, "groq")))
    assert "also holds" not in session.voicegw("doctor").stdout
    assert serving.end() == 0
