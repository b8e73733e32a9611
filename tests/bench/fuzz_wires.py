"""Ten thousand malformed conversations per speech wire: `python -m tests.bench.fuzz_wires [count]`."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.fuzz import JSON, _descriptors
from tests.support.socket_gateway import GOOD_KEY, FakeGateway
from voicegw_desktop.sockets.server import Server

Frames = list[str | bytes]
PATIENCE = 5.0  # s after which the server counts as hanging

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
    return st.builds(lambda good, rest: (opened if good else []) + rest, st.booleans(), st.lists(frame, max_size=6))


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
    max_size=8,
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
WIRES: dict[str, tuple[str, st.SearchStrategy[Frames]]] = {
    "livekit stt": ("/v1/stt?model=fake/stt", LIVEKIT_STT),
    "livekit tts": ("/v1/tts?model=fake/tts", LIVEKIT_TTS),
    "realtime": ("/v1/realtime?model=fake/llm", REALTIME),
    "deepgram listen": ("/v1/listen?model=fake/stt", DEEPGRAM_LISTEN),
    "deepgram speak": ("/v1/speak?model=fake/tts", DEEPGRAM_SPEAK),
    "deepgram turns": ("/v2/listen?model=fake/stt&eager_eot_threshold=0.4", DEEPGRAM_TURNS),
    "deepgram speak turns": ("/v2/speak?model=fake/tts", DEEPGRAM_SPEAK_TURNS),
    "elevenlabs speak": (
        "/v1/text-to-speech/any/multi-stream-input?model_id=fake/tts&output_format=pcm_24000",
        ELEVEN_SPEAK,
    ),
    "elevenlabs listen": ("/v1/speech-to-text/realtime?model_id=fake/stt", ELEVEN_LISTEN),
}


def _event(kind: str, data: Any, payload: bytes, lie: int) -> bytes:
    """A Wyoming event whose lengths may not be true."""
    inner = json.dumps(data).encode()
    head = {"type": kind, "version": "1", "data_length": len(inner) + lie, "payload_length": len(payload)}
    return json.dumps(head).encode() + b"\n" + inner + payload


WYOMING: st.SearchStrategy[bytes] = st.lists(
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
    max_size=5,
).map(b"".join)  # fmt: skip


class WireFuzzer:
    """A served socket that is sent conversations and watched."""

    def __init__(self, home: Path) -> None:
        self.gateway = FakeGateway(home)
        self.server = Server(self.gateway)
        self.sent = 0
        self.refused: dict[int, int] = {}
        self.failures: list[str] = []

    async def start(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self.failures.append(str(context)))
        await self.server.start()
        # the unix socket: ten thousand loopback connections a minute use up the ports of the machine
        connector = aiohttp.UnixConnector(str(self.server.socket_path))
        headers = {"Authorization": f"Bearer {GOOD_KEY}"}
        self.http = aiohttp.ClientSession("http://localhost", connector=connector, headers=headers)
        await self.alive()
        self._tasks, self._files = len(asyncio.all_tasks()), _descriptors()

    async def stop(self) -> None:
        await self.http.close()
        await self.server.stop()

    async def alive(self) -> None:
        async with self.http.get("/health") as answer:
            assert answer.status == 200

    async def converse(self, path: str, frames: Frames) -> None:
        """Send all, read what comes until both sides are done; nothing may hang."""
        self.sent += 1
        async with asyncio.timeout(PATIENCE):
            try:
                async with self.http.ws_connect(path) as ws:
                    for frame in frames:
                        if ws.closed:
                            break
                        if isinstance(frame, bytes):
                            await ws.send_bytes(frame)
                        else:
                            await ws.send_str(frame.encode("utf-8", "replace").decode())
            except aiohttp.WSServerHandshakeError as e:
                self.refused[e.status] = self.refused.get(e.status, 0) + 1
                if e.status == 500:
                    self.failures.append(f"500 at {path} for {frames}")
            except ConnectionError:
                pass

    async def wyoming(self, data: bytes) -> None:
        """The same on the Wyoming socket."""
        self.sent += 1
        path = self.gateway.paths.socket.with_name("wyoming.sock")
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(str(path))
            try:
                writer.write(data)
                writer.write_eof()
                await reader.read()
            except ConnectionError:
                pass
            finally:
                writer.close()
                try:
                    await writer.wait_closed()
                except ConnectionError:
                    pass

    async def check(self) -> None:
        """No task, descriptor or run is left, nothing failed unheard, and the server answers."""
        await self.alive()
        for _ in range(300):
            if len(asyncio.all_tasks()) <= self._tasks and _descriptors() <= self._files:
                break
            await asyncio.sleep(0.01)
        left = [str(task) for task in asyncio.all_tasks()]
        assert len(left) <= self._tasks, left
        assert _descriptors() <= self._files, "a descriptor leaked"
        assert not self.failures, self.failures[:3]
        open_runs = [run for run in self.gateway.corridor.opened if not run.cancelled.is_set() and not run.over]
        assert not open_runs, f"{len(open_runs)} runs were never cancelled"


def attack(
    runner: asyncio.Runner, fuzzer: WireFuzzer, wire: str
) -> tuple[st.SearchStrategy[Any], Callable[[Any], None]]:
    """What to draw, and what to do with it."""
    if wire == "wyoming":
        return WYOMING, lambda data: runner.run(fuzzer.wyoming(data))
    path, frames = WIRES[wire]
    return frames, lambda drawn: runner.run(fuzzer.converse(path, drawn))


def main(count: int) -> None:
    import logging

    logging.getLogger("voicegw_desktop").setLevel(logging.CRITICAL)
    for wire in (*WIRES, "wyoming"):
        with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as home:
            fuzzer = WireFuzzer(Path(home))
            runner.run(fuzzer.start())
            began = time.monotonic()
            drawn, send = attack(runner, fuzzer, wire)
            limits = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            limits(given(drawn)(send))()
            runner.run(fuzzer.check())
            runner.run(fuzzer.stop())
            print(f"{wire:18} {fuzzer.sent:6} sent in {time.monotonic() - began:5.1f} s  refused {fuzzer.refused}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
