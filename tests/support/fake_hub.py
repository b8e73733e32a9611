"""A model hub on loopback: ranges, validators, redirects, and faults on request."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class FakeHub:
    """Serves `files` (path → bytes) and counts what was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    """For each answer in turn: the bytes after which it ends, as a broken connection does."""
    hold_after: int | None = None
    """Answers stop after so many bytes until `resume` is set."""
    resume: asyncio.Event = field(default_factory=asyncio.Event)
    ranges: bool = True
    redirect: bool = False
    elsewhere: str = ""
    """Where every request is redirected to, when set."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """(path, Range header) of every request."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first request."""
    status: int | None = None
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> FakeHub:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/{{repo}}/{{revision}}/{{path}}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if self.elsewhere:
            raise web.HTTPFound(self.elsewhere)
        if self.redirect and not path.startswith("cdn/"):
            digest = hashlib.sha256(self.files[path]).hexdigest()
            raise web.HTTPFound(f"/cdn/{path}", headers={"X-Linked-Etag": f'"{digest}"'})
        path = path.removeprefix("cdn/")
        wanted = request.headers.get("Range")
        self.requests.append((path, wanted))
        self.asked.set()
        if self.status:
            return web.Response(status=self.status)
        if path not in self.files:
            return web.Response(status=404)
        body = self.files[path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        start, status, headers = 0, 200, {"ETag": etag}
        if wanted and self.ranges and request.headers.get("If-Range") == etag:
            start, status = int(wanted.removeprefix("bytes=").removesuffix("-")), 206
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        headers["Content-Length"] = str(len(body) - start)
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        end = start + self.cut_after.pop(0) if self.cut_after else len(body)
        for i in range(start, min(end, len(body)), 1 << 16):
            if self.hold_after is not None and i >= self.hold_after:
                await self.resume.wait()
            await response.write(body[i : min(i + (1 << 16), end, len(body))])
        if end < len(body):
            assert request.transport is not None
            request.transport.close()
        return response
