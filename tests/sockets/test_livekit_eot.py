"""The end-of-turn wire: LiveKit's own protobuf classes read and write every message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol.agent_pb.agent_inference import (
    AUDIO_ENCODING_OPUS,
    AUDIO_ENCODING_PCM_S16LE,
    ClientMessage,
    InferenceStart,
    InputAudio,
    ServerMessage,
    SessionClose,
    SessionCreate,
    SessionFlush,
    SessionSettings,
)

from tests.sockets.test_livekit_wire import connected
from voicegw_desktop.core import protobuf
from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.engines.turn import Judgement, TurnStream
from voicegw_desktop.sockets.http.server import Server

SECOND = bytes(32_000)


class FakeTurn:
    """A model that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.error: Exception | None = None
        self.finished = False

    async def judge(self, pcm: bytes, rate: int) -> Judgement:
        self.asked.append((len(pcm), rate))
        if self.error is not None:
            raise self.error
        return Judgement(0.75, 0.01)

    def finish(self) -> None:
        self.finished = True


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> FakeTurn:
    fake = FakeTurn()

    async def open(pool: object) -> FakeTurn:
        return fake

    monkeypatch.setattr(TurnStream, "open", open)
    return fake


@pytest.fixture
async def ws(server: Server, turn: FakeTurn) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with connected(server, "/v1/eot") as ws:
        yield ws


def message(**fields: Any) -> bytes:
    made = ClientMessage(created_at=Timestamp(seconds=1_700_000_000, nanos=5), **fields)
    return bytes(made.SerializeToString())


def create(rate: int = 16_000, encoding: Any = AUDIO_ENCODING_PCM_S16LE) -> bytes:
    return message(session_create=SessionCreate(settings=SessionSettings(sample_rate=rate, encoding=encoding)))


def audio(pcm: bytes) -> bytes:
    return message(input_audio=InputAudio(audio=pcm, num_samples=len(pcm) // 2, created_at=Timestamp(seconds=7)))


def ask(id: str = "r1") -> bytes:
    return message(inference_start=InferenceStart(request_id=id))


async def told(ws: aiohttp.ClientWebSocketResponse) -> ServerMessage:
    found = ServerMessage()
    found.ParseFromString(await ws.receive_bytes(timeout=60))
    return found


@pytest.mark.socket
async def test_a_question_from_create_to_close(ws: aiohttp.ClientWebSocketResponse, turn: FakeTurn) -> None:
    await ws.send_bytes(create())
    created = await told(ws)
    assert created.WhichOneof("message") == "session_created"
    assert created.client_created_at.seconds == 1_700_000_000
    assert created.session_created.default_threshold == 0.5
    assert created.session_created.default_thresholds["de"] == 0.5
    assert not created.session_created.default_backchannel_thresholds
    for _ in range(10):
        await ws.send_bytes(audio(SECOND))
    await ws.send_bytes(ask())
    answer = await told(ws)
    assert (answer.request_id, answer.eot_prediction.probability) == ("r1", 0.75)
    assert answer.eot_prediction.inference_stats.latest_client_created_at.nanos == 5
    assert answer.eot_prediction.inference_stats.earliest_client_created_at.seconds == 7
    assert answer.eot_prediction.inference_stats.inference_duration.ToMilliseconds() == 10
    # a turn is heard from its end; a flush begins another one
    await ws.send_bytes(message(session_flush=SessionFlush()))
    await ws.send_bytes(audio(SECOND))
    await ws.send_bytes(ask("r2"))
    assert (await told(ws)).request_id == "r2"
    assert turn.asked == [(8 * 32_000, 16_000), (32_000, 16_000)]
    await ws.send_bytes(message(session_close=SessionClose()))
    assert (await told(ws)).WhichOneof("message") == "session_closed"
    assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE
    assert turn.finished


@pytest.mark.socket
@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff",
        b"\x22",
        b"\x0b",
        b"\x10\x01",
        audio(SECOND),
        ask(),
        create(rate=0),
        create(rate=1_000_000),
        create(encoding=AUDIO_ENCODING_OPUS),
    ],
)
async def test_what_is_no_question_ends_the_session_with_a_reason(
    ws: aiohttp.ClientWebSocketResponse, data: bytes
) -> None:
    await ws.send_bytes(data)
    answer = await told(ws)
    assert answer.error.code == 400
    assert answer.error.message.endswith(".")
    assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.socket
async def test_another_rate_begins_with_silence(ws: aiohttp.ClientWebSocketResponse, turn: FakeTurn) -> None:
    """Audio sent as 384 kHz would last minutes at 4 kHz: more than the model takes, and with other sounds."""
    await ws.send_bytes(create(rate=384_000))
    for _ in range(3):
        await ws.send_bytes(audio(bytes(2_000_000)))
    await ws.send_bytes(create(rate=4_000))
    await ws.send_bytes(audio(bytes(100)))
    await ws.send_bytes(create(rate=4_000))
    await ws.send_bytes(ask())
    for _ in range(3):
        assert (await told(ws)).WhichOneof("message") == "session_created"
    assert (await told(ws)).WhichOneof("message") == "eot_prediction"
    assert turn.asked == [(100, 4_000)]


@pytest.mark.socket
@pytest.mark.parametrize("name", [b"\xff\xfe", b"a" * 257])
async def test_a_name_that_no_answer_can_repeat_is_refused(
    ws: aiohttp.ClientWebSocketResponse, turn: FakeTurn, name: bytes
) -> None:
    await ws.send_bytes(create())
    await told(ws)
    await ws.send_bytes(protobuf.block(6, protobuf.block(1, name)))
    answer = await told(ws)
    assert answer.error.code == 400
    assert turn.asked == []


@pytest.mark.unit
def test_a_message_of_many_fields_is_refused_unread() -> None:
    with pytest.raises(ValueError, match="more than 256 fields"):
        list(protobuf.fields(b"\x40\x01" * 257))
    assert len(list(protobuf.fields(b"\x40\x01" * 256))) == 256


@pytest.mark.socket
async def test_a_model_that_dies_is_told(ws: aiohttp.ClientWebSocketResponse, turn: FakeTurn) -> None:
    turn.error = EngineCrashed("It is gone.")
    await ws.send_bytes(create())
    await told(ws)
    await ws.send_bytes(ask())
    answer = await told(ws)
    assert (answer.error.message, answer.error.code) == ("It is gone.", EngineCrashed.status)
    assert turn.finished


@pytest.mark.unit
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(data: bytes) -> None:
    try:
        list(protobuf.fields(data))
    except ValueError:
        return


@pytest.mark.unit
@given(st.integers(0, 2**63 - 1))
def test_whole_numbers_come_back(value: int) -> None:
    assert dict(protobuf.fields(protobuf.whole(3, value))) == ({3: value} if value else {})
    assert protobuf.nanoseconds(dict(protobuf.fields(protobuf.moment(1, value)))[1]) == value  # type: ignore[arg-type]
