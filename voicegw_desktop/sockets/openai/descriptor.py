"""What the door of OpenAI's HTTP form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="openai",
    title="OpenAI's HTTP form",
    routes=(
        "voicegw_desktop.sockets.openai.rest:routes",
        "voicegw_desktop.sockets.openai.responses.route:routes",
        "voicegw_desktop.sockets.openai.transcription:routes",
        "voicegw_desktop.sockets.openai.speech:routes",
    ),
)
