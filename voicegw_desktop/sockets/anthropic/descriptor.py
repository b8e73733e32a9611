"""What the door of Anthropic's Messages form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="anthropic",
    title="Anthropic's Messages form",
    clients=(("anthropic-version", ""),),
    models="voicegw_desktop.sockets.anthropic.models:for_client",
    errors="voicegw_desktop.sockets.anthropic.answer:error_form",
    error_paths=("/v1/messages",),
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.anthropic.door:routes",
            (
                "POST /v1/messages",
                "POST /v1/messages/count_tokens",
            ),
        ),
    ),
)
