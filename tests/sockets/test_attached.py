"""Data of an attached agent reaches the gateway with its key, and in no other way."""

from __future__ import annotations

import time

import aiohttp
import pytest

import voicegw_desktop
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.inference._told import GatewayPost, Told
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket


class Task:
    """Takes observers and does nothing with them."""

    def on(self, event: str, handler: object) -> None: ...

    def emit(self, event: str) -> None: ...


def request() -> Told:
    return {
        "modality": "tts", "provider": "cartesia", "model": "sonic-3", "characters": 10, "started_at": time.time(),
    }  # fmt: skip


async def test_reports_come_with_the_key_of_the_agent(real: tuple[Server, aiohttp.ClientSession]) -> None:
    server, http = real
    gateway = server.gateway
    assert isinstance(gateway, Gateway)
    minted = await gateway.keys.mint("default", "agent", ("inference",))
    attached = voicegw_desktop.attach(Task(), name="call", url=f"{server.url}/v1", key=minted.bearer)
    attached.watched.request(request())
    await attached.aclose()
    assert attached.dropped == 0
    async with http.get("/v1/logs") as response:
        (logged,) = (await response.json())["logs"]
    assert (logged["wire"], logged["key_id"], logged["session_id"]) == ("attached", minted.id, "call")

    reader = await gateway.keys.mint("default", "reader", ("read",))
    for key, status in ((reader.bearer, 403), ("vgw-wrong", 401)):
        post = GatewayPost(f"{server.url}/v1", key, None)
        assert await post({"session": "call", "requests": [{"id": "a" * 8, **request()}]}) == status
        await post.aclose()
