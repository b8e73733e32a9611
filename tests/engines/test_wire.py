"""The framing: equal to that of the `wyoming` package, with anything else refused."""

from __future__ import annotations

import asyncio
import io
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.audio import AudioChunk
from wyoming.event import read_event as wyoming_read
from wyoming.event import write_event as wyoming_write

from voicegw_desktop.core.errors import BadRequest, EngineError, NotFound
from voicegw_desktop.core.ports import SttOptions
from voicegw_desktop.engines.client import WorkerSttStream
from voicegw_desktop.engines.wire import (
    HEADER_LIMIT,
    Event,
    WireError,
    audio_chunk,
    encode,
    error_event,
    exception_from,
    read_event,
)

if TYPE_CHECKING:
    from voicegw_desktop.engines.lease import Lease

pytestmark = pytest.mark.unit

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
events = st.builds(
    Event,
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=8), json_values, max_size=4),
    st.none() | st.binary(min_size=1, max_size=200),
)


async def read_all(data: bytes) -> list[Event]:
    reader = asyncio.StreamReader(limit=HEADER_LIMIT)
    reader.feed_data(data)
    reader.feed_eof()
    found = []
    while (event := await read_event(reader)) is not None:
        found.append(event)
    return found


@given(st.lists(events, max_size=4))
def test_what_we_write_we_read(sent: list[Event]) -> None:
    assert asyncio.run(read_all(b"".join(map(encode, sent)))) == sent


@given(events)
def test_the_wyoming_package_reads_us_and_we_it(event: Event) -> None:
    assert wyoming_read(io.BytesIO(encode(event))) == event
    written = io.BytesIO()
    wyoming_write(event, written)
    assert asyncio.run(read_all(written.getvalue())) == [event]


@given(st.binary(max_size=300))
def test_garbage_is_an_error_never_a_surprise(data: bytes) -> None:
    try:
        asyncio.run(read_all(data))
    except WireError:
        pass


@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "x", "payload_length": 99999999999}\n',
        b'{"type": "x", "payload_length": -1}\n',
        b'{"type": "x", "payload_length": 10}\nabc',
        b'{"type": "x", "data_length": Infinity}\n',
        b'{"type": "x", "data_length": 1e400}\n',
        b'{"type": "x", "data_length": NaN}\n',
        b'{"type": "x", "data_length": true}\n{',
        b'{"type": "x", "data_length": "2"}\n{}',
        b'{"type": "x", "data_length": 2.0}\n{}',
        b'{"type": "x", "payload_length": ' + b"9" * 5_000 + b"}\n",
        b'{"type": "x", "data": ' + b"[" * 50_000 + b"}\n",
        b'{"type": "x", "data_length": 60000}\n' + b"[" * 60_000,
        b'{"type": "x", "data_length": 2}\n[]',
        b'{"type": 1}\n',
        b"[]\n",
        b"null\n",
        b'{"type": "x", "data": 5}\n',
        b'{"type": "x"',
        b"x" * (3 * HEADER_LIMIT),
    ],
)
async def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        await read_all(data)


async def test_audio_takes_the_short_way() -> None:
    chunk = audio_chunk(b"\x01\x00" * 10, 16_000)
    assert chunk == encode(Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1}, b"\x01\x00" * 10))
    assert AudioChunk.from_event(wyoming_read(io.BytesIO(chunk))).audio == b"\x01\x00" * 10  # type: ignore[arg-type]
    (read,) = await read_all(chunk)
    read.data["rate"] = 1
    assert (await read_all(chunk))[0].data["rate"] == 16_000


