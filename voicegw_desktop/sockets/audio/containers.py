"""Audio of a live connection: samples as they are, companded ones by table, containers by the codec worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.sockets.audio import g711

ENOUGH = 12  # bytes by which a container is known
WAITING = 64  # messages that may wait for the decoder before the client waits, too
_ASF = bytes.fromhex("3026b2758e66cf11")
_MAGIC = (b"\x1a\x45\xdf\xa3", b"OggS", b"fLaC", b"ID3", b"RIFF", b"FORM", b"caff", b"RF64", b"#!AMR", b".snd", _ASF)
_NO_AUDIO = (
    b"PK\x03\x04",
    b"%PDF-",
    b"\x89PNG\r\n",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ",
    b"\x7fELF",
)
_TEXT = frozenset((*range(0x20, 0x7F), *b"\t\n\r"))
TEXT_BYTES = 64
"""How many bytes are looked at: samples that are all letters do not occur in sound."""
INDEXED = b"ftyp"
"""In bytes 4 to 8: m4a, whose index may stand at the end."""
INDEX = b"moov"
LONGEST_KIND = 1_024
"""Bytes of the longest first box of an m4a that is waited for, to see whether its index comes next."""
_BIT_RATES = range(1, 15)  # numbers in an MPEG header that stand for one


def is_container(head: bytes) -> bool:
    """True when these first bytes open a WebM, Ogg, FLAC, mp3, AAC, m4a, WAV, AIFF, CAF, AMR, AU or WMA file."""
    if head.startswith(_MAGIC) or head[4:8] == INDEXED:
        return True
    if len(head) < 4 or head[0] != 0xFF:
        return False
    if head[1] & 0xF6 == 0xF0:
        # ADTS: the sampling frequency's number, and a private bit that encoders leave at 0
        return head[2] >> 2 & 0x0F < 13 and not head[2] & 0x02
    # MPEG layer III
    return head[1] & 0xE6 == 0xE2 and head[2] >> 4 in _BIT_RATES and head[2] >> 2 & 3 != 3


def is_something_else(head: bytes) -> bool:
    """True when these first bytes open what is plainly no audio: a picture, an archive, a document, or text."""
    if head.startswith(_NO_AUDIO):
        return True
    return len(head) >= ENOUGH and all(byte in _TEXT for byte in head[:TEXT_BYTES])


def comes_in_order(head: bytes) -> bool | None:
    """False for an m4a whose index stands behind its sound, as it is not decoded before it is whole.

    True for all else, and for an m4a with the index first, as Safari records one; None: more bytes are needed.
    """
    if head[4:8] != INDEXED:
        return True
    index = int.from_bytes(head[:4], "big")
    if not 8 <= index <= LONGEST_KIND:
        return False
    return head[index + 4 : index + 8] == INDEX if len(head) >= index + 8 else None


class LiveAudio:
    """Takes the client's messages with `take` and pushes int16 mono samples. Has to be closed."""

    def __init__(
        self,
        pool: Leases,
        rate: int,
        push: Callable[[bytes], Awaitable[Any]],
        failed: Callable[[VoiceGatewayError], Awaitable[None]],
        *,
        law: g711.Law | None = None,
        sniffed: bool = False,
        samples: bool = True,
    ) -> None:
        """`sniffed`: the first bytes tell whether it is a container; `samples`: else it is samples, or refused. What is
        plainly something else is refused as well.

        `failed` is told of a container that cannot be decoded.
        """
        self._pool, self._rate, self._push, self._failed = pool, rate, push, failed
        self._law, self._samples = law, samples
        self._head: bytes | None = b"" if sniffed else None
        """The bytes that came before the form was known; None: it is known."""
        self._rest = b""
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._decoding: asyncio.Task[None] | None = None

    async def take(self, data: bytes) -> None:
        """One message of the client's; raises what `push` raises, and BadRequest for what is no audio."""
        if self._head is not None:
            self._head += data
            if len(self._head) < ENOUGH or (in_order := comes_in_order(self._head)) is None:
                return
            data, self._head = self._head, None
            if is_container(data):
                self._decoding = asyncio.create_task(self._decode(live=in_order))
            elif not self._samples or is_something_else(data):
                raise BadRequest(
                    "The first bytes are no container that is known; send WebM, Ogg, mp3, FLAC, AAC or m4a, or"
                    " encoding=linear16 for samples.",
                    param="encoding",
                    code="invalid_audio",
                )
        if self._decoding is not None:
            await self._hand_over(data)
        elif self._law:
            await self._push(g711.decode(data, self._law))
        else:
            data = self._rest + data
            whole = len(data) & ~1
            self._rest = data[whole:]
            if whole:
                await self._push(data[:whole])

    async def finish(self) -> None:
        """The client sends no more: everything that was taken is pushed when this returns."""
        if self._head:
            # too short for any container
            data, self._head = self._head, None
            if self._samples:
                await self.take(data)
        if self._decoding is not None:
            await self._hand_over(None)
            await asyncio.wait({self._decoding})

    async def close(self) -> None:
        """Stop the decoder; idempotent."""
        if self._decoding is not None:
            self._decoding.cancel()
            await asyncio.gather(self._decoding, return_exceptions=True)

    async def _hand_over(self, data: bytes | None) -> None:
        assert self._decoding is not None
        putting = asyncio.create_task(self._chunks.put(data))
        try:
            # a decoder that has ended takes nothing more
            await asyncio.wait({putting, self._decoding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            putting.cancel()

    async def _decode(self, *, live: bool) -> None:
        from voicegw_desktop.engines import codec

        async def chunks() -> AsyncIterator[bytes]:
            while (chunk := await self._chunks.get()) is not None:
                yield chunk

        try:
            async with aclosing(codec.decode(self._pool, chunks(), self._rate, live=live)) as decoded:  # type: ignore[type-var]
                async for audio in decoded:
                    await self._push(audio.pcm)
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                await self._failed(e)
