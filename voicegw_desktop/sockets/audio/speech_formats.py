"""The audio formats of a spoken answer: their names, content types, and how PCM becomes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, did_you_mean
from voicegw_desktop.core.events import Audio, UtteranceDone
from voicegw_desktop.core.ports import RunPort, TtsRunPort
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.audio.wav import wav_header
from voicegw_desktop.sockets.http.served import headers_of

OPENAI_PCM_RATE = 24_000  # samples per second of `pcm`, which carries no header to say so

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mulaw": "audio/mulaw",
    "alaw": "audio/alaw",
}
OPENAI_FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
LAWS: dict[str, g711.Law] = {"mulaw": "pcmu", "alaw": "pcma"}


def check_format(name: str) -> str:
    """The format's name as OpenAI knows it; mp3 for none. BadRequest with the known ones for another."""
    name = name.strip().lower() or OPENAI_FORMATS[0]
    if name not in OPENAI_FORMATS:
        raise BadRequest(
            f'response_format "{name[:40]}" is not known; take one of {", ".join(OPENAI_FORMATS)}.'
            f"{did_you_mean(name, OPENAI_FORMATS)}",
            param="response_format",
            code="invalid_value",
        )
    return name


def wanted_rate(name: str) -> int | None:
    """Samples per second to ask the voice for; None: its own."""
    return OPENAI_PCM_RATE if name == "pcm" else None


async def encoded(pool: Leases, audio: AsyncIterator[Audio], name: str) -> AsyncGenerator[bytes, None]:
    """The audio in the wanted format, as it comes."""
    first = await anext(audio, None)
    if first is None:
        return
    pcm = _samples(first, audio)
    if name == "pcm":
        async for piece in pcm:
            yield piece
    elif name in LAWS:
        async for piece in pcm:
            yield g711.encode(piece, LAWS[name])
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


async def sound_of(run: TtsRunPort) -> AsyncIterator[Audio]:
    """The audio of a run, to the end of its utterance."""
    async for event in run:
        if isinstance(event, Audio) and event.pcm:
            yield event
        elif isinstance(event, UtteranceDone):
            return


async def answer_in(
    request: web.Request, run: RunPort, pieces: AsyncIterator[bytes], headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send the pieces as they come; until the first one is there the answer can still be an error."""
    first = await anext(pieces, b"")
    response = web.StreamResponse(headers={**headers_of(run), **headers})
    await response.prepare(request)
    if first:
        await response.write(first)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response
