"""One target's part of a chat, until its answer begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

from voicegw_desktop.core.errors import UpstreamError
from voicegw_desktop.core.ports import ChatReply
from voicegw_desktop.corridor.failover import RaceLeg
from voicegw_desktop.routing.egress import Cleared


class Refused(UpstreamError):
    """The target answered with a status that says nothing about the request, and another target may try."""


class ChatLeg(RaceLeg):
    """One target that is asked for an answer."""

    def __init__(self, permit: Cleared) -> None:
        super().__init__(permit)
        self.reply: ChatReply | None = None
        """None until the status line is here."""
        self.chunks: AsyncIterator[bytes] | None = None
        self.head: list[bytes] = []
        """What was read of the body to find its first content."""
        self.noted = False
        """Whether its failure was counted already."""
