"""The corridor's meters: rate limits, budgets, prices and records behind one seam."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.text import cleaned
from voicegw_desktop.corridor.metering import Leg, RunReport
from voicegw_desktop.pricing.catalog import LOCAL, UNKNOWN, Amounts, Cost
from voicegw_desktop.storage.records import RequestRecord

if TYPE_CHECKING:
    from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer, Reservation
    from voicegw_desktop.middleware.cost_tracker import CostTracker
    from voicegw_desktop.middleware.rate_limiter import RateLimiter

CHARACTERS_PER_TOKEN = 4
ANSWER_GUESS = 512  # tokens set aside for an answer whose length nobody knows
AUDIO_GUESS = 60.0  # s set aside for a recording whose length nobody knows
LONGEST_ERROR = 500  # characters kept of an error message
STATUS = {"ok": "success"}

NOWHERE = EventBus()
"""For a tracker whose records the corridor itself announces."""


class GatewayMeters:
    """`core.metering.Meters` over the middleware. Memory only; the writer stores later."""

    def __init__(
        self,
        tracker: CostTracker,
        limiter: RateLimiter,
        budget: BudgetEnforcer,
        detailed: Callable[[], bool] = lambda: True,
    ) -> None:
        """`detailed` says whether records keep who asked for what (observability.request_logging)."""
        self._tracker, self._limiter, self._budget, self._detailed = tracker, limiter, budget, detailed

    def admit(self, target: Target, project: str) -> None:
        """Count one request against the provider's limit; raises RateLimitExceeded."""
        self._limiter.acquire(target.provider, project)

    def reserve(self, modality: Modality, target: Target, project: str, size: int) -> Reservation:
        """Set the likely cost aside; raises BudgetError when the day's budget does not allow it."""
        guess = _guess(modality, size)
        likely = self._tracker.price(target, guess).nanos
        if likely is None and modality is Modality.STT:
            guess.streamed = True
            likely = self._tracker.price(target, guess).nanos
        return self._budget.reserve(project, likely)

    def release(self, reservation: Any) -> None:
        """Give back what nothing was spent of."""
        if reservation is not None:
            reservation.release()

    def quote(self, modality: Modality, target: Target, characters: int) -> int | None:
        """Nano-dollars when they are known before the answer: nothing for a local target, text to be spoken."""
        cost = self._tracker.price(target, Amounts(characters=characters))
        by_text = modality is Modality.TTS and bool(characters)
        return cost.nanos if cost.source == LOCAL.source or by_text else None

    def settle(self, report: RunReport, reservation: Any) -> tuple[int | None, RequestRecord]:
        """Price every leg, record the run once, and settle what was set aside."""
        cost = self._cost(report)
        served = [leg for leg in report.legs if leg.status != "refused"]
        input_units, output_units = _units(report.modality, served)
        detailed = self._detailed()
        record = RequestRecord(
            id=report.id,
            timestamp=report.started_at,
            modality=report.modality.value,
            model_id=report.target.name,
            provider=report.target.provider,
            project=report.caller.project,
            input_units=input_units,
            output_units=output_units,
            cost_nanos=cost.nanos,
            pricing_source=cost.source,
            ttfb_ms=report.ttfb_ms,
            total_latency_ms=report.total_ms,
            status=STATUS.get(report.status, report.status),
            fallback_from=report.fallback_from,
            error_message=cleaned(report.error[:LONGEST_ERROR]) if report.error and detailed else None,
            metadata=_metadata(report, served) if detailed else {},
            session_id=report.caller.session if detailed else None,
            wire=report.caller.wire if detailed else None,
            wanted=report.requested if detailed else None,
            key_id=report.caller.key_id if detailed else None,
            gateway_ms=report.overhead_ms,
        )
        self._tracker.record(record)
        if reservation is not None:
            reservation.settle(cost.nanos)
        self._budget.spent(report.caller.project)
        self._budget.spent_overall(self._tracker.today().cost_nanos)
        return cost.nanos, record

    def _cost(self, report: RunReport) -> Cost:
        costs = [self._leg_cost(report.modality, leg) for leg in report.legs if _used(leg)]
        if not costs:
            return Cost(0, "unused") if report.status != "ok" else self._tracker.price(report.target, Amounts())
        if any(cost.nanos is None for cost in costs):
            # a sum with an unknown part is unknown, never smaller
            return UNKNOWN
        return Cost(sum(cost.nanos or 0 for cost in costs), costs[-1].source)

    def _leg_cost(self, modality: Modality, leg: Leg) -> Cost:
        cost = self._tracker.price(leg.target, _amounts(modality, leg), leg.language)
        if modality is Modality.LLM and leg.usage is None and cost.source != LOCAL.source:
            # it answered, but never said how many tokens: not the same as none
            return UNKNOWN
        return cost


