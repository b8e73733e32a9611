"""OpenTelemetry: a trace for each turn, a span for each request, and metrics, sent over OTLP/HTTP where the
configuration asks.

The messages are those of the package `opentelemetry-proto`, imported when there is something to send. They are sent by
this program's own rules for connections (`core.outgoing`) instead of the SDK's exporter, which knows no zones and no
offline mode and blocks a thread.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus, Notice, RequestFinished, TurnChanged
from voicegw_desktop.gateway.posting import post
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.turns import TurnRecord

if TYPE_CHECKING:
    from voicegw_desktop.gateway.measurements import Measurements
    from voicegw_desktop.routing.egress import EgressLog, EgressPolicy

log = logging.getLogger(__name__)

EVERY = 5.0  # s between two exports
SETTLED = 5.0  # s without a change after which a turn is complete
MOST = 2_000  # requests, and turns, that wait; the oldest go first
PATIENCE = 10.0  # s that a collector may take
FAILED = "otel"
"""Code of the Notice about spans that could not be sent."""


class Traces:
    """Collects requests and turns that end, from the bus. `follow` sends them, until cancelled."""

    def __init__(
        self,
        config: Callable[[], GatewayConfig],
        bus: EventBus,
        clock: Clock,
        policy: EgressPolicy,
        egress: EgressLog,
    ) -> None:
        self._config, self._bus, self._clock, self._policy, self._egress = config, bus, clock, policy, egress
        self._requests: dict[str, tuple[RequestRecord, float]] = {}
        self._turns: dict[str, tuple[TurnRecord, float]] = {}
        """With the moment (monotonic seconds) at which each was heard."""
        self._measured: dict[str, Measurements] = {}
        self._told: set[str] = set()
        """What a collector did not take, which was told: traces, metrics."""
        self._unsubscribe = bus.subscribe(self._hear, RequestFinished, TurnChanged)

    @property
    def waiting(self) -> int:
        """Turns and requests that were heard and not sent."""
        return len(self._turns) + len(self._requests)

    async def aclose(self) -> None:
        """Stop collecting, and send what is left."""
        self._unsubscribe()
        await self.send(all=True)

    async def follow(self) -> None:
        """Send what is complete every few seconds."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.send()
            except Exception:
                # the spans that come next may be sent all the same
                log.exception("Spans could not be sent")

    async def send(self, *, all: bool = False) -> int:
        """Send what is complete, with `all` also what may still change; returns how many spans were taken."""
        endpoint = self._config().observability.otel_endpoint
        if endpoint is None or not (self._turns or self._requests):
            return 0
        turns, loose = self._complete(all)
        by_project: dict[str, tuple[list[tuple[TurnRecord, list[RequestRecord]]], list[RequestRecord]]] = {}
        for turn, requests in turns:
            by_project.setdefault(turn.project, ([], []))[0].append((turn, requests))
        for request in loose:
            by_project.setdefault(request.project, ([], []))[1].append(request)
        sent = 0
        for project, (of_turns, alone) in by_project.items():
            # the import, once, and the encoding
            spans = functools.partial(_encoded, of_turns, alone)
            sent += await self._send(endpoint, project, "traces", spans) or 0
            metrics = functools.partial(self._measurements, project, of_turns, alone, self._clock.time())
            await self._send(endpoint, project, "metrics", metrics)
        return sent

    async def _send(
        self, endpoint: str, project: str, what: str, encoded: Callable[[], tuple[bytes, int]]
    ) -> int | None:
        """Encode in a thread and send; how much that was, None where it was not taken."""
        try:
            body, count = await asyncio.to_thread(encoded)
            await self._post(endpoint, project, what, body)
        except ImportError:
            self._say(what, "The package opentelemetry-proto is not installed: pip install voicegw-desktop[otel].")
        except (VoiceGatewayError, OSError) as error:
            self._say(what, str(error) or type(error).__name__)
        else:
            self._told.discard(what)
            return count
        return None

    def _measurements(
        self,
        project: str,
        turns: Sequence[tuple[TurnRecord, list[RequestRecord]]],
        alone: Sequence[RequestRecord],
        now: float,
    ) -> tuple[bytes, int]:
        from voicegw_desktop.gateway.measurements import Measurements

        kept = self._measured.get(project)
        if kept is None:
            kept = self._measured[project] = Measurements(project, now)
        kept.take([turn for turn, _ in turns], [*alone, *(request for _, those in turns for request in those)])
        return kept.encoded(now), 1

    def _hear(self, event: RequestFinished | TurnChanged) -> None:
        if self._config().observability.otel_endpoint is None:
            return
        now = self._clock.monotonic_ns() / 1e9
        if isinstance(event, TurnChanged):
            if isinstance(event.turn, TurnRecord):
                self._turns.pop(event.turn.id, None)
                self._turns[event.turn.id] = (event.turn, now)
        elif isinstance(event.record, RequestRecord):
            self._requests[event.record.id] = (event.record, now)
        for kept in (self._turns, self._requests):
            while len(kept) > MOST:
                del kept[next(iter(kept))]

    def _complete(self, all: bool) -> tuple[list[tuple[TurnRecord, list[RequestRecord]]], list[RequestRecord]]:
        """Turns that have not changed lately with their requests, and old requests that are in no turn."""
        before = self._clock.monotonic_ns() / 1e9 - SETTLED
        turns = []
        awaited: set[str] = set()
        for id, (turn, heard) in list(self._turns.items()):
            if all or heard <= before:
                del self._turns[id]
                turns.append((turn, [self._requests.pop(r)[0] for r in turn.requests if r in self._requests]))
            else:
                awaited.update(turn.requests)
        loose = []
        for id, (request, heard) in list(self._requests.items()):
            # a turn is told a moment after its requests
            if all or (heard <= before - SETTLED and id not in awaited):
                del self._requests[id]
                loose.append(request)
        return turns, loose

    async def _post(self, endpoint: str, project: str, what: str, body: bytes) -> None:
        cleared = self._policy.clear_address("otel", endpoint, project)
        entry = self._egress.entry(cleared, "", what)
        url = f"{endpoint.rstrip('/').removesuffix('/v1/traces')}/v1/{what}"
        headers = {"Content-Type": "application/x-protobuf", **self._config().observability.otel_headers}
        await post(cleared, entry, url, body, headers, PATIENCE)

    def _say(self, what: str, why: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._bus.publish(Notice("warning", f"observability.otel_endpoint did not get {what}. {why}", FAILED))


def _encoded(
    turns: Iterable[tuple[TurnRecord, list[RequestRecord]]], loose: Iterable[RequestRecord]
) -> tuple[bytes, int]:
    from voicegw_desktop.gateway.spans import encoded

    return encoded(turns, loose)
