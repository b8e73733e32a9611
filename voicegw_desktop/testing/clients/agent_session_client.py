"""livekit-agents' AgentSession with a duplex model by its string, a microphone and a loudspeaker of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livekit.agents import AgentSession, UserInputTranscribedEvent

    from voicegw_desktop.testing.clients import agents_client
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    agents_client = importlib.import_module("agents_client")

PACKAGES = ("livekit-agents", "livekit")
LIMIT = 120.0  # s: a greeting and an answer are played in the time it takes to hear them
FRAME_S = 0.05


async def prepare(where: Where) -> None:
    """What an agent's surroundings hold: the strings are resolved by it."""
    try:
        from livekit.agents import inference
    except ImportError:
        raise NotImplementedError("this version has no livekit.agents.inference") from None
    if not hasattr(inference, "DuplexModel"):
        raise NotImplementedError("this version has no DuplexModel")
    os.environ |= {
        "LIVEKIT_INFERENCE_URL": where.v1,
        "LIVEKIT_INFERENCE_API_KEY": where.key_id,
        "LIVEKIT_INFERENCE_API_SECRET": where.secret,
    }


async def duplex(where: Where) -> str:
    from livekit.agents import AgentSession

    return await _held(where, AgentSession(llm="openai/gpt-live-1"))


async def _held(where: Where, session: AgentSession[None]) -> str:
    """A call: the agent greets, is spoken to, and answers; what was heard, and for how long it spoke."""
    from livekit import rtc
    from livekit.agents import Agent
    from livekit.agents.voice import io

    class Microphone(io.AudioInput):
        """The recording once `spoken` is set, silence around it."""

        def __init__(self) -> None:
            super().__init__(label="conformance")
            self.spoken = asyncio.Event()
            self._frames = iter(agents_client.frames(where))

        async def __anext__(self) -> rtc.AudioFrame:
            await asyncio.sleep(FRAME_S)
            silence = rtc.AudioFrame(bytes(int(16_000 * FRAME_S) * 2), 16_000, 1, int(16_000 * FRAME_S))
            return next(self._frames, silence) if self.spoken.is_set() else silence

    class Loudspeaker(io.AudioOutput):
        """Counts what it is given, which it plays at once."""

        def __init__(self) -> None:
            super().__init__(label="conformance", capabilities=io.AudioOutputCapabilities(pause=False))
            self.total = self._segment = 0.0
            self.played = asyncio.Event()

        async def capture_frame(self, frame: rtc.AudioFrame) -> None:
            await super().capture_frame(frame)
            self._segment += frame.duration

        def flush(self) -> None:
            super().flush()
            self._end(interrupted=False)

        def clear_buffer(self) -> None:
            self._end(interrupted=True)

        def _end(self, *, interrupted: bool) -> None:
            if self._segment:
                self.total += self._segment
                spoken, self._segment = self._segment, 0.0
                self.on_playback_finished(playback_position=spoken, interrupted=interrupted)
                self.played.set()

    heard, errors = list[str](), list[object]()
    understood = asyncio.Event()

    def hears(event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            heard.append(event.transcript)
        with contextlib.suppress(AssertionError):
            where.is_heard(" ".join(heard))
            understood.set()

    session.on("user_input_transcribed", hears)
    session.on("error", errors.append)
    session.input.audio, session.output.audio = microphone, loudspeaker = Microphone(), Loudspeaker()
    async with agents_client.http():
        try:
            await session.start(Agent(instructions="Answer in one short sentence."))
            session.generate_reply(instructions="Say good morning.")
            await loudspeaker.played.wait()
            greeted = loudspeaker.total
            loudspeaker.played.clear()
            microphone.spoken.set()
            await understood.wait()
            await loudspeaker.played.wait()
        finally:
            await session.aclose()
    assert not errors, errors
    answered = loudspeaker.total - greeted
    return f"greeted for {greeted:.1f} s, {where.is_heard(' '.join(heard))}, answered for {answered:.1f} s"


CHECKS = (('AgentSession(llm="openai/gpt-live-1")', duplex),)
