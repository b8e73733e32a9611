"""What a WebSocket's handshake, a message or an engine is refused with has the form of its wire, and nothing is silent.

Wyoming's forms stand in test_wyoming_refusals.py.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.sockets.test_livekit_wire import token
from tests.support.realtime_client import opened
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor
from voicegw_desktop.core.errors import BudgetExceededError, EngineUnavailable, VoiceGatewayError
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

Json = Mapping[str, Any]
Told = Callable[[Json], str | None]
"""Takes a message; gives the sentence of an error in this wire's form, None for another message."""
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "A" * 22 + "==",
}  # fmt: skip
"""A handshake whose answer can be read."""


@dataclass(frozen=True)
class Wire:
    """One WebSocket."""

    path: str
    handshake: Callable[[Json], str]
    """The sentence of a refused handshake, in this wire's form."""
    told: Told
    opening: Sequence[Json] = ()
    work: Sequence[Json] = ()
    """What asks an engine for something."""
    unknown: Json | None = None
    """A message that this wire does not have; None: the wire passes over them, as newer clients may say more."""
    bytes_refused: bool = True
    """Whether bytes are no message; else they are sound."""
    early: bool = False
    """Whether the handshake opens the engine."""

    @property
    def headers(self) -> dict[str, str]:
        livekit = self.path.startswith(("/v1/stt", "/v1/tts"))
        return {"Authorization": f"Bearer {token() if livekit else GOOD_KEY}"}


def _openai(message: Json) -> str | None:
    if message["type"] == "response.done":
        error = (message["response"]["status_details"] or {}).get("error")
        return error["message"] if error else None
    return message["error"]["message"] if message["type"] == "error" and message["error"]["type"] else None


def _deepgram(message: Json) -> str | None:
    return message["description"] if message["type"] in ("Error", "Warning") else None


def _elevenlabs(message: Json) -> str | None:
    return message["message"] if message.get("error") else None


def _shared(body: Json) -> str:
    return str(body["error"]["message"])


def _of_deepgram(body: Json) -> str:
    return str(body["err_msg"])


def _of_elevenlabs(body: Json) -> str:
    return str(body["detail"]["message"])


SAID = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
SOUND = "AAAA" * 2000
HEARS = {"type": "transcription", "audio": {"input": {"transcription": {"model": "fake/stt"}}}}
CREATE = {"type": "session.create"}
WIRES = {
    "realtime": Wire(
        "/v1/realtime?model=fake/llm", _shared, _openai,
        work=[{"type": "response.create", "response": {"input": [SAID]}}], unknown={"type": "zz"},
    ),
    "realtime transcription": Wire(
        "/v1/realtime?intent=transcription", _shared, _openai,
        opening=[{"type": "session.update", "session": HEARS}],
        work=[{"type": "input_audio_buffer.append", "audio": SOUND}, {"type": "input_audio_buffer.commit"}],
        unknown={"type": "zz"},
    ),
    "live": Wire(
        "/v1/live/sessions?model=fake/llm", _shared, _openai,
        opening=[{"type": "session.start", "session": {"model": "fake/llm"}}],
        work=[{"type": "session.commentary.append", "delegation_id": None, "content": "Greet."}],
        unknown={"type": "zz"},
    ),
    "livekit hearing": Wire(
        "/v1/stt?model=fake/stt", _shared, lambda m: m["message"] if m["type"] == "error" and m["code"] else None,
        opening=[CREATE],
    ),
    "livekit speech": Wire(
        "/v1/tts?model=fake/tts", _shared, lambda m: m["message"] if m["type"] == "error" and m["code"] else None,
        opening=[CREATE], work=[{"type": "input_transcript", "transcript": "Hi. "}, {"type": "session.flush"}],
    ),
    "deepgram hearing": Wire(
        "/v1/listen?model=fake/stt&encoding=linear16", _of_deepgram, _deepgram,
        unknown={"type": "zz"}, bytes_refused=False, early=True,
    ),
    "deepgram flux": Wire(
        "/v2/listen?model=fake/stt&encoding=linear16", _of_deepgram, _deepgram,
        unknown={"type": "zz"}, bytes_refused=False, early=True,
    ),
    "deepgram speech": Wire(
        "/v1/speak?model=fake/tts", _of_deepgram, _deepgram,
        work=[{"type": "Speak", "text": "Hi."}, {"type": "Flush"}], unknown={"type": "zz"},
    ),
    "deepgram speech in turns": Wire(
        "/v2/speak?model=fake/tts", _of_deepgram, _deepgram,
        work=[{"type": "Speak", "text": "Hi."}, {"type": "Flush"}], unknown={"type": "zz"},
    ),
    "elevenlabs speech": Wire(
        "/v1/text-to-speech/alloy/stream-input?model_id=fake/tts", _of_elevenlabs, _elevenlabs,
        work=[{"text": "Hi. "}, {"text": ""}], unknown={"zz": 1},
    ),
    "elevenlabs contexts": Wire(
        "/v1/text-to-speech/alloy/multi-stream-input?model_id=fake/tts", _of_elevenlabs, _elevenlabs,
        work=[{"text": "Hi. ", "context_id": "a", "flush": True}], unknown={"zz": 1},
    ),
    "elevenlabs hearing": Wire(
        "/v1/speech-to-text/realtime?model_id=fake/stt", _of_elevenlabs,
        lambda m: m["error"] if m["message_type"] in ("input_error", "transcriber_error") else None,
        unknown={"message_type": "zz"}, early=True,
    ),
}  # fmt: skip


