"""The server itself killed: answered requests are recorded after the restart, and so is data that was sent without an
answer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from voicegw_desktop.testing import KEY, fakes
from voicegw_desktop.testing.sound import pieces, tone

pytestmark = pytest.mark.fault

KILLS = 5
CLIENTS = 6
STARTS_WITHIN = 60.0  # s
WAY_OUT = 90.0  # s, on a machine that is busy with other things
RATE = 16_000
FRAME = 0.1  # s of audio in one message
CHAT = {"model": "house/small", "messages": [{"role": "user", "content": "Hello."}]}


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`voicegw serve` below `home` until it is killed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VOICEGW_") and not k.endswith("_API_KEY")}
    env |= {"VOICEGW_HOME": str(home), "VOICEGW_SECRET": "a test's own secret"}
    with (home / "serve.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "voicegw_desktop", "serve", env=env, stdout=asyncio.subprocess.PIPE, stderr=log
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(STARTS_WITHIN):
                line = await process.stdout.readline()
            assert b"/v1" in line, (home / "serve.log").read_text()
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


async def ask_on(http: aiohttp.ClientSession, whole: asyncio.Queue[str], streamed: bool) -> None:
    """Chat until the server has ended; note the id of each complete answer."""
    while True:
        try:
            async with http.post("http://gateway/v1/chat/completions", json={**CHAT, "stream": streamed}) as answer:
                assert answer.status == 200, await answer.text()
                body = await answer.read()
        except (aiohttp.ClientError, OSError):
            return
        assert b"[DONE]" in body if streamed else json.loads(body)["choices"]
        whole.put_nowait(answer.headers["X-VoiceGW-Request-Id"])


@pytest.mark.skipif(sys.platform == "win32", reason="speaks over the unix socket")
async def test_no_answered_request_is_missing_after_kills(tmp_path: Path) -> None:
    chance = random.Random(5)
    answered: asyncio.Queue[str] = asyncio.Queue()
    whole: list[str] = []
    async with fakes()["openai"](key=KEY) as fake:
        house = {"type": "openai_compatible", "api_key": KEY, "base_url": fake.base_url}
        config = tmp_path / "config"
        config.mkdir()
        (config / "voicegw.yaml").write_text(yaml.safe_dump({"providers": {"house": house}, "serve": {"port": 0}}))
        for _ in range(KILLS):
            connector = aiohttp.UnixConnector(str(tmp_path / "run" / "voicegw.sock"))
            async with serving(tmp_path) as process, aiohttp.ClientSession(connector=connector) as http:
                clients = [asyncio.create_task(ask_on(http, answered, bool(n % 2))) for n in range(CLIENTS)]
                async with asyncio.timeout(STARTS_WITHIN):
                    whole += [await answered.get() for _ in range(chance.randrange(20, 200))]
                process.kill()
                await asyncio.gather(*clients)
                whole += [answered.get_nowait() for _ in range(answered.qsize())]
        connector = aiohttp.UnixConnector(str(tmp_path / "run" / "voicegw.sock"))
        async with (
            serving(tmp_path),
            aiohttp.ClientSession(connector=connector) as http,
            http.get("http://gateway/v1/costs?period=all") as answer,
        ):
            counted = (await answer.json())["requests"]
    with closing(sqlite3.connect(config / "voicegw.db")) as database:
        stored = {row[0] for row in database.execute("SELECT id FROM requests")}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(set(whole)) == len(whole) >= 20 * KILLS
    assert set(whole) <= stored
    # those that were under way at a kill may be there, too
    assert counted == len(stored) <= len(whole) + CLIENTS * KILLS


@asynccontextmanager
async def reached(home: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client on the unix socket of the server below `home`."""
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(home / "run" / "voicegw.sock"))) as http:
        yield http


async def left_by(home: Path) -> list[dict[str, Any]]:
    """The egress log of a server that is started for it."""
    async with serving(home), reached(home) as http, http.get("http://gateway/v1/egress") as answer:
        found: list[dict[str, Any]] = (await answer.json())["egress"]
        return found


@pytest.mark.skipif(sys.platform == "win32", reason="speaks over the unix socket")
async def test_what_left_before_a_kill_is_in_the_log(tmp_path: Path) -> None:
    """A stream in progress, with the bytes sent until then; an unanswered chat, to the byte."""
    async with asyncio.timeout(WAY_OUT), fakes()["deepgram"](key=KEY) as deepgram, fakes()["openai"](key=KEY) as openai:
        providers = {
            name: {"api_key": KEY, "base_url": fake.base_url, "zone": "cloud"}
            for name, fake in (("deepgram", deepgram), ("openai", openai))
        }
        config = tmp_path / "config"
        config.mkdir()
        (config / "voicegw.yaml").write_text(yaml.safe_dump({"providers": providers, "serve": {"port": 0}}))
        openai.fault("stall")
        async with (
            serving(tmp_path) as process,
            reached(tmp_path) as http,
            http.ws_connect("http://gateway/v1/events") as events,
            http.ws_connect(f"http://gateway/v1/listen?model=deepgram/nova-3&sample_rate={RATE}") as ears,
        ):
            body = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Grüße"}], "stream": True}
            chat = asyncio.create_task(http.post("http://gateway/v1/chat/completions", json=body))
            await openai.until(lambda: openai.requests, WAY_OUT)
            told: list[dict[str, Any]] = []
            sent = 0

            async def talk() -> None:
                nonlocal sent
                for piece in pieces(tone(60, RATE), RATE, FRAME):
                    sent += len(piece)
                    await ears.send_bytes(piece)
                    # at the pace of speech
                    await asyncio.sleep(FRAME)

            talking = asyncio.create_task(talk())
            async for message in events:
                event = json.loads(message.data)
                if event["type"] == "EgressRecorded" and event["modality"] == "stt":
                    told.append(event)
                    # the first line, and one that brought it up to date
                    if len(told) == 2:
                        break
            process.kill()
            talking.cancel()
            await asyncio.gather(chat, talking, return_exceptions=True)
        entries = {e["modality"]: e for e in await left_by(tmp_path)}
    heard, asked = entries["stt"], entries["llm"]
    assert told[0]["sent_s"] <= FRAME, "the entry is older than what follows the first frame"
    assert heard["id"] == told[0]["id"]
    assert (heard["target"], heard["project"], heard["finished"]) == ("deepgram/nova-3", "default", False)
    assert told[0]["sent_bytes"] < told[1]["sent_bytes"] <= heard["sent_bytes"] <= sent
    assert heard["sent_s"] == pytest.approx(heard["sent_bytes"] / 2 / RATE)
    assert (asked["target"], asked["finished"]) == ("openai/gpt-4o-mini", True)
    assert asked["sent_bytes"] == int(openai.requests[0].headers["content-length"])
