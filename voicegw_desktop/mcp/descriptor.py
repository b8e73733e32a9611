"""What the door of MCP over HTTP declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="mcp",
    title="Operations as MCP tools",
    late_routes=(LateRoutes("voicegw_desktop.mcp.http:routes", ("POST /mcp",)),),
    operations=True,
)
