"""What the door of OpenAI's Realtime protocol declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="realtime",
    title="OpenAI's Realtime protocol",
    routes=("voicegw_desktop.sockets.openai.realtime.route:routes",),
)