def _used(leg: Leg) -> bool:
    return leg.status != "refused" and bool(
        leg.audio_in_s or leg.characters or leg.audio_out_s or leg.usage is not None or leg.status == "ok"
    )


def _amounts(modality: Modality, leg: Leg) -> Amounts:
    amounts = Amounts(
        characters=leg.characters,
        audio_s=leg.audio_in_s if modality is Modality.STT else leg.audio_out_s,
        streamed=leg.streamed,
        session_s=leg.open_s,
        pieces=leg.utterances,
    )
    usage = leg.usage
    if usage is None:
        return amounts
    # speech is audio tokens on its own side, whatever the upstream calls them
    heard = usage.prompt_tokens if modality is Modality.STT else usage.audio_prompt_tokens
    spoken = usage.completion_tokens if modality is Modality.TTS else usage.audio_completion_tokens
    plain = usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens - heard
    amounts.input_tokens = max(plain, 0)
    amounts.cached_tokens = usage.cached_tokens
    amounts.cache_write_tokens = usage.cache_write_tokens
    amounts.output_tokens = max(usage.completion_tokens - spoken, 0)
    amounts.audio_input_tokens = heard
    amounts.audio_output_tokens = spoken
    return amounts


def _guess(modality: Modality, size: int) -> Amounts:
    if modality is Modality.LLM:
        return Amounts(input_tokens=size // CHARACTERS_PER_TOKEN, output_tokens=ANSWER_GUESS)
    if modality is Modality.TTS:
        return Amounts(characters=size)
    return Amounts(audio_s=AUDIO_GUESS)


def _units(modality: Modality, legs: list[Leg]) -> tuple[float, float]:
    # what the winner used; losers are in the cost and in the metadata
    leg = next((leg for leg in reversed(legs) if leg.status == "ok"), legs[-1] if legs else None)
    if leg is None:
        return 0.0, 0.0
    if modality is Modality.STT:
        return leg.audio_in_s / 60, 0.0
    if modality is Modality.TTS:
        return float(leg.characters), leg.audio_out_s / 60
    usage = leg.usage
    return (float(usage.prompt_tokens), float(usage.completion_tokens)) if usage else (0.0, 0.0)


def _metadata(report: RunReport, legs: list[Leg]) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": report.reason} if report.reason else {}
    if report.target.variant:
        found["variant"] = report.target.variant
    if len(report.legs) > 1:
        found["legs"] = [{"target": str(leg.target), "status": leg.status} for leg in report.legs]
    if any(leg.estimated for leg in legs):
        found["estimated"] = True
    seconds = sum(leg.audio_in_s + leg.audio_out_s for leg in legs)
    if seconds:
        found["audio_s"] = round(seconds, 3)
    for name in ("cached_tokens", "cache_write_tokens", "reasoning_tokens"):
        total = sum(getattr(leg.usage, name) for leg in legs if leg.usage is not None)
        if total:
            found[name] = total
    return found
