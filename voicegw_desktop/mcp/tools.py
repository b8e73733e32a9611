"""The gateway's operations as MCP tools: each exists once, in core.operations, and is only shown here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any

from voicegw_desktop import __version__
from voicegw_desktop.gateway.operations import OPERATIONS, Operation, run
from voicegw_desktop.mcp.protocol import McpServer, Tool
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.operations.ops import dumps, scope_of

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway


def server_for(gateway: Gateway, scopes: Collection[str] = auth.EVERYTHING, only: str | None = None) -> McpServer:
    """An MCP server over this gateway; a client sees the tools its scopes allow, and the project `only` if given."""
    allowed = frozenset(scopes)
    tools: list[Tool] = []
    refused: dict[str, str] = {}
    for op in OPERATIONS.values():
        if op.by_people:
            refused[op.tool] = f"{op.tool} gives a permission; only a person can do that: `voicegw {op.verb}`."
        elif (scope := scope_of(op)) in allowed:
            tools.append(tool_of(gateway, op, only))
        else:
            refused[op.tool] = auth.missing_scope(op.tool, scope, allowed)
    return McpServer(tools, __version__, dumps=dumps, refused=refused)


def tool_of(gateway: Gateway, op: Operation, only: str | None = None) -> Tool:
    """One operation as a tool."""
    return Tool(
        name=op.tool,
        description=op.description,
        schema=op.input_schema(),
        call=_caller(gateway, op.name, only),
        read_only=op.read_only,
        destructive=op.destructive,
    )


def _caller(gateway: Gateway, name: str, only: str | None) -> Callable[[dict[str, object]], Awaitable[object]]:
    async def call(arguments: dict[str, object]) -> Any:
        return await run(gateway, name, arguments, source="mcp", only=only)

    return call
