"""Whole recordings at every door: the audio as int16 mono, and its transcript."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final
from voicegw_desktop.core.ports import Caller, CorridorPort, SttOptions, SttRunPort
from voicegw_desktop.sockets.audio.wav import FLOAT, PCM, looks_like_wav, parse_wav
from voicegw_desktop.sockets.http.bodies import Upload
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.served import headers_of, noted

WAV_HEAD = 4096  # bytes of a body in which a WAV says how long it is
PUSH_BYTES = 32 * 1024  # bytes of PCM handed to an engine at a time


class Recording:
    """Int16 mono samples as they become known, and their rate. Close it."""

    def __init__(self, rate: int, pcm: AsyncGenerator[bytes, None], length_s: float | None = None) -> None:
        self.rate = rate
        """Samples per second."""
        self.length_s = length_s
        """Seconds, where the file says so before it is read."""
        self.pcm = pcm

    async def close(self) -> None:
        """Stop reading or decoding."""
        await self.pcm.aclose()


async def of_upload(context: SocketContext, upload: Upload | None, field: str = "file") -> Recording:
    """A file of a form: read here when it is int16 mono already, decoded in the codec worker otherwise."""
    if upload is None:
        raise BadRequest(f"The form holds no `{field}`.", param=field, code="missing_file")
    if upload.size == 0:
        raise BadRequest("The file is empty (0 bytes).", param=field, code="invalid_audio")
    length_s = None
    if looks_like_wav(await upload.read(0, 12)):
        info = await parse_wav(upload.read, upload.size)
        if info.plain:
            return Recording(info.rate, _plain(upload, info.data_offset, info.data_size), info.seconds)
        # compressed samples in a WAV have no length that could be counted
        length_s = info.seconds if info.format in (PCM, FLOAT) else None
    recording = await of_container(context, upload.chunks(), field)
    recording.length_s = length_s
    return recording


async def of_container(context: SocketContext, chunks: AsyncIterator[bytes], field: str = "file") -> Recording:
    """Any audio file, decoded up to its first samples: a file without audio is refused before a model is loaded."""
    from voicegw_desktop.engines import codec

    audio = codec.decode(context.gateway.engines, chunks)
    try:
        first = await anext(audio)
    except StopAsyncIteration:
        raise BadRequest("The file holds no audio.", param=field, code="invalid_audio") from None
    except VoiceGatewayError as e:
        e.param = e.param or field
        raise
    return Recording(first.rate, _bounded(_after(first, audio), context.limits.max_audio_s, field))


async def of_body(context: SocketContext, chunks: AsyncIterator[bytes], size: int | None) -> Recording:
    """Any audio file that is a request's whole body, of `size` bytes where the request says so."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= WAV_HEAD:
            break
    length_s = None
    if size is not None and looks_like_wav(head):

        async def read(at: int, count: int) -> bytes:
            return head[at : at + count]

        # the decoder says what is wrong with a header that cannot be read
        with contextlib.suppress(BadRequest):
            info = await parse_wav(read, size)
            length_s = info.seconds if info.format in (PCM, FLOAT) else None
    recording = await of_container(context, _rejoined(head, chunks), "body")
    recording.length_s = length_s
    return recording


async def _rejoined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in rest:
        yield chunk


def of_samples(
    context: SocketContext, chunks: AsyncIterator[bytes], rate: int, samples: int | None, field: str = "body"
) -> Recording:
    """Samples without a header, in pieces of any length; `samples`: how many, where that is known."""
    length_s = None if samples is None else samples / rate
    return Recording(rate, _bounded(_whole_samples(chunks, rate), context.limits.max_audio_s, field), length_s)


async def _plain(upload: Upload, offset: int, size: int) -> AsyncGenerator[bytes, None]:
    end = offset + size
    while offset < end:
        piece = await upload.read(offset, min(PUSH_BYTES, end - offset))
        if len(piece) < 2:
            return
        piece = piece[: len(piece) & ~1]
        offset += len(piece)
        yield piece


async def _after(first: Audio, rest: AsyncIterator[Audio]) -> AsyncGenerator[Audio, None]:
    yield first
    async with contextlib.AsyncExitStack() as stack:
        if hasattr(rest, "aclose"):
            await stack.enter_async_context(aclosing(rest))  # type: ignore[type-var]
        async for audio in rest:
            yield audio


async def _whole_samples(chunks: AsyncIterator[bytes], rate: int) -> AsyncGenerator[Audio, None]:
    odd = b""
    async for chunk in chunks:
        chunk = odd + chunk
        odd = chunk[len(chunk) & ~1 :]
        if len(chunk) > len(odd):
            yield Audio(chunk[: len(chunk) & ~1], rate)


async def _bounded(audio: AsyncGenerator[Audio, None], max_s: float, field: str) -> AsyncGenerator[bytes, None]:
    """The pieces in sizes that an engine takes. Raises PayloadTooLarge for a recording that is too long."""
    seconds = 0.0
    async with aclosing(audio):
        async for piece in audio:
            seconds += len(piece.pcm) / 2 / piece.rate
            if seconds > max_s:
                raise PayloadTooLarge(f"The recording is longer than {max_s / 3600:g} hours.", param=field)
            for at in range(0, len(piece.pcm), PUSH_BYTES):
                yield piece.pcm[at : at + PUSH_BYTES]


@contextlib.asynccontextmanager
async def feeding(run: SttRunPort, recording: Recording) -> AsyncIterator[asyncio.Task[None]]:
    """Push the recording into a run while the block reads the run; the end of the block ends both."""
    feeder = asyncio.create_task(_feed(run, recording))
    try:
        yield feeder
    finally:
        feeder.cancel()
        try:
            # first, so that a second cancellation cannot come before it
            await run.cancel()
        finally:
            await asyncio.gather(feeder, return_exceptions=True)
            await recording.close()


async def _feed(run: SttRunPort, recording: Recording) -> None:
    """A recording that fails half way stops the engine."""
    try:
        async for piece in recording.pcm:
            await run.push(piece)
        await run.end()
    except VoiceGatewayError:
        await run.cancel()
        raise


async def transcribed(
    corridor: CorridorPort, caller: Caller, wanted: str, options: Callable[[int], SttOptions], recording: Recording
) -> tuple[SttRunPort, list[Final], float]:
    """(the run, what was said, seconds of audio); `options` is asked with the recording's rate."""
    try:
        run = await corridor.open_stt(caller, wanted, replace(options(recording.rate), length_s=recording.length_s))
    except BaseException:
        await recording.close()
        raise
    finals: list[Final] = []
    seconds = 0.0
    async with feeding(run, recording) as feeder:
        async for event in run:
            if isinstance(event, Final):
                finals.append(event)
            elif isinstance(event, EndOfStream):
                seconds = event.audio_s
        await feeder
    return run, finals, seconds


def headers_with_words(run: SttRunPort, finals: Sequence[Final]) -> dict[str, str]:
    """The headers of an answer that was to tell word times, with a note where the target tells none."""
    silent = any(final.text.strip() and not final.words for final in finals)
    return {**headers_of(run), **(noted(run, f"{run.served} tells no word times") if silent else {})}


def text_of(finals: list[Final]) -> str:
    """Everything that was said."""
    return " ".join(text for f in finals if (text := f.text.strip()))
