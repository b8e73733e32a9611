"""A provider that stops answering during speech, behind clients of three wires: another target continues at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")


from tests.support.cloud import cloud
from tests.support.speech import WORDS, word_errors
from tests.support.stt import clip, silence
from tests.support.talking_clients import (
    AT_ONCE,
    DEEPGRAM,
    HERE,
    RATE,
    SAID_HERE,
    SAID_THERE,
    UNHURRIED,
    Here,
    Line,
    Scene,
    deepgram_door,
    livekit,
    realtime,
    stage,
)
from tests.support.weights import linked_store
from voicegw_desktop.core.events import (
    Final,
    Interim,
    Notice,
    Progress,
    SpeechStarted,
)
from voicegw_desktop.core.ports import SttOptions, Target, Zone
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.testing.sound import pieces
from voicegw_desktop.workers.cloud_answers import Noticed

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300)]

FIRST = clip("austen-0880.wav")
SECOND = clip("jfk.wav")
IMPATIENT = Patience(stall_s=0.5)
WAY_OUT = 200.0  # s, on a machine that is busy with other things
BEGINNING = 0.8  # s of the second utterance, less than is plainly talk


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with stage(tmp_path, here=Here()) as it:
        yield it


# -- three wires ------------------------------------------------------------------------------------------------------


# -- the tests --------------------------------------------------------------------------------------------------------


async def first_utterance(scene: Scene, line: Line) -> None:
    await line.say(FIRST + silence(0.8))
    assert await line.finals.get() == SAID_THERE
    assert scene.sky.gateway.corridor.runs[0].served.name == DEEPGRAM


async def falls_silent(scene: Scene, line: Line) -> None:
    """The provider hears the second utterance begin, says so, and then nothing."""
    while not line.interim.empty():
        line.interim.get_nowait()
    await line.say(SECOND[: int(BEGINNING * RATE) * 2])
    await line.interim.get()
    scene.deepgram.fault("stall_mid_stream", after=0)
    scene.sky.gateway.corridor.context.patience = IMPATIENT


async def switched(scene: Scene) -> Notice:
    """Seconds until another target serves, which may be slow."""
    notice = await scene.notices.get()
    scene.sky.gateway.corridor.context.patience = UNHURRIED
    return notice


@pytest.mark.parametrize("wire", [livekit, deepgram_door, realtime])
async def test_another_one_goes_on_and_the_client_hears_each_word_once(wire: Any, scene: Scene) -> None:
    async with asyncio.timeout(WAY_OUT), AsyncExitStack() as stack:
        line = await stack.enter_async_context(wire(scene))
        await first_utterance(scene, line)
        await falls_silent(scene, line)
        await line.say(SECOND[int(BEGINNING * RATE) * 2 :])
        notice = await switched(scene)
        assert notice.message == f"{HERE} took over from {DEEPGRAM}: {DEEPGRAM} sent no response to speech for 0.5 s."
        (run,) = scene.sky.gateway.corridor.runs
        assert run.gateway_headers()["X-VoiceGW-Served-By"] == HERE
        # the stalled target is closed before the client has sent everything, and no other one was paid
        await scene.deepgram.until(lambda: not scene.deepgram.connections, WAY_OUT)
        await line.say(silence(1.0))
        assert await line.finals.get() == SAID_HERE
        # and the session goes on
        await line.say(FIRST + silence(1.0))
        assert await line.finals.get() == SAID_HERE
        await line.end()
        record = await scene.records.get()
        assert line.finals.empty()
    (heard,) = scene.here.streams
    # every sample since the words that were final, and none of those before
    assert line.sent.endswith(heard.pcm)
    begins = (len(line.sent) - len(heard.pcm)) / 2 / line.rate
    # a final that came late is followed by what was not sent before it
    assert 0.9 * len(FIRST) / 2 / RATE < begins <= len(FIRST) / 2 / RATE + 0.8
    assert (record.fallback_from, record.model_id) == (DEEPGRAM, HERE)
    assert len(scene.deepgram.requests) == 1
    # what it took is paid for, and in the log
    assert record.cost_nanos > 0
    (left,) = await _left(scene)
    assert (left["target"], left["finished"]) == (DEEPGRAM, True)
    taken = left["sent_bytes"] / 2 / line.rate
    assert left["sent_s"] == pytest.approx(taken, abs=0.001)
    assert begins < taken < len(line.sent) / 2 / line.rate


async def _left(scene: Scene) -> list[dict[str, Any]]:
    from voicegw_desktop.gateway.operations import run

    found: list[dict[str, Any]] = (await run(scene.sky.gateway, "egress", {}))["egress"]
    return found


async def test_what_a_provider_says_without_words_is_a_sign(tmp_path: Path) -> None:
    """Deepgram sends results without words for what it hears no speech in; LiveKit's plugin keeps them to itself."""
    async with stage(tmp_path, here=Here()) as scene:
        scene.deepgram.transcript = ""
        stream = await _opened(scene, DEEPGRAM)
        seen = await _talk_until(stream, Progress)
        assert stream.interims
        assert not [e for e in seen if isinstance(e, Interim | Final)]
        await stream.cancel()


def test_the_same_message_once_more_is_no_sign() -> None:
    noticed = Noticed()
    for said in ("alive", "alive", "a word", "alive", "alive"):
        noticed.hear(said)
    assert noticed.messages == 3


async def test_who_transcribes_recordings_says_that_words_come_late(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai", more={"serve": {"port": 0}}) as sky, sky.gateway as gateway:
        permit = gateway.router.policy.clear(Target("openai", "whisper-1"), project="default", asked=Zone.CLOUD)
        stream = await gateway.backends.open_stt(permit, SttOptions())
        await _talk_until(stream, SpeechStarted)
        assert not stream.interims
        await stream.cancel()


async def _opened(scene: Scene, name: str) -> Any:
    gateway = scene.sky.gateway
    provider, _, model = name.partition("/")
    permit = gateway.router.policy.clear(Target(provider, model), project="default", asked=Zone.CLOUD)
    return await gateway.backends.open_stt(permit, SttOptions())


async def _talk_until(stream: Any, kind: type) -> list[Any]:
    async def talk() -> None:
        for piece in pieces(SECOND, RATE, 0.1):
            await stream.push(piece)
            await asyncio.sleep(AT_ONCE)

    talking, seen = asyncio.ensure_future(talk()), []
    async with asyncio.timeout(WAY_OUT):
        async for event in stream:
            seen.append(event)
            if isinstance(event, kind):
                break
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return seen


@pytest.mark.real_engine
async def test_a_real_recogniser_takes_over(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_MODELS_DIR", str(linked_store(models_dir, tmp_path / "models")))
    async with asyncio.timeout(WAY_OUT), stage(tmp_path, here=None) as scene, livekit(scene) as line:
        await first_utterance(scene, line)
        await falls_silent(scene, line)
        await line.say(SECOND[int(BEGINNING * RATE) * 2 :])
        await switched(scene)
        await line.say(silence(1.5))
        await line.end()
        await line.over.wait()
        record = await scene.records.get()
        said = [line.finals.get_nowait() for _ in range(line.finals.qsize())]
    assert record.fallback_from == DEEPGRAM
    wrong, words = word_errors(WORDS["jfk.wav"], " ".join(said))
    assert wrong <= 0.15 * words, said
