"""One target's part of a transcription, and the ways it ends without a fault of the target."""

from __future__ import annotations

import asyncio

from voicegw_desktop.core.errors import EngineTimeout
from voicegw_desktop.core.events import SttEvent
from voicegw_desktop.core.ports import SttStream
from voicegw_desktop.corridor.kept_audio import BYTES_A_SAMPLE, Entry, KeptAudio
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.speech_activity import Unanswered
from voicegw_desktop.corridor.speech_run import SpeechLeg
from voicegw_desktop.corridor.utterances import Part, Utterances
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
        """What the target has reported; its own stream begins at `part.base`."""
        self.cursor = cursor
        """Number of the next entry to give it."""
        self.fed = base
        """Samples of the client's stream it has been given."""
        self.paid_s = 0.0
        """Seconds of audio, or of its connection, that are set aside for."""
        self.committed = False
        """Whether it was told that the utterance is over and has not yet sent its transcript."""
        self.held: list[SttEvent] = []
        """Events of a leg that joined, held until it wins."""
        self.unanswered: Unanswered | None = None
        """None where a supervisor watches over the target, or it speaks only at the end."""

    @property
    def unheard(self) -> bool:
        """Whether there was plainly speech since its last response."""
        return self.unanswered is not None and self.unanswered.waiting

    async def give(self, entry: Entry, rate: int, stall_s: float | None, silence_s: float) -> None:
        """Send the next entry to the target, and count it. Raises EngineTimeout when it takes none for `stall_s`.

        None: it may take any time.
        Once what it was sent is plainly speech, the target has `silence_s` to respond.
        """
        try:
            async with asyncio.timeout(stall_s):
                if entry.mark == "commit":
                    await self.stream.commit()
                elif entry.mark == "end":
                    await self.stream.end()
                elif pcm := entry.after(self.part.base):
                    seconds = len(pcm) / BYTES_A_SAMPLE / rate
                    # before the push: what a cancelled push has sent has left this machine
                    self.egress.add(len(pcm), seconds)
                    await self.stream.push(pcm)
                    # after the push: audio that the target did not take is not paid for
                    self.bill.audio_in_s += seconds
                    if self.unanswered is not None:
                        self.unanswered.hear(pcm, silence_s)
        except TimeoutError as e:
            raise EngineTimeout(f"{self.permit.target} took no audio for {stall_s:g} s.") from e
        self.cursor += 1
        self.fed = max(self.fed, entry.until)

    def owes(self, told: Utterances, kept: KeptAudio, *, ended: bool) -> bool:
        """Whether the target owes words: an utterance is over, or the client's stream has `ended` and it has it all."""
        given_all = kept.given_all(self.cursor)
        committing = self.committed or (given_all and kept.last_mark == "commit")
        unsaid = told.stopped > told.finals or (told.started > told.stopped and committing)
        return unsaid or (ended and given_all)

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
