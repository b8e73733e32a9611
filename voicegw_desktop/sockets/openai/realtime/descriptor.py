"""What the door of OpenAI's Realtime protocol declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="realtime",
    title="OpenAI's Realtime protocol",
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.openai.realtime.route:routes",
            (
                "GET /v1/realtime",
                "POST /v1/realtime/client_secrets",
                "POST /v1/realtime/sessions",
                "POST /v1/realtime/transcription_sessions",
            ),
        ),
    ),
)
