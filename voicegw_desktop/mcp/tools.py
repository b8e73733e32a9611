"""The gateway's operations as MCP tools: each exists once, in core.operations, and is only shown here."""

from __future__ import annotations

from typing import Any

from voicegw_desktop import __version__
from voicegw_desktop.mcp.protocol import McpServer, Tool


def server_for(gateway: Any, *, may_change: bool) -> McpServer:
    """An MCP server over this gateway; without `may_change` only the reading tools are shown."""
    return McpServer(tools_of(gateway), __version__, allowed=lambda tool: may_change or tool.read_only)


def tools_of(gateway: Any) -> list[Tool]:
    """Every operation as a tool."""
    return []
