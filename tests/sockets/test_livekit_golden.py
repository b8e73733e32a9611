"""What real LiveKit clients of several versions sent, replayed: tests/data/livekit, one file per client and wire.

The first line of a file is where the client connected, each other line one message; audio is given by its length.
"""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sockets.test_livekit_wire import answers, connected, kinds
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

FILES = sorted((Path(__file__).parents[1] / "data" / "livekit").glob("*.jsonl"))


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def note(kind: str, caller: Any, wanted: str, options: Any) -> None:
        it.calls.append((kind, caller, wanted, options))

    monkeypatch.setattr(it, "_gate", note)
    return it


def recorded(path: Path) -> tuple[str, list[dict[str, Any]]]:
    first, *rest = [json.loads(line) for line in path.read_text().splitlines()]
    for message in rest:
        if isinstance(message.get("audio"), int):
            message["audio"] = base64.b64encode(bytes(message["audio"])).decode()
    return first["path"], rest


def of(wire: str) -> list[Any]:
    return [pytest.param(f, id=f.stem) for f in FILES if f.stem.endswith(wire)]


def test_three_versions_and_two_languages_are_recorded() -> None:
    assert {f.stem.rpartition("-")[0] for f in FILES} >= {"python-1.8.9", "python-1.5.0", "python-1.2.18", "node-1.9.0"}


@pytest.mark.parametrize("path", of("stt"))
async def test_transcription(server: Server, corridor: FakeCorridor, path: Path) -> None:
    where, messages = recorded(path)
    async with connected(server, where) as ws:
        for message in messages:
            await ws.send_json(message)
        seen = await answers(ws)
        assert ws.close_code == 1000
    assert kinds(seen) == [
        "session.created",
        "interim_transcript",
        "final_transcript",
        "session.finalized",
        "session.closed",
    ]
    assert [w["word"] for w in seen[2]["words"]] == ["hello", "there", "world"]
    (call,) = corridor.calls
    # the oldest client leaves the language in the model's name
    assert (call[2], call[3].language, call[3].rate) == ("deepgram/nova-3", "en", 16_000)
    assert len(corridor.opened[0].pushed) == sum(len(base64.b64decode(m["audio"])) for m in messages if "audio" in m)


@pytest.mark.parametrize("path", of("tts"))
async def test_speech(server: Server, corridor: FakeCorridor, path: Path) -> None:
    where, messages = recorded(path)
    ended: list[str] = []
    async with connected(server, where) as ws, asyncio.timeout(60):
        for message in messages:
            await ws.send_json(message)
            if message["type"] == "session.flush":
                seen = [m for m in await answers(ws, "done") if m["type"] != "session.created"]
                assert kinds(seen) == ["output_audio"] * 5 + ["done"]
                assert {m["session_id"] for m in seen} == {seen[-1]["session_id"]}
                ended.append(seen[-1]["session_id"])
    assert ended
    assert len(set(ended)) == len(ended)
    assert {call[2] for call in corridor.calls} == {"cartesia/sonic-3:some-voice"}
    rate = int(messages[0]["sample_rate"])
    assert all(run.options.rate == rate for run in corridor.opened)
