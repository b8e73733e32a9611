"""Pipecat's OpenAI services, each in a pipeline of its own."""

from __future__ import annotations

from typing import Any

PACKAGES = ("pipecat-ai",)


async def _through(service: Any, frames: list[Any], enough: Any) -> list[Any]:
    """Run the service in a pipeline; every frame that came out until `enough` says so."""
    import asyncio

    from pipecat.frames.frames import EndFrame
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.pipeline.runner import PipelineRunner
    from pipecat.pipeline.task import PipelineTask
    from pipecat.processors.frame_processor import FrameProcessor

    seen: list[Any] = []
    done = asyncio.Event()

    class Sink(FrameProcessor):  # type: ignore[misc]
        async def process_frame(self, frame: Any, direction: Any) -> None:
            await super().process_frame(frame, direction)
            seen.append(frame)
            if enough(seen):
                done.set()
            await self.push_frame(frame, direction)

    task = PipelineTask(Pipeline([service, Sink()]))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await task.queue_frames(frames)
    await asyncio.wait({running, asyncio.create_task(done.wait())}, return_when=asyncio.FIRST_COMPLETED)
    await task.queue_frame(EndFrame())
    await running
    return seen


async def speech(where: Any) -> str:
    from pipecat.frames.frames import TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame
    from pipecat.services.openai.tts import OpenAITTSService

    service = OpenAITTSService(api_key=where.key, base_url=where.v1, sample_rate=24_000)
    seen = await _through(service, [TTSSpeakFrame(where.sentence)], lambda seen: isinstance(seen[-1], TTSStoppedFrame))
    sound = [f for f in seen if isinstance(f, TTSAudioRawFrame)]
    return str(where.is_speech(sum(len(f.audio) / 2 / f.sample_rate for f in sound)))


async def transcription(where: Any) -> str:
    from pipecat.frames.frames import (
        InputAudioRawFrame,
        TranscriptionFrame,
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
    )
    from pipecat.services.openai.stt import OpenAISTTService

    service = OpenAISTTService(api_key=where.key, base_url=where.v1, sample_rate=16_000)
    pcm, rate = where.pcm()
    audio = [InputAudioRawFrame(pcm[i : i + 640], rate, 1) for i in range(0, len(pcm), 640)]
    frames = [VADUserStartedSpeakingFrame(), *audio, VADUserStoppedSpeakingFrame()]
    seen = await _through(service, frames, lambda seen: isinstance(seen[-1], TranscriptionFrame))
    return str(where.is_heard(" ".join(f.text for f in seen if isinstance(f, TranscriptionFrame))))


async def chat(where: Any) -> str:
    from pipecat.frames.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMTextFrame
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.services.openai.llm import OpenAILLMService

    settings = OpenAILLMService.Settings(model="gpt-4o-mini", max_completion_tokens=16)
    service = OpenAILLMService(api_key=where.key, base_url=where.v1, settings=settings)
    context = LLMContext(messages=[{"role": "user", "content": "Say hello."}])
    seen = await _through(
        service, [LLMContextFrame(context)], lambda seen: isinstance(seen[-1], LLMFullResponseEndFrame)
    )
    text = "".join(f.text for f in seen if isinstance(f, LLMTextFrame))
    assert text.strip(), "no text"
    return f"{len(text)} characters"


CHECKS = (
    ("OpenAI TTS service", speech),
    ("OpenAI STT service", transcription),
    ("OpenAI LLM service", chat),
)
