"""What the door of LiveKit Inference declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="livekit",
    title="LiveKit Inference",
    routes=("voicegw_desktop.sockets.livekit.inference:routes",),
)
