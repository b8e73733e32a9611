"""Signatures in minisign's form: those of the program itself are accepted, and every change of one is noticed."""

from __future__ import annotations

import base64
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from voicegw_desktop.updates.minisign import BadSignature, PublicKey, Signature, verify

SIGN: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parents[2] / "packaging" / "sign.py"))
SecretKey = SIGN["SecretKey"]

# made by minisign 0.11 with a key that was deleted
DATA = b"the list of a release\n"
KEY = "RWSSR5SlQn7PQw/Os9/bSf2e0mkVRC58Mbw2Gd/jAAzNVP3j8jCj1sIu"
SECRET = """untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkkeUpUJ+z0OnTZ/TqORMr0ntvTV5jO/EXILNdWfRFDlZ\
npUDOYTgDQ/Os9/bSf2e0mkVRC58Mbw2Gd/jAAzNVP3j8jCj1sIuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
"""
HASHED = """untrusted comment: signature from minisign secret key
RUSSR5SlQn7PQ+EA6+wDhVY9CeJASCzbPmlDjHH6GY6K5hffORmi7r5e6IfQdo9x6oZvB59NRls4fBzrohPqz2CCzP25Yz6GjgE=
trusted comment: file:f  serial 7
f119wWxi6jwGqcIySUIH744KljYbZF+duaJHT62pZ/5hxSRT/b+KWgErd/zzlXf/i8dwTcHeBtEH713tJin6Bg==
"""
OLD_FORM = """untrusted comment: signature from minisign secret key
RWSSR5SlQn7PQ9BfBB/zB9WT69Ew4IVpPU29VyhvfmapoVE/Txx201fNJ3F+O9g6lbpNzN/EZvGCNH1Ai3NKHBMUMsAfRXWOqAg=
trusted comment: old form
EyqaoJzpKZ34yjM9b7AzjgnGAbvtoEkirL11fH/x+8TV6G9WfDn8yPReFJhXIwL+PlZ0a685h1LynjnlnV8HCA==
"""


@pytest.mark.parametrize(("text", "comment"), [(HASHED, "file:f  serial 7"), (OLD_FORM, "old form")])
def test_a_signature_of_minisign_is_read(text: str, comment: str) -> None:
    assert verify(DATA, text, [PublicKey.parse(f"untrusted comment: x\n{KEY}\n")]) == comment
    assert str(PublicKey.parse(KEY)) == KEY
    assert str(Signature.parse(text)).splitlines()[1:] == text.splitlines()[1:]


def test_a_key_of_minisign_signs(tmp_path: Path) -> None:
    file = tmp_path / "minisign.key"
    file.write_text(SECRET)
    file.chmod(0o600)
    key = SecretKey.read(file)
    assert str(key.public) == KEY
    # Ed25519 has one signature for a text: it is minisign's own
    assert key.sign(DATA, "f").splitlines()[1] == HASHED.splitlines()[1]


def test_what_was_signed_here_is_read_here(tmp_path: Path) -> None:
    SecretKey.make().write(tmp_path / "own.key")
    key = SecretKey.read(tmp_path / "own.key")
    public = PublicKey.parse((tmp_path / "own.key.pub").read_text())
    assert "file:x" in verify(DATA, key.sign(DATA, "x", 5), [PublicKey.parse(KEY), public])
    with pytest.raises(FileExistsError):
        SecretKey.make().write(tmp_path / "own.key")


def changed(text: str, line: int, byte: int) -> str:
    lines = text.splitlines()
    raw = bytearray(base64.b64decode(lines[line]))
    raw[byte] ^= 1
    lines[line] = base64.b64encode(raw).decode()
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("data", "text", "says"),
    [
        (DATA + b" ", HASHED, "was changed"),
        (DATA, changed(HASHED, 1, 20), "was changed"),
        (DATA, changed(HASHED, 3, 20), "was changed"),
        (DATA, HASHED.replace("serial 7", "serial 8"), "was changed"),
        (DATA, changed(HASHED, 1, 5), "not trusted"),
        (DATA, changed(HASHED, 1, 1), r"was changed|method"),
        (DATA, HASHED.replace("RUSS", "XXSS"), "method"),
        (DATA, "", "four lines"),
        (DATA, HASHED.replace("trusted comment: file", "comment: file"), "third a comment"),
        (DATA, HASHED.replace("RUSS", "RUS"), "no file of minisign"),
        (DATA, HASHED.replace("f119", "f1"), "no file of minisign"),
        (DATA, HASHED + "x" * 5000, "no file of minisign"),
    ],
)
def test_a_forged_signature_is_refused(data: bytes, text: str, says: str) -> None:
    with pytest.raises(BadSignature, match=says):
        verify(data, text, [PublicKey.parse(KEY)])
    with pytest.raises(BadSignature):
        verify(data, text, [])


@pytest.mark.parametrize("text", ["", "RW", KEY[:-4], "RX" + KEY[2:], SECRET])
def test_no_key_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"no public key|not base64"):
        PublicKey.parse(text)


@pytest.mark.skipif(sys.platform == "win32", reason="file modes")
def test_a_secret_key_is_for_its_owner_and_without_a_password(tmp_path: Path) -> None:
    file = tmp_path / "k"
    SecretKey.make().write(file)
    assert file.stat().st_mode & 0o777 == 0o600
    body = bytearray(base64.b64decode(file.read_text().splitlines()[1]))
    for at, says in ((2, "has a password"), (60, "damaged"), (0, "no secret key")):
        wrong = bytes([*body[:at], body[at] ^ 1, *body[at + 1 :]])
        file.write_text(f"untrusted comment: x\n{base64.b64encode(wrong).decode()}\n")
        with pytest.raises(SystemExit, match=says):
            SecretKey.read(file)
    os.chmod(file, 0o644)
    with pytest.raises(SystemExit, match="other users"):
        SecretKey.read(file)


def test_the_command_signs_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "SHA256SUMS"
    file.write_bytes(DATA)
    key = str(tmp_path / "k")
    assert SIGN["main"](["key", key]) == 0
    assert SIGN["main"](["sign", key, str(file)]) == 0
    assert SIGN["main"](["verify", f"{key}.pub", str(file)]) == 0
    assert "file:SHA256SUMS" in capsys.readouterr().out
    file.write_bytes(DATA + b"x")
    with pytest.raises(BadSignature):
        SIGN["main"](["verify", f"{key}.pub", str(file)])
    assert SIGN["main"]([]) == 2
