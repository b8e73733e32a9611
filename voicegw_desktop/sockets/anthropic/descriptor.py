"""What the door of Anthropic's Messages form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="anthropic",
    title="Anthropic's Messages form",
    routes=("voicegw_desktop.sockets.anthropic.door:routes",),
)
