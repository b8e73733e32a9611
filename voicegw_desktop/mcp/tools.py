"""The gateway's operations as MCP tools: each exists once, in core.operations, and is only shown here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from voicegw_desktop import __version__
from voicegw_desktop.gateway.operations import OPERATIONS, Operation, run
from voicegw_desktop.mcp.protocol import McpServer, Tool
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.operations.ops import dumps, scope_of


def server_for(gateway: Any, scopes: Collection[str] = auth.EVERYTHING) -> McpServer:
    """An MCP server over this gateway; a client sees the tools its scopes allow."""
    allowed = frozenset(scopes)
    return McpServer(
        [tool_of(gateway, op) for op in OPERATIONS.values() if scope_of(op) in allowed], __version__, dumps=dumps
    )


def tool_of(gateway: Any, op: Operation) -> Tool:
    """One operation as a tool."""
    return Tool(
        name=op.tool,
        description=op.description,
        schema=op.input_schema(),
        call=_caller(gateway, op.name),
        read_only=op.read_only,
        destructive=op.destructive,
    )


def _caller(gateway: Any, name: str) -> Callable[[dict[str, Any]], Awaitable[Any]]:
    async def call(arguments: dict[str, Any]) -> Any:
        return await run(gateway, name, arguments, source="mcp")

    return call
