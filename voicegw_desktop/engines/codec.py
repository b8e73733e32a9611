"""Decode and encode recordings in the codec worker, from the app's side."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge
from voicegw_desktop.core.events import Audio
from voicegw_desktop.engines.client import LARGEST_CHUNK, WorkerStream
from voicegw_desktop.engines.kinds import CODEC
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.engines.wire import Event, audio_chunk
from voicegw_desktop.engines.wire import encode as encoded

FORMATS = ("mp3", "opus", "flac", "aac", "wav", "pcm")
MAX_BYTES = 200 * 1024 * 1024
MAX_SECONDS = 4 * 3600.0
UNKNOWN_LENGTH = 0xFFFFFFFF  # what a WAV header says while it is streamed
HEADER_SEARCH = 4096  # bytes in which a WAV file's data chunk is looked for


def wav_header(rate: int, data_bytes: int | None = None) -> bytes:
    """The 44 bytes before int16 mono samples; None: length not known yet."""
    size = UNKNOWN_LENGTH if data_bytes is None else data_bytes
    riff = UNKNOWN_LENGTH if data_bytes is None else 36 + data_bytes
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", size
    )


def plain_wav(head: bytes) -> tuple[int, int, int] | None:
    """(rate, where the samples begin, their bytes) when `head` opens an int16 mono WAV file; else None."""
    if len(head) < 44 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    at, rate = 12, 0
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"fmt " and at + 16 <= len(head):
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at)
            if (form, channels, bits) != (1, 1, 16):
                return None
        elif name == b"data":
            return (rate, at, size) if rate else None
        at += size + (size & 1)
    return None


async def decode(
    pool: Leases,
    chunks: AsyncIterator[bytes],
    rate: int = 16_000,
    *,
    max_s: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    live: bool = False,
) -> AsyncIterator[Audio]:
    """Any recording as int16 mono at `rate`, while it arrives.

    `live`: nothing waits for the end of the recording, so a form that has its index there, as m4a, is not understood.

    Raises BadRequest for what is empty or not audio, PayloadTooLarge over a limit. Int16 mono WAV at `rate` is passed
    through without a worker.
    """
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEADER_SEARCH or (head and not b"RIFF".startswith(head[:4])):
            break
    if not head:
        raise BadRequest("The recording is empty (0 bytes).", code="empty_audio", param="file")
    plain = plain_wav(head)
    if plain and plain[0] == rate:
        async for audio in _pass_through(head, chunks, plain, max_s, max_bytes):
            yield audio
        return
    stream = await _open(pool, Event("decode", {"rate": rate, "max_s": max_s, "max_bytes": max_bytes, "live": live}))

    async def upload() -> None:
        for at in range(0, len(head), LARGEST_CHUNK):
            await stream.send(encoded(Event("data", {}, head[at : at + LARGEST_CHUNK])))
        async for chunk in chunks:
            for at in range(0, len(chunk), LARGEST_CHUNK):
                await stream.send(encoded(Event("data", {}, chunk[at : at + LARGEST_CHUNK])))
        await stream.send(encoded(Event("data-stop")))

    uploading = asyncio.create_task(upload())
    # an upload that fails because its client is slow leaves a decoder that waits for the rest
    uploading.add_done_callback(lambda task: stream.finish() if task.cancelled() or task.exception() else None)
    try:
        while (event := await stream.receive(owed=uploading.done())) is not None:
            if event.type == "audio-chunk" and event.payload:
                yield Audio(event.payload, rate)
            elif event.type == "audio-stop":
                break
            if uploading.done():
                uploading.result()
        if uploading.done():
            uploading.result()
    finally:
        # close the connection first: the caller may be cancelled again
        stream.finish()
        uploading.cancel()
        await asyncio.gather(uploading, return_exceptions=True)


async def encode(pool: Leases, fmt: str, rate: int, pcm: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Int16 mono at `rate` as `mp3`, `opus` (in ogg), `flac`, `aac` (adts), `wav` or `pcm`, while it is produced."""
    if fmt not in FORMATS:
        raise BadRequest(f'"{fmt}" is no audio format; there are {", ".join(FORMATS)}.', param="response_format")
    if fmt in ("wav", "pcm"):
        if fmt == "wav":
            yield wav_header(rate)
        async for piece in pcm:
            yield piece
        return
    stream = await _open(pool, Event("encode", {"format": fmt, "rate": rate}))

    async def upload() -> None:
        odd = b""
        async for piece in pcm:
            data = odd + piece
            even = len(data) & ~1
            odd = data[even:]
            for at in range(0, even, LARGEST_CHUNK):
                await stream.send(audio_chunk(data[at : min(at + LARGEST_CHUNK, even)], rate))
        await stream.send(encoded(Event("audio-stop")))

    uploading = asyncio.create_task(upload())
    receiving: asyncio.Task[Event | None] | None = None
    try:
        while True:
            receiving = asyncio.create_task(stream.receive(owed=uploading.done()))
            await asyncio.wait(
                {receiving, uploading} - ({uploading} if uploading.done() else set()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if uploading.done() and uploading.exception():
                # the source failed: its error is raised, and not a later one of the codec
                uploading.result()
            event = await receiving
            if event is None or event.type == "data-stop":
                break
            if event.payload:
                yield event.payload
    finally:
        stream.finish()
        tasks = [task for task in (uploading, receiving) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _open(pool: Leases, first: Event) -> WorkerStream:
    lease = await pool.acquire(CODEC.name, "av")
    stream = WorkerStream(lease, *await WorkerStream.dial(lease))
    await stream.send(encoded(first))
    return stream


async def _pass_through(
    head: bytes, chunks: AsyncIterator[bytes], plain: tuple[int, int, int], max_s: float, max_bytes: int
) -> AsyncIterator[Audio]:
    rate, start, length = plain
    left = length if length not in (0, UNKNOWN_LENGTH) else max_bytes + 1
    taken, odd = 0, b""

    def take(data: bytes) -> bytes:
        nonlocal left, taken, odd
        data = odd + data[:left]
        left -= len(data) - len(odd)
        even = len(data) & ~1
        odd = data[even:]
        taken += even
        if taken > max_bytes:
            raise PayloadTooLarge(f"The recording is larger than {max_bytes} bytes.", param="file")
        if taken > max_s * rate * 2:
            raise PayloadTooLarge(f"The recording is longer than {max_s:.0f} s.", param="file")
        return data[:even]

    if piece := take(head[start:]):
        yield Audio(piece, rate)
    async for chunk in chunks:
        if piece := take(chunk):
            yield Audio(piece, rate)
    if not taken:
        raise BadRequest("The recording holds no sound.", code="empty_audio", param="file")
