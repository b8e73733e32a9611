"""What the door of OpenAI's HTTP form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="openai",
    title="OpenAI's HTTP form",
    routes=("voicegw_desktop.sockets.openai.rest:routes",),
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.openai.transcription:routes",
            (
                "POST /v1/audio/transcriptions",
                "POST /v1/audio/translations",
            ),
        ),
        LateRoutes("voicegw_desktop.sockets.openai.speech:routes", ("POST /v1/audio/speech",)),
        LateRoutes(
            "voicegw_desktop.sockets.openai.responses.route:routes",
            (
                "POST /v1/responses",
                "GET /v1/responses/{id}",
                "DELETE /v1/responses/{id}",
                "GET /v1/responses/{id}/input_items",
            ),
        ),
    ),
)
