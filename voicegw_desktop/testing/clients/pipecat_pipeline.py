"""One Pipecat service in a pipeline of its own, for the checks of each provider's services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipecat.frames.frames import Frame
    from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

    from voicegw_desktop.testing.clients.__main__ import Where


async def through(
    service: FrameProcessor,
    frames: Sequence[Frame],
    enough: Callable[[list[Frame]], bool],
    *,
    back: Callable[[Frame], None] = lambda frame: None,
) -> list[Frame]:
    """Run the service on the frames; every frame that came out until `enough` says so. An error it tells ends it.

    `back` is given every frame that goes from the service to the pipeline's beginning.
    """
    from pipecat.frames.frames import EndFrame, ErrorFrame
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.pipeline.runner import PipelineRunner
    from pipecat.pipeline.task import PipelineTask
    from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

    seen: list[Frame] = []
    failures: list[str] = []
    done = asyncio.Event()

    class Ends(FrameProcessor):
        """At both ends: what comes out, and the errors that go back."""

        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            if isinstance(frame, ErrorFrame):
                failures.append(str(frame.error))
                done.set()
            elif self.name == "out":
                seen.append(frame)
            elif direction is FrameDirection.UPSTREAM:
                back(frame)
            if seen and enough(seen):
                done.set()
            await self.push_frame(frame, direction)

    task = PipelineTask(Pipeline([Ends(name="in"), service, Ends(name="out")]))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await task.queue_frames(frames)
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await task.queue_frame(EndFrame())
    await running
    assert not failures, failures[0]
    return seen


async def spoken(where: Where, service: FrameProcessor, *, timed: bool = False) -> str:
    """A sentence through a speaking service; `timed`: it must also tell when each word is heard."""
    from pipecat.frames.frames import TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame, TTSTextFrame

    seen = await through(service, [TTSSpeakFrame(where.sentence)], lambda seen: isinstance(seen[-1], TTSStoppedFrame))
    sound = [f for f in seen if isinstance(f, TTSAudioRawFrame)]
    told = where.is_speech(sum(len(f.audio) / 2 / f.sample_rate for f in sound))
    if timed:
        text = " ".join(f.text.strip() for f in seen if isinstance(f, TTSTextFrame))
        assert text.split() == where.sentence.split(), f"words told: {text!r}"
        told += f", {len(text.split())} words timed"
    return told


async def heard(where: Where, service: FrameProcessor, *, voices: bool) -> str:
    """The clip through a hearing service; `voices`: the pipeline's own detector says when speech begins and ends."""
    from pipecat.frames.frames import (
        InputAudioRawFrame,
        TranscriptionFrame,
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
    )

    pcm, rate = where.pcm()
    audio: list[Frame] = [InputAudioRawFrame(pcm[i : i + 640], rate, 1) for i in range(0, len(pcm), 640)]
    if voices:
        audio = [VADUserStartedSpeakingFrame(), *audio, VADUserStoppedSpeakingFrame()]

    def said(seen: list[Frame]) -> str:
        return " ".join(f.text for f in seen if isinstance(f, TranscriptionFrame))

    def enough(seen: list[Frame]) -> bool:
        return isinstance(seen[-1], TranscriptionFrame) and len(said(seen).split()) >= 0.9 * len(where.words.split())

    return where.is_heard(said(await through(service, audio, enough)))