async def refusal(server: Server, wire: Wire, headers: Mapping[str, str]) -> tuple[int, str, str]:
    """(status, the sentence in the wire's form, the one in the shape that all share) of a handshake."""
    async with aiohttp.request("GET", server.url + wire.path, headers={**UPGRADE, **headers}) as answer:
        body = await answer.json()
    return answer.status, wire.handshake(body), body["error"]["message"]


@pytest.mark.parametrize("name", [*WIRES])
async def test_a_refused_handshake_has_the_form_of_its_wire(server: Server, name: str) -> None:
    wire = WIRES[name]
    corridor: FakeCorridor = server.gateway.corridor  # type: ignore[assignment]
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        status, mine, shared = await refusal(server, wire, headers)
        assert (status, mine) == (401, shared)
    if wire.early:
        corridor.error = BudgetExceededError("It is spent.")
        assert await refusal(server, wire, wire.headers) == (429, "It is spent.", "It is spent.")
        corridor.error = EngineUnavailable("It is down.")
        assert await refusal(server, wire, wire.headers) == (503, "It is down.", "It is down.")


async def first_error(ws: aiohttp.ClientWebSocketResponse, told: Told) -> str:
    """The sentence of the first error; AssertionError when the connection ends before."""
    async with asyncio.timeout(60):
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT and (sentence := told(json.loads(message.data))):
                return sentence
    raise AssertionError(f"closed with {ws.close_code} and without an error")


def faults(wire: Wire) -> dict[str, str | bytes]:
    """What is no message of this wire."""
    found: dict[str, str | bytes] = {"no JSON": "{", "nested": "[" * 5_000, "a list": "[1]"}
    if wire.unknown is not None:
        found["unknown"] = json.dumps(wire.unknown)
    if wire.bytes_refused:
        found["bytes"] = b"\0\1\2"
    return found


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, wire in WIRES.items() for fault in faults(wire)])
async def test_what_is_no_message_is_told_and_the_connection_goes_on(server: Server, name: str, fault: str) -> None:
    wire = WIRES[name]
    sent = faults(wire)[fault]
    async with (
        aiohttp.ClientSession(server.url, headers=wire.headers) as http,
        http.ws_connect(wire.path) as ws,
    ):
        for message in wire.opening:
            await ws.send_json(message)
        for _ in range(2):
            await (ws.send_bytes(sent) if isinstance(sent, bytes) else ws.send_str(sent))
            assert (await first_error(ws, wire.told)).endswith(".")


@pytest.mark.parametrize("error", [BudgetExceededError("It is spent."), EngineUnavailable("It is down.")])
@pytest.mark.parametrize("name", [name for name, wire in WIRES.items() if wire.work])
async def test_what_an_engine_is_refused_is_told(server: Server, name: str, error: VoiceGatewayError) -> None:
    wire = WIRES[name]
    corridor: FakeCorridor = server.gateway.corridor  # type: ignore[assignment]
    async with (
        aiohttp.ClientSession(server.url, headers=wire.headers) as http,
        http.ws_connect(wire.path) as ws,
    ):
        for message in wire.opening:
            await ws.send_json(message)
        corridor.error = error
        for message in wire.work:
            await ws.send_json(message)
        assert await first_error(ws, wire.told) == error.message


HEARD: dict[str, Sequence[Json | bytes]] = {
    "realtime transcription": [{"type": "input_audio_buffer.append", "audio": SOUND}],
    "livekit hearing": [{"type": "input_audio", "audio": SOUND}],
    "deepgram hearing": [bytes(6_000)],
    "deepgram flux": [bytes(6_000)],
    "elevenlabs hearing": [
        {"message_type": "input_audio_chunk", "audio_base_64": SOUND, "commit": False, "sample_rate": 16_000}
    ],
}
"""Wire that hears → the sound it is sent."""


@pytest.mark.parametrize("name", HEARD)
async def test_an_engine_that_fails_while_it_hears_is_told(server: Server, name: str) -> None:
    wire = WIRES[name]
    corridor: FakeCorridor = server.gateway.corridor  # type: ignore[assignment]
    corridor.stt_script = [EngineUnavailable("It is down.")]
    async with (
        aiohttp.ClientSession(server.url, headers=wire.headers) as http,
        http.ws_connect(wire.path) as ws,
    ):
        for message in [*wire.opening, *HEARD[name]]:
            await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_json(message))
        await (await opened(corridor, "FakeStt"))[0].end()
        assert await first_error(ws, wire.told) == "It is down."


@pytest.mark.parametrize("name", [*WIRES])
async def test_a_message_over_the_limit_closes_with_the_code_for_it(server: Server, name: str) -> None:
    wire = WIRES[name]
    async with (
        aiohttp.ClientSession(server.url, headers=wire.headers) as http,
        http.ws_connect(wire.path) as ws,
    ):
        # only its beginning, which tells its length: a client that sends on may not read why it was refused
        beginning = b"\x81\xff" + (17 * 1024 * 1024).to_bytes(8, "big") + bytes(4)
        ws._writer.transport.write(beginning)
        async with asyncio.timeout(60):
            async for _ in ws:
                pass
        assert ws.close_code == 1009


async def test_deepgrams_key_terms_do_not_change_while_a_stream_runs(http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(WIRES["deepgram hearing"].path) as ws:
        await ws.send_json({"type": "KeepAlive"})
        await ws.send_json({"type": "Configure", "keyterms": ["Vogelsang"]})
        told = await ws.receive_json(timeout=60)
        assert (told["type"], told["code"]) == ("ConfigureFailure", "CONFIGURE_KEYTERMS_NOT_SUPPORTED")
        await ws.send_json({"type": "Configure", "features": {"numerals": True}})
        assert (await ws.receive_json(timeout=60))["type"] == "ConfigureSuccess"
