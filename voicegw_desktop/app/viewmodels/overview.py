"""The state behind tray and window: kept from bus events, `changed` at most four times a second."""

from __future__ import annotations

import time
import types
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.departures import Departures
from voicegw_desktop.app.viewmodels.first import FirstTurn
from voicegw_desktop.app.viewmodels.memory import Memory, own_server
from voicegw_desktop.app.viewmodels.notices import Notices
from voicegw_desktop.app.viewmodels.reach import Reach, Stacks, targets_of
from voicegw_desktop.app.viewmodels.samples import Samples
from voicegw_desktop.app.viewmodels.sentences import told, told_notice
from voicegw_desktop.app.viewmodels.state import MODALITIES, Budget, Latency, Left, Pull, Spending, Told, Turn
from voicegw_desktop.core.typed import record, text, texts
from voicegw_desktop.storage.records import is_estimate

if TYPE_CHECKING:
    from voicegw_desktop.core import events

TELL_EVERY = 250  # ms; a redraw keeps the loop for three, and a person reads no faster
KEEP_REQUESTS = 500
RUNNING = frozenset({"starting", "loading", "ready", "busy", "idle", "unloading"})


class Overview(QObject):
    """Feed it events and snapshots; it says `changed` when there is something new to draw."""

    changed = Signal()
    noticed, preferred = Signal(object), Signal(object)
    """An events.Notice worth a balloon; the DesktopPreferences that hold from now on."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._now = now
        self.life = "starting"
        """`starting`, `running`, `stopped` by the person, `failed` to come up"""
        self.endpoint = ""
        self.message = ""
        self.loaded = False
        """True once what is stored was read: only then is it known whether anything was ever asked."""
        self.problem = ""
        """Code of the error for which the gateway did not come up."""
        self.hint = ""
        """What this desktop lacks, such as a tray."""
        self.said = ""
        """What was just done, such as a copy; a moment later empty again."""
        self.warnings: list[str] = []
        """What is wrong with the configuration, in sentences; shown on every page."""
        self.troubles: list[str] = []
        """What is wrong now, in sentences: targets that fail, budgets that are spent."""
        self.vault = ""
        """Where secrets are kept: `keychain` or `sealed file`."""
        self.vault_state = "open"
        """`open`, `locked`, `waiting` for an answer, or `absent`"""
        self.vault_closed = ""
        """Why stored secrets cannot be had now, and what to do; empty while they can."""
        self.vault_advice = ""
        """What to do about secrets that lie in two vaults; empty when they do not."""
        self.microphone = ""
        """The operation for which an agent has the microphone open; empty: none has."""
        self.asks_about_updates = False
        """Whether new versions could be looked for, and the person has not said yet."""
        self.exposed = ""
        """The warning that other machines can connect without TLS."""
        self.engines: dict[str, events.EngineState] = {}
        self.memory = Memory()
        self.active: dict[str, events.RequestStarted] = {}
        self.samples = Samples(now)
        self.points, self.last_served = self.samples.points, self.samples.last_served
        self.spending = Spending()
        self.budgets: dict[str, Budget] = {}
        self.routes: dict[str, str | None] = {}
        self.targets: dict[str, list[str]] = {m: [] for m in MODALITIES}
        """What each modality can be sent to."""
        self.reach = Reach()
        self.offline = False
        self.stack: str | None = None
        self.stacks: list[str] = []
        self._stacks = Stacks()
        self._told = Notices()
        self.notices, self.unread = self._told.all, self._told.unread
        self.dismissed: set[str] = set()
        """Sentences that the person put away."""
        self.requests: deque[Any] = deque(maxlen=KEEP_REQUESTS)
        self.departures = Departures()
        self.egress = self.departures.entries
        self.pulls: dict[str, Pull] = {}
        self.first = FirstTurn()
        self.installed = 0
        """Counts up when models came or went."""
        self.lag: events.LoopLag | None = None
        self._day = self._today()
        self._teller = QTimer(self)
        self._teller.setSingleShot(True)
        self._teller.setInterval(TELL_EVERY)
        self._teller.timeout.connect(self.changed)

    # -- what comes in ------------------------------------------------------------------------------------------------

    def feed(self, event: object) -> None:
        """Take one bus event."""
        handler = self._handlers.get(type(event).__name__)
        if handler is None:
            return
        handler(self, event)
        self.touch()

    def touch(self) -> None:
        """Say `changed` soon; many touches within a quarter of a second make one."""
        if not self._teller.isActive():
            self._teller.start()

    def set_life(self, life: str, *, endpoint: str = "", message: str = "", problem: str = "") -> None:
        """The gateway came up, went down or failed, for a `problem` with that code."""
        self.life, self.problem = life, problem
        self.endpoint = endpoint if life == "running" else ""
        self.message = message
        if life != "running":
            self.loaded = False
            self.microphone = ""
            self.active.clear()
            self.engines.clear()
            self.troubles = []
        self.touch()

    def set_spending(self, costs: Mapping[str, object]) -> None:
        """Start from the stored totals: the `costs` operation's answer for today."""
        self._day = self._today()
        self.spending = Spending.stored(costs)
        self.touch()

    def set_budgets(self, budgets: Iterable[Budget]) -> None:
        """Every project that has one."""
        self.budgets = {b.project: b for b in budgets}
        self.touch()

    def set_routes(self, routes: Mapping[str, object]) -> None:
        """Take the `show_routes` operation's answer."""
        self.offline = bool(routes.get("offline"))
        chosen = record(routes.get("routes"))
        self.stack = text(routes.get("stack")) or None
        stacks = record(routes.get("stacks"))
        self.stacks = sorted(stacks)
        self._stacks.take(stacks)
        self.routes = {modality: text(chosen.get(modality)) or None for modality in MODALITIES}
        self.touch()

    def set_targets(self, models: Iterable[Mapping[str, object]]) -> None:
        """Take the `list_models` operation's answer."""
        models = list(models)
        self._stacks.take_names(models)
        self.targets = targets_of(models)
        self.touch()

    def set_history(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Start from the stored requests, newest first: the `logs` operation's answer."""
        records = [types.SimpleNamespace(**row) for row in rows]
        self.requests.clear()
        self.requests.extend(records[:KEEP_REQUESTS])
        self.samples.take_history(reversed(records))
        self.touch()

    def set_samples(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Take more stored requests, newest first, for the chart alone."""
        self.samples.take_history(reversed([types.SimpleNamespace(**row) for row in rows]))
        self.touch()

    def set_egress(self, entries: Iterable[Mapping[str, object]], *, kept: bool = True) -> None:
        """Start from the egress log, newest first. `kept`: it outlives the gateway's process."""
        self.departures.clear("today" if kept else tr("since the start"))
        for entry in reversed(list(entries)):
            self._egress(types.SimpleNamespace(**entry))
        self.touch()

    def set_warnings(self, status: Mapping[str, object]) -> None:
        """Take the `status` operation's answer."""
        warnings = texts(record(status.get("config")).get("warnings"))
        vault = record(status.get("vault"))
        exposed = [w for w in warnings if w.startswith("serve.allow_lan: ")]
        state, message = text(vault.get("state")) or "open", text(vault.get("message"))
        self._take_vault(text(status.get("secrets")), state, message, texts(vault.get("stray")))
        self.reach = Reach.told(record(status.get("providers")))
        self.troubles = texts(status.get("troubles"))
        self.asks_about_updates = status.get("asks_about_updates") is True
        self.exposed = exposed[0].removeprefix("serve.allow_lan: ") if exposed else ""
        self.warnings = [w for w in warnings if w not in exposed]
        self.touch()

    def _take_vault(self, kind: str | None, state: str = "open", message: str = "", stray: Iterable[str] = ()) -> None:
        self.vault = kind or ""
        self.vault_state = state
        self.vault_closed = message if state != "open" else ""
        self.vault_advice = message if state == "open" and stray else ""

    def _vault(self, event: events.VaultChanged) -> None:
        self._take_vault(event.kind, event.state, event.message, event.stray)

    def say(self, text: str) -> None:
        """Show for a moment that something was done; empty: the moment is over."""
        self.said = text
        self.touch()

    def refuse(self, message: str, code: str = "", details: str = "") -> None:
        """What the person asked for cannot be done: a balloon and a line in the list; the icon keeps its state."""
        if self._told.take(Told(self._now(), "warning", message, code, details), answer=True):
            # imported here: the tray's icon is visible before
            from voicegw_desktop.core.events import Notice

            self.noticed.emit(Notice("warning", message, code))
        self.touch()

    def seen(self) -> None:
        """The person has looked: the state `attention` may end."""
        if self._told.calling:
            self._told.calling = False
            self.touch()

    def read(self) -> None:
        """The person read the notices: none waits any more."""
        self.unread.clear()
        self.seen()
        self.touch()

    def _engine(self, event: events.EngineState) -> None:
        self.memory.add(event.name, event.rss_bytes if event.state in RUNNING else 0, self._now())
        self.engines[event.name] = event

    def _started(self, event: events.RequestStarted) -> None:
        self.active[event.id] = event

    def _first(self, event: events.RequestFirstByte) -> None:
        self.samples.first(event, self.active.get(event.id))

    def _finished(self, event: events.RequestFinished) -> None:
        record = event.record
        self.active.pop(record.id, None)
        self.requests.appendleft(record)
        self.samples.ended(getattr(record, "modality", ""), record.status, self._now())
        self.new_day()
        estimated = is_estimate(getattr(record, "pricing_source", ""))
        self.spending.add(record.provider, record.project, record.cost_nanos, estimated=estimated)

    def _budget(self, event: events.BudgetState) -> None:
        if not event.project or event.period != "day":
            return
        known = self.budgets.get(event.project)
        name, action = (known.name, known.action) if known else (event.project, "warn")
        self.budgets[event.project] = Budget(event.project, name, event.state, event.budget_nanos, action)

    def _route(self, event: events.RouteChanged) -> None:
        if event.modality == "offline":
            self.offline = event.target == "on"
        elif event.modality == "stack":
            self.stack = event.target
        elif event.project is None:
            self.routes[event.modality] = event.target

    def _egress(self, event: Any) -> None:
        today = self._today(event.at) == self._today()
        if today:
            self.new_day()
        self.departures.take(event, today=today)

    def _pull(self, event: events.ModelProgress) -> None:
        pull = self.pulls.setdefault(event.model, Pull(event.model, "waiting"))
        pull.move(event.state, event.done_bytes, event.total_bytes, event.message, self._now())
        if event.state == "installed":
            self.installed += 1

    def _notice(self, event: events.Notice) -> None:
        if self._told.take(Told(self._now(), event.level, event.message, event.code)):
            self.noticed.emit(event)

    def _troubles(self, event: events.Troubles) -> None:
        self.troubles = list(event.sentences)

    def _microphone(self, event: events.MicrophoneChanged) -> None:
        self.microphone = event.by if event.open else ""

    def _lag(self, event: events.LoopLag) -> None:
        self.lag = event

    _handlers: dict[str, Callable[[Overview, Any], None]] = {  # noqa: RUF012
        "EngineState": _engine,
        "RequestStarted": _started,
        "RequestFirstByte": _first,
        "RequestFinished": _finished,
        "BudgetState": _budget,
        "RouteChanged": _route,
        "EgressRecorded": _egress,
        "ModelProgress": _pull,
        "Notice": _notice,
        "Troubles": _troubles,
        "MicrophoneChanged": _microphone,
        "LoopLag": _lag,
        "VaultChanged": _vault,
        "DesktopPreferences": lambda self, event: self.preferred.emit(event),
    }

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """The tray's state: starting, ready, busy, attention or stopped."""
        if self.life in ("starting", "stopped"):
            return self.life
        wrong = self.life == "failed" or self.vault_closed or self._told.calling
        if wrong or self.failed_engines() or self.troubles:
            return "attention"
        if (
            self.microphone
            or self.active
            or any(e.state in ("starting", "loading", "busy") for e in self.engines.values())
        ):
            return "busy"
        return "ready"

    @property
    def why(self) -> str:
        """One sentence for the tooltip."""
        if self.life == "starting":
            return tr("Starting")
        if self.life in ("stopped", "failed"):
            return told(self.message) or tr("Stopped")
        if self.microphone:
            return tr("The microphone is open: an agent listens")
        if self.vault_closed:
            return told(self.vault_closed)
        failed = self.failed_engines()
        if failed:
            return tr("{name} failed: {reason}", name=failed[0].name, reason=told(failed[0].reason))
        if self.troubles:
            return told(self.troubles[0])
        if self._told.calling and self.unread:
            return told_notice(self.unread[0])
        if self.active:
            targets = sorted({a.target for a in self.active.values()})
            return tr("Serving ") + ", ".join(targets[:3])
        return tr("Ready, offline") if self.offline else tr("Ready")

    @property
    def turn(self) -> Turn:
        """The last exchange of a session."""
        return self.samples.turn

    def choices(self, targets: Iterable[str], now: str | None) -> tuple[list[tuple[str, str]], set[str]]:
        """(words, target) of each target and of the one in force `now`, and those that cannot be chosen."""
        return self.reach.choices(targets, now, offline=self.offline)

    def stack_choices(self, now: str | None) -> tuple[list[tuple[str, str]], set[str]]:
        """(words, stack) of each stack, and those that cannot be chosen; `now` is in force."""
        return self.reach.stacks(self._stacks.providers(), now, offline=self.offline)

    @property
    def left(self) -> Left:
        """What left this machine, in numbers, over the time that `left_when` names."""
        return self.departures.left

    @property
    def left_when(self) -> str:
        """`today` or `since the start`."""
        return tr(self.departures.when)

    def latency(self, modality: str) -> Latency:
        """The modality's last and usual time to first byte, over the points kept."""
        return self.samples.latency(modality)

    def running_engines(self) -> list[events.EngineState]:
        """Engines that hold memory here, by name."""
        found = (e for e in self.engines.values() if e.state in RUNNING and not own_server(e.name))
        return sorted(found, key=lambda e: e.name)

    def new_day(self) -> bool:
        """Begin at zero when midnight has passed since the last look."""
        if self._today() == self._day:
            return False
        self._day = self._today()
        self.spending, self.departures.left = Spending(), Left()
        self.budgets = {
            name: Budget(b.project, b.name, "ok", b.limit_nanos, b.action) for name, b in self.budgets.items()
        }
        self.touch()
        return True

    def failed_engines(self) -> list[events.EngineState]:
        """Engines that ended by a fault and were not started again."""
        return [e for e in self.engines.values() if e.state == "failed"]

    def _today(self, at: float | None = None) -> tuple[int, int]:
        day = time.localtime(self._now() if at is None else at)
        return day.tm_year, day.tm_yday
