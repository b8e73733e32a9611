"""Pipecat's Deepgram services with another base_url, each in a pipeline of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients import pipecat_pipeline as pipeline
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    pipeline = importlib.import_module("pipecat_pipeline")

PACKAGES = ("pipecat-ai", "deepgram-sdk")


def _ws(where: Where) -> str:
    return str(where.url.replace("http", "ws", 1))


async def transcription(where: Where) -> str:
    from pipecat.services.deepgram.stt import DeepgramSTTService

    service = DeepgramSTTService(api_key=where.key, base_url=_ws(where), sample_rate=16_000)
    return await pipeline.heard(where, service, voices=True)


async def turns(where: Where) -> str:
    from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService

    service = DeepgramFluxSTTService(api_key=where.key, url=f"{_ws(where)}/v2/listen", sample_rate=16_000)
    return await pipeline.heard(where, service, voices=False)


async def eager_turns(where: Where) -> str:
    from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService

    settings = DeepgramFluxSTTService.Settings(eager_eot_threshold=0.4, keyterm=["Americans"])
    service = DeepgramFluxSTTService(
        api_key=where.key, url=f"{_ws(where)}/v2/listen", sample_rate=16_000, settings=settings
    )
    guesses: list[str] = []

    @service.event_handler("on_eager_end_of_turn")
    async def note(service: DeepgramFluxSTTService, transcript: str) -> None:
        guesses.append(transcript)

    told = await pipeline.heard(where, service, voices=False)
    assert guesses, "no early guess"
    return f"{told}, {len(guesses)} early guesses"


async def speech(where: Where) -> str:
    from pipecat.services.deepgram.tts import DeepgramTTSService

    service = DeepgramTTSService(api_key=where.key, base_url=_ws(where), sample_rate=24_000)
    return await pipeline.spoken(where, service)


async def speech_by_post(where: Where) -> str:
    import aiohttp
    from pipecat.services.deepgram.tts import DeepgramHttpTTSService

    async with aiohttp.ClientSession() as http:
        service = DeepgramHttpTTSService(
            api_key=where.key, base_url=where.url, aiohttp_session=http, sample_rate=24_000
        )
        return await pipeline.spoken(where, service)


async def speech_in_turns(where: Where) -> str:
    from pipecat.services.deepgram.flux.tts import DeepgramFluxTTSService

    service = DeepgramFluxTTSService(api_key=where.key, url=f"{_ws(where)}/v2/speak", sample_rate=24_000)
    return await pipeline.spoken(where, service)


CHECKS = (
    ("Deepgram STT service", transcription),
    ("Deepgram Flux STT service", turns),
    ("Deepgram Flux STT service, eager", eager_turns),
    ("Deepgram TTS service", speech),
    ("Deepgram HTTP TTS service", speech_by_post),
    ("Deepgram Flux TTS service", speech_in_turns),
)
