"""Whatever a Realtime client sends, every event that comes back is one of the published schema."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import WSMessage, WSMsgType
from hypothesis import HealthCheck, given, settings

from tests.bench.fuzz_wires import REALTIME
from tests.support import realtime_schema
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.route import event_of
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

pytestmark = pytest.mark.socket

ANSWER = [
    b'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":null}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":'
    b'"{}"}}]},"finish_reason":"tool_calls"}]}\n\n',
    b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\ndata: [DONE]\n\n',
]
HEARD = [SpeechStarted(0.1), Interim("Hello", "Hello"), SpeechEnded(0.9), Final("Hello.", "en", 0.1, 0.5)]


class Willing(FakeCorridor):
    """Opens whatever is asked for."""

    async def _gate(self, kind: str, caller: Any, wanted: str, options: Any) -> None:
        return


@pytest.mark.parametrize("kind", ["realtime", "transcription"])
def test_every_event_fits(kind: str) -> None:
    seen: set[str] = set()

    async def converse(frames: list[str | bytes]) -> None:
        async def send(event: dict[str, Any]) -> None:
            # half a character that is quoted back is mended by the socket
            wire = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
            seen.add(realtime_schema.check(json.loads(wire))["type"])

        corridor = Willing(stt_script=list(HEARD), chat_pieces=ANSWER, chat_type="text/event-stream")
        session = RealtimeSession(
            corridor, Caller(project="alpha", wire="realtime"), RealtimeConfig(kind, "fake/llm", "sess_1"), send
        )
        await session.open()
        for frame in frames:
            if isinstance(frame, str):
                data = frame.encode("utf-8", "replace").decode()
                try:
                    event = event_of(WSMessage(WSMsgType.TEXT, data, None))
                except BadRequest as e:
                    await session.error(e)
                else:
                    await session.receive(event or {})
        for run in list(corridor.opened):
            if hasattr(run, "end"):
                await run.end()
        for _ in range(50):
            await asyncio.sleep(0)
        await session.close()

    with asyncio.Runner() as runner:

        @settings(
            max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(REALTIME)
        def one(frames: list[str | bytes]) -> None:
            runner.run(converse(frames))

        one()
    expected = {"session.created", "session.updated", "error", "conversation.item.added"}
    if kind == "realtime":
        expected |= {"response.created", "response.output_audio.delta", "response.function_call_arguments.done"}
    assert expected <= seen
