"""One target's part of a transcription, and the ways it ends that are no error of its own making."""

from __future__ import annotations

import asyncio

from voicegw_desktop.core.errors import EngineTimeout
from voicegw_desktop.core.events import SttEvent
from voicegw_desktop.core.ports import SttStream
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.speech_activity import Unanswered
from voicegw_desktop.corridor.utterances import Part
from voicegw_desktop.routing.egress import Cleared, EgressEntry


class Rerouted(Exception):
    """Not a failure: the route changed."""


class StalledOnSpeech(EngineTimeout):
    """The target gives no sign of hearing what is plainly speech; a judgement from outside, so it may be wrong."""

    default_code = "stall"


class LostHedgeRace(Exception):
    """Another one had the words first."""


class SttLeg:
    """One target, as long as it serves a run."""

    def __init__(
        self, stream: SttStream, permit: Cleared, leg: Leg, egress: EgressEntry, base: int, cursor: int, finals: int
    ) -> None:
        self.stream, self.permit, self.leg, self.egress = stream, permit, leg, egress
        self.part = Part(base, finals)
        """What it has told; its own stream begins at `part.base`."""
        self.cursor = cursor
        """Number of the next entry to give it."""
        self.fed = base
        """Samples of the client's stream it has been given."""
        self.paid_s = 0.0
        """Seconds of audio, or of its connection, that are set aside for."""
        self.over = False
        self.committed = False
        """Was it told that the utterance it hears is over, and has not given its words?"""
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.slow: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it has owed words for longer than the limit, and another one may join."""
        self.hedged = False
        """Was another one asked to join for the words it owes?"""
        self.lost = False
        """Another one had them first: what it says now is of no use."""
        self.held: list[SttEvent] = []
        """What it said beside the one that serves."""
        self.timer: asyncio.TimerHandle | None = None
        self.unanswered: Unanswered | None = None
        """None where somebody else watches over the target, or it speaks only at the end."""

    @property
    def unheard(self) -> bool:
        """Has somebody plainly talked since its last sign of life?"""
        return self.unanswered is not None and self.unanswered.waiting

    def note_response(self) -> None:
        """Reset the stall timer: the target responded."""
        if self.unanswered is not None:
            self.unanswered.note_response()
