"""One meter per request: when it began, spoke first and ended, what it used, and what of that time was ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import EventBus, RequestFirstByte, RequestStarted, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.pricing.catalog import LOCAL, UNKNOWN, Amounts, Cost
from voicegw_desktop.storage.records import RequestRecord

if TYPE_CHECKING:
    from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer, Reservation

MS = 1e6  # nanoseconds in a millisecond
LONGEST_ERROR = 500  # characters kept of an error message


class Meter:
    """Starts when made. Fill `amounts`, wrap every wait for engine or client in `waiting()`, then `finish` once.

    `reservation` is settled by `finish`, after the tracker has counted the cost.
    """

    def __init__(
        self,
        target: Target,
        caller: Caller,
        modality: Modality | str,
        tracker: CostTracker,
        *,
        wanted: str | None = None,
        bus: EventBus | None = None,
        clock: Clock | None = None,
        budget: BudgetEnforcer | None = None,
        id: str | None = None,
        started_ns: int | None = None,
    ) -> None:
        """`started_ns`: monotonic time at which the request's first byte arrived, when that was before this call."""
        self._clock: Clock = clock or SystemClock()
        self._started = self._clock.monotonic_ns() if started_ns is None else started_ns
        self.id = id or uuid4().hex
        self.timestamp = self._clock.time()
        self.target = target
        self.caller = caller
        self.modality = str(modality)
        self.wanted = wanted
        self.amounts = Amounts()
        self.metadata: dict[str, Any] = {}
        self.reservation: Reservation | None = None
        self.fallback_from: str | None = None
        self.record: RequestRecord | None = None
        """After `finish`."""
        self._tracker = tracker
        self._budget = budget
        self._bus = bus or EventBus()
        self._waits = 0
        self._wait_began = 0
        self._waited = 0
        self._ttfb_from = self._started
        self._ttfb_ms: float | None = None
        self._announced = False

    def announce(self) -> None:
        """The request is admitted: publish RequestStarted."""
        self._announced = True
        self._bus.publish(
            RequestStarted(
                self.id,
                self.modality,
                str(self.target),
                self.caller.project,
                self.caller.wire,
                self.caller.session,
            )
        )

    # -- time ----------------------------------------------------------------------------------------------------

    def wait_begins(self) -> None:
        """From here the engine's or the client's turn; waits may overlap."""
        if self._waits == 0:
            self._wait_began = self._clock.monotonic_ns()
        self._waits += 1

    def wait_ends(self) -> None:
        """One wait is over."""
        self._waits -= 1
        if self._waits == 0:
            self._waited += self._clock.monotonic_ns() - self._wait_began

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """`with meter.waiting(): chunk = await upstream.read()`"""
        self.wait_begins()
        try:
            yield
        finally:
            self.wait_ends()

    @property
    def gateway_ms(self) -> float:
        """Milliseconds this program itself has spent on the request so far."""
        now = self._clock.monotonic_ns()
        waited = self._waited + (now - self._wait_began if self._waits else 0)
        return (now - self._started - waited) / MS

    def ttfb_counts_from_now(self) -> None:
        """What comes first is due from here: for live audio, the end of the utterance and not the first frame."""
        if self._ttfb_ms is None:
            self._ttfb_from = self._clock.monotonic_ns()

    def first_byte(self) -> None:
        """The first transcript, token or sample has come; later calls do nothing."""
        if self._ttfb_ms is None:
            self._ttfb_ms = (self._clock.monotonic_ns() - self._ttfb_from) / MS
            self._bus.publish(RequestFirstByte(self.id, self.modality, str(self.target), self._ttfb_ms))

    @property
    def ttfb_ms(self) -> float | None:
        """Milliseconds to the first byte, None before it."""
        return self._ttfb_ms

    # -- what was used -------------------------------------------------------------------------------------------

    def retarget(self, target: Target) -> None:
        """Another target serves from here; the one that should have is remembered."""
        if self.fallback_from is None:
            self.fallback_from = str(self.target)
        self.target = target

    def usage(self, usage: Usage) -> None:
        """Take the upstream's token counts, which include cached ones in the prompt, as OpenAI's do."""
        amounts = self.amounts
        amounts.cached_tokens = usage.cached_tokens
        amounts.cache_write_tokens = usage.cache_write_tokens
        amounts.input_tokens = max(0, usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens)
        amounts.output_tokens = usage.completion_tokens
        if usage.reasoning_tokens:
            self.metadata["reasoning_tokens"] = usage.reasoning_tokens

    def cost(self) -> Cost:
        """What has been used so far costs that."""
        return self._tracker.price(self.target, self.amounts)

    # -- the end -------------------------------------------------------------------------------------------------

    def finish(
        self,
        status: str = "success",
        error: BaseException | str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> RequestRecord:
        """Build the record, count and store it, settle the reservation. Later calls return the same record.

        `status`: `success`, `error` or `cancelled`. What was used is billed whatever the status says.
        """
        if self.record is not None:
            return self.record
        gateway_ms = self.gateway_ms
        total_ms = (self._clock.monotonic_ns() - self._started) / MS
        amounts, cost = self.amounts, self._final_cost(status)
        input_units, output_units = self._units()
        self.record = RequestRecord(
            id=self.id,
            timestamp=self.timestamp,
            modality=self.modality,
            model_id=self.target.name,
            provider=self.target.provider,
            project=self.caller.project,
            input_units=input_units,
            output_units=output_units,
            cost_nanos=cost.nanos,
            pricing_source=cost.source,
            ttfb_ms=self._ttfb_ms,
            total_latency_ms=total_ms,
            status=status,
            fallback_from=self.fallback_from,
            error_message=None if error is None else str(error)[:LONGEST_ERROR],
            metadata={**self.metadata, **_counts(amounts), **(metadata or {})},
            session_id=self.caller.session,
            wire=self.caller.wire,
            wanted=self.wanted,
            key_id=self.caller.key_id,
            gateway_ms=gateway_ms,
        )
        if self.target.variant:
            self.record.metadata["variant"] = self.target.variant
        self._tracker.record(self.record)
        if self.reservation is not None:
            self.reservation.settle(cost.nanos)
        if self._budget is not None:
            self._budget.spent(self.caller.project)
            self._budget.spent_overall(self._tracker.today().cost_nanos)
        return self.record

    def _final_cost(self, status: str) -> Cost:
        unused = self._ttfb_ms is None and self.amounts == Amounts(streamed=self.amounts.streamed)
        if status != "success" and unused:
            # refused or failed before anything was used: that is free at every provider
            return Cost(0, "unused")
        cost = self.cost()
        if self.modality == Modality.LLM and not sum(self._units()) and cost.source != LOCAL.source:
            # it answered, but never said how many tokens: not the same as none
            return UNKNOWN
        return cost

    def _units(self) -> tuple[float, float]:
        amounts = self.amounts
        if self.modality == Modality.STT:
            return amounts.audio_s / 60, 0.0
        if self.modality == Modality.TTS:
            return float(amounts.characters), amounts.audio_s / 60
        tokens = amounts.input_tokens + amounts.cached_tokens + amounts.cache_write_tokens
        return float(tokens), float(amounts.output_tokens)


def _counts(amounts: Amounts) -> dict[str, Any]:
    named = {
        "audio_s": round(amounts.audio_s, 3),
        "characters": amounts.characters,
        "cached_tokens": amounts.cached_tokens,
        "cache_write_tokens": amounts.cache_write_tokens,
    }
    return {name: value for name, value in named.items() if value}
