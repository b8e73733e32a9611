"""Ten thousand malformed messages a WebSocket, and on Wyoming: `python -m tests.bench.fuzz_wires [count] [wire ...]`.

What HTTP carries has its own: `python -m tests.bench.fuzz`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from hypothesis import strategies as st

from tests.bench.fuzz import COUNT, JSON
from tests.bench.fuzzing import Fuzzer, Wire, table

Frames = list[str | bytes]

AUDIO = st.sampled_from([base64.b64encode(bytes(n)).decode() for n in (0, 1, 2, 3200)]) | st.text(max_size=8)
TEXTS = st.text(max_size=40) | st.sampled_from(["One. ", "[laughter] ", "<break/>", "\ud800", ""])
VALUES = (
    JSON | AUDIO | TEXTS | st.integers(-(2**70), 2**70) | st.sampled_from(["fake/stt", "fake/tts", "fake/llm", "16000"])
)


def _messages(name: str, types: list[str], fields: list[str]) -> st.SearchStrategy[str]:
    """JSON objects of this wire with fields of any kind, sometimes nested, sometimes no JSON at all."""
    body = st.dictionaries(st.sampled_from(fields), VALUES, max_size=5)
    nested = st.dictionaries(st.sampled_from(fields), body | VALUES, max_size=4)
    typed = st.builds(lambda kind, rest: {**rest, name: kind}, st.sampled_from(types), nested)
    return (typed | nested | JSON).map(json.dumps) | st.text(max_size=40) | st.just("[" * 3000)


def _frames(opening: list[Any], name: str, types: list[str], fields: list[str]) -> st.SearchStrategy[Frames]:
    """A conversation: often opened properly, so that what follows reaches the session behind the door."""
    frame = _messages(name, types, fields) | st.binary(max_size=60)
    opened = [json.dumps(message) for message in opening]
    return st.builds(
        lambda good, rest: (opened if good else []) + rest, st.booleans(), st.lists(frame, min_size=4, max_size=20)
    )


LIVEKIT_STT = _frames(
    [{"type": "session.create", "model": "fake/stt", "settings": {"sample_rate": "16000"}}],
    "type",
    ["session.create", "input_audio", "session.update", "session.finalize", "session.close", "session.commit"],
    ["model", "settings", "sample_rate", "encoding", "language", "extra", "fallback", "models", "audio", "keyterm"],
)
LIVEKIT_TTS = _frames(
    [{"type": "session.create", "model": "fake/tts", "sample_rate": "24000"}],
    "type",
    ["session.create", "input_transcript", "session.flush", "session.close"],
    ["model", "voice", "sample_rate", "encoding", "transcript", "generation_config", "extra", "fallback", "models"],
)
_REALTIME_LOOSE = _frames(
    [{"type": "session.update", "session": {"type": "realtime"}}],
    "type",
    [
        "session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear",
        "conversation.item.create", "conversation.item.truncate", "conversation.item.delete",
        "conversation.item.retrieve", "response.create", "response.cancel", "output_audio_buffer.clear",
    ],
    [
        "session", "type", "audio", "input", "output", "format", "rate", "voice", "turn_detection", "transcription",
        "instructions", "tools", "tool_choice", "item", "item_id", "previous_item_id", "content_index",
        "audio_end_ms", "content", "role", "text", "call_id", "arguments", "name", "response", "event_id", "model",
        "max_output_tokens", "output_modalities", "conversation", "metadata", "input_text", "speed",
    ],
)  # fmt: skip
SIDE = st.dictionaries(
    st.sampled_from(["format", "transcription", "turn_detection", "voice", "speed", "noise_reduction"]),
    VALUES
    | st.dictionaries(
        st.sampled_from(
            ["type", "rate", "model", "language", "silence_duration_ms", "eagerness", "create_response", "id"]
        ),
        VALUES | st.sampled_from(["audio/pcm", "audio/pcmu", "server_vad", "semantic_vad", 24_000]),
        max_size=4,
    ),
    max_size=3,
)
ITEM = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "function_call", "function_call_output"]) | VALUES},
    optional={
        "id": st.sampled_from(["i1", "i2"]) | VALUES,
        "role": st.sampled_from(["user", "assistant", "system"]) | VALUES,
        "content": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["input_text", "input_audio", "output_text", "output_audio"]) | VALUES},
                optional={"text": VALUES, "audio": VALUES, "transcript": VALUES, "image_url": VALUES},
            )
            | VALUES,
            max_size=3,
        )
        | VALUES,
        "name": VALUES,
        "arguments": VALUES,
        "call_id": VALUES,
        "output": VALUES,
    },
)
SESSION = st.dictionaries(
    st.sampled_from(
        [
            "type", "audio", "tools", "tool_choice", "output_modalities", "modalities", "instructions", "metadata",
            "max_output_tokens", "input_audio_format", "output_audio_format", "turn_detection", "voice", "speed",
            "input_audio_transcription", "input", "conversation",
        ]
    ),
    VALUES
    | st.sampled_from(["realtime", "transcription", ["text"], ["audio"], None])
    | st.dictionaries(st.sampled_from(["input", "output"]), SIDE | VALUES, max_size=2)
    | st.lists(ITEM, max_size=2),
    max_size=4,
)  # fmt: skip
_ID = st.sampled_from(["i1", "i2"]) | VALUES
_REALTIME_CLOSE = st.lists(
    st.one_of(
        st.builds(lambda s: {"type": "session.update", "session": s}, SESSION),
        st.builds(lambda r: {"type": "response.create", "response": r}, SESSION | VALUES),
        st.builds(lambda i, p: {"type": "conversation.item.create", "item": i, "previous_item_id": p}, ITEM, _ID),
        st.builds(
            lambda i, e, c: {
                "type": "conversation.item.truncate", "item_id": i, "audio_end_ms": e, "content_index": c,
            },
            _ID,
            VALUES,
            VALUES,
        ),
        st.builds(lambda i: {"type": "conversation.item.delete", "item_id": i}, _ID),
        st.builds(lambda a: {"type": "input_audio_buffer.append", "audio": a}, AUDIO),
        st.sampled_from(
            [{"type": f"input_audio_buffer.{word}"} for word in ("commit", "clear")] + [{"type": "response.cancel"}]
        ),
    ).map(json.dumps),
    min_size=4,
    max_size=16,
)  # fmt: skip
REALTIME = _REALTIME_LOOSE | _REALTIME_CLOSE
DEEPGRAM_LISTEN = _frames([], "type", ["KeepAlive", "Finalize", "CloseStream", "Configure"], ["features", "keyterms"])
DEEPGRAM_SPEAK = _frames(
    [{"type": "Speak", "text": "One. "}], "type", ["Speak", "Flush", "Clear", "Close"], ["text", "type"]
)
DEEPGRAM_TURNS = _frames(
    [], "type", ["KeepAlive", "ForceEndTurn", "CloseStream", "Configure"], ["thresholds", "keyterms", "language_hints"]
)
DEEPGRAM_SPEAK_TURNS = _frames(
    [{"type": "Speak", "text": "One. "}],
    "type",
    ["Speak", "Flush", "Interrupt", "Configure", "Close"],
    ["text", "type", "speed", "playback_offset"],
)
ELEVEN_SPEAK = _frames(
    [{"text": " "}], "context_id", ["a", "b", "c"], ["text", "flush", "close_context", "close_socket", "voice_settings"]
)
ELEVEN_LISTEN = _frames(
    [],
    "message_type",
    ["input_audio_chunk", "nothing"],
    ["audio_base_64", "commit", "sample_rate", "previous_text"],
)
EVENTS = _frames([{"type": "nothing"}], "type", ["subscribe", "EngineState"], ["type", "id"])


def _event(kind: str, data: Any, payload: bytes, lie: int) -> bytes:
    """A Wyoming event whose lengths may not be true."""
    inner = json.dumps(data).encode()
    head = {"type": kind, "version": "1", "data_length": len(inner) + lie, "payload_length": len(payload)}
    return json.dumps(head).encode() + b"\n" + inner + payload


WYOMING: st.SearchStrategy[list[bytes]] = st.lists(
    st.binary(max_size=80)
    | st.builds(
        _event,
        st.sampled_from(
            [
                "describe", "ping", "transcribe", "audio-start", "audio-chunk", "audio-stop", "synthesize",
                "synthesize-start", "synthesize-chunk", "synthesize-stop", "detect", "nothing",
            ]
        ),
        st.dictionaries(
            st.sampled_from(["name", "language", "rate", "width", "channels", "text", "voice", "speaker"]),
            VALUES,
            max_size=4,
        )
        | JSON,
        st.binary(max_size=64),
        st.sampled_from([0, 0, 0, 0, 1, -1, 2**40]),
    ),
    min_size=2,
    max_size=8,
)  # fmt: skip


# -- sending ----------------------------------------------------------------------------------------------------------


def conversation(path: str) -> Callable[[Fuzzer, Frames], Awaitable[int]]:
    """Send a whole batch on one connection, then close it without a closing handshake."""

    async def send(fuzzer: Fuzzer, frames: Frames) -> int:
        try:
            async with fuzzer.http.ws_connect(path) as ws:
                for frame in frames:
                    if ws.closed:
                        break
                    if isinstance(frame, bytes):
                        await ws.send_bytes(frame)
                    else:
                        await ws.send_str(frame.encode("utf-8", "replace").decode())
        except aiohttp.WSServerHandshakeError as e:
            fuzzer.answered(e.status, (path, frames))
        except ConnectionError:
            pass
        return len(frames)

    return send


UPGRADED = (
    "/v1/stt?model=fake/stt",
    "/v1/tts?model=fake/tts",
    "/v1/realtime?model=fake/llm",
    "/v1/listen?model=fake/stt",
    "/v1/speak?model=fake/tts",
    "/v2/listen?model=fake/stt",
    "/v2/speak?model=fake/tts",
    "/v1/text-to-speech/any/multi-stream-input?model_id=fake/tts",
    "/v1/text-to-speech/any/stream-input?model_id=fake/tts",
    "/v1/speech-to-text/realtime?model_id=fake/stt",
    "/v1/events",
)


def _framed(opcode: int, final: bool, reserved: int, masked: bool, payload: bytes, lie: int) -> bytes:
    """A WebSocket frame of which anything may be wrong."""
    first = (final << 7) | (reserved << 4) | opcode
    length = max(0, len(payload) + lie)
    if length < 126:
        head = bytes([first, (masked << 7) | length])
    elif length < 2**16:
        head = bytes([first, (masked << 7) | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, (masked << 7) | 127]) + length.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + payload


FRAMING = st.tuples(
    st.sampled_from(UPGRADED),
    st.lists(
        st.binary(max_size=40)
        | st.builds(
            _framed,
            st.integers(0, 15),
            st.booleans(),
            st.sampled_from([0] * 6 + [1, 4, 7]),
            st.sampled_from([True] * 6 + [False]),
            st.binary(max_size=130) | st.sampled_from([b"\x03\xe8", b"\x00\x00", b"\xff\xff\xfe", b'{"type": 1}']),
            st.sampled_from([0] * 8 + [1, -1, 200, 70_000, 2**40, 2**63 - 200]),
        ),
        min_size=2,
        max_size=12,
    ),
)


async def send_framing(fuzzer: Fuzzer, batch: tuple[str, list[bytes]]) -> int:
    """Upgrade by hand, send bytes, close the sending side, and read until the server has closed, too."""
    path, frames = batch
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {fuzzer.key}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    reader, writer = await asyncio.open_unix_connection(fuzzer.unix)
    try:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(head.encode())
            status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
            fuzzer.answered(status, path)
            writer.write(b"".join(frames))
            await writer.drain()
            writer.write_eof()
            await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return len(frames)


async def send_wyoming_unix(fuzzer: Fuzzer, events: list[bytes]) -> int:
    path = fuzzer.gateway.paths.socket.with_name("wyoming.sock")
    return await _wyoming(*await asyncio.open_unix_connection(str(path)), events)


async def send_wyoming_tcp(fuzzer: Fuzzer, events: list[bytes]) -> int:
    return await _wyoming(*await asyncio.open_connection("127.0.0.1", fuzzer.server.ports()["wyoming"][1]), events)


async def _wyoming(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, events: list[bytes]) -> int:
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(b"".join(events))
            writer.write_eof()
            await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return len(events)


SPEAK_CONTEXTS = "/v1/text-to-speech/any/multi-stream-input?model_id=fake/tts&output_format=pcm_24000"
SPEAK_ONE = "/v1/text-to-speech/any/stream-input?model_id=fake/tts&output_format=pcm_24000"
WIRES = (
    Wire("websocket framing", FRAMING, send_framing),
    Wire("livekit stt", LIVEKIT_STT, conversation("/v1/stt?model=fake/stt")),
    Wire("livekit tts", LIVEKIT_TTS, conversation("/v1/tts?model=fake/tts")),
    Wire("realtime", REALTIME, conversation("/v1/realtime?model=fake/llm")),
    Wire("realtime: transcribe", REALTIME, conversation("/v1/realtime?intent=transcription")),
    Wire("deepgram listen", DEEPGRAM_LISTEN, conversation("/v1/listen?model=fake/stt")),
    Wire("deepgram speak", DEEPGRAM_SPEAK, conversation("/v1/speak?model=fake/tts")),
    Wire("deepgram turns", DEEPGRAM_TURNS, conversation("/v2/listen?model=fake/stt&eager_eot_threshold=0.4")),
    Wire("deepgram speak turns", DEEPGRAM_SPEAK_TURNS, conversation("/v2/speak?model=fake/tts")),
    Wire("elevenlabs contexts", ELEVEN_SPEAK, conversation(SPEAK_CONTEXTS)),
    Wire("elevenlabs stream", ELEVEN_SPEAK, conversation(SPEAK_ONE)),
    Wire("elevenlabs listen", ELEVEN_LISTEN, conversation("/v1/speech-to-text/realtime?model_id=fake/stt")),
    Wire("events", EVENTS, conversation("/v1/events")),
    Wire("wyoming tcp", WYOMING, send_wyoming_tcp),
    Wire("wyoming unix", WYOMING, send_wyoming_unix),
)


def main(arguments: list[str]) -> int:
    return table(WIRES, int(arguments[0]) if arguments else COUNT, arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
