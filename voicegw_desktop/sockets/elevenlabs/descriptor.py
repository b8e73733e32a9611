"""What the door of ElevenLabs' form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="elevenlabs",
    title="ElevenLabs' form",
    routes=("voicegw_desktop.sockets.elevenlabs.door:routes", "voicegw_desktop.sockets.elevenlabs.listen:routes"),
)
