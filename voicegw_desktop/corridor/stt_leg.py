"""One target's part of a transcription, and the ways it ends that are no error of its own making."""

from __future__ import annotations

from voicegw_desktop.core.errors import EngineTimeout
from voicegw_desktop.core.events import SttEvent
from voicegw_desktop.core.ports import SttStream
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.speech_activity import Unanswered
from voicegw_desktop.corridor.speech_run import SpeechLeg
from voicegw_desktop.corridor.utterances import Part
from voicegw_desktop.routing.egress import Cleared, EgressEntry


class Rerouted(Exception):
    """Not a failure: the route changed."""


class StalledOnSpeech(EngineTimeout):
    """The target does not respond to what is plainly speech; a judgement from outside, so it may be wrong."""

    default_code = "stall"


class SttLeg(SpeechLeg):
    """One target, as long as it transcribes for a run."""

    bill: Leg

    def __init__(
        self, stream: SttStream, permit: Cleared, bill: Leg, egress: EgressEntry, base: int, cursor: int, finals: int
    ) -> None:
        super().__init__(permit)
        self.stream, self.bill, self.egress = stream, bill, egress
        self.part = Part(base, finals)
        """What it has told; its own stream begins at `part.base`."""
        self.cursor = cursor
        """Number of the next entry to give it."""
        self.fed = base
        """Samples of the client's stream it has been given."""
        self.paid_s = 0.0
        """Seconds of audio, or of its connection, that are set aside for."""
        self.committed = False
        """Whether it was told that the utterance is over and has not yet sent its transcript."""
        self.held: list[SttEvent] = []
        """What it said beside the one that serves."""
        self.unanswered: Unanswered | None = None
        """None where a supervisor watches over the target, or it speaks only at the end."""

    @property
    def unheard(self) -> bool:
        """Whether there was plainly speech since its last response."""
        return self.unanswered is not None and self.unanswered.waiting

    def note_response(self) -> None:
        """Reset the stall timer: the target responded."""
        if self.unanswered is not None:
            self.unanswered.note_response()

    def retire(self) -> None:
        super().retire()
        if self.unanswered is not None:
            self.unanswered.close()

    async def hang_up(self) -> None:
        await self.stream.cancel()
