"""The state behind tray and window: kept from bus events, told at most ten times a second, silent when idle."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from voicegw_desktop.core import events

TELL_EVERY = 100  # ms
KEEP_POINTS = 300  # latency points a modality
TURN_SPAN = 30.0  # s within which STT, LLM and TTS of one session make a turn
KEEP_NOTICES = 50
MODALITIES = ("stt", "llm", "tts")
RUNNING = frozenset({"starting", "loading", "ready", "busy", "idle", "unloading"})


class Point(NamedTuple):
    """One request's time to first byte."""

    at: float
    """Unix seconds"""
    ms: float
    target: str


@dataclass
class Spending:
    """Money and requests since local midnight."""

    nanos: int = 0
    requests: int = 0
    unpriced: int = 0
    by_provider: dict[str, int] = field(default_factory=dict)


@dataclass
class Turn:
    """The last exchange: latency of each stage that took part, in milliseconds."""

    stages: dict[str, float] = field(default_factory=dict)

    @property
    def total_ms(self) -> float | None:
        return sum(self.stages.values()) if self.stages else None


class Overview(QObject):
    """Feed it events and snapshots; it says `changed` when there is something new to draw."""

    changed = Signal()
    noticed = Signal(object)
    """An events.Notice worth a balloon."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._now = now
        self.life = "starting"
        """`starting`, `running`, `stopped`"""
        self.endpoint = ""
        self.message = ""
        self.hint = ""
        """What this desktop lacks, such as a tray."""
        self.engines: dict[str, events.EngineState] = {}
        self.active: dict[str, events.RequestStarted] = {}
        self.points: dict[str, deque[Point]] = {m: deque(maxlen=KEEP_POINTS) for m in MODALITIES}
        self.spending = Spending()
        self.turn = Turn()
        self.routes: dict[str, str | None] = {}
        self.offline = False
        self.stack: str | None = None
        self.stacks: list[str] = []
        self.notices: deque[events.Notice] = deque(maxlen=KEEP_NOTICES)
        self.requests: deque[Any] = deque(maxlen=200)
        self.lag: events.LoopLag | None = None
        self._stages: dict[str, dict[str, tuple[float, float]]] = {}
        self._unseen_attention = False
        self._teller = QTimer(self)
        self._teller.setSingleShot(True)
        self._teller.setInterval(TELL_EVERY)
        self._teller.timeout.connect(self.changed)

    # -- what comes in ------------------------------------------------------------------------------------------------

    def feed(self, event: object) -> None:
        """Take one bus event."""
        handler = self._handlers.get(type(event))
        if handler is None:
            return
        handler(self, event)
        self.touch()

    def touch(self) -> None:
        """Say `changed` soon; many touches within a tenth of a second make one."""
        if not self._teller.isActive():
            self._teller.start()

    def set_life(self, life: str, *, endpoint: str = "", message: str = "") -> None:
        """The gateway came up, went down or failed."""
        self.life = life
        self.endpoint = endpoint or (self.endpoint if life != "stopped" else "")
        self.message = message
        self.touch()

    def set_spending(self, costs: Mapping[str, Any]) -> None:
        """Start from the stored totals: the `costs` operation's answer for today."""
        providers = costs.get("by_provider") or {}
        self.spending = Spending(
            nanos=_nanos(costs.get("total", 0)),
            requests=sum(int(p.get("requests", 0)) for p in providers.values()),
            by_provider={name: _nanos(p.get("cost", 0)) for name, p in providers.items()},
        )
        self.touch()

    def set_routes(self, routes: Mapping[str, Any]) -> None:
        """Take the `show_routes` operation's answer."""
        self.offline = bool(routes.get("offline"))
        self.stack = routes.get("stack")
        self.stacks = sorted(routes.get("stacks", ()))
        self.routes = {m: (routes.get("routes") or {}).get(m) for m in MODALITIES}
        self.touch()

    def seen(self) -> None:
        """The person looked: attention may end."""
        self._unseen_attention = False
        self.touch()

    def _engine(self, event: events.EngineState) -> None:
        if event.state == "stopped" and not event.reason:
            self.engines.pop(event.name, None)
        self.engines[event.name] = event

    def _started(self, event: events.RequestStarted) -> None:
        self.active[event.id] = event

    def _first(self, event: events.RequestFirstByte) -> None:
        now = self._now()
        if event.modality in self.points:
            self.points[event.modality].append(Point(now, event.ttfb_ms, event.target))
        started = self.active.get(event.id)
        key = (started.session or started.project) if started else ""
        stages = self._stages.setdefault(key, {})
        stages[event.modality] = (now, event.ttfb_ms)
        self.turn = Turn({m: stages[m][1] for m in MODALITIES if m in stages and now - stages[m][0] < TURN_SPAN})
        while len(self._stages) > 64:
            self._stages.pop(next(iter(self._stages)))

    def _finished(self, event: events.RequestFinished) -> None:
        record = event.record
        self.active.pop(record.id, None)
        self.requests.appendleft(record)
        spent = self.spending
        spent.requests += 1
        if record.cost_nanos is None:
            spent.unpriced += 1
        else:
            spent.nanos += record.cost_nanos
            spent.by_provider[record.provider] = spent.by_provider.get(record.provider, 0) + record.cost_nanos

    def _route(self, event: events.RouteChanged) -> None:
        if event.modality == "offline":
            self.offline = event.target == "on"
        elif event.modality == "stack":
            self.stack = event.target
        else:
            self.routes[event.modality] = event.target

    def _notice(self, event: events.Notice) -> None:
        self.notices.appendleft(event)
        if event.level in ("warning", "error"):
            self._unseen_attention = True
            self.noticed.emit(event)

    def _lag(self, event: events.LoopLag) -> None:
        self.lag = event

    _handlers: dict[type, Callable[[Overview, Any], None]] = {  # noqa: RUF012
        events.EngineState: _engine,
        events.RequestStarted: _started,
        events.RequestFirstByte: _first,
        events.RequestFinished: _finished,
        events.RouteChanged: _route,
        events.Notice: _notice,
        events.LoopLag: _lag,
    }

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """The tray's state: starting, ready, busy, attention or stopped."""
        if self.life != "running":
            return self.life
        if self._unseen_attention or any(e.state == "failed" for e in self.engines.values()):
            return "attention"
        if self.active or any(e.state in ("starting", "loading", "busy") for e in self.engines.values()):
            return "busy"
        return "ready"

    @property
    def why(self) -> str:
        """One sentence for the tooltip."""
        if self.life == "starting":
            return "Starting"
        if self.life == "stopped":
            return self.message or "Stopped"
        failed = [e for e in self.engines.values() if e.state == "failed"]
        if failed:
            return f"{failed[0].name} failed: {failed[0].reason}"
        if self._unseen_attention and self.notices:
            return self.notices[0].message
        if self.active:
            targets = sorted({a.target for a in self.active.values()})
            return "Serving " + ", ".join(targets[:3])
        return "Ready, offline" if self.offline else "Ready"

    def running_engines(self) -> list[events.EngineState]:
        """Engines with a process, by name."""
        return sorted((e for e in self.engines.values() if e.state in RUNNING), key=lambda e: e.name)


def _nanos(dollars: float | str) -> int:
    return round(float(dollars) * 1_000_000_000)
