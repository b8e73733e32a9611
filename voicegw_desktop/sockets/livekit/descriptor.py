"""What the door of LiveKit Inference declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="livekit",
    title="LiveKit Inference",
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.livekit.inference:routes",
            (
                "GET /v1/stt",
                "GET /v1/tts",
                "GET /v1/eot",
            ),
        ),
    ),
)
