"""What the Wyoming door declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door

DOOR = Door(
    name="wyoming",
    title="Wyoming, without keys",
    listener="voicegw_desktop.sockets.wyoming:listener",
)
