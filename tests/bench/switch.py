"""What a change of route costs: from the operation to the new target being opened for the next utterance.

    python -m tests.bench.switch [rounds]

A real gateway is served over engines that answer at once, so that only the gateway's own time is measured: the HTTP
operation, the choice, and the hand-over. LiveKit's wire stays connected throughout.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.fake_backends import FakeStt, FakeTts, Script, frame
from tests.support.figures import row, title
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.paths import paths_below, resources_dir
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server

ROUNDS = 200
WANTED_MS = 50.0
RATE = 16_000
TARGETS = {"stt": ("whisper/tiny.en", "whisper/base"), "tts": ("piper/en_US-joe-medium", "kokoro/v1.0-int8")}


class Watched(Script):
    """Notes when each target was opened."""

    at: float = 0.0

    def next(self, target: Any, options: Any) -> Any:
        self.at = time.perf_counter()
        return super().next(target, options)


async def _set(http: aiohttp.ClientSession, modality: str, target: str) -> float:
    """Change the route; returns when that was asked, in seconds."""
    began = time.perf_counter()
    async with http.post("routes", json={"modality": modality, "target": target}) as reply:
        assert reply.status == 200, await reply.text()
        await reply.read()
    return began


async def _heard(ws: aiohttp.ClientWebSocketResponse, until: str) -> None:
    async with asyncio.timeout(10):
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                data = json.loads(message.data)
                assert data["type"] != "error", data
                if data["type"] == until:
                    return
    raise AssertionError(f"the connection ended before {until}")


async def _utterance(ws: aiohttp.ClientWebSocketResponse, number: int) -> None:
    for n in (number, *[0] * 6):
        await ws.send_json({"type": "input_audio", "audio": base64.b64encode(frame(n)).decode()})


async def ears(http: aiohttp.ClientSession, script: Watched, rounds: int) -> list[float]:
    """One open transcription; an utterance after every change."""
    times = []
    await _set(http, "stt", TARGETS["stt"][0])
    async with http.ws_connect("stt?model=deepgram/nova-3") as ws:
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": str(RATE), "encoding": "pcm_s16le"}})
        for turn in range(1, rounds + 1):
            await _utterance(ws, turn)
            await _heard(ws, "final_transcript")
            target = TARGETS["stt"][turn % 2]
            opened = len(script.opened)
            began = await _set(http, "stt", target)
            await _utterance(ws, turn)
            await _heard(ws, "final_transcript")
            assert script.opened[opened:] == [target], script.opened[opened:]
            times.append((script.at - began) * 1000)
    return times


async def voice(http: aiohttp.ClientSession, script: Watched, rounds: int) -> list[float]:
    """One open speech connection; a sentence after every change."""
    times = []
    async with http.ws_connect("tts?model=cartesia/sonic-3") as ws:
        await ws.send_json({"type": "session.create", "sample_rate": "24000", "encoding": "pcm_s16le"})
        for turn in range(rounds):
            target = TARGETS["tts"][turn % 2]
            began = await _set(http, "tts", target)
            await ws.send_json({"type": "input_transcript", "transcript": "Good morning."})
            await ws.send_json({"type": "session.flush"})
            await _heard(ws, "done")
            assert script.opened[-1] == target
            times.append((script.at - began) * 1000)
    return times


def _report(name: str, times: list[float]) -> bool:
    ordered = sorted(times)
    row(f"{name}: operation to next open, p50 of {len(times)}", statistics.median(ordered), "ms")
    return row(f"{name}: p99", ordered[int(len(ordered) * 0.99)], "ms", at_most=WANTED_MS)


async def main(rounds: int = ROUNDS) -> bool:
    """Print the table; True when both are as wanted."""
    os.environ.setdefault("VOICEGW_SECRET", "only-for-this-bench-0123456789abcdef")
    title("A route changed by operation while LiveKit's connections stay open")
    with tempfile.TemporaryDirectory(prefix="vgw") as folder:
        config = GatewayConfig.load(resources_dir() / "default.yaml")
        async with Gateway(paths=paths_below(Path(folder)), config=config) as gateway:
            script = Watched()
            for name in ("whisper", "piper", "kokoro"):
                gateway.corridor.backends.register(name, stt=FakeStt(script), tts=FakeTts(script))
            server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
            await server.start()
            try:
                key = (await gateway.keys.mint(None, "bench")).bearer
                headers = {"Authorization": f"Bearer {key}"}
                async with aiohttp.ClientSession(f"{server.url}/v1/", headers=headers) as http:
                    good = _report("STT", await ears(http, script, rounds))
                    return _report("TTS", await voice(http, script, rounds)) and good
            finally:
                await server.stop()


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(main(*(int(a) for a in sys.argv[1:2]))) else 1)
