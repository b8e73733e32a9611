"""Tell that a live stream is transcribed later than it comes: to metrics, and once to the person at the machine.

The client gets the event too; each door tells it where the clients of its wire accept that.
"""

from __future__ import annotations

from voicegw_desktop.core.events import Notice, SttEvent
from voicegw_desktop.core.late import Behind, StreamBehind
from voicegw_desktop.core.ports import Target
from voicegw_desktop.corridor.context import RunContext


class LateWords:
    """What was told of one stream's delay."""

    def __init__(self, context: RunContext, id: str) -> None:
        self._context, self._id = context, id
        self._noticed = False

    def took(self, target: Target, event: SttEvent) -> bool:
        """Publish a delay, the first one also as a notice with what helps; False for any other event."""
        if not isinstance(event, Behind):
            return False
        self._context.bus.publish(StreamBehind(self._id, str(target), event.seconds))
        if event.seconds and not self._noticed:
            self._noticed = True
            self._context.bus.publish(
                Notice(
                    "warning",
                    f"{target} falls behind live speech: words are owed for {event.seconds:.1f} s. Fewer streams at "
                    "once, a smaller model or more `engines.cores` help.",
                    "stream_behind",
                )
            )
        return True
