"""Notices: which of them need a person, and which are only listed."""

from __future__ import annotations

from collections import deque

from voicegw_desktop.app.viewmodels.state import Told

KEEP = 50
QUIET = frozenset({"slow_first_byte"})
"""Codes of notices that get a line in the list only, because the panel shows the state already."""
NEWS = ("budget_50", "update_available")
"""Codes of notices that get a balloon but need no answer: half of a budget is spent, a new version."""
LASTING = frozenset({"keychain_locked", "target_failing", "budget_spent"})
"""Codes of notices that begin a state. The state is shown until it is over, so attention ends with it, seen or not."""


class Notices:
    """The latest notices, newest first."""

    def __init__(self) -> None:
        self.all: deque[Told] = deque(maxlen=KEEP)
        self.unread: deque[Told] = deque(maxlen=KEEP)
        """Notices that need a person, until they were read or dismissed."""
        self.calling = False
        """Whether the icon shows attention for a notice that was not seen yet."""

    def take(self, notice: Told, *, answer: bool = False) -> bool:
        """Keep it; True when it is worth a balloon.

        `answer`: it answers what the person has just asked for, so the icon keeps showing the gateway's state."""
        self.all.appendleft(notice)
        if notice.level in ("warning", "error") and notice.code not in QUIET:
            if notice.code not in LASTING:
                self.calling = self.calling or not answer
                self.unread.appendleft(notice)
            return True
        return notice.code in NEWS
