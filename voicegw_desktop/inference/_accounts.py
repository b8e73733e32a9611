"""What the Python surface's calls used and cost: LiveKit's metrics as the gateway's own records.

LiveKit has no hook for the bytes that leave, so private names are used; `tests/test_private_names.py` names them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import BudgetError, RateLimitExceeded, VoiceGatewayError
from voicegw_desktop.core.events import EgressRecorded, RequestFinished
from voicegw_desktop.core.outgoing import on_diverted
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg, Measured, Meters, RunReport
from voicegw_desktop.gateway.attribution import get_active_session
from voicegw_desktop.gateway.current import get_gateway
from voicegw_desktop.routing.egress import host_of

if TYPE_CHECKING:
    import httpx2
    from livekit import rtc
    from livekit.agents import stt, tts
    from livekit.agents.llm import LLMError
    from livekit.agents.metrics import LLMMetrics, STTMetrics, TTSMetrics
    from livekit.agents.stt import STTError
    from livekit.agents.tts import TTSError

    from voicegw_desktop.core.reservation import ReservationPort
    from voicegw_desktop.gateway.gateway import Gateway

    Metrics = STTMetrics | LLMMetrics | TTSMetrics
    Failure = STTError | LLMError | TTSError

log = logging.getLogger("voicegw_desktop.inference")

LEASE_S = 5.25  # s of audio that a stream has paid for in advance
SLOWEST_SPEECH = 10.0  # characters a second
NO_TARGET = Target("", "")
MOST_WAITING = 1000  # reports kept while the database opens

_ledgers: weakref.WeakKeyDictionary[Gateway, Ledger] = weakref.WeakKeyDictionary()
_stream: ContextVar[Account | None] = ContextVar("voicegw_stream", default=None)


def ledger() -> Ledger:
    """The ledger of this process's gateway."""
    gateway = get_gateway()
    if gateway not in _ledgers:
        _ledgers[gateway] = Ledger(gateway)
    return _ledgers[gateway]


async def close_ledgers() -> None:
    """Write out what waits and close the gateways that were opened for it."""
    for one in tuple(_ledgers.values()):
        await one.aclose()


class Ledger:
    """Hands reports to the gateway's meters, which are opened by the first one."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = weakref.ref(gateway)
        self._waiting: list[tuple[RunReport, int]] = []
        self._opening: asyncio.Task[None] | None = None
        self._opened = False
        self._failed = False
        self.settling: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start opening the meters, so that limits and budgets hold from the first call on."""
        gateway = self._gateway()
        if gateway is None or gateway.started or self._failed or self._opening is not None:
            return
        with contextlib.suppress(RuntimeError):
            self._opening = asyncio.get_running_loop().create_task(self._open(gateway))

    async def _open(self, gateway: Gateway) -> None:
        try:
            await gateway.start()
            self._opened = True
        except Exception as error:
            # an agent continues when its costs cannot be recorded
            self._failed = True
            log.warning("Calls are not metered: %s", error if isinstance(error, VoiceGatewayError) else repr(error))
            self._waiting.clear()
            return
        waiting, self._waiting = self._waiting, []
        for report, sent_bytes in waiting:
            self.settle(report, sent_bytes)

    def gate(self, account: Account, limit: int | None = None) -> int | None:
        """Set the likely cost aside; RateLimitExceeded or BudgetError when the project may not call now.

        `limit`: tokens of a chat's answer, where the call names them. Returns the limit that it must be sent with.
        """
        meters = self._meters()
        if meters is None:
            self.open()
            return None
        target, project = account.targets[0], account.project
        meters.admit(target, project)
        if account.metered_elsewhere():
            return None
        allowed: int | None = None
        if account.modality is Modality.LLM:
            held, allowed = meters.reserve_answer(project, account.planned, limit, 1)
        else:
            held = meters.reserve(account.modality, project, account.planned)
        account.hold(held)
        return allowed

    def more(self, account: Account, least: Leg, most: Leg | None = None) -> float:
        """Set more aside for a stream that goes on, raises BudgetError; how far that reaches, see `Meters.covers`."""
        meters = self._meters()
        if meters is None or account.held is None:
            return 1.0
        meters.reserve(account.modality, account.project, least, most, account.held)
        return float(meters.covers(account.modality, account.held, least, most)) if most is not None else 1.0

    def again(self, account: Account) -> None:
        """Set aside what the rest of a stream will cost, of which a part was settled."""
        meters = self._meters()
        if meters is not None:
            with contextlib.suppress(BudgetError):
                account.hold(meters.reserve(account.modality, account.project, account.planned))

    def _meters(self) -> Meters | None:
        gateway = self._gateway()
        return gateway.corridor.meters if gateway is not None and gateway.started else None

    def settle(self, report: RunReport, sent_bytes: int, held: ReservationPort | None = None) -> None:
        """Price and record one call, and what it sent away; free what was set aside for it."""
        meters = self._meters()
        if meters is not None:
            _, record = meters.settle(report, [] if held is None else [held])
            gateway = self._gateway()
            if gateway is not None and record is not None:
                gateway.bus.publish(RequestFinished(record))
            if gateway is not None:
                _log_egress(gateway, report, sent_bytes)
        elif not self._failed and len(self._waiting) < MOST_WAITING:
            self._waiting.append((report, sent_bytes))
            self.open()

    async def aclose(self) -> None:
        """Wait for what is being written; close the gateway if it was opened here."""
        await asyncio.gather(*self.settling, return_exceptions=True)
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None
        gateway = self._gateway()
        if self._opened and gateway is not None:
            self._opened = False
            await gateway.aclose()


