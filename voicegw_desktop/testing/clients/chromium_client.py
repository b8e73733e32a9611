"""Chromium without a window: a page of a listed origin talks to the gateway as three providers' pages do."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ()
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE = 50.0  # s for one visit
Result = dict[str, object]
_SEEN: dict[str, Result] = {}


def _program() -> str | None:
    named = os.environ.get("VOICEGW_TEST_BROWSER")
    return named or next(filter(None, map(shutil.which, PROGRAMS)), None)


def versions() -> dict[str, str]:
    program = _program()
    if program is None:
        return {}
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.split()
    return {"Chromium": next((word for word in told if word[:1].isdigit()), "")}


class _Page(http.server.BaseHTTPRequestHandler):
    """The page, what its own server gives it, and what it reports."""

    given: bytes
    samples: bytes
    results: queue.Queue[Result]

    def do_GET(self) -> None:
        html = Path(__file__).with_name("page.html").read_bytes()
        found = {"/": (html, "text/html"), "/given": (self.given, "application/json"), "/samples": (self.samples, "")}
        body, kind = found.get(self.path, (b"", "text/plain"))
        self.send_response(200)
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def _visited(where: Where, port: int) -> Result:
    program = _program()
    if program is None:
        raise NotImplementedError("no Chromium here")
    asked = urllib.request.Request(
        f"{where.v1}/realtime/client_secrets",
        data=b'{"session": {"type": "realtime"}}',
        headers={"Authorization": f"Bearer {where.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        secret: Mapping[str, str] = json.load(answer)
    results: queue.Queue[Result] = queue.Queue()
    handler = type(
        "Handler",
        (_Page,),
        {
            "given": json.dumps({"url": where.url, "key": where.key, "secret": secret["value"]}).encode(),
            "samples": where.pcm()[0],
            "results": results,
        },
    )
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server,
        tempfile.TemporaryDirectory(prefix="vgw-browser", ignore_cleanup_errors=True) as home,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        browser = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={home}", address,
            ],
            env={**os.environ, "HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            return results.get(timeout=PATIENCE)
        finally:
            # Debian's program is a script, and the browser its child
            os.killpg(browser.pid, signal.SIGTERM)
            browser.wait()
            server.shutdown()


async def _page(where: Where, *, listed: bool) -> Result:
    """What the page saw; visited once for all checks."""
    if not where.origin:
        raise NotImplementedError("this gateway's auth.cors_origins lists no page of this client")
    name = "listed" if listed else "other"
    if name not in _SEEN:
        port = urllib.parse.urlsplit(where.origin).port or 0
        visit = functools.partial(_visited, where, port if listed else 0)
        _SEEN[name] = await asyncio.to_thread(visit)
    return _SEEN[name]


async def _part(where: Where, name: str, *, listed: bool = True) -> Result:
    found = (await _page(where, listed=listed))[name]
    assert isinstance(found, dict), found
    return found


async def rest(where: Where) -> str:
    status = (await _page(where, listed=True))["models"]
    assert status == 200, status
    return "200"


async def realtime(where: Where) -> str:
    told = await _part(where, "realtime")
    sound = told.get("sound")
    assert isinstance(sound, int), told
    # a small model now and then answers with a picture only, which is a short silence
    answer = told.get("response")
    assert isinstance(answer, dict), told
    said = "".join(part.get("transcript", "") for item in answer["output"] for part in item["content"])
    assert sound > 4800 or not any(c.isalnum() for c in said), told
    assert (await _part(where, "again"))["opened"] is False, "a secret was good for two sessions"
    return f"{sound / 2 / 24_000:.1f} s of audio by a client secret"


async def deepgram(where: Where) -> str:
    told = await _part(where, "deepgram")
    assert told.get("code") == 1000, told
    words = told.get("words")
    assert isinstance(words, list), told
    return where.is_heard(" ".join(map(str, words)))


async def elevenlabs(where: Where) -> str:
    sound = (await _part(where, "elevenlabs")).get("sound")
    assert isinstance(sound, int), sound
    return where.is_speech(sound / 2 / 24_000)


async def elsewhere(where: Where) -> str:
    seen = await _page(where, listed=False)
    assert seen["models"] != 200, seen
    for name in ("realtime", "deepgram", "elevenlabs"):
        assert (await _part(where, name, listed=False))["opened"] is False, name
    return "nothing opened"


CHECKS = (
    ("REST of a listed origin", rest),
    ("Realtime turn", realtime),
    ("Deepgram stream", deepgram),
    ("ElevenLabs speech", elevenlabs),
    ("a page of another origin", elsewhere),
)
