"""What left this machine: the entries of the egress log and today's sums, kept from stored rows and bus events."""

from __future__ import annotations

from collections import deque
from typing import Any

from voicegw_desktop.app.viewmodels.state import Left

KEEP_EGRESS = 500


class Departures:
    """The newest entries first. An entry grows while its stream goes on: a later event of its id takes its place."""

    def __init__(self) -> None:
        self.entries: deque[Any] = deque(maxlen=KEEP_EGRESS)
        self.left = Left()
        self.when = "today"
        """What `left` covers, in words."""

    def clear(self, when: str) -> None:
        """Forget everything; `when`: what the sums cover from here on."""
        self.entries.clear()
        self.left, self.when = Left(), when

    def take(self, event: Any, *, today: bool) -> None:
        """Add an entry, or put it in the place of what was known of it; only those of today are summed."""
        # a refused redirect sent nothing
        today = today and not getattr(event, "refused", False)
        index = self._index(getattr(event, "id", ""))
        if index is None:
            self.entries.appendleft(event)
            if today:
                self.left.add(event.host, event.sent_bytes)
            return
        before, self.entries[index] = self.entries[index], event
        if today:
            self.left.octets += event.sent_bytes - before.sent_bytes

    def _index(self, id: str) -> int | None:
        return next((i for i, e in enumerate(self.entries) if getattr(e, "id", "") == id), None) if id else None
