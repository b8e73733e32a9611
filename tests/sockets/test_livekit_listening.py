"""Speech whose client has stopped reading ends, speech that is still read does not, and pooled connections stay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from tests.sockets.test_livekit_wire import CREATE_STT, CREATE_TTS, FLUSH, answers, connected, kinds, speak
from tests.support.socket_gateway import Serve
from tests.support.socket_runs import FakeTts
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.livekit import listening as livekit_listening
from voicegw_desktop.sockets.livekit.listening import ALONE, MISSED, MISSED_AFAR, ROUND, Jobs
from voicegw_desktop.sockets.livekit.tts import RUN_AHEAD

pytestmark = pytest.mark.socket

JOB = {"X-LiveKit-Job-ID": "AJ_1"}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livekit_listening, "ROUND", 0.02)


@pytest.fixture
def long_speech(server: Server) -> list[FakeTts]:
    """Utterances of a hundred seconds, of which within a job only the run-ahead is sent at once; those opened."""
    server.gateway.corridor.tts_twentieths = 2000
    return server.gateway.corridor.opened


@contextlib.asynccontextmanager
async def reading(server: Server, path: str, create: dict[str, object], **job: str) -> AsyncIterator[list[str]]:
    """A connection whose client reads all the time, so that it answers pings; the types it has read."""
    async with connected(server, path, **job) as ws:
        await ws.send_json(create)
        if path.endswith("tts"):
            await ws.send_json(speak("A very long story. "))
            await ws.send_json(FLUSH)
        seen: list[str] = []

        async def read() -> None:
            async for message in ws:
                seen.append(message.json()["type"])

        task = asyncio.create_task(read())
        try:
            yield seen
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def begin_and_leave(ws: aiohttp.ClientWebSocketResponse) -> None:
    """An utterance that is heard at first and then left unread, as an interruption leaves it."""
    await ws.send_json(CREATE_TTS)
    await ws.send_json(speak("A very long story. "))
    await ws.send_json(FLUSH)
    await answers(ws, "output_audio")


@pytest.mark.parametrize("other", ["/v1/stt", "/v1/tts"])
async def test_an_utterance_that_is_read_no_longer_ends(server: Server, long_speech: list[FakeTts], other: str) -> None:
    async with connected(server, "/v1/tts", **JOB) as left:
        await begin_and_leave(left)
        create = CREATE_STT if other == "/v1/stt" else CREATE_TTS
        async with reading(server, other, create, **JOB) as seen, asyncio.timeout(60):
            await long_speech[0].cancelled.wait()
            assert not any(run.cancelled.is_set() for run in long_speech[1:])
            assert "error" not in seen
        # the connection is closed as well: its client does not use it
        async with asyncio.timeout(60):
            while (await left.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert left.close_code == 1000


async def test_two_utterances_that_are_read_go_on(server: Server, long_speech: list[FakeTts]) -> None:
    """A queued or preemptive reply is spoken ahead while the one before still sounds."""
    async with (
        reading(server, "/v1/tts", CREATE_TTS, **JOB) as first,
        reading(server, "/v1/tts", CREATE_TTS, **JOB) as second,
        asyncio.timeout(60),
    ):
        while min(first.count("output_audio"), second.count("output_audio")) < 61:  # noqa: ASYNC110
            await asyncio.sleep(livekit_listening.ROUND)
        assert not any(run.cancelled.is_set() for run in long_speech)


async def test_another_job_proves_nothing(server: Server, long_speech: list[FakeTts]) -> None:
    async with (
        connected(server, "/v1/tts", **JOB) as held_up,
        reading(server, "/v1/tts", CREATE_TTS, **{"X-LiveKit-Job-ID": "AJ_2"}) as other,
        asyncio.timeout(60),
    ):
        await begin_and_leave(held_up)
        # two twentieths of real time after what is sent ahead: several rounds went by
        while other.count("output_audio") < 62:  # noqa: ASYNC110
            await asyncio.sleep(livekit_listening.ROUND)
        assert not long_speech[0].cancelled.is_set()


def listeners(count: int) -> tuple[list[str], list[livekit_listening.Listener]]:
    """Members of one job that were pinged as if all spoke; who was found to be left."""
    jobs, left = Jobs(), []

    async def ping(data: bytes) -> None:
        raise AssertionError("no loop runs here")

    members = [
        jobs.join("key", "AJ_1", ping, lambda name=str(number): left.append(name))  # type: ignore[misc]
        for number in range(count)
    ]
    for member in members:
        member.first = 1
    return left, members


def test_an_agent_that_is_held_up_as_a_whole_is_not_cut() -> None:
    left, (one, two) = listeners(2)
    one.pong(b"3")
    two.pong(b"3")
    # no client answers from the fourth ping on, without a limit
    for latest in range(4, ALONE):
        one.judge(two.answered, latest)
        two.judge(one.answered, latest)
    assert left == []
    # the client reads again: one connection answers its pings, the other was closed meanwhile
    one.pong(b"30")
    two.judge(one.answered, 31)
    assert left == ["1"]


def test_one_ping_without_an_answer_is_no_proof() -> None:
    left, (one, two) = listeners(2)
    for number in range(1, 20):
        one.pong(b"%d" % number)
        two.pong(b"%d" % max(0, number - MISSED + 1))
        two.judge(one.answered, number)
    assert left == []


def test_pings_that_wait_behind_the_audio_on_a_slow_network_are_no_proof() -> None:
    assert MISSED_AFAR * ROUND > RUN_AHEAD
    left, (one, two) = listeners(2)
    two.missed = MISSED_AFAR
    one.pong(b"%d" % (MISSED_AFAR - 1))
    two.judge(one.answered, MISSED_AFAR)
    assert left == []
    one.pong(b"%d" % MISSED_AFAR)
    two.judge(one.answered, MISSED_AFAR)
    assert left == ["1"]


def test_pings_before_the_utterance_do_not_count() -> None:
    left, (one, two) = listeners(2)
    one.pong(b"8")
    two.first = 8
    two.judge(one.answered, 8)
    assert left == []


def test_alone_and_silent_for_long_is_left() -> None:
    left, (one,) = listeners(1)
    one.judge(0, ALONE - 1)
    assert left == []
    one.judge(0, ALONE)
    assert left == ["0"]


async def test_a_connection_in_the_pool_stays(serve: Serve) -> None:
    """A client does not read a pooled connection, so it answers no ping, and yet it must stay open for its next
    utterance."""
    server = await serve(limits=replace(Limits(), heartbeat=0.02))
    async with connected(server, "/v1/tts", **JOB) as pooled, connected(server, "/v1/stt", **JOB) as lost:
        await pooled.send_json(CREATE_TTS)
        await lost.send_json(CREATE_STT)
        await answers(pooled, "session.created")
        # the other wire, which is not read here either, shows how long the wait has to be
        connections = server._runner.server  # type: ignore[union-attr]
        while len(connections.connections) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await pooled.send_json(speak("Still here. "))
        await pooled.send_json(FLUSH)
        assert kinds(await answers(pooled, "done"))[-1] == "done"
