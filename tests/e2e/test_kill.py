"""The server itself killed under load: whoever got a whole answer finds its request in the books after the restart."""

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

import aiohttp
import pytest
import yaml

from voicegw_desktop.testing import KEY, fakes

pytestmark = pytest.mark.fault

KILLS = 5
CLIENTS = 6
STARTS_WITHIN = 60.0  # s
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
    """Chat until the server is gone; note the id of each answer that came to its end."""
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
