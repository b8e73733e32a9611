"""What the door of Deepgram's form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="deepgram",
    title="Deepgram's form",
    clients=(("authorization", "token "), ("x-fern-sdk-name", "deepgram"), ("x-fern-sdk-name", "@deepgram/")),
    models="voicegw_desktop.sockets.deepgram.models:for_client",
    errors="voicegw_desktop.sockets.deepgram.form:error_form",
    error_paths=("/v1/listen", "/v2/listen", "/v1/speak", "/v2/speak"),
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.deepgram.door:routes",
            (
                "GET /v1/listen",
                "POST /v1/listen",
                "GET /v2/listen",
                "GET /v1/speak",
                "GET /v2/speak",
                "POST /v1/speak",
                "POST /v2/speak",
            ),
        ),
    ),
)
