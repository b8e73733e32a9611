"""What the door of ElevenLabs' form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="elevenlabs",
    title="ElevenLabs' form",
    clients=(("xi-api-key", ""), ("x-fern-sdk-name", "elevenlabs"), ("x-fern-sdk-name", "@elevenlabs/")),
    models="voicegw_desktop.sockets.elevenlabs.models:for_client",
    errors="voicegw_desktop.sockets.elevenlabs.form:error_form",
    error_paths=("/v1/text-to-speech/", "/v1/speech-to-text", "/v1/voices", "/v2/voices", "/v1/user"),
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.elevenlabs.door:routes",
            (
                "GET /v1/text-to-speech/{voice}/multi-stream-input",
                "GET /v1/text-to-speech/{voice}/stream-input",
                "POST /v1/text-to-speech/{voice}/stream/with-timestamps",
                "POST /v1/text-to-speech/{voice}/with-timestamps",
                "POST /v1/text-to-speech/{voice}/stream",
                "POST /v1/text-to-speech/{voice}",
                "POST /v1/speech-to-text",
                "GET /v1/voices",
                "GET /v2/voices",
                "GET /v1/voices/{voice}",
                "GET /v1/user",
                "GET /v1/user/subscription",
            ),
        ),
        LateRoutes(
            "voicegw_desktop.sockets.elevenlabs.listen:routes",
            ("GET /v1/speech-to-text/realtime",),
        ),
    ),
)
