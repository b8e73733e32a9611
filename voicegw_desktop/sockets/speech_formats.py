"""The audio formats of a spoken answer: their names, content types, and how PCM becomes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from voicegw_desktop.core.errors import BadRequest, did_you_mean
from voicegw_desktop.core.events import Audio
from voicegw_desktop.sockets.wav import wav_header

OPENAI_PCM_RATE = 24_000  # samples per second of `pcm`, which carries no header to say so

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


def check_format(name: str) -> str:
    """The format's name, or BadRequest with the known ones."""
    if name not in CONTENT_TYPES:
        raise BadRequest(
            f'response_format "{name[:40]}" is not known; take one of {", ".join(CONTENT_TYPES)}.'
            f"{did_you_mean(name, CONTENT_TYPES)}",
            param="response_format",
            code="invalid_value",
        )
    return name


def wanted_rate(name: str) -> int | None:
    """Samples per second to ask the voice for; None: its own."""
    return OPENAI_PCM_RATE if name == "pcm" else None


async def encoded(pool: Any, audio: AsyncIterator[Audio], name: str) -> AsyncGenerator[bytes, None]:
    """The audio in the wanted format, as it comes."""
    first = await anext(audio, None)
    if first is None:
        return
    pcm = _samples(first, audio)
    if name == "pcm":
        async for piece in pcm:
            yield piece
    elif name == "wav":
        yield wav_header(first.rate)
        async for piece in pcm:
            yield piece
    else:
        from voicegw_desktop.engines import codec

        async for piece in codec.encode(pool, name, first.rate, pcm):
            yield piece


async def _samples(first: Audio, rest: AsyncIterator[Audio]) -> AsyncIterator[bytes]:
    yield first.pcm
    async for audio in rest:
        yield audio.pcm
