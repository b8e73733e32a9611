"""Speech when LiveKit's own session is interrupted, or speaks twice at once; engines answer from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import LIVEKIT_ID, LIVEKIT_SECRET, FakeGateway
from voicegw_desktop.sockets.http.server import Server

pytestmark = [pytest.mark.conformance, pytest.mark.socket]

agents = pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
STORY = "Once upon a time there was a miller who had three sons, a mill, a donkey and a cat."
JOB = {"X-LiveKit-Job-ID": "AJ_1", "X-LiveKit-Room-ID": "RM_1"}
"""What a worker adds in a job; here the HTTP session does."""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway(tmp_path)
    server = Server(gateway)
    await server.start()
    gateway.url = f"{server.url}/v1"  # type: ignore[attr-defined]
    yield gateway
    await server.stop()


@pytest.fixture
async def clients(gateway: Any) -> AsyncIterator[tuple[Any, Any]]:
    """LiveKit's STT and TTS of one job."""
    from livekit.agents import inference

    async with aiohttp.ClientSession(headers=JOB) as http:
        where = {
            "base_url": gateway.url, "api_key": LIVEKIT_ID, "api_secret": LIVEKIT_SECRET, "http_session": http
        }  # fmt: skip
        stt, tts = inference.STT("fake/stt", **where), inference.TTS("fake/tts", **where)
        yield stt, tts
        await stt.aclose()
        await tts.aclose()


def spoken(gateway: FakeGateway) -> list[Any]:
    return [run for run, call in zip(gateway.corridor.opened, gateway.corridor.calls, strict=True) if call[0] == "tts"]


async def test_an_interrupted_answer_stops_before_the_next_begins(
    gateway: FakeGateway, clients: tuple[Any, Any]
) -> None:
    from livekit.agents import Agent, AgentSession

    from tests.support.agent import Microphone, Speaker

    stt, tts = clients
    gateway.corridor.tts_twentieths = 2000
    session = AgentSession(stt=stt, tts=tts, vad=None, turn_detection="manual")
    speaker = Speaker(paced=True)
    session.input.audio, session.output.audio = Microphone(), speaker
    async with agents.utils.http_context.open():
        await session.start(Agent(instructions="Tell stories."))
        try:
            session.say(STORY)
            async with asyncio.timeout(60):
                await speaker.started.wait()
                assert not spoken(gateway)[0].cancelled.is_set()
                await session.interrupt()
                await spoken(gateway)[0].cancelled.wait()
            assert len(spoken(gateway)) == 1, "nothing else was asked for"
        finally:
            await session.aclose()


async def test_answers_spoken_at_once_are_heard_whole(gateway: FakeGateway, clients: tuple[Any, Any]) -> None:
    """Long enough that both wait for real time, as a queued reply does while the one before sounds."""
    gateway.corridor.tts_twentieths = 120

    async def say() -> float:
        async with clients[1].stream() as stream:
            stream.push_text(STORY)
            stream.end_input()
            return sum([event.frame.duration async for event in stream])

    async with asyncio.timeout(60):
        assert await asyncio.gather(say(), say()) == [pytest.approx(6.0)] * 2
    assert all(run.over for run in spoken(gateway))
