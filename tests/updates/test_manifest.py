"""The signed list of a release: which values it may have, and when it is too old to be accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.releases import KEY, NOW, OTHER_KEY, listed
from voicegw_desktop.updates import manifest
from voicegw_desktop.updates.manifest import BadManifest, Manifest, Source, order
from voicegw_desktop.updates.minisign import BadSignature

TRUSTED = Source("https://updates.example/", (KEY.public,))


def read(text: bytes, *, key: Any = KEY, now: float = NOW, seen: int = 0) -> Manifest:
    return manifest.read(text, key.sign(text, manifest.NAME, NOW), TRUSTED, now=now, seen=seen)


def test_a_list_is_read_as_it_was_written() -> None:
    made = read(listed(b"archive"))
    assert (made.version, made.notes) == ("9.1.0", "Better.")
    assert manifest.write(made) == listed(b"archive")
    assert made.archives[manifest.system()].size == 7


def test_a_list_with_another_signature_is_refused() -> None:
    with pytest.raises(BadSignature, match="not trusted"):
        read(listed(b"x"), key=OTHER_KEY)


@pytest.mark.parametrize(
    ("now", "seen", "says"),
    [(NOW + 1001, 0, "has run out"), (NOW, NOW - 99, "older than one that was seen"), (NOW, NOW - 100, None)],
)
def test_an_old_list_is_refused(now: float, seen: int, says: str | None) -> None:
    if says is None:
        assert read(listed(b"x"), now=now, seen=seen).version == "9.1.0"
    else:
        with pytest.raises(BadManifest, match=says):
            read(listed(b"x"), now=now, seen=seen)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product", "another"),
        ("format", 2),
        ("version", "9.1.0/../../x"),
        ("version", None),
        ("serial", "1"),
        ("expires", None),
        ("archives", [{"system": "linux-x86_64", "name": "../x", "size": 1, "sha256": "0" * 64, "unpacked": 1}]),
        ("archives", [{"system": "linux-x86_64", "name": "x", "size": 1, "sha256": "0", "unpacked": 1}]),
        ("archives", [{"system": "linux-x86_64", "name": "x", "size": 0, "sha256": "0" * 64, "unpacked": 1}]),
        ("archives", [{"system": "linux-x86_64", "name": "x", "size": -5, "sha256": "0" * 64, "unpacked": 1}]),
    ],
)
def test_a_signed_list_that_is_wrong_is_refused(field: str, value: object) -> None:
    text = json.dumps({**json.loads(listed(b"x")), field: value}).encode()
    with pytest.raises(BadManifest, match="cannot be read"):
        read(text)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"serial": 1e999}', b"[" * 5000])
def test_what_is_no_list_is_refused(text: bytes) -> None:
    with pytest.raises(BadManifest, match="cannot be read"):
        read(text)


def test_versions_are_compared_by_their_numbers() -> None:
    assert order("0.10.0") > order("0.9.9") > order("0.9") > order("") == order("next")


def test_the_build_says_where_new_versions_are(tmp_path: Path) -> None:
    assert manifest.built_in(tmp_path) == Source("", ())
    file = tmp_path / "updates.json"
    file.write_text(json.dumps({"address": "https://updates.example/", "keys": [str(KEY.public)]}))
    assert manifest.built_in(tmp_path) == TRUSTED
    file.write_text('{"keys": ["no key"]}')
    assert manifest.built_in(tmp_path) == Source("", ())
    # the file of the tree is one
    assert manifest.built_in().address == json.loads((manifest.resources_dir() / "updates.json").read_text())["address"]
