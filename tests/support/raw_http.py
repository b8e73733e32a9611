"""Requests written byte by byte, and the one shape of every refusal."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from tests.support.socket_gateway import GOOD_KEY
from voicegw_desktop.sockets.http.server import Server

AUTH = f"Authorization: Bearer {GOOD_KEY}\r\n"
HOST = "Host: 127.0.0.1\r\n"


async def raw(server: Server, request: bytes, *, until_closed: bool = True) -> tuple[int, dict[str, Any]]:
    """Send bytes, read one answer: its status and its JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split()[1])
        length = next(
            (int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")), 0
        )
        body = await reader.readexactly(length)
        if until_closed:
            assert await reader.read() == b""
        return status, json.loads(body) if body else {}
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass


OTHER_NAMES = {"type", "err_code", "err_msg", "request_id", "detail"}
"""Fields in which Deepgram's, ElevenLabs' and Anthropic's clients look for an error, in addition to the one shape."""


def assert_shape(body: dict[str, Any]) -> None:
    if isinstance(body["error"], str):
        # below /api, as Ollama's clients read it
        assert set(body) == {"error", "code", "param"}
        assert body["error"].endswith((".", "?", "`", ")"))
        return
    # what Anthropic's clients look at first
    assert body.pop("type", "error") == "error"
    assert set(body) - OTHER_NAMES == {"error"}
    assert set(body["error"]) == {"message", "type", "code", "param"}
    assert body["error"]["message"].endswith((".", "?", "`", ")"))


async def alive(server: Server) -> None:
    async with aiohttp.ClientSession() as http, http.get(server.url + "/health") as response:
        assert response.status == 200


def get(path: str, headers: str = AUTH, host: str = HOST) -> bytes:
    return f"GET {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n".encode("latin-1")
