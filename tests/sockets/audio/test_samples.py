"""Samples of any width, number of channels and rate, in pieces of any size."""

from __future__ import annotations

import struct

import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.audio.samples import Samples

pytestmark = pytest.mark.unit

WANTED = [0, 1_000, -1_000, 32_767, -32_768]


def written(values: list[int], width: int) -> bytes:
    if width == 1:
        return bytes((value >> 8) + 128 for value in values)
    shift = 8 * (width - 2)
    return b"".join((value << shift).to_bytes(width, "little", signed=True) for value in values)


def read(pcm: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(pcm) // 2}h", pcm))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("piece", [1, 7, 1_000])
def test_every_form_becomes_int16_mono(width: int, channels: int, piece: int) -> None:
    wanted = [value >> 8 << 8 for value in WANTED] if width == 1 else WANTED
    data = written([value for value in WANTED for _ in range(channels)], width)
    samples = Samples(16_000, width, channels)
    out = b"".join(samples.feed(data[at : at + piece]) for at in range(0, len(data), piece))
    assert read(out) == wanted
    assert samples.rate == 16_000


def test_channels_are_averaged() -> None:
    assert read(Samples(16_000, 2, 2).feed(written([100, 300, -100, 100], 2))) == [200, 0]


@pytest.mark.parametrize(("rate", "given"), [(8_000, 8_000), (48_000, 48_000), (88_200, 44_100), (96_000, 48_000)])
def test_rates_above_what_engines_take_are_halved(rate: int, given: int) -> None:
    samples = Samples(rate, 2, 1)
    assert samples.rate == given
    out = b"".join(samples.feed(piece) for piece in (written([0, 200], 2), written([400], 2), written([600], 2)))
    assert read(out) == ([0, 200, 400, 600] if given == rate else [100, 500])


@pytest.mark.parametrize("form", [(7_999, 2, 1), (96_001, 2, 1), (16_000, 0, 1), (16_000, 5, 1), (16_000, 2, 9)])
def test_other_forms_are_refused_with_what_is_served(form: tuple[int, int, int]) -> None:
    with pytest.raises(BadRequest, match="send 8000 to 96000 Hz"):
        Samples(*form)
