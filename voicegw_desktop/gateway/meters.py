"""The corridor's meters: rate limits, budgets, prices and records behind one seam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.core.text import cleaned
from voicegw_desktop.corridor.metering import LONGEST_ANSWER, Leg, Measured, RunReport
from voicegw_desktop.pricing.catalog import LOCAL, UNKNOWN, Amounts, Cost
from voicegw_desktop.storage.records import ENDPOINT, ESTIMATE, RECORDED, WAITS, RequestRecord

if TYPE_CHECKING:
    from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
    from voicegw_desktop.middleware.cost_tracker import CostTracker
    from voicegw_desktop.middleware.rate_limiter import RateLimiter

LIMITED_ANSWER = 4096
"""Tokens that such an answer is limited to where it has not; every model in use accepts so much as its limit."""
SHORTEST_ANSWER = 16
"""Tokens; a budget that cannot pay so much refuses the chat."""
LONGEST_ERROR = 500  # characters kept of an error message
STATUS = {"ok": "success"}


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

    def free(self, target: Target) -> bool:
        """Whether the target costs nothing, however much is asked of it."""
        return self._tracker.free(target)

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

        `held`: what is set aside for the same target already, which then grows. `key`: the access key that pays, too.
        """
        if not self._budget.watched(project, key) or self._tracker.free(least.target):
            return held
        floor = self._leg_cost(modality, least).nanos
        if floor is None:
            self._budget.unpriced(project, str(least.target), key)
            return held
        ceiling = self._leg_cost(modality, most).nanos if most is not None else None
        if held is None:
            return self._budget.reserve(project, floor, ceiling, key=key)
        held.grow(floor, ceiling)
        return held

    def covers(self, modality: Modality, held: ReservationPort | None, least: Leg, most: Leg) -> float:
        """How far what is held reaches from `least` (0.0) to `most` (1.0)."""
        if held is None:
            return 1.0
        floor, ceiling = self._leg_cost(modality, least).nanos, self._leg_cost(modality, most).nanos
        if floor is None or ceiling is None or ceiling <= floor:
            return 1.0
        return max(0.0, min(1.0, (held.nanos - floor) / (ceiling - floor)))

    def reserve_answer(
        self, project: str, leg: Leg, limit: int | None, answers: int, key: str | None = None
    ) -> tuple[ReservationPort | None, int | None]:
        """Set aside what a chat may cost, whose prompt is in `leg`; raises BudgetError.

        `limit`: tokens of each of its `answers`, as far as the request named them. Returns also the limit that the
        request must be sent with, where it named none and the budget cannot pay for the longest answer.
        """
        if not self._budget.watched(project, key) or self._tracker.free(leg.target):
            return None, None
        if limit is not None or not answers:
            return self.reserve(Modality.LLM, project, _answering(leg, (limit or 0) * answers), key=key), None
        longest = self._leg_cost(Modality.LLM, _answering(leg, LONGEST_ANSWER * answers)).nanos
        if longest is None:
            return self.reserve(Modality.LLM, project, _answering(leg, LONGEST_ANSWER * answers), key=key), None
        least = self._leg_cost(Modality.LLM, _answering(leg, SHORTEST_ANSWER * answers)).nanos or 0
        most = self._leg_cost(Modality.LLM, _answering(leg, LIMITED_ANSWER * answers)).nanos or 0
        if not self._budget.binds(project, key):
            return self._budget.reserve(project, least, most, key=key), None
        if self._budget.could_pay(project, 2 * longest, key):
            return self._budget.reserve(project, longest, key=key), None
        held = self._budget.reserve(project, least, most, key=key, shared=True)
        a_token = (most - least) / (LIMITED_ANSWER - SHORTEST_ANSWER)
        more = (held.nanos - least) / a_token if a_token else LIMITED_ANSWER
        return held, min(LIMITED_ANSWER, SHORTEST_ANSWER + int(more))

    def release(self, reservation: ReservationPort | None) -> None:
        """Give back what nothing was spent of."""
        if reservation is not None:
            reservation.release()

    def quote(self, modality: Modality, target: Target, characters: int) -> int | None:
        """Nano-dollars when they are known before the answer: nothing for a local target, text to be spoken."""
        if self._tracker.free(target):
            return 0
        known = modality is Modality.TTS and bool(characters)
        return self._tracker.price(target, Amounts(characters=characters)).nanos if known else None

    def spent(self, modality: Modality, legs: Sequence[Leg]) -> int | None:
        """What a run costs so far, in nano-dollars; None: not known."""
        costs = [0 if self._tracker.free(leg.target) else self._leg_cost(modality, leg).nanos for leg in legs]
        return None if None in costs else sum(cost or 0 for cost in costs)

    def settle(self, report: RunReport, reservations: list[ReservationPort]) -> tuple[int | None, RequestRecord]:
        """Price every leg, record the run once, and settle what was set aside."""
        cost = self._cost(report)
        served = [leg for leg in report.legs if leg.status != "refused"]
        input_units, output_units = _units(report.modality, served)
        detailed, key = self._detailed(), report.caller.key_id
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
            metadata=_waits(report.measured) | (_metadata(report, served) if detailed else {}),
            session_id=report.caller.session if detailed else None,
            wire=report.caller.wire if detailed else None,
            wanted=report.requested if detailed else None,
            # what a key with a budget has spent must be known after a restart
            key_id=key if detailed or (key is not None and self._budget.watches_key(key)) else None,
            gateway_ms=report.overhead_ms,
        )
        periods = self._tracker.record(record)
        self._budget.settle(report.caller.project, reservations, cost.nanos or 0, key=key, periods=periods)
        self._budget.spent_overall(self._tracker.today().cost_nanos)
        return cost.nanos, record

    def _cost(self, report: RunReport) -> Cost:
        costs = [self._leg_cost(report.modality, leg) for leg in report.legs if _used(leg)]
        if not costs:
            return Cost(0, "unused") if report.status != "ok" else self._tracker.price(report.target, Amounts())
        if any(cost.nanos is None for cost in costs):
            # a sum with an unknown part is unknown, never smaller
            return UNKNOWN
        return Cost(sum(cost.nanos or 0 for cost in costs), _source(costs[-1].source, report.legs))

    def _leg_cost(self, modality: Modality, leg: Leg) -> Cost:
        cost = self._tracker.price(leg.target, _amounts(modality, leg), leg.language)
        if modality is Modality.LLM and leg.usage is None and cost.source != LOCAL.source:
            # the target answered without telling its tokens, which is not 0 tokens
            return UNKNOWN
        return cost


