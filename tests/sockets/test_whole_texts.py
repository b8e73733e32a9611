"""Every door that has the whole text says how long it is, so that the engine works as fast as it can.

What a worker does with that is held by tests/workers/test_tts_loop.py.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from wyoming.client import AsyncClient
from wyoming.tts import Synthesize

from tests.support.socket_gateway import Serve
from voicegw_desktop.core.ports import TtsOptions
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

TEXT = "Good morning. How are you?"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/audio/speech", {"model": "fake/tts", "voice": "alloy", "input": TEXT, "response_format": "pcm"}),
        ("/v1/speak?model=fake/tts&encoding=linear16", {"text": TEXT}),
        ("/v1/text-to-speech/any?output_format=pcm_16000", {"model_id": "fake/tts", "text": TEXT}),
        ("/v1/text-to-speech/any/stream?output_format=pcm_16000", {"model_id": "fake/tts", "text": TEXT}),
    ],
)
async def test_a_text_over_http(server: Server, http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    async with http.post(path, json=body) as answer:
        assert answer.status == 200
        await answer.read()
    corridor: Any = server.gateway.corridor
    (options,) = [options for _, _, _, options in corridor.calls if isinstance(options, TtsOptions)]
    assert options.characters == len(TEXT)


async def test_a_sentence_of_wyoming(serve: Serve) -> None:
    server = await serve(serve={"wyoming_port": 0})
    corridor = server.gateway.corridor
    corridor.error = RuntimeError("not spoken")
    async with AsyncClient.from_uri(f"tcp://127.0.0.1:{server.ports()['wyoming'][1]}") as client:
        await client.write_event(Synthesize(TEXT).event())
        await client.read_event()
    assert [options.characters for _, _, _, options in corridor.calls] == [len(TEXT)]
