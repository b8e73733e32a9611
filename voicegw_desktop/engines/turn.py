"""Ask the turn worker, from the app's side, whether a speaker has finished."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw_desktop.core.counted import seconds, share
from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.engines.client import WorkerStream
from voicegw_desktop.engines.kinds import TURN
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.engines.wire import Event, encode

MODEL = "smart-turn-v3.2"
LONGEST_S = 8
"""Seconds of speech that the model is given; earlier speech does not change its answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of one pause."""

    finished: float
    """How likely the speaker has finished, from 0 to 1."""
    spent_s: float
    """Seconds that the judgement took."""


class TurnStream(WorkerStream):
    """One conversation's questions; holds its lease, so that the model stays in memory, until `finish`."""

    @classmethod
    async def open(cls, pool: Leases) -> TurnStream:
        """Load the model when needed. Raises ModelNotInstalled or EngineError."""
        lease = await pool.acquire(TURN.name, MODEL)
        return cls(lease, *await cls.dial(lease))

    async def judge(self, pcm: bytes, rate: int) -> Judgement:
        """Whether the speaker of these int16 mono samples has finished. Raises EngineError."""
        await self.send(encode(Event("judge", {"rate": rate}, pcm)))
        event = await self.receive(owed=True)
        if event is None:
            raise EngineCrashed("The end-of-turn model was ended in the middle of a question.")
        return Judgement(share(event.data.get("probability")), seconds(event.data.get("spent_s")))