def _log_egress(gateway: Gateway, report: RunReport, sent_bytes: int) -> None:
    (leg,) = report.legs
    # what could not be reached was sent nothing
    if leg.target.zone is Zone.LOCAL or report.error == "APIConnectionError":
        return
    gateway.corridor.egress.put(
        EgressRecorded(
            at=report.started_at,
            request=report.id,
            target=str(leg.target),
            host=host_of(gateway.config, leg.target),
            zone=leg.target.zone.value,
            project=report.caller.project,
            modality=report.modality.value,
            sent_bytes=sent_bytes,
            sent_s=round(leg.audio_in_s, 6),
            id=uuid.uuid4().hex,
        )
    )


@dataclass(slots=True, weakref_slot=True, eq=False)
class Account:
    """One call or stream; LiveKit's metrics are assigned to it by the context that its tasks run in."""

    modality: Modality
    wanted: str
    targets: list[Target]
    project: str
    session: str | None
    metered_elsewhere: Callable[[], bool]
    """() → True when the app serves the engine and so records the request too."""
    whole: bool = False
    """A one-shot call: metrics of a stream inside it would count it twice."""
    leg: Leg | None = None
    ttfb_ms: float | None = None
    total_ms: float = 0.0
    started_at: float = field(default_factory=lambda: get_gateway().clock.time())
    closed: bool = False
    given_s: float = 0.0
    """Audio the caller gave a stream; 0 where that was not watched."""
    given_bytes: int = 0
    """Audio or text the caller gave since the last report; of a chat, the bodies that went out."""
    opened_ns: int = field(default_factory=lambda: get_gateway().clock.monotonic_ns())
    planned: Leg = field(default_factory=lambda: Leg(NO_TARGET))
    """What is set aside for and not reported yet."""
    held: ReservationPort | None = None
    """What is set aside; None: nothing, because nothing is to be paid or no budget is there."""
    paid_s: float = 0.0
    """Audio given to a stream that is set aside for."""
    aside: weakref.finalize[[], Account] | None = None

    def hold(self, reservation: ReservationPort | None) -> None:
        """Keep money aside until the next report, or until no report can come."""
        self.held = reservation
        if reservation is not None:
            self.aside = weakref.finalize(self, reservation.release)
            self.aside.atexit = False

    def _taken(self) -> ReservationPort | None:
        held, self.held = self.held, None
        if self.aside is not None:
            self.aside.detach()
            self.aside = None
        return held

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """What is started inside belongs to this account."""
        token, heard = _stream.set(self), on_diverted.set(self._diverted)
        try:
            yield
        finally:
            _stream.reset(token)
            on_diverted.reset(heard)

    def _diverted(self, to: str) -> None:
        """A redirect or DNS answer was refused: it is in the egress log, as those of the gateway's own requests are."""
        gateway = get_gateway()
        if gateway.started:
            gateway.corridor.egress.refused(str(self.targets[0]), self.project, "", self.modality.value, to)

    def watch(self, stream: stt.RecognizeStream) -> None:
        """Count the audio that goes into a stream."""
        push = stream.push_frame

        def push_frame(frame: rtc.AudioFrame) -> None:
            self._hear(frame.duration)
            self.given_s += frame.duration
            self.given_bytes += frame.data.nbytes
            push(frame)

        inner: Any = stream
        inner.push_frame = push_frame

    def watch_text(self, stream: tts.SynthesizeStream) -> None:
        """Count the text that goes into a stream."""
        push = stream.push_text

        def push_text(token: str) -> None:
            self._say(len(token))
            self.given_bytes += len(token.encode())
            # the first text starts the task that tells what was used
            with self.around():
                push(token)

        inner: Any = stream
        inner.push_text = push_text

    def _hear(self, seconds: float) -> None:
        """Pay for audio before it is given; raises LiveKit's error when the budget has no more."""
        given = self.given_s + seconds
        if self.held is None or given <= self.paid_s:
            return
        least = replace(self.planned, audio_in_s=given)
        most = replace(self.planned, audio_in_s=given + LEASE_S)
        with as_livekit():
            self.paid_s = given + ledger().more(self, least, most) * LEASE_S
        self.planned = least

    def _say(self, characters: int) -> None:
        """Count characters of text to be spoken."""
        if self.held is None:
            return
        text = self.planned.characters + characters
        planned = replace(self.planned, characters=text, audio_out_s=text / SLOWEST_SPEECH)
        with as_livekit():
            ledger().more(self, planned)
        self.planned = planned

    def target(self, metrics: Metrics) -> Target:
        """Which of the targets the metrics are about; a fallback may have served."""
        model = metrics.metadata.model_name if metrics.metadata else None
        return next((t for t in self.targets if model and model in (t.model, t.name)), self.targets[0])

    def report(self, leg: Leg, status: str = "ok", error: str | None = None) -> None:
        """Write one finished call down."""
        if self.metered_elsewhere():
            return
        first = self.targets[0]
        sent_bytes, self.given_bytes = self.given_bytes, 0
        book, held = ledger(), self._taken()
        book.settle(
            RunReport(
                id=uuid.uuid4().hex,
                modality=self.modality,
                caller=Caller(self.project, "python", session=self.session or get_active_session()),
                requested=self.wanted,
                target=leg.target,
                started_at=self.started_at,
                status=status,
                legs=[leg],
                measured=Measured(self.ttfb_ms),
                total_ms=self.total_ms,
                fallback_from=None if leg.target == first else str(first),
                error=error,
            ),
            sent_bytes,
            held,
        )
        rest = max(0, self.planned.characters - leg.characters)
        self.planned = replace(self.planned, characters=rest, audio_out_s=rest / SLOWEST_SPEECH)
        if held is not None and rest:
            # a stream of several segments is reported one by one
            book.again(self)