def _source(source: str, legs: list[Leg]) -> str:
    """Where the price is from, and that the amount is an estimate when that of any leg was counted here."""
    if source == LOCAL.source or not any(leg.estimated and _used(leg) for leg in legs):
        return source
    return f"{ESTIMATE} {source.removeprefix('catalogue ').removeprefix(ESTIMATE).strip()}"


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
    # a transcription's prompt is audio where the upstream does not tell its parts, and so is the answer of a voice
    heard = usage.audio_prompt_tokens or (usage.prompt_tokens if modality is Modality.STT else 0)
    spoken = usage.completion_tokens if modality is Modality.TTS else usage.audio_completion_tokens
    # what was read from the cache is text first where the upstream does not tell
    cached_audio = max(usage.audio_cached_tokens, usage.cached_tokens - (usage.prompt_tokens - heard))
    cached_text = usage.cached_tokens - cached_audio
    amounts.input_tokens = max(usage.prompt_tokens - heard - cached_text - usage.cache_write_tokens, 0)
    amounts.cached_tokens = cached_text
    amounts.cache_write_tokens = usage.cache_write_tokens
    amounts.output_tokens = max(usage.completion_tokens - spoken, 0)
    amounts.audio_input_tokens = heard - cached_audio
    amounts.audio_cached_tokens = cached_audio
    amounts.audio_output_tokens = spoken
    amounts.tier = usage.tier
    return amounts


def _answering(leg: Leg, tokens: int) -> Leg:
    """The leg with an answer of so many tokens; all of them audio where the leg's own estimate has audio."""
    usage = leg.usage or Usage()
    spoken = tokens if usage.audio_completion_tokens else 0
    return Leg(leg.target, usage=Usage(usage.prompt_tokens, tokens, audio_completion_tokens=spoken, tier=usage.tier))


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


def _waits(measured: Measured) -> dict[str, Any]:
    """What the percentiles need besides the record's own columns."""
    found: dict[str, Any] = {RECORDED: True} if measured.recorded else {}
    if sum(measured.waits.values()) > 1:
        found[WAITS] = {str(bucket): count for bucket, count in sorted(measured.waits.items())}
    return found


def _metadata(report: RunReport, legs: list[Leg]) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": report.reason} if report.reason else {}
    if report.measured.endpoint_ms is not None:
        found[ENDPOINT] = round(report.measured.endpoint_ms, 3)
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
    if tier := next((leg.usage.tier for leg in legs if leg.usage is not None and leg.usage.tier), ""):
        found["service_tier"] = tier
    return found
