"""What every run has, whatever its modality: admission, a change of target, one record, and its headers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from voicegw_desktop.core.errors import (
    UNREACHED,
    BadRequest,
    BudgetError,
    BudgetThrottleSignal,
    Diverted,
    EgressDenied,
    EngineCrashed,
    EngineTimeout,
    Forbidden,
    ModelResolutionError,
    RateLimitExceeded,
    RequestStopped,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Notice, RequestFinished, RequestFirstByte, RequestStarted
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.failover import Cause, Failover
from voicegw_desktop.corridor.metering import Leg, Measured, RunReport
from voicegw_desktop.corridor.turn_parts import Part
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.plan import Plan

log = logging.getLogger(__name__)

T = TypeVar("T")


def can_fall_back(error: BaseException) -> bool:
    """Whether another target may try: not when the request itself, its permission or its money is at fault."""
    if isinstance(error, ModelResolutionError):
        return True
    return isinstance(error, Exception) and not isinstance(error, (BadRequest, Forbidden, BudgetError))


class Run:
    """One admitted request. Subclasses are the streams that wires hold."""

    modality: Modality
    _failover: Failover[Any]

    def __init__(self, context: RunContext, caller: Caller, plan: Plan) -> None:
        self.context = context
        self.caller = caller
        self.plan = plan
        self.id = context.ids()
        self.served: Target = plan.first
        """The target that serves now."""
        self.fallback_from: str | None = None
        self.notes: list[str] = [plan.note] if plan.note else []
        """What was replaced or left out, in words for the client."""
        self.cost_nanos: int | None = None
        """Known when the run has ended."""
        self.outcome: str | None = None
        """`ok`, `error` or `cancelled`, once it has ended."""
        self.legs: list[Leg] = []
        self.ahead = False
        """Prepared before a client asks: see `serve`."""
        self._untold: list[RequestStarted | RequestFirstByte] = []
        """Events that are held back until a client asks for the run."""
        self._report: RunReport | None = None
        self.stopped: RequestStopped | None = None
        """What the client is told, once a person has stopped the run."""
        self.opening: asyncio.Task[Any] | None = None
        """The task that waits until the run is begun."""
        self._cancelled = False
        """Whether that task was cancelled because a person stopped the run."""
        self.waiting: asyncio.Timeout | None = None
        """Ends what the run awaits for its client now, when a person stops it."""
        self._streamed = False
        self._held: list[ReservationPort] = []
        """What is set aside for its legs."""
        self._told_of: set[str] = set()
        """Targets whose failure is noted."""
        self._entered = context.clock.monotonic_ns()
        self._started_at = context.clock.time()
        self.part = Part(self.id, self.modality, self._entered)
        """The moments of this run that its conversation's turn records."""
        self._overhead_ns = 0
        self._ttfb_ms: float | None = None
        self._announced = False

    # -- what wires read ----------------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """The target that serves now; equal to `served`."""
        return self.served

    @property
    def overhead_ms(self) -> float:
        """What the gateway itself took before the first target was asked."""
        return self._overhead_ns / 1e6

    def gateway_headers(self) -> dict[str, str]:
        """`X-VoiceGW-*`: request, target, overhead, failed targets, notes, and the cost if it is known."""
        headers = {
            "X-VoiceGW-Request-Id": self.id,
            "X-VoiceGW-Served-By": str(self.served),
            "X-VoiceGW-Overhead-Ms": f"{self.overhead_ms:.3f}",
        }
        if self.fallback_from:
            headers["X-VoiceGW-Fallback-From"] = self.fallback_from
        if self.notes:
            headers["X-VoiceGW-Note"] = "; ".join(self.notes)
        cost = self.cost_nanos
        if cost is None and self.outcome is None:
            cost = self.context.meters.quote(self.modality, self.served, self._characters())
        if cost is not None:
            headers["X-VoiceGW-Cost-USD"] = f"{cost / 1e9:.9f}"
        return headers

    def _characters(self) -> int:
        """Text to be spoken, as far as it is here."""
        return 0

    # -- opening ------------------------------------------------------------------------------------------------------

    async def _open_first(
        self,
        candidates: list[Cleared],
        opener: Callable[[Cleared], Awaitable[T]],
        *,
        patience_s: float | None = None,
        cause: BaseException | None = None,
    ) -> tuple[T, Cleared, Leg]:
        """Admit and open the first candidate that answers; raises the first one's error when none does.

        `cause`: why the target that served until now does not any more.
        """
        first_error: BaseException | None = None
        for permit in candidates:
            target = permit.target
            breaker = self.context.router.breaker
            leg = Leg(target, streamed=self._streamed, opened_ns=self.context.clock.monotonic_ns())
            try:
                self._admit(permit, leg)
                breaker.begin_probe(target.name)
                if not self._overhead_ns:
                    self._overhead_ns = self.context.clock.monotonic_ns() - self._entered
                # an engine here may have to load its model first, and its supervisor watches that
                wait = None if permit is candidates[-1] or target.zone is Zone.LOCAL else patience_s
                if wait is None:
                    opened = await opener(permit)
                else:
                    async with asyncio.timeout(wait):
                        opened = await opener(permit)
            except TimeoutError as e:
                error: Exception = EngineTimeout(f"{target} did not answer within {patience_s:g} s.")
                error.__cause__ = e
            except BudgetThrottleSignal as e:
                # the chain may hold something that costs less, or nothing
                first_error = first_error or e
                continue
            except EgressDenied as e:
                # offline mode came while the chain was under way; a target here may still serve
                first_error = e
                continue
            except Exception as e:
                self._give_back(leg)
                if not can_fall_back(e):
                    raise
                error = e
            else:
                self.legs.append(leg)
                self._moved_to(target, cause or first_error)
                return opened, permit, leg
            leg.status = "refused"
            self.legs.append(leg)
            self._note_failure(target, error)
            first_error = first_error or error
        assert first_error is not None
        raise self._blamed(first_error, candidates[0].target)

    def _blamed(self, error: BaseException, target: Target) -> BaseException:
        """The error; for a missing model it also names the setting or person that chose the model."""
        choice = self.plan.choice
        if choice is None or choice.target != target or not isinstance(error, VoiceGatewayError):
            return error
        missing = 404 in (error.status, getattr(error, "upstream_status", None))
        return choice.blamed(self.modality, error) if missing else error

    def _admit(self, permit: Cleared, leg: Leg) -> None:
        target, project = permit.target, self.caller.project
        # the permit was given when the plan was made; offline mode may have come since
        self.context.router.policy.clear(target, project=project, asked=permit.asked)
        if not self.ahead:
            self.context.meters.admit(target, project)
        # each target has its own: the one that takes over may cost more, and both may have to be paid
        leg.held = self._set_aside(permit, leg)
        if leg.held is not None:
            self._held.append(leg.held)

    def _set_aside(self, permit: Cleared, leg: Leg) -> ReservationPort | None:
        """Reserve what the target may cost, as far as that is known when it is opened; raises BudgetError."""
        raise NotImplementedError

    def _give_back(self, leg: Leg) -> None:
        """The target did no work."""
        held, leg.held = leg.held, None
        if held is not None:
            self._held.remove(held)
            self.context.meters.release(held)

    def _note_failure(self, target: Target, error: BaseException) -> None:
        if isinstance(error, Diverted):
            self.context.egress.refused(str(target), self.caller.project, self.id, self.modality.value, error.to)
        if isinstance(error, RateLimitExceeded) or (
            isinstance(error, VoiceGatewayError) and error.status in (400, 404, 413)
        ):
            # a missing model, or a limit of our own, says nothing about the target's health
            return
        self.context.router.breaker.failure(target.name)
        self.context.troubles.failed(target.name, sentence(error))
        self._told_of.add(target.name)
        log.info("%s failed: %s", target, type(error).__name__)

    def _moved_to(self, target: Target, error: BaseException | None) -> None:
        before = self.served
        self.served = target
        if error is not None and before != target:
            self._took_over(before, error)
        if not self._announced:
            self._announced = True
            project, wire, session = self.caller.project, self.caller.wire, self.caller.session
            self._tell(RequestStarted(self.id, self.modality.value, str(target), project, wire, session))

    @property
    def _hidden(self) -> bool:
        """Whether the run is neither recorded nor announced: no client has asked for it, and it costs nothing."""
        return self.ahead and all(self.context.meters.free(leg.target) for leg in self.legs)

    def _tell(self, event: RequestStarted | RequestFirstByte) -> None:
        if self.ahead:
            self._untold.append(event)
        else:
            self.context.bus.publish(event)

    def serve(self) -> None:
        """Count a run that was opened `ahead`, announce it and add it to its turn: a client has asked for it."""
        if not self.ahead:
            return
        self.context.meters.admit(self.served, self.caller.project)
        hidden, self.ahead = self._hidden, False
        self.part.asked_late(self.context.clock.monotonic_ns())
        self.context.turns.begin(self.caller, self.part)
        for event in self._untold:
            self._tell(event)
        if self._report is not None:
            if hidden:
                self._record(self._report)
            else:
                self.context.turns.ended(self.caller, self.part)

    def _took_over(self, before: Target, error: BaseException) -> None:
        """Announce that `served` replaces another target, and why."""
        self.fallback_from = self.fallback_from or str(before)
        self.context.bus.publish(
            Notice("warning", f"{self.served} took over from {before}: {sentence(error)}", "fallback")
        )

    def _failed(self, leg: Leg, error: BaseException) -> None:
        """A target failed: it is paid for what it did, and for nothing when it was never reached."""
        leg.status = "error"
        if isinstance(error, (EngineTimeout, BudgetError)) or not isinstance(error, Exception):
            # it may still be at work, or did all that it was asked to
            return
        unreached = getattr(error, "code", None) == UNREACHED
        if self._gave_nothing(leg, unreached):
            leg.audio_in_s, leg.characters, leg.usage = 0.0, 0, None
            leg.opened_ns, leg.open_s = 0, 0.0

    def _gave_nothing(self, leg: Leg, unreached: bool) -> bool:
        """Whether the target did nothing that its provider would bill. `unreached`: there was no connection to it."""
        raise NotImplementedError

    # -- measuring ----------------------------------------------------------------------------------------------------

    def _first_byte(self, since_ns: int) -> None:
        self._announce_first_byte(self._measure_first_byte(since_ns))

    def _measure_first_byte(self, since_ns: int, now_ns: int | None = None) -> float:
        ttfb = ((now_ns or self.context.clock.monotonic_ns()) - since_ns) / 1e6
        if self._ttfb_ms is None:
            self._ttfb_ms = ttfb
        return ttfb

    def _announce_first_byte(self, ttfb: float, *, recorded: bool = False) -> None:
        self.context.router.breaker.success(self.served.name)
        self._tell(RequestFirstByte(self.id, self.modality.value, str(self.served), ttfb, recorded))

    def _measured(self) -> Measured:
        return Measured(self._ttfb_ms)

    def refuse(self, error: VoiceGatewayError) -> None:
        """Record it as refused; it must not have been started."""
        self._finish("error", error)

    def _finish(self, status: str, error: BaseException | None = None, *, answered: bool = False) -> None:
        """Settle and record, once. `answered`: the target ended by itself and was not stopped."""
        if self.outcome is not None:
            return
        self.outcome = status
        self._failover.go(Cause.GAVE_UP if status == "error" else Cause.ANSWERED if answered else Cause.STOPPED)
        self.context.forget(self)
        for leg in self.legs:
            leg.close(self.context.clock.monotonic_ns())
        part = self.part
        part.ended_ns, part.status, part.target = self.context.clock.monotonic_ns(), status, str(self.served)
        part.fallback = self.fallback_from is not None
        report = self._report = RunReport(
            id=self.id,
            modality=self.modality,
            caller=self.caller,
            requested=self.plan.requested,
            target=self.served,
            started_at=self._started_at,
            status=status,
            legs=self.legs,
            measured=self._measured(),
            total_ms=(self.context.clock.monotonic_ns() - self._entered) / 1e6,
            overhead_ms=self.overhead_ms,
            fallback_from=self.fallback_from,
            error=sentence(error) if error is not None else None,
            reason=self.plan.reason,
        )
        if not self._hidden:
            self._record(report)

    def _record(self, report: RunReport) -> None:
        self.cost_nanos, record = self.context.meters.settle(report, self._held)
        self._held = []
        self.part.cost_nanos = self.cost_nanos
        if not self.ahead:
            self.context.turns.ended(self.caller, self.part)
        if report.status == "ok" and self.served.name not in self._told_of:
            self.context.troubles.worked(self.served.name)
        self.context.bus.publish(RequestFinished(record if record is not None else report))

    async def cancel(self) -> None:
        """Stop; idempotent, also after the end."""
        raise NotImplementedError

    def stop(self) -> None:
        """A person ends it: the client gets `stopped` as the run's error. Idempotent."""
        if self.stopped is None and self.outcome is None:
            self.stopped = RequestStopped()
            if self.opening is not None:
                # a step later: the call may come from the task itself
                asyncio.get_running_loop().call_soon(self._end_opening)
            # it raises RuntimeError while the run waits for nothing: then the next wait looks
            with contextlib.suppress(RuntimeError):
                if self.waiting is not None:
                    self.waiting.reschedule(asyncio.get_running_loop().time())

    def _end_opening(self) -> None:
        if self.opening is not None:
            self._cancelled = True
            self.opening.cancel()

    def was_ended(self) -> bool:
        """Note that the opening is over; whether a person's stop ended it, and nothing else did."""
        task, self.opening = self.opening, None
        return self._cancelled and task is not None and task.uncancel() == 0

    def rerouted(self) -> None:
        """The routes changed; streams that can move do so."""


def sentence(error: BaseException) -> str:
    """The error's message; the name of its type when it has none."""
    return str(error) or type(error).__name__


def died_early(target: Target) -> EngineCrashed:
    """The error for a stream that ended before its time."""
    return EngineCrashed(f"{target} ended the stream before everything was answered.")


async def quietly(work: Awaitable[object]) -> None:
    """Close a stream; an error while it closes is only logged."""
    try:
        await work
    except Exception as e:
        log.debug("A stream did not close cleanly: %s", type(e).__name__)
