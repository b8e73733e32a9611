"""One target's part of a chat, until its answer begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

from voicegw_desktop.core.errors import BudgetThrottleSignal, EgressDenied, UpstreamError
from voicegw_desktop.core.ports import ChatReply
from voicegw_desktop.corridor.failover import RaceLeg
from voicegw_desktop.corridor.runs import can_fall_back
from voicegw_desktop.routing.egress import Cleared

RETRY_STATUSES = frozenset({401, 402, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers of an upstream that say nothing about the request itself, so that the next target may try."""


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
        self.supervised = False
        """Whether an engine that hangs is found and ended by its supervisor."""
        self.noted = False
        """Whether its failure was counted already."""


def next_may_try(error: Exception) -> bool:
    """Whether the next target of the chain may be asked: it may cost less, or be on this machine."""
    return can_fall_back(error) or isinstance(error, BudgetThrottleSignal | EgressDenied)
