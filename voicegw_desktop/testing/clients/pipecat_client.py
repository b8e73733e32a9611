"""Pipecat's OpenAI services, each in a pipeline of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients import pipecat_pipeline as pipeline
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    pipeline = importlib.import_module("pipecat_pipeline")

PACKAGES = ("pipecat-ai", "openai")


async def speech(where: Where) -> str:
    from pipecat.services.openai.tts import OpenAITTSService

    return await pipeline.spoken(where, OpenAITTSService(api_key=where.key, base_url=where.v1, sample_rate=24_000))


async def transcription(where: Where) -> str:
    from pipecat.services.openai.stt import OpenAISTTService

    service = OpenAISTTService(api_key=where.key, base_url=where.v1, sample_rate=16_000)
    return await pipeline.heard(where, service, voices=True)


async def realtime_transcription(where: Where) -> str:
    from pipecat.services.openai.stt import OpenAIRealtimeSTTService

    url = f"{where.v1.replace('http', 'ws', 1)}/realtime"
    service = OpenAIRealtimeSTTService(api_key=where.key, base_url=url, turn_detection=None)
    return await pipeline.heard(where, service, voices=False)


async def chat(where: Where) -> str:
    from pipecat.frames.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMTextFrame
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.services.openai.llm import OpenAILLMService

    settings = OpenAILLMService.Settings(model="gpt-4o-mini", max_completion_tokens=16)
    service = OpenAILLMService(api_key=where.key, base_url=where.v1, settings=settings)
    context = LLMContext(messages=[{"role": "user", "content": "Say hello."}])
    seen = await pipeline.through(
        service, [LLMContextFrame(context)], lambda seen: isinstance(seen[-1], LLMFullResponseEndFrame)
    )
    text = "".join(f.text for f in seen if isinstance(f, LLMTextFrame))
    assert text.strip(), "no text"
    return f"{len(text)} characters"


CHECKS = (
    ("OpenAI TTS service", speech),
    ("OpenAI STT service", transcription),
    ("OpenAI realtime STT service", realtime_transcription),
    ("OpenAI LLM service", chat),
)
