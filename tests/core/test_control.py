"""Where a gateway is found: by its unix socket, else by a file that only a living gateway keeps locked."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from voicegw_desktop.core import control
from voicegw_desktop.core.control import TokenDoor, find, has_unix_socket, token_file

pytestmark = pytest.mark.unit


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """A socket path that no platform can make a unix socket at."""
    return tmp_path / ("long" * 30) / "voicegw.sock"


async def test_a_door_is_found_while_its_gateway_lives(far: Path) -> None:
    assert not has_unix_socket(far)
    assert find(far) is None
    door = TokenDoor(far)
    await door.claim()
    # not written yet
    assert find(far) is None
    door.open(4711)
    found = find(far)
    assert found is not None
    assert (found.base, found.unix, found.shown) == ("http://127.0.0.1:4711", None, "127.0.0.1:4711")
    assert found.token is not None
    assert len(found.token) >= 43
    assert found.token not in repr(found)
    assert door.lets_in(4711, found.token)
    for port, token in ((4712, found.token), (4711, None), (4711, ""), (4711, "ö\udc80"), (None, found.token)):
        assert not door.lets_in(port, token)
    if sys.platform != "win32":
        assert stat.S_IMODE(token_file(far).stat().st_mode) == 0o600
        assert stat.S_IMODE(far.parent.stat().st_mode) == 0o700
    door.close()
    door.close()
    assert find(far) is None
    assert not door.lets_in(4711, found.token)


async def test_what_a_killed_gateway_left_is_not_believed(far: Path) -> None:
    far.parent.mkdir(parents=True)
    token_file(far).write_text('{"port": 4711, "token": "left"}')
    assert find(far) is None
    after = TokenDoor(far)
    await after.claim()
    after.open(1)
    found = find(far)
    assert found is not None
    assert found.token != "left"
    after.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"port": 1}', b'{"port": "x", "token": "t"}', b"\xff"])
async def test_a_file_that_says_nothing_is_no_gateway(far: Path, content: bytes) -> None:
    door = TokenDoor(far)
    await door.claim()
    token_file(far).write_bytes(content)
    assert find(far) is None
    door.close()


async def test_two_gateways_cannot_claim_one_profile(far: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "LOCK_WAIT", 0)
    first = TokenDoor(far)
    await first.claim()
    with pytest.raises(FileExistsError):
        await TokenDoor(far).claim()
    first.close()
    second = TokenDoor(far)
    await second.claim()
    second.close()


def test_the_file_itself_can_be_named() -> None:
    assert token_file(Path("run/voicegw.port")) == token_file(Path("run/voicegw.sock"))


@pytest.mark.skipif(sys.platform == "win32", reason="no unix socket there")
def test_a_short_path_is_a_unix_socket(tmp_path: Path) -> None:
    short = Path("/tmp/s.sock")
    assert has_unix_socket(short)
    assert len(os.fsencode(short)) < control.PATH_LIMIT
