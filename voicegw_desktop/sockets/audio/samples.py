"""Samples as any client records them: of one to four bytes, of several channels, in pieces of any size."""

from __future__ import annotations

import sys
from array import array

from voicegw_desktop.core.errors import BadRequest

RATES = range(8_000, 96_001)  # samples per second taken
HIGHEST = 48_000  # samples per second that engines take
WIDTHS = range(1, 5)  # bytes a sample
CHANNELS = range(1, 9)


class Samples:
    """Makes int16 mono of pieces; `rate` is that of what comes out. Raises BadRequest for a form that is not served."""

    def __init__(self, rate: int, width: int, channels: int) -> None:
        if rate not in RATES or width not in WIDTHS or channels not in CHANNELS:
            raise BadRequest(
                f"Audio of {rate} Hz, {8 * width} bits and {channels} channels is not served; send {RATES[0]} to"
                f" {RATES[-1]} Hz, 8, 16, 24 or 32 bits, at most {CHANNELS[-1]} channels.",
                code="unsupported_audio",
            )
        # numbers of JSON may come as 16000.0
        rate, width, channels = int(rate), int(width), int(channels)
        self.form = (rate, width, channels)
        """(samples per second, bytes a sample, channels) of what is fed."""
        self._width, self._channels = width, channels
        self._halved = rate > HIGHEST
        self.rate = rate // 2 if self._halved else rate
        self._frame = width * channels * (2 if self._halved else 1)
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """The samples that are whole with this piece; the rest waits for the next one."""
        data = self._rest + data
        whole = len(data) - len(data) % self._frame
        self._rest = data[whole:]
        data = data[:whole]
        if self._width != 2:
            data = _as_16_bits(data, self._width)
        if self._channels > 1:
            data = _averaged(data, self._channels)
        return _averaged(data, 2) if self._halved else data


def _as_16_bits(data: bytes, width: int) -> bytes:
    """The upper 16 bits of each sample; 8-bit samples have no sign, as in WAV files."""
    out = bytearray(len(data) // width * 2)
    if width == 1:
        out[1::2] = data.translate(_SIGNED)
    else:
        out[0::2] = data[width - 2 :: width]
        out[1::2] = data[width - 1 :: width]
    return bytes(out)


_SIGNED = bytes((value + 128) % 256 for value in range(256))


def _averaged(data: bytes, count: int) -> bytes:
    """The mean of each `count` samples that follow each other: channels of a moment, or moments of a channel."""
    samples = array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    lanes = [samples[lane::count] for lane in range(count)]
    mean = array("h", (sum(moment) // count for moment in zip(*lanes, strict=True)))
    if sys.byteorder == "big":
        mean.byteswap()
    return mean.tobytes()