@contextlib.contextmanager
def as_livekit() -> Iterator[None]:
    """Raise the gateway's refusals as LiveKit's errors, which its agents know."""
    try:
        yield
    except VoiceGatewayError as error:
        raise refusal(error) from error


def refusal(error: VoiceGatewayError) -> Exception:
    """LiveKit's error for one of the gateway's."""
    from livekit.agents import APIStatusError

    if isinstance(error, RateLimitExceeded | BudgetError):
        # waiting two seconds, as LiveKit does, helps with neither
        refused: Exception = APIStatusError(error.message, status_code=error.status, body=error.body(), retryable=False)
        return refused
    from voicegw_desktop.providers.failures import as_api_error

    failed: Exception = as_api_error(error)
    return failed


def current() -> Account | None:
    """The account of the running task."""
    return _stream.get()


def count_bodies(plugin: Any) -> None:
    """Count what a chat plugin's HTTP client sends, for the account that its request belongs to."""
    hooks = getattr(getattr(getattr(plugin, "_client", None), "_client", None), "event_hooks", None)
    if hooks is not None:
        hooks["request"] = [*hooks["request"], _sending]
        # the client takes them only when they are set
        plugin._client._client.event_hooks = hooks


async def _sending(request: httpx2.Request) -> None:
    if (account := current()) is not None:
        account.given_bytes += int(request.headers.get("content-length") or 0)
