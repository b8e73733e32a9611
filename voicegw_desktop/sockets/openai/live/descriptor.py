"""What the door of OpenAI's Live protocol declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="live",
    title="OpenAI's Live protocol",
    late_routes=(LateRoutes("voicegw_desktop.sockets.openai.live.route:routes", ("GET /v1/live/sessions",)),),
)
