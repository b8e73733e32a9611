"""Pipecat's Realtime service: it speaks to OpenAI's Realtime door in a pipeline of its own."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipecat.frames.frames import Frame
    from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService

    from voicegw_desktop.testing.clients import pipecat_pipeline as pipeline
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    pipeline = importlib.import_module("pipecat_pipeline")

PACKAGES = ("pipecat-ai", "openai")
IMPORTS = ("pipecat.services.openai.realtime.llm",)


def _service(where: Where) -> OpenAIRealtimeLLMService:
    from pipecat.services.openai.realtime import events
    from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService

    # a small model that may choose its words goes on for ever at times
    properties = events.SessionProperties(
        max_output_tokens=60,
        audio=events.AudioConfiguration(input=events.AudioInput(transcription=events.InputAudioTranscription())),
    )
    settings = OpenAIRealtimeLLMService.Settings(
        system_instruction="Answer in one short sentence.", session_properties=properties
    )
    url = f"{where.v1.replace('http', 'ws', 1)}/realtime"
    return OpenAIRealtimeLLMService(api_key=where.key, base_url=url, settings=settings)


def _asked(text: str) -> Frame:
    from pipecat.frames.frames import LLMContextFrame
    from pipecat.processors.aggregators.llm_context import LLMContext

    return LLMContextFrame(LLMContext(messages=[{"role": "user", "content": text}]))


def _seconds(frames: Sequence[Frame]) -> float:
    from pipecat.frames.frames import TTSAudioRawFrame

    return sum(len(f.audio) / 2 / f.sample_rate for f in frames if isinstance(f, TTSAudioRawFrame))


async def text(where: Where) -> str:
    from pipecat.frames.frames import LLMFullResponseEndFrame, TTSTextFrame

    seen = await pipeline.through(
        _service(where), [_asked("Say hello.")], lambda seen: isinstance(seen[-1], LLMFullResponseEndFrame)
    )
    said = "".join(f.text for f in seen if isinstance(f, TTSTextFrame))
    assert said.strip(), "no text"
    seconds = _seconds(seen)
    # a small model now and then answers with a picture only, which is a short silence
    assert seconds > (0.2 if any(c.isalnum() for c in said) else 0), f"{seconds:.2f} s of audio for {said!r}"
    return f"{len(said)} characters, {seconds:.1f} s of audio"


async def spoken(where: Where) -> str:
    """Greeted, then spoken to: the server finds the end of the turn, and answers."""
    from pipecat.frames.frames import InputAudioRawFrame, LLMFullResponseEndFrame, TranscriptionFrame

    pcm, rate = where.pcm()
    audio: list[Frame] = [InputAudioRawFrame(pcm[at : at + 640], rate, 1) for at in range(0, len(pcm), 640)]
    words = list[str]()

    def enough(seen: list[Frame]) -> bool:
        # the recording has pauses: it may be several turns, each of them answered
        told = len(" ".join(words).split()) >= 0.9 * len(where.words.split())
        return told and isinstance(seen[-1], LLMFullResponseEndFrame) and _seconds(seen) > 0.2

    seen = await pipeline.through(
        _service(where),
        [_asked("Say hello."), *audio],
        enough,
        # what was heard goes to what stands before the service
        back=lambda frame: words.append(frame.text) if isinstance(frame, TranscriptionFrame) else None,
    )
    return f"{where.is_heard(' '.join(words))}, {_seconds(seen):.1f} s of audio"


CHECKS = (
    ("text in, speech out", text),
    ("spoken turn", spoken),
)
