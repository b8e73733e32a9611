"""What a transcription stream is expected to cost, set aside as it goes on, because its length is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from voicegw_desktop.core.ports import Caller, Modality, SttOptions
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.stt_leg import SttLeg

LEASE_S = 5.25
"""Audio that a stream of unknown length has paid for in advance: a little more than a short command takes."""


class SttMoney:
    """The reservations of one transcription run, for each target that hears it."""

    def __init__(self, context: RunContext, caller: Caller, options: SttOptions, *, streamed: bool) -> None:
        self._context, self._caller, self._streamed = context, caller, streamed
        self.in_advance_s = LEASE_S if options.length_s is None else options.length_s
        """Seconds of audio that are paid for before a target hears any."""
        self._told = 0

    def set_aside(self, bill: Leg) -> ReservationPort | None:
        """Reserve for a target that is about to be opened; raises BudgetError."""
        seconds = self.in_advance_s
        least = replace(bill, audio_in_s=seconds, open_s=seconds if self._streamed else 0.0, utterances=1)
        return self._context.meters.reserve(Modality.STT, self._caller.project, least, key=self._caller.key_id)

    def pay(self, leg: SttLeg, seconds: float) -> None:
        """Set money aside for `seconds` more of audio, and for some after them; raises BudgetError."""
        bill, meters = leg.bill, self._context.meters
        heard, open_s = bill.audio_in_s + seconds, bill.open_for(self._context.clock.monotonic_ns())
        used = max(heard, open_s)
        if bill.held is None or used <= leg.paid_s:
            return
        # a provider that is asked once for each utterance bills the one under way, too
        least = replace(bill, audio_in_s=heard, open_s=open_s, utterances=bill.utterances + 1)
        most = replace(least, audio_in_s=heard + LEASE_S, open_s=open_s + LEASE_S)
        meters.reserve(Modality.STT, self._caller.project, least, most, bill.held, self._caller.key_id)
        leg.paid_s = used + meters.covers(Modality.STT, bill.held, least, most) * LEASE_S

    def since_last(self, legs: Sequence[Leg]) -> int | None:
        """Nano-dollars that the run's targets have cost since the last call; None: not known."""
        now = self._context.clock.monotonic_ns()
        spent = self._context.meters.spent(Modality.STT, [replace(leg, open_s=leg.open_for(now)) for leg in legs])
        if spent is None:
            return None
        before, self._told = self._told, spent
        return max(0, spent - before)

    async def wait(self, more: asyncio.Event, leg: SttLeg) -> None:
        """Wait until the client sends more; a connection that is billed by its time is paid for meanwhile."""
        if leg.bill.held is None:
            await more.wait()
            return
        self.pay(leg, 0.0)
        try:
            async with asyncio.timeout(LEASE_S / 2):
                await more.wait()
        except TimeoutError:
            return
