"""A real Chromium without a window, for pages that report what they saw to the server they came from."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
Given = Callable[[], Awaitable[Mapping[str, Any]]]


def chromium() -> str:
    """The browser's program; skips the test where there is none. VOICEGW_TEST_BROWSER names one elsewhere."""
    named = os.environ.get("VOICEGW_TEST_BROWSER")
    found = named or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        pytest.skip("no Chromium here; `make test` installs Debian's chromium-headless-shell")
    return found


@dataclass
class Page:
    """A page, served from an origin of its own."""

    html: Path
    samples: bytes
    """What `/samples` gives."""
    given: Given | None = None
    """What `/given` gives: made by the page's own server for each visit."""
    origin: str = ""
    _results: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=self.html.read_text("utf-8"), content_type="text/html")

    async def _given(self, request: web.Request) -> web.StreamResponse:
        assert self.given is not None
        return web.json_response(await self.given())

    async def _samples(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self.samples)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self._results.put_nowait(json.loads(await request.text()))
        return web.Response(status=204)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Page]:
        """Serve it at `origin`."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/given", self._given),
                web.get("/samples", self._samples),
                web.post("/results", self._take),
            ]
        )
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def visit(self, within_s: float = 60.0) -> dict[str, Any]:
        """Open it in Chromium; what it reported."""
        with tempfile.TemporaryDirectory(prefix="vgw-browser", ignore_cleanup_errors=True) as profile:
            process = await asyncio.create_subprocess_exec(
                chromium(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                self.origin + "/",
                env={**os.environ, "HOME": profile},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(within_s):
                    return await self._results.get()
            finally:
                # Debian's program is a script, and the browser its child
                os.killpg(process.pid, signal.SIGTERM)
                await process.wait()
