"""What tray and window can do: the gateway's operations by name, started at once, errors shown in one place."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from voicegw_desktop.app import first_turn, pulling, sampling
from voicegw_desktop.app.first_turn import TurnTaken
from voicegw_desktop.app.host import Host, engine_states
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.app.viewmodels.sentences import reason, told
from voicegw_desktop.app.viewmodels.snippets import Access
from voicegw_desktop.app.viewmodels.state import Budget, Pull
from voicegw_desktop.core.packs import PROGRESS
from voicegw_desktop.core.typed import Record, record, records, text, texts, whole

SAID_FOR = 2500  # ms that "copied" stays
EGRESS = 1000  # entries of the egress log read at the start: all that one answer may hold
HISTORY = 300  # requests read at the start
PAGE = 1000  # requests of one answer, at most
MOST_SAMPLES = 3000  # requests read for the chart of a day
Then = Callable[[Mapping[str, object]], None]


class Ask(Protocol):
    """Asks the person whether to do what `would` says; the button `yes` calls `then`."""

    def __call__(self, title: str, would: str, yes: str, then: Callable[[], None]) -> None: ...


class Actions:
    """One for the whole application; `host` is the gateway now in view."""

    def __init__(self, overview: Overview, tasks: Tasks, ask: Ask) -> None:
        self.overview = overview
        self._tasks = tasks
        self._ask = ask
        self._host: Host | None = None
        self.prefer: Callable[[str, object], None] = lambda path, value: None
        """Called with a setting that the person changed and its value, for what takes effect in the window at once."""
        self.serve_anew: Callable[[], None] = lambda: None
        """Stop and start the gateway, for settings that are read at its start."""
        self._packs: dict[str, asyncio.Task[None]] = {}
        """Packs that are being fetched from here."""
        self.samples = Path(tempfile.gettempdir())
        """The folder that samples of voices are made in."""
        self._unsaid = QTimer()
        self._unsaid.setSingleShot(True)
        self._unsaid.setInterval(SAID_FOR)
        self._unsaid.timeout.connect(lambda: overview.say(""))

    @property
    def chosen(self) -> bool:
        """True once a host was chosen."""
        return self._host is not None

    @property
    def host(self) -> Host:
        """The gateway in view; AssertionError before the application chose one."""
        assert self._host is not None
        return self._host

    @host.setter
    def host(self, host: Host) -> None:
        self._host = host

    def start(self, work: Coroutine[object, None, object]) -> None:
        """Run a coroutine that shows its own errors; it ends with the application."""
        self._tasks.start(work)

    def at_end(self, closer: Callable[[], Coroutine[object, None, None]]) -> None:
        """Call `closer` when the application ends, before the gateway does."""
        self._tasks.closers.append(closer)

    # -- operations ---------------------------------------------------------------------------------------------------

    def run(
        self,
        operation: str,
        then: Then | None = None,
        *,
        on_error: Callable[[BaseException], None] | None = None,
        **params: object,
    ) -> asyncio.Task[None]:
        """Do it; `then` takes the answer. An error becomes a notice unless `on_error` takes it."""
        return self._tasks.start(self.host.call(operation, **params), then, on_error)

    def confirmed(
        self,
        title: str,
        yes: str,
        operation: str,
        then: Then | None = None,
        *,
        on_error: Callable[[BaseException], None] | None = None,
        begun: Callable[[asyncio.Task[None]], None] = lambda task: None,
        **params: object,
    ) -> None:
        """A destructive operation: ask it what it would do, ask the person, do it. `yes`: the button that does it.

        `begun` takes what runs, to cancel it."""

        def ask(preview: Mapping[str, object]) -> None:
            users = texts(preview.get("used_by")) or texts(preview.get("keys"))
            would = told(str(preview.get("would", operation)))
            more = tr(" It is named in: {join}.", join=", ".join(users)) if users else ""
            text = tr("This will {would}.{more}", would=would, more=more)

            def do() -> None:
                begun(self.run(operation, then, on_error=on_error, **params, confirm=True))

            self._ask(title, text, yes, do)

        self.run(operation, ask, on_error=on_error, **params)

    async def load(self) -> None:
        """Fill the views with what is stored; events keep them up to date from then on."""
        call, view = self._between, self.overview
        view.set_routes(await call("show_routes"))
        view.set_targets(records((await call("list_models"))["models"]))
        await self._load_engines()
        view.set_warnings(await call("status"))
        costs = await call("costs", period="today")
        view.set_spending(costs)
        kept = costs.get("tracking", True) is not False
        view.set_egress(records((await call("egress", limit=EGRESS))["egress"]), kept=kept)
        await self._load_budgets()
        if kept:
            view.set_history(records((await call("logs", limit=HISTORY))["logs"]))
        view.loaded = True
        view.touch()

    async def _between(self, name: str, **what: object) -> Mapping[str, object]:
        """Call an operation, and let streams go on: several of them take half a frame each, and wait for nothing."""
        answer = await self.host.call(name, **what)
        await asyncio.sleep(0)
        return answer

    def load_samples(self, span: float) -> None:
        """Read the requests of the last `span` seconds for the chart, as many as it keeps."""

        async def read() -> None:
            rows: list[Mapping[str, object]] = []
            before: str | None = None
            while len(rows) < MOST_SAMPLES:
                answer = await self.host.call("logs", limit=PAGE, before=before, **{"from": f"{span:.0f}s"})
                rows += records(answer["logs"])
                before = text(answer.get("next"))
                if not before:
                    break
            self.overview.set_samples(rows)

        self._tasks.start(read())

    async def _load_engines(self) -> None:
        states = engine_states(await self._between("list_engines"))
        gone = set(self.overview.engines) - {state.name for state in states}
        for name in gone:
            del self.overview.engines[name]
        for state in states:
            self.overview.feed(state)

    async def _load_budgets(self) -> None:
        found = []
        for project in records((await self.host.call("list_projects"))["projects"]):
            if project["daily_budget"] is not None:
                status = record((await self.host.call("get_project", project_id=project["id"]))["budget"])
                limit = whole(status.get("budget_nanos"))
                if limit is not None:
                    name, state, action = str(project["name"]), str(status["status"]), str(status["action"])
                    found.append(Budget(str(project["id"]), name, state, limit, action))
        self.overview.set_budgets(found)

    def reload_day(self) -> None:
        """Read the day's costs and budgets again: after midnight, and when budgets were changed."""

        async def read() -> None:
            self.overview.set_spending(await self.host.call("costs", period="today"))
            await self._load_budgets()

        self._tasks.start(read())

    def reload_models(self) -> None:
        """Read engines and targets again: models came or went."""

        async def read() -> None:
            await self._load_engines()
            self.overview.set_warnings(await self.host.call("status"))
            self.overview.set_targets(records((await self.host.call("list_models"))["models"]))

        self._tasks.start(read())

    # -- the vault of the secrets --------------------------------------------------------------------------------------

    def unlock_vault(self) -> None:
        """Let the keychain ask for its password; an event tells the result."""
        self.run("unlock_secrets")

    def move_vault(self, to: str) -> None:
        """Keep all secrets in the `keychain` or the `file`, after a question."""

        def then(answer: Mapping[str, object]) -> None:
            self.said(tr("{moved} secrets are in the {kind}", moved=answer["moved"], kind=told(str(answer["kind"]))))

        # what cannot be reached would have the move refused
        leave = to == "file" and self.overview.vault_state == "absent"
        self.confirmed(tr("Move the keys?"), tr("Move"), "move_secrets", then, to=to, leave_locked=leave)

    # -- copying ------------------------------------------------------------------------------------------------------

    def copy(self, text: str, what: str, done: Callable[[], None] | None = None) -> None:
        """Put `text` on the clipboard and say so, by `done` where the button says it itself."""
        QGuiApplication.clipboard().setText(text)
        if done is not None:
            done()
        else:
            self.said(tr("{what} copied", what=what))

    def said(self, text: str) -> None:
        """Show `text` for a moment."""
        self.overview.say(text)
        self._unsaid.start()

    def open_configuration(self) -> None:
        """Open voicegw.yaml with what the desktop opens such files with."""

        def then(answer: Mapping[str, object]) -> None:
            path = text(answer.get("file"))
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
                self.said(tr("{v} could not be opened. Open it in your file manager.", v=path))

        self.run("settings", then)

    def copy_endpoint(self, done: Callable[[], None] | None = None) -> None:
        self.copy(self.overview.endpoint, tr("Address"), done)

    def copy_key(self, project: str | None = None, done: Callable[[], None] | None = None) -> None:
        self.with_access(lambda access: self.copy(access.api_key, tr("API key"), done), project)

    def with_access(self, then: Callable[[Access], None], project: str | None = None) -> None:
        """Fetch a project's keys (the default one's without a name) and give them to `then`."""

        async def fetch() -> Access:
            key_id = "first"
            if project is not None:
                keys = records((await self.host.call("list_keys"))["keys"])
                mine = [str(key["id"]) for key in keys if key["project"] == project]
                if not mine:
                    # imported here: the icon is there before
                    from voicegw_desktop.secrets.keys import FOR_AGENTS

                    made = await self.host.call("create_key", project=project, name="tray", scopes=[*FOR_AGENTS])
                    return Access.of(self.overview.endpoint, made)
                key_id = mine[0]
            return Access.of(self.overview.endpoint, await self.host.call("show_key", key_id=key_id))

        self._tasks.start(fetch(), then)

    # -- routes and engines -------------------------------------------------------------------------------------------

    def toggle_engine(self, name: str, on: bool) -> None:
        engine = self.overview.engines.get(name)
        running = engine is not None and engine.state in RUNNING
        if on and not running:
            self.run("start_engine", name=name)
        elif not on and running:
            # the person named the engine and pressed stop: no second question is needed
            self.run("stop_engine", name=name, confirm=True)

    def choose_stack(self, name: str | None) -> None:
        self.run("choose_stack", self.overview.set_routes, name=name)

    def set_route(self, modality: str, target: str | None) -> None:
        self.run("set_route", self.overview.set_routes, modality=modality, target=target)

    def set_offline(self, on: bool) -> None:
        if on == self.overview.offline:
            return

        def then(_: object) -> None:
            self.run("show_routes", self.overview.set_routes)

        self.run("set_offline", then, offline=on)

    # -- models -------------------------------------------------------------------------------------------------------

    def pull(self, *models: str) -> None:
        """Fetch models side by side; one that was paused goes on. What fails is told once for all of them."""
        pulling.pull(self.overview, self.run, self._pulled, models)

    def pause(self, model: str) -> None:
        self.run("pause_pull", model=model)

    def cancel(self, model: str) -> None:
        def then(_: object) -> None:
            self.overview.pulls.pop(model, None)
            self.overview.installed += 1
            self.overview.touch()

        self.run("cancel_pull", then, model=model)

    def remove(self, model: str) -> None:
        def then(_: object) -> None:
            self.overview.pulls.pop(model, None)
            self.overview.installed += 1
            self.said(tr("{model} removed", model=model))
            self.reload_models()

        self.confirmed(tr("Remove {model}?", model=model), tr("Remove"), "remove_model", then, model=model)

    def verify(self, model: str) -> None:
        def then(report: Mapping[str, object]) -> None:
            problems = " ".join(texts(report.get("problems")))
            self.said(tr("{model}: all files are intact", model=model) if report["ok"] else problems)

        self.said(tr("Checking {model} …", model=model))
        self.run("verify_model", then, model=model)

    def _pulled(self, answer: Mapping[str, object]) -> None:
        self.overview.installed += 1
        self.said(tr("{id} is installed", id=record(answer["model"])["id"]))
        self.reload_models()

    def fetch_pack(self, name: str, title: str, then: Then) -> None:
        """Ask for size and consent, then fetch a pack."""

        def begun(task: asyncio.Task[None]) -> None:
            self._packs[name] = task
            task.add_done_callback(lambda _: self._packs.pop(name, None))

        self.confirmed(title, tr("Fetch"), "add_pack", then, begun=begun, pack=name)

    def fetching_pack(self, name: str) -> Pull | None:
        """How far a pack is that was asked for here; None: it is not being fetched."""
        return (
            self.overview.pulls.get(PROGRESS + name, Pull(PROGRESS + name, "waiting")) if name in self._packs else None
        )

    def stop_pack(self, name: str) -> None:
        """Stop fetching a pack; what came so far is kept for the next time."""
        if (task := self._packs.get(name)) is not None:
            task.cancel()

    # -- samples of voices --------------------------------------------------------------------------------------------

    def list_voices(self, model: str, then: Callable[[list[Record]], None]) -> None:
        """The voices of an installed model."""

        def go(access: Access) -> None:
            self._tasks.start(sampling.voices(access, model), then)

        self.with_access(go)

    def play_sample(self, model: str, voice: str, language: str) -> None:
        """Let a voice say a sentence on this machine's speaker."""

        def go(access: Access) -> None:
            self._tasks.start(sampling.play(access, model, voice, language, self.samples), None, broke)

        def broke(error: BaseException) -> None:
            self.said(reason(error))

        self.said(tr("{voice} speaks …", voice=model))
        self.with_access(go)

    # -- the first turn -----------------------------------------------------------------------------------------------

    def take_turn(
        self,
        models: dict[str, str],
        cache: Path,
        then: Callable[[TurnTaken], None],
        broke: Callable[[BaseException], None],
    ) -> None:
        """Take one spoken turn through the socket."""

        def go(access: Access) -> None:
            self._tasks.start(first_turn.take(access, models, cache), then, broke)

        self.with_access(go)

    def play(self, audio: Path) -> None:
        """Play it on this machine's speaker."""

        def broke(error: BaseException) -> None:
            self.said(tr("{error} The answer is in {audio}.", error=reason(error), audio=audio))

        self._tasks.start(first_turn.play(audio), None, broke)
