"""Runs a real Pipecat pipeline, attached, and prints what is told of it: `python tests/inference/pipecat_script.py`.

For an environment that has pipecat-ai; the services in it tell what those of providers tell.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    MetricsFrame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import LLMTokenUsage, LLMUsageMetricsData, TTFBMetricsData, TTSUsageMetricsData
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineTask
from pipecat.processors.frame_processor import FrameProcessor

import voicegw_desktop


class Passing(FrameProcessor):
    async def process_frame(self, frame: Any, direction: Any) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


async def main() -> None:
    reports: list[Any] = []

    async def post(report: Any) -> int:
        reports.append(report)
        return 200

    task = PipelineTask(Pipeline([Passing(), Passing()]))
    voicegw_desktop.attach(task, name="call", post=post)
    usage = LLMTokenUsage(prompt_tokens=100, completion_tokens=10, total_tokens=110)
    await task.queue_frames(
        [
            VADUserStartedSpeakingFrame(start_secs=0.2, timestamp=time.time() - 2),
            VADUserStoppedSpeakingFrame(stop_secs=0.2, timestamp=time.time()),
            TranscriptionFrame("hello", "user", ""),
            UserStoppedSpeakingFrame(),
            MetricsFrame(data=[TTFBMetricsData(processor="OpenAILLMService#0", model="gpt-4o-mini", value=0.2)]),
            MetricsFrame(data=[LLMUsageMetricsData(processor="OpenAILLMService#0", model="gpt-4o-mini", value=usage)]),
            MetricsFrame(data=[TTSUsageMetricsData(processor="CartesiaTTSService#0", model="sonic-3", value=40)]),
            BotStartedSpeakingFrame(),
            BotStoppedSpeakingFrame(),
            EndFrame(),
        ]
    )
    await PipelineRunner(handle_sigint=False).run(task)
    await asyncio.sleep(0.5)
    print(json.dumps(reports, indent=1))


asyncio.run(main())
