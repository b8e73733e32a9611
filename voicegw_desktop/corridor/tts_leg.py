"""One target's part of an utterance: the text it was given, and how much of it was heard."""

from __future__ import annotations

from voicegw_desktop.core.events import Alignment
from voicegw_desktop.core.ports import TtsStream
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.corridor.speech_run import SpeechLeg
from voicegw_desktop.corridor.spoken import Spoken
from voicegw_desktop.routing.egress import Cleared, EgressEntry


class TtsLeg(SpeechLeg):
    """One target, as long as it speaks for a run."""

    bill: Leg

    def __init__(self, stream: TtsStream, permit: Cleared, bill: Leg, egress: EgressEntry, spoken: Spoken) -> None:
        super().__init__(permit)
        self.stream, self.bill, self.egress, self.spoken = stream, bill, egress, spoken
        self.sent = 0
        """Characters of the text it was given."""
        self.looked_at = 0
        """Characters of its text that were searched for a clause."""
        self.has_clause = False
        self.ended = False
        """Whether it was told that no text follows."""
        self.skipped = 0
        """Samples dropped of its audio, which the client has heard from another target."""
        self.heard = False
        """Whether it sent any audio."""
        self.held: list[Alignment] = []
        """Words whose audio has not come: whether this target will be heard is not known yet."""
        self.resampler: Resampler | None = None
        self.paid_s = 0.0
        """Seconds of speech that are set aside for, where they cost anything."""

    async def hang_up(self) -> None:
        await self.stream.cancel()
