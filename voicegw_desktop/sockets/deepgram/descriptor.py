"""What the door of Deepgram's form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="deepgram",
    title="Deepgram's form",
    routes=("voicegw_desktop.sockets.deepgram.door:routes",),
)
