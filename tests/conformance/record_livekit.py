"""Record what a LiveKit client sends, for tests/sockets/test_livekit_golden.py.

`python -m tests.conformance.record_livekit NAME COMMAND …`, where the command runs a client's checks as
`voicegw conformance` does: `PYTHON -I voicegw_desktop/testing/clients agents_client`, with any version of the client.
Needs VOICEGW_TEST_MODELS.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.support.served import Served, served
from tests.support.speech import WORDS
from tests.support.weights import weights_folder

DATA = Path(__file__).parents[1] / "data"
CLIP = "austen-0880.wav"
PASSED_ON = ("authorization", "user-agent")


def without_sound(message: dict[str, Any]) -> dict[str, Any]:
    """The message with its audio's length in bytes in the audio's place."""
    audio = message.get("audio")
    return {**message, "audio": len(base64.b64decode(audio))} if isinstance(audio, str) else message


async def record(it: Served, name: str, command: list[str]) -> None:
    """Relay between the client and the gateway, and keep the first conversation of each wire."""
    heard: list[tuple[str, str, list[dict[str, Any]]]] = []

    async def between(request: web.Request) -> web.WebSocketResponse:
        client = web.WebSocketResponse()
        await client.prepare(request)
        messages: list[dict[str, Any]] = []
        heard.append((request.path.rpartition("/")[2], request.path_qs, messages))
        headers = {k: v for k, v in request.headers.items() if k.lower() in PASSED_ON}
        async with aiohttp.ClientSession() as http, http.ws_connect(it.url + request.path_qs, headers=headers) as ws:

            async def there() -> None:
                async for message in client:
                    messages.append(without_sound(json.loads(message.data)))
                    await ws.send_str(message.data)
                await ws.close()

            async def back() -> None:
                async for message in ws:
                    await client.send_str(message.data)
                await client.close()

            await asyncio.gather(there(), back(), return_exceptions=True)
        return client

    app = web.Application()
    app.add_routes([web.get("/v1/stt", between), web.get("/v1/tts", between)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    where = {
        "url": f"http://127.0.0.1:{runner.addresses[0][1]}", "key": it.key, "key_id": it.key_id, "secret": it.secret,
        "socket": "", "wyoming": "", "clip": str(DATA / CLIP), "words": WORDS[CLIP],
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    await process.communicate(json.dumps(where).encode())
    await runner.cleanup()
    for wire in ("stt", "tts"):
        path, messages = next((p, m) for w, p, m in heard if w == wire and m)
        lines = [json.dumps(line) for line in ({"path": path}, *messages)]
        await asyncio.to_thread((DATA / "livekit" / f"{name}-{wire}.jsonl").write_text, "\n".join(lines) + "\n")
        print(f"{name} {wire}: {len(messages)} messages")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    with served(weights_folder()) as gateway:
        asyncio.run(record(gateway, sys.argv[1], sys.argv[2:]))
