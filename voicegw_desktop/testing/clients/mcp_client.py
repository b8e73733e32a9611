"""The mcp package, 1.x or 2.x: tools over HTTP with a key and over standard input and output, as each version asks."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp import Client, ClientSession, StdioServerParameters

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("mcp",)
IMPORTS = ("mcp",)


def _newest() -> type[Client]:
    """`mcp.Client` of 2.x, which knows 2026-07-28."""
    try:
        from mcp import Client
    except ImportError:
        raise NotImplementedError("this version has no Client") from None
    return Client


def _older() -> type[ClientSession]:
    import mcp

    if hasattr(mcp, "Client"):
        raise NotImplementedError("Client(mode='legacy') stands for it in this version")
    return mcp.ClientSession


@contextlib.asynccontextmanager
async def _http(where: Where, key: str) -> AsyncIterator[object]:
    """The transport of 2.x, with a key."""
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        yield streamable_http_client(f"{where.url}/mcp", http_client=http)


def _stdio(where: Where) -> StdioServerParameters:
    from mcp import StdioServerParameters

    program, *arguments = shlex.split(where.program)
    env = {**os.environ, **({"VOICEGW_HOME": where.home} if where.home else {})}
    return StdioServerParameters(command=program, args=[*arguments, "mcp"], env=env)


async def _used(client: Client | ClientSession) -> str:
    tools = [tool.name for tool in (await client.list_tools()).tools]
    assert "get_health" in tools, f"{tools}"
    health = await client.call_tool("get_health", {})
    assert not _field(health, "is_error"), health
    found = _field(health, "structured_content")
    assert isinstance(found, dict), health
    assert found["status"] == "ok", found
    wrong = await client.call_tool("get_project", {"project_id": "defualt"})
    assert _field(wrong, "is_error"), wrong
    return f"{len(tools)} tools"


def _field(result: object, name: str) -> object:
    """A field of a result, which 1.x spells as the wire does."""
    first, *rest = name.split("_")
    return getattr(result, name, None) or getattr(result, first + "".join(word.title() for word in rest), None)


async def discovered(where: Where) -> str:
    newest = _newest()
    async with _http(where, where.key) as transport, newest(transport) as client:
        assert client.protocol_version == "2026-07-28", client.protocol_version
        return await _used(client)


async def pinned(where: Where) -> str:
    newest = _newest()
    async with _http(where, where.key) as transport, newest(transport, mode="2026-07-28") as client:
        return await _used(client)


async def handshake(where: Where) -> str:
    newest = _newest()
    async with _http(where, where.key) as transport, newest(transport, mode="legacy") as client:
        assert client.protocol_version == "2025-11-25", client.protocol_version
        await client.send_ping()
        return await _used(client)


async def over_stdio(where: Where) -> str:
    newest = _newest()
    async with newest(_stdio(where)) as client:
        assert client.protocol_version == "2026-07-28", client.protocol_version
        return await _used(client)


async def wrong_key(where: Where) -> str:
    newest = _newest()
    try:
        async with _http(where, "nobody") as transport, newest(transport) as client:
            await _used(client)
    except BaseExceptionGroup as e:
        return _first(e)
    except Exception as e:
        return f"{type(e).__name__}"
    raise AssertionError("it was let in")


def _first(group: BaseExceptionGroup) -> str:
    one: BaseException = group
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return type(one).__name__


async def session_http(where: Where) -> str:
    session = _older()
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(f"{where.url}/mcp", headers={"Authorization": f"Bearer {where.key}"}) as (read, write, _),
        session(read, write) as client,
    ):
        version = (await client.initialize()).protocolVersion
        await client.send_ping()
        return f"{version}, {await _used(client)}"


async def session_stdio(where: Where) -> str:
    session = _older()
    from mcp.client.stdio import stdio_client

    async with stdio_client(_stdio(where)) as (read, write), session(read, write) as client:
        version = (await client.initialize()).protocolVersion
        return f"{version}, {await _used(client)}"


CHECKS = (
    ("2026-07-28 by server/discover, HTTP", discovered),
    ("2026-07-28 without discovery, HTTP", pinned),
    ("2026-07-28, stdio", over_stdio),
    ("initialize of older versions, HTTP", handshake),
    ("wrong key refused", wrong_key),
    ("ClientSession over HTTP (1.x)", session_http),
    ("ClientSession over stdio (1.x)", session_stdio),
)
