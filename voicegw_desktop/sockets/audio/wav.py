"""A strict reader of WAV headers, and the header of a WAV that is still being written."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from voicegw_desktop.core.errors import BadRequest

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
OPEN_SIZE = 0xFFFFFFFF
"""What a writer puts where it cannot know the size yet."""
MIN_RATE, MAX_RATE = 4_000, 192_000  # samples per second
MAX_CHANNELS = 8
MAX_CHUNKS = 64  # chunks before the samples
MAX_FMT = 1024  # bytes of the `fmt ` chunk

Read = Callable[[int, int], Awaitable[bytes]]
"""`await read(offset, size)` gives up to `size` bytes; fewer at the end."""


class BadWav(BadRequest):
    """The file calls itself a WAV and is none."""

    default_code = "invalid_audio"


@dataclass(frozen=True, slots=True)
class WavInfo:
    """Where the samples are and what they are."""

    format: int
    """1 integer, 3 float; others need a decoder."""
    channels: int
    rate: int
    """Samples per second."""
    bits: int
    data_offset: int
    data_size: int
    """Bytes of samples that are really there."""

    @property
    def plain(self) -> bool:
        """True for int16 mono, which needs no decoder."""
        return self.format == PCM and self.channels == 1 and self.bits == 16

    @property
    def seconds(self) -> float:
        """Length of the recording (of uncompressed formats)."""
        return self.data_size / max(1, self.rate * self.channels * self.bits // 8)


def looks_like_wav(head: bytes) -> bool:
    """True when these first twelve bytes start a RIFF/WAVE file."""
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


async def parse_wav(read: Read, size: int) -> WavInfo:
    """Read the headers of a file of `size` bytes; raises BadWav. Touches only headers, whatever sizes they claim."""
    if not looks_like_wav(await read(0, 12)):
        raise BadWav("The file is not a WAV.")
    at = 12
    fmt: tuple[int, int, int, int, int] | None = None
    for _ in range(MAX_CHUNKS):
        head = await read(at, 8)
        if len(head) < 8:
            break
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        at += 8
        if name == b"fmt ":
            if fmt is not None:
                raise BadWav("The WAV has two `fmt ` chunks.")
            if not 16 <= length <= MAX_FMT:
                raise BadWav(f"The WAV's `fmt ` chunk claims {length} bytes.")
            fmt = _format(await read(at, length), length)
        elif name == b"data":
            if fmt is None:
                raise BadWav("The WAV's samples come before its `fmt ` chunk.")
            return _checked(fmt, at, length, size)
        # chunks are padded to even lengths
        at += length + (length & 1)
    raise BadWav("The WAV holds no samples (no `data` chunk).")


def _format(raw: bytes, length: int) -> tuple[int, int, int, int, int]:
    if len(raw) < length:
        raise BadWav("The WAV ends inside its header.")
    code, channels, rate, _, align, bits = struct.unpack("<HHIIHH", raw[:16])
    if code == EXTENSIBLE:
        if len(raw) < 26:
            raise BadWav("The WAV's extended header is too short.")
        code = struct.unpack("<H", raw[24:26])[0]
    return code, channels, rate, align, bits


def _checked(fmt: tuple[int, int, int, int, int], offset: int, claimed: int, size: int) -> WavInfo:
    code, channels, rate, align, bits = fmt
    if not 1 <= channels <= MAX_CHANNELS:
        raise BadWav(f"The WAV claims {channels} channels; 1 to {MAX_CHANNELS} are read.")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise BadWav(f"The WAV claims {rate} samples a second; {MIN_RATE} to {MAX_RATE} are read.")
    if code in (PCM, FLOAT):
        allowed = (8, 16, 24, 32) if code == PCM else (32, 64)
        if bits not in allowed:
            raise BadWav(f"The WAV claims {bits} bits a sample; {', '.join(map(str, allowed))} are read.")
        if align != channels * bits // 8:
            raise BadWav(f"The WAV's block size {align} does not fit {channels} channels of {bits} bits.")
    elif not 1 <= align <= 65_535:
        raise BadWav("The WAV's block size is 0.")
    there = max(0, size - offset)
    # 0 and the largest number are what streaming writers leave; any other claim is held to what is there
    length = there if claimed in (0, OPEN_SIZE) else min(claimed, there)
    length -= length % max(1, align)
    if length <= 0:
        raise BadWav("The WAV holds no samples.")
    return WavInfo(code, channels, rate, bits, offset, length)


def wav_header(rate: int, data_size: int | None = None) -> bytes:
    """44 bytes before int16 mono samples at `rate`; without a size, one that says it is not known yet."""
    size = OPEN_SIZE if data_size is None else data_size
    riff = OPEN_SIZE if data_size is None else 36 + data_size
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16, PCM, 1, rate, rate * 2, 2, 16, b"data", size
    )
