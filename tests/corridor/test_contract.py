"""The real corridor and the fake of the doors' tests both satisfy the ports of `core.ports`."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support import fake_backends, fake_meters, socket_gateway
from tests.support.corridors import CALLER, collect, world
from tests.support.fake_backends import FRAME, frame
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, UtteranceDone
from voicegw_desktop.core.ports import (
    ChatOptions,
    ChatReply,
    ChatRunPort,
    CorridorPort,
    LlmBackend,
    RunPort,
    SttBackend,
    SttOptions,
    SttRunPort,
    SttStream,
    TtsBackend,
    TtsOptions,
    TtsRunPort,
    TtsStream,
)
from voicegw_desktop.corridor.corridor import Corridor
from voicegw_desktop.corridor.metering import Meters, NoMeters
from voicegw_desktop.engines import chat_order, client, forced_tools, llama_requests, llm_http, local, offered_tools
from voicegw_desktop.engines.servers import remote_wyoming
from voicegw_desktop.gateway import meters
from voicegw_desktop.providers import app_socket

pytestmark = pytest.mark.unit

RATE = 16_000
BODY = {"stream": True, "messages": [{"role": "user", "content": "Hi"}]}


FAKES: dict[type, type] = {
    SttBackend: fake_backends.FakeStt,
    TtsBackend: fake_backends.FakeTts,
    LlmBackend: fake_backends.FakeLlm,
    SttStream: fake_backends.FakeSttStream,
    TtsStream: fake_backends.FakeTtsStream,
    ChatReply: fake_backends.FakeReply,
    Meters: fake_meters.FakeMeters,
    CorridorPort: socket_gateway.FakeCorridor,
}
REAL: dict[type, tuple[type, ...]] = {
    SttBackend: (local.LocalStt, remote_wyoming.RemoteWyoming),
    TtsBackend: (local.LocalTts, remote_wyoming.RemoteWyoming),
    LlmBackend: (local.LocalLlm,),
    SttStream: (client.WorkerSttStream, remote_wyoming.RemoteStt, app_socket.AppSttStream),
    TtsStream: (client.WorkerTtsStream, remote_wyoming.RemoteTts, app_socket.AppTtsStream),
    ChatReply: (
        llm_http.HttpReply,
        app_socket.AppReply,
        offered_tools.OfferedReply,
        chat_order.Begun,
        forced_tools.ForcedReply,
        llama_requests.Told,
    ),
    Meters: (meters.GatewayMeters, NoMeters),
    CorridorPort: (Corridor,),
}


@dataclass
class Made:
    """A corridor, and the names of targets that answer in it."""

    corridor: CorridorPort
    stt: str
    tts: str
    llm: str


@pytest.fixture(params=["real", "fake"])
def made(request: pytest.FixtureRequest) -> Made:
    if request.param == "fake":
        return Made(socket_gateway.FakeCorridor(), "fake/stt", "fake/tts", "fake/llm")
    return Made(world().corridor, "deepgram/nova-3", "openai/tts-1", "openai/gpt-4o-mini")


async def opened(made: Made, port: type) -> Any:
    if port is SttRunPort:
        return await made.corridor.open_stt(CALLER, made.stt, SttOptions(rate=RATE))
    if port is TtsRunPort:
        return await made.corridor.open_tts(CALLER, made.tts, TtsOptions(rate=RATE))
    return await made.corridor.chat(CALLER, made.llm, BODY, options=ChatOptions(keep_alive="5m"))


def methods(port: type) -> dict[str, Any]:
    return {
        name: member
        for base in port.__mro__
        if base.__module__ == port.__module__
        for name, member in vars(base).items()
        if inspect.isfunction(member) and (not name.startswith("_") or name == "__aiter__") and name != "__init__"
    }


@pytest.mark.parametrize("port", [SttRunPort, TtsRunPort, ChatRunPort])
async def test_a_run_has_every_member_of_its_port(made: Made, port: type) -> None:
    run = await opened(made, port)
    try:
        assert isinstance(run, port)
        for name, member in methods(port).items():
            asked = list(inspect.signature(member).parameters)[1:]
            given = list(inspect.signature(getattr(run, name)).parameters)
            assert given == asked, name
    finally:
        await run.cancel()


@pytest.mark.parametrize("port", FAKES, ids=lambda port: port.__name__)
def test_fakes_and_parts_take_what_their_port_says(port: type) -> None:
    assert port in FAKES[port].__mro__, "the fake declares its port"
    for one in (FAKES[port], *REAL[port]):
        for name, member in methods(port).items():
            given = getattr(one, name)
            assert given is not member, f"{one.__name__} has no {name} of its own"
            assert taken(given) == taken(member), f"{one.__name__}.{name}"


def taken(method: Any) -> list[tuple[str, object, object]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]


def test_the_corridor_takes_what_its_port_says(made: Made) -> None:
    for name, member in methods(CorridorPort).items():
        asked = dict(list(inspect.signature(member).parameters.items())[1:])
        given = dict(inspect.signature(getattr(made.corridor, name)).parameters)
        assert [(p.name, p.kind, p.default) for p in given.values()] == [
            (p.name, p.kind, p.default) for p in asked.values()
        ], name


@pytest.mark.parametrize("port", [SttRunPort, TtsRunPort, ChatRunPort])
async def test_a_run_says_who_serves_and_stops_twice(made: Made, port: type) -> None:
    run: RunPort = await opened(made, port)
    wanted = {SttRunPort: made.stt, TtsRunPort: made.tts, ChatRunPort: made.llm}[port]
    assert str(run.served) == wanted
    assert isinstance(run.id, str)
    assert run.overhead_ms >= 0
    assert run.gateway_headers()["X-VoiceGW-Served-By"] == wanted
    await run.cancel()
    await run.cancel()


@pytest.mark.parametrize("port", [SttRunPort, TtsRunPort])
async def test_a_cancelled_run_ends_its_iterator(made: Made, port: type) -> None:
    run = await opened(made, port)
    reader = asyncio.create_task(collect(run))
    await asyncio.sleep(0)
    await run.cancel()
    assert await reader == []


async def test_audio_becomes_words_and_an_end(made: Made) -> None:
    run = await made.corridor.open_stt(CALLER, made.stt, SttOptions(rate=RATE))
    assert run.cost_nanos is None
    await run.push(frame(1) * 10)
    await run.commit()
    await run.end()
    events = await collect(run)
    assert any(isinstance(e, Final) and e.text for e in events)
    assert isinstance(events[-1], EndOfStream)
    assert events[-1].audio_s == pytest.approx(10 * FRAME / RATE)
    assert run.cost_nanos is not None
    with pytest.raises(BadRequest):
        await run.push(frame(1))
    await run.close()


async def test_text_becomes_audio_of_one_rate_and_an_end(made: Made) -> None:
    run = await made.corridor.open_tts(CALLER, made.tts, TtsOptions(rate=RATE))
    await run.push("Hello ")
    await run.push("there.")
    await run.end()
    events = await collect(run)
    assert {e.rate for e in events if isinstance(e, Audio)} == {RATE}
    assert isinstance(events[-1], UtteranceDone)
    assert events[-1].characters == len("Hello there.")
    assert run.cost_nanos is not None
    with pytest.raises(BadRequest):
        await run.push("more")
    await run.cancel()


async def test_a_chat_has_a_status_headers_and_a_body(made: Made) -> None:
    run = await made.corridor.chat(CALLER, made.llm, BODY)
    assert run.status == 200
    assert "content-type" in run.headers
    assert isinstance(run.begun, bool)
    assert await run.read()
    assert run.cost_nanos is not None
    await run.close()
    await run.close()


@pytest.mark.parametrize("kind", ["stt", "tts", "llm"])
async def test_a_name_that_nothing_answers_to_is_an_error(made: Made, kind: str) -> None:
    opening = {
        "stt": lambda: made.corridor.open_stt(CALLER, "nobody/nothing", SttOptions()),
        "tts": lambda: made.corridor.open_tts(CALLER, "nobody/nothing", TtsOptions()),
        "llm": lambda: made.corridor.chat(CALLER, "nobody/nothing", BODY),
    }[kind]
    with pytest.raises(VoiceGatewayError):
        await opening()
