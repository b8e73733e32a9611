"""Turns of speech that wait for the one before: how many may, on Deepgram's two forms."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.support.deepgram_client import Client, LongTts
from voicegw_desktop.sockets.audio import utterances
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket


@pytest.mark.parametrize("path", ["/v1/speak", "/v2/speak"])
async def test_turns_that_wait_are_bounded(
    http: aiohttp.ClientSession, server: Server, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def open_tts(caller: Any, wanted: str, options: Any) -> LongTts:
        return LongTts(wanted, options)

    monkeypatch.setattr(server.gateway.corridor, "open_tts", open_tts)
    monkeypatch.setattr(utterances, "WAITING_TURNS", 3)
    async with http.ws_connect(f"{path}?model=fake/tts&encoding=linear16") as ws:
        client = Client(ws)
        # the first one is being spoken, and others are as short as can be
        for _ in range(6):
            await client.send("Speak", text="a")
            await client.send("Flush")
        while (told := await client.next())["type"] != "Error":
            pass
        assert "3 turns wait to be spoken" in told["description"]
