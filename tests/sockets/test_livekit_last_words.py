"""A LiveKit client whose input has ended waits until the last words are recognised."""

from __future__ import annotations

import asyncio

import pytest

from tests.sockets.test_livekit_wire import CREATE_STT, SILENCE, Said
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
