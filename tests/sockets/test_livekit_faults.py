"""Seeded faults under live LiveKit sessions through the served socket, on samples that carry numbers.

250 faults in each direction; `VOICEGW_FAULTS` asks for another number.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.support.fake_backends import FRAME, LETTER, RATE, FakeStt, FakeTts, Fault, NumberEar, Script, frame
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.gateway.gateway import Gateway

pytestmark = [pytest.mark.socket, pytest.mark.timeout(600)]

FAULTS = int(os.environ.get("VOICEGW_FAULTS", "250"))
AT_ONCE = 6  # sessions
WAY_OUT = 60.0  # s for one session
PATIENCE = Patience(stall_s=0.4, whole_recording_stall_s=0.4)
STT = ["deepgram/nova-3", "openai/whisper-1", "whisper/base"]
TTS = ["elevenlabs/flash", "cartesia/sonic-3", "piper/joe"]
CLOUDS = ("deepgram", "openai", "elevenlabs", "cartesia")


@dataclass
class World:
    """A served gateway whose targets are scripted."""

    gateway: Gateway
    http: aiohttp.ClientSession
    script: Script
    put: int = 0
    """Faults that were scripted."""

    @property
    def met(self) -> int:
        return self.put - sum(len(waiting) for waiting in self.script.faults.values())

    def spoil(self, chance: random.Random, names: list[str], kinds: list[str], most: int) -> None:
        """Faults for the next openings of all but the last of these targets."""
        for name in names[: chance.randint(1, len(names) - 1)]:
            self.script.faults.setdefault(name, []).append(Fault(chance.choice(kinds), chance.randrange(most)))
            self.put += 1


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    config = {
        "providers": {name: {"api_key": "k", "base_url": "http://127.0.0.1:9", "zone": "cloud"} for name in CLOUDS},
        "fallbacks": {"stt": STT[1:], "tts": TTS[1:]},
        "routing": {"breaker": {"trip_after": 1_000_000}},
        "serve": {"port": 0, "wyoming_port": 0},
    }
    path = tmp_path / "voicegw.yaml"
    path.write_text(yaml.safe_dump(config))
    async with Gateway(path, paths=paths_below(tmp_path)) as gateway, serving(gateway) as server:
        script = Script()
        for names, backend in ((STT, {"stt": FakeStt(script)}), (TTS, {"tts": FakeTts(script)})):
            for name in names:
                gateway.backends.register(name.split("/")[0], **backend)  # type: ignore[arg-type]
        gateway.corridor.context.patience, gateway.corridor.context.speech_activity = PATIENCE, NumberEar
        headers = {"Authorization": f"Bearer {await gateway.keys.bearer(await gateway.first_key())}"}
        async with aiohttp.ClientSession(server.url, headers=headers) as http:
            yield World(gateway, http, script)


async def under_faults(world: World, session: Callable[[World, random.Random], Awaitable[None]]) -> int:
    """Sessions side by side until as many faults as wanted were met; returns how many sessions that took."""
    seeds = iter(range(10**6))
    held = 0

    async def one_after_the_other() -> None:
        nonlocal held
        while world.met < FAULTS:
            seed = next(seeds)
            try:
                async with asyncio.timeout(WAY_OUT):
                    await session(world, random.Random(seed))
            except Exception as e:
                e.add_note(f"seed {seed}")
                raise
            held += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_the_other())
    return held


async def answers(ws: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
    async for message in ws:
        event: dict[str, Any] = message.json()
        assert event["type"] != "error", event
        yield event


async def listen(world: World, chance: random.Random) -> None:
    """A person speaks; each frame must be transcribed once."""
    world.spoil(chance, STT, ["crash", "error", "close", "stall", "refuse", "deaf"], 80)
    spoken: list[int] = []
    pcm = bytearray()
    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.randint(4, 60)):
            spoken.append(len(spoken) + 1)
            pcm += frame(spoken[-1])
        pcm += frame(0) * chance.randint(4, 20)
    async with world.http.ws_connect(f"/v1/stt?model={STT[0]}") as ws:
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": str(RATE), "encoding": "pcm_s16le"}})

        async def talk() -> None:
            at = 0
            while at < len(pcm):
                size = 2 * chance.choice([FRAME, 320, 500, 1600])
                await ws.send_json({"type": "input_audio", "audio": base64.b64encode(pcm[at : at + size]).decode()})
                at += size
                await asyncio.sleep(chance.choice([0.0, 0.002]))
            await ws.send_json({"type": "session.finalize"})

        talking = asyncio.ensure_future(talk())
        heard: list[int] = []
        async for event in answers(ws):
            if event["type"] == "final_transcript":
                heard += map(int, event["transcript"].split())
            elif event["type"] == "session.closed":
                break
        await talking
    assert heard == spoken


async def speak(world: World, chance: random.Random) -> None:
    """A text is spoken; each sample must arrive once."""
    world.spoil(chance, TTS, ["crash", "error", "close", "refuse"], 90 * LETTER)
    # no fault here is a silence, so a busy machine must not be taken for one
    world.gateway.corridor.context.patience = Patience()
    text = "".join(chance.choice("abcdefgh ,.") for _ in range(chance.randint(20, 90))) + "."
    async with world.http.ws_connect(f"/v1/tts?model={TTS[0]}") as ws:
        await ws.send_json({"type": "session.create", "sample_rate": str(RATE)})
        at = 0
        while at < len(text):
            size = chance.randint(1, 20)
            await ws.send_json({"type": "input_transcript", "transcript": text[at : at + size]})
            at += size
        await ws.send_json({"type": "session.flush"})
        heard = bytearray()
        async for event in answers(ws):
            if event["type"] == "output_audio":
                heard += base64.b64decode(event["audio"])
            elif event["type"] == "done":
                break
    assert heard == array("h", [ord(c) for c in text for _ in range(LETTER)]).tobytes()


@pytest.mark.parametrize("session", [listen, speak])
async def test_nothing_is_lost_and_nothing_comes_twice(
    session: Callable[[World, random.Random], Awaitable[None]], world: World
) -> None:
    sessions = await under_faults(world, session)
    assert world.met >= FAULTS
    assert sessions >= FAULTS / 4
    await world.gateway.corridor.aclose()
    assert world.script.live == 0, "a target was left open"
