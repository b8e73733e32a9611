"""Pipecat's ElevenLabs services with another base_url, each in a pipeline of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients import beside
    from voicegw_desktop.testing.clients import pipecat_pipeline as pipeline
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # neighbours in this folder, which is no package where these scripts run
    beside = importlib.import_module("beside")
    pipeline = importlib.import_module("pipecat_pipeline")

PACKAGES = ("pipecat-ai",)
VOICE = "Xb7hH8MSUJpSbSDYk0k2"


async def speech(where: Where) -> str:
    from pipecat.services.elevenlabs.tts import ElevenLabsTTSService

    service = ElevenLabsTTSService(
        api_key=where.key,
        url=where.url.replace("http", "ws", 1),
        sample_rate=24_000,
        settings=ElevenLabsTTSService.Settings(voice=VOICE),
    )
    return await pipeline.spoken(where, service, timed=True)


async def speech_by_post(where: Where) -> str:
    import aiohttp
    from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService

    async with aiohttp.ClientSession() as http:
        service = ElevenLabsHttpTTSService(
            api_key=where.key,
            base_url=where.url,
            aiohttp_session=http,
            sample_rate=24_000,
            settings=ElevenLabsHttpTTSService.Settings(voice=VOICE),
        )
        return await pipeline.spoken(where, service, timed=True)


async def recording(where: Where) -> str:
    import aiohttp
    from pipecat.services.elevenlabs.stt import ElevenLabsSTTService

    async with aiohttp.ClientSession() as http:
        service = ElevenLabsSTTService(api_key=where.key, base_url=where.url, aiohttp_session=http, sample_rate=16_000)
        return await pipeline.heard(where, service, voices=True)


async def transcription(where: Where) -> str:
    from pipecat.services.elevenlabs.stt import ElevenLabsRealtimeSTTService

    async with beside.encrypted(where.url) as address:
        service = ElevenLabsRealtimeSTTService(api_key=where.key, base_url=address, sample_rate=16_000)
        return f"{await pipeline.heard(where, service, voices=True)} (through TLS, which this service insists on)"


CHECKS = (
    ("ElevenLabs TTS service", speech),
    ("ElevenLabs HTTP TTS service", speech_by_post),
    ("ElevenLabs STT service", recording),
    ("ElevenLabs realtime STT service", transcription),
)
