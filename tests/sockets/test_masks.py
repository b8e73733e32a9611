"""The look at the first frame of a WebSocket, byte by byte."""

from __future__ import annotations

import pytest

from voicegw_desktop.sockets.http.masks import REFUSED, FirstFrame

pytestmark = pytest.mark.unit


class Parser:
    def __init__(self) -> None:
        self.taken, self.ended = b"", False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.taken += data
        return False, b""

    def feed_eof(self) -> None:
        self.ended = True


@pytest.mark.parametrize(
    ("pieces", "taken"),
    [
        ([b"\x81\x82abcd{}"], b"\x81\x82abcd{}"),
        ([b"\x81", b"\x82abcd"], b"\x81\x82abcd"),
        ([b"", b"\x81\x80"], b"\x81\x80"),
        ([b"\x81\x02{}"], REFUSED),
        ([b"\x81", b"\x02"], REFUSED),
    ],
)
def test_two_bytes_tell_whether_a_client_masks(pieces: list[bytes], taken: bytes) -> None:
    parser, seen = Parser(), list[object]()
    first = FirstFrame(parser, seen.append)
    for piece in pieces:
        assert seen == []
        assert first.feed_data(piece) == (False, b"")
    assert (seen, parser.taken) == ([parser], taken)


def test_a_client_that_leaves_before_its_first_frame_ends_the_parser() -> None:
    parser = Parser()
    FirstFrame(parser, list[object]().append).feed_eof()
    assert parser.ended
