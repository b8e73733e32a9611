"""What the corridor asks of the meters, and what it tells them: one report for each run, with every leg it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.storage.records import RequestRecord

LONGEST_ANSWER = 32_768
"""Tokens set aside for an answer where the request names no limit and the budget has twice as much left."""


@dataclass(slots=True)
class Leg:
    """What one target did for a run and is paid for, also when it lost a race or failed."""

    target: Target
    audio_in_s: float = 0.0
    """Seconds of audio sent to it."""
    characters: int = 0
    """Text sent to it to be spoken."""
    audio_out_s: float = 0.0
    streamed: bool = False
    """Live audio: some providers ask another price for it than for recordings."""
    language: str | None = None
    """What a transcription was asked for in; some have a price of their own."""
    utterances: int = 0
    """Transcripts it gave: a provider without live streams is asked once for each."""
    opened_ns: int = 0
    """Monotonic; 0 once `open_s` is known."""
    open_s: float = 0.0
    """How long the target's stream was open; some providers bill that instead of the audio."""
    usage: Usage | None = None
    estimated: bool = False
    """Tokens or seconds were counted here or by an attached agent, because the target did not say."""
    status: str = "ok"
    """`ok`, `error`, `cancelled`, `lost` (a hedge's loser, or given up before it answered), `refused` (took no work)"""
    held: ReservationPort | None = None
    """What is set aside for it; None: it costs nothing, or there is no budget."""

    def open_for(self, now_ns: int) -> float:
        """Seconds the target's stream has been open."""
        return (now_ns - self.opened_ns) / 1e9 if self.opened_ns else self.open_s

    def close(self, now_ns: int) -> None:
        """The target's stream has ended; only the first time counts."""
        if self.opened_ns:
            self.open_s, self.opened_ns = (now_ns - self.opened_ns) / 1e9, 0


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a run's client waited."""

    first_ms: float | None = None
    """STT: end of the first utterance's speech to its transcript; LLM: first content; TTS: first audio."""
    waits: Mapping[int, int] = field(default_factory=dict)
    """For a live transcription, the number of utterances by their wait, as `percentiles.bucket_of` numbers it."""
    endpoint_ms: float | None = None
    """The part of `first_ms` until the end of the utterance was decided."""
    recorded: bool = False
    """The audio came faster than it can have been spoken."""


@dataclass(slots=True)
class RunReport:
    """One request, at its end."""

    id: str
    modality: Modality
    caller: Caller
    requested: str
    target: Target
    """The target that served last."""
    started_at: float
    """Unix seconds."""
    status: str
    """`ok`, `error`, `cancelled`"""
    legs: list[Leg] = field(default_factory=list)
    measured: Measured = field(default_factory=Measured)
    total_ms: float = 0.0
    overhead_ms: float = 0.0
    fallback_from: str | None = None
    error: str | None = None
    reason: str = ""
    """Why the first target was chosen."""

    @property
    def ttfb_ms(self) -> float | None:
        """How long the client waited for the first of what it asked for."""
        return self.measured.first_ms


class Meters(Protocol):
    """Rate limits, budgets, prices and records, as one thing. Nothing here waits: it is before the first byte."""

    def admit(self, target: Target, project: str) -> None:
        """Count one request against the limits; raises RateLimitExceeded."""
        ...

    def free(self, target: Target) -> bool:
        """Whether the target costs nothing, however much is asked of it."""
        ...

    def reserve(
        self,
        modality: Modality,
        project: str,
        least: Leg,
        most: Leg | None = None,
        held: ReservationPort | None = None,
        key: str | None = None,
    ) -> ReservationPort | None:
        """Set aside what `least` would cost, up to what `most` would; raises BudgetError.

        `held`: what is set aside for the same target already, which then grows. `key`: the id of the access key that
        pays, too. Returns None when no later call is needed.
        """
        ...

    def covers(self, modality: Modality, held: ReservationPort | None, least: Leg, most: Leg) -> float:
        """How far what is held reaches from `least` (0.0) to `most` (1.0)."""
        ...

    def reserve_answer(
        self, project: str, leg: Leg, limit: int | None, answers: int, key: str | None = None
    ) -> tuple[ReservationPort | None, int | None]:
        """Set aside what a chat may cost, whose prompt is in `leg`; raises BudgetError.

        `limit`: tokens of each of its `answers`, as far as the request named them. Returns also the limit that the
        request must be sent with, where it named none and the budget cannot pay for the longest answer.
        """
        ...

    def release(self, reservation: ReservationPort | None) -> None:
        """Give back a reservation nothing was spent of."""
        ...

    def quote(self, modality: Modality, target: Target, characters: int) -> int | None:
        """Nano-dollars when they are known before the answer: nothing for a local target, text to be spoken."""
        ...

    def spent(self, modality: Modality, legs: Sequence[Leg]) -> int | None:
        """What a run costs so far, in nano-dollars; None: not known."""
        ...

    def settle(self, report: RunReport, reservations: list[ReservationPort]) -> tuple[int | None, RequestRecord | None]:
        """Price and record a run, once; returns nano-dollars (None: not known) and the record, to be announced."""
        ...


class NoMeters:
    """Counts nothing: for a gateway whose cost tracking is off."""

    def admit(self, target: Target, project: str) -> None:
        return None

    def free(self, target: Target) -> bool:
        return True

    def reserve(
        self,
        modality: Modality,
        project: str,
        least: Leg,
        most: Leg | None = None,
        held: ReservationPort | None = None,
        key: str | None = None,
    ) -> ReservationPort | None:
        return None

    def covers(self, modality: Modality, held: ReservationPort | None, least: Leg, most: Leg) -> float:
        return 1.0

    def reserve_answer(
        self, project: str, leg: Leg, limit: int | None, answers: int, key: str | None = None
    ) -> tuple[ReservationPort | None, int | None]:
        return None, None

    def release(self, reservation: ReservationPort | None) -> None:
        return None

    def quote(self, modality: Modality, target: Target, characters: int) -> int | None:
        return None

    def spent(self, modality: Modality, legs: Sequence[Leg]) -> int | None:
        return 0

    def settle(self, report: RunReport, reservations: list[ReservationPort]) -> tuple[int, RequestRecord | None]:
        return 0, None
