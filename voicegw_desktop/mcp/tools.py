"""The gateway's operations as MCP tools: each exists once, in core.operations, and is only shown here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any

from voicegw_desktop import __version__
from voicegw_desktop.core.errors import Forbidden
from voicegw_desktop.core.text import escaped_json
from voicegw_desktop.gateway.operations import OPERATIONS, Operation, run
from voicegw_desktop.mcp.protocol import McpServer, Tool
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.operations.calls import for_admin, scope_of
from voicegw_desktop.sockets.operations.ops import dumps

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
            tools.append(tool_of(gateway, op, only, allowed))
        else:
            refused[op.tool] = auth.missing_scope(op.tool, scope, allowed)
    return McpServer(tools, __version__, dumps=_dumps, refused=refused)


def _dumps(value: object) -> str:
    """JSON for a program that may show it on a terminal, or takes U+2028 for the end of a line."""
    return escaped_json(dumps(value))


def tool_of(
    gateway: Gateway, op: Operation, only: str | None = None, allowed: Collection[str] = auth.EVERYTHING
) -> Tool:
    """One operation as a tool, for a caller with the scopes `allowed`."""
    return Tool(
        name=op.tool,
        description=op.description,
        schema=op.input_schema(),
        call=_caller(gateway, op, only, allowed),
        read_only=op.read_only,
        destructive=op.destructive,
    )


def _caller(
    gateway: Gateway, op: Operation, only: str | None, allowed: Collection[str]
) -> Callable[[dict[str, object]], Awaitable[object]]:
    async def call(arguments: dict[str, object]) -> Any:
        name = for_admin(op, arguments)
        if name is not None and auth.ADMIN not in allowed:
            sentence = auth.missing_scope(f'"{name}" of {op.tool}', auth.ADMIN, allowed)
            raise Forbidden(sentence, code="missing_scope", param=name)
        return await run(gateway, op.name, arguments, source="mcp", only=only)

    return call
