"""A LiveKit client whose input has ended waits until the last words are recognised."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sockets.test_livekit_wire import CREATE_STT, SILENCE, Said, kinds
from voicegw_desktop.core.events import Final
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.livekit import stt as livekit_stt
from voicegw_desktop.sockets.livekit.stt import SttSession

pytestmark = pytest.mark.socket


async def test_a_client_that_said_all_is_kept_until_the_last_words(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit's client leaves 3 s after a final transcript once its input has ended, unless another one comes."""
    monkeypatch.setattr(livekit_stt, "STILL", 0.01)
    corridor, said = server.gateway.corridor, Said()
    corridor.stt_script = [Final("one")]
    session = SttSession(corridor, Caller("alpha", "livekit"), "fake/stt", said)
    await session.receive(CREATE_STT)
    await session.receive(SILENCE)
    more = ("interim_transcript", "")
    assert more not in said.told()
    end = corridor.opened[0].end

    async def held() -> None:
        return

    # an engine that is long at it
    monkeypatch.setattr(corridor.opened[0], "end", held)
    await session.receive({"type": "session.finalize"})
    async with asyncio.timeout(60):
        await said.until(more, 5)
        await end()
        await session.over.wait()
    told = [one for one in said.told() if one != more]
    assert told[-3:] == [("final_transcript", "one"), ("session.finalized", None), ("session.closed", None)]
    await session.close()


async def test_what_was_finalized_ends_though_its_settings_change_at_that_moment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    corridor, said = server.gateway.corridor, Said()

    async def gate(*_: Any) -> None:
        return

    monkeypatch.setattr(corridor, "_gate", gate)
    waits: list[Any] = []
    loop = asyncio.get_running_loop()
    handles: list[asyncio.Handle] = []

    def later(delay: float, call: Any) -> asyncio.Handle:
        waits.append(call)
        handles.append(loop.call_soon(int))
        return handles[-1]

    monkeypatch.setattr(loop, "call_later", later)
    session = SttSession(corridor, Caller("alpha", "livekit"), "openai/whisper-1", said)
    await session.receive({**CREATE_STT, "model": "openai/whisper-1"})
    await session.receive(SILENCE)
    await session.receive({"type": "session.finalize"})
    end = corridor.opened[0].end

    async def ended_meanwhile() -> None:
        # the time is up while the first stream says its last words
        if not handles[0].cancelled():
            waits[0]()
        await end()

    monkeypatch.setattr(corridor.opened[0], "end", ended_meanwhile)
    await session.receive({"type": "session.update", "settings": {"language": "de"}})
    assert len(waits) == 2
    waits[1]()
    async with asyncio.timeout(60):
        await session.over.wait()
    assert len(corridor.opened) == 2
    assert kinds(said)[-2:] == ["session.finalized", "session.closed"]
    await session.close()
