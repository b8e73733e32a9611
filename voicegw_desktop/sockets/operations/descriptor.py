"""What the door of operations declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="operations",
    title="Operations, events and metrics over HTTP",
    routes=("voicegw_desktop.sockets.operations.ops:routes", "voicegw_desktop.sockets.operations.attached:routes"),
    operations=True,
)