async def test_short_pieces_of_audio_are_sent_together_and_the_last_at_the_end() -> None:
    sent = bytearray()
    transport = SimpleNamespace(abort=lambda: None, get_write_buffer_size=lambda: 0)
    writer = cast("asyncio.StreamWriter", SimpleNamespace(transport=transport, write=sent.extend))
    lease = cast("Lease", SimpleNamespace(expect=lambda *_: None))
    stream = WorkerSttStream(lease, asyncio.StreamReader(), writer, SttOptions(rate=16_000))
    for number in range(5):
        # 20 ms
        await stream.push(bytes([number, 0]) * 320)
    await stream.commit()
    await stream.push(bytes([5, 0]) * 160)
    await stream.push(bytes([6, 0]) * 640)
    await stream.push(bytes([7, 0]) * 160)
    await stream.end()
    found = [(event.type, len(event.payload or b"") // 2) for event in await read_all(bytes(sent))]
    assert found == [
        ("audio-chunk", 640),
        ("audio-chunk", 640),
        ("audio-chunk", 320),
        ("audio-commit", 0),
        ("audio-chunk", 800),
        ("audio-chunk", 160),
        ("audio-stop", 0),
    ]
    heard = b"".join(event.payload or b"" for event in await read_all(bytes(sent)))
    assert sorted(set(heard[::2])) == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("asked", "size"),
    [(96, 1600), (32, 640), (0, 640), (10**6, 3200), (10**40, 640), (-1, 640), ("96", 640), (None, 640), (9.5, 640)],
)
async def test_a_worker_says_how_much_audio_it_needs_at_a_time(asked: object, size: int) -> None:
    """In 20 ms frames at 16 kHz; what is held goes at once when less is enough."""
    sent = bytearray()
    transport = SimpleNamespace(abort=lambda: None, get_write_buffer_size=lambda: 0)
    writer = cast("asyncio.StreamWriter", SimpleNamespace(transport=transport, write=sent.extend))
    lease = cast("Lease", SimpleNamespace(expect=lambda *_: None, progress=lambda: None))
    reader = asyncio.StreamReader()
    stream = WorkerSttStream(lease, reader, writer, SttOptions(rate=16_000))

    async def told(ms: object) -> None:
        reader.feed_data(encode(Event("chunk-length", {"ms": ms})) + encode(Event("voice-started", {"timestamp": 0})))
        await anext(stream)

    await told(asked)
    while not sent:
        await stream.push(bytes(640))
    (first,) = await read_all(bytes(sent))
    assert len(first.payload or b"") // 2 == size
    sent.clear()
    await told(200)
    for _ in range(9):
        await stream.push(bytes(640))
    assert not sent
    await told(32)
    (held,) = await read_all(bytes(sent))
    assert len(held.payload or b"") // 2 == 9 * 320


async def test_much_data_stands_apart_from_the_header() -> None:
    event = Event("transcript", {"text": "word " * 100_000})
    assert await read_all(encode(event)) == [event]
    assert encode(event).index(b"\n") < 200


def test_errors_keep_their_class() -> None:
    sent = error_event(NotFound("No voice x.", code="voice_not_found", param="voice"), "piper")
    error = exception_from(sent)
    assert type(error) is NotFound
    assert (error.message, error.code, error.param) == ("No voice x.", "voice_not_found", "voice")
    assert type(exception_from(error_event(BadRequest("x"), "piper"))) is BadRequest
    other = exception_from(error_event(KeyError("x"), "piper"))
    assert type(other) is EngineError
    assert other.message == "The piper engine failed: KeyError: 'x'"
    for odd in ({}, {"class": "os"}, {"class": "ConfigError"}, {"class": "Any", "text": None}):
        assert type(exception_from(Event("error", odd))) is EngineError


def test_half_a_character_does_not_end_the_stream() -> None:
    """Half a character comes as a JSON escape, and an error quotes it."""
    assert json.loads(encode(Event("error", {"text": "a \ud800 b"})))["data"] == {"text": "a ? b"}
    assert b"?" in encode(Event("transcript", {"text": "\udfff" * 5000})).partition(b"\n")[2]


async def test_memory_is_spent_on_what_arrived() -> None:
    reader = asyncio.StreamReader(limit=HEADER_LIMIT)
    pieces: list[int] = []
    reading = asyncio.create_task(read_event(reader, arrived=pieces.append))
    header = b'{"type": "audio-chunk", "payload_length": 200000}\n'
    reader.feed_data(header)
    await asyncio.sleep(0)
    for _ in range(2):
        reader.feed_data(b"\0" * 70_000)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert pieces == [len(header), 65_536, 65_536]
    reader.feed_data(b"\0" * 60_000)
    event = await reading
    assert event is not None
    assert event.payload == b"\0" * 200_000
    assert sum(pieces) == len(header) + 200_000
