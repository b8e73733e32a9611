"""What the door of MCP over HTTP declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="mcp",
    title="Operations as MCP tools",
    routes=("voicegw_desktop.mcp.http:routes",),
    operations=True,
)
