"""Projects: who pays, what was spent today, where the budget stands, and each one's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import capital, tr
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.viewmodels.words import money, places
from voicegw_desktop.app.windows.asking import ACTIONS, LIMITS, Limits
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import Form, FormPage, line, show_fixed
from voicegw_desktop.app.windows.parts import Card, button, flash
from voicegw_desktop.app.windows.project_side import ProjectSide
from voicegw_desktop.app.windows.rows import Column
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.typed import Record, number, record, records, text, texts, whole

UNPRICED = {"allow": "serve them, uncounted", "block": "refuse them"}
REACH = {"local": "this machine", "lan": "the local network", "cloud": "the cloud"}
SETTINGS = {**{name: f"{name}_budget" for name in LIMITS}, "action": "budget_action"}
"""Names of limits → the project's settings."""
TONES = {"warning": "warn", "exceeded": "bad"}


def _budget(project: Record) -> str:
    budget = number(project["daily_budget"])
    if budget is None:
        return tr("no limit")
    return tr("{v} of {amount}", v=f"{number(project['used']) or 0:.0%}", amount=money(round(budget * NANOS_PER_USD)))


def _today(project: Record) -> str:
    return money(whole(project["spent"]), whole(project["places"]) or 2)


def _tone(project: Record) -> str:
    """The colour of the words: red above the budget, the colour of its state below."""
    if project["daily_budget"] is None:
        return "muted"
    return "bad" if (number(project["used"]) or 0) > 1 else TONES.get(str(project["state"]), "")


def _differs(project: Record) -> str:
    """What is not as in most projects; the rest would be the same words in each row."""
    action, stack, reach = text(project["budget_action"]), text(project["default_stack"]), text(project["egress"])
    parts = [tr(ACTIONS[action])] if project["daily_budget"] is not None and action != "warn" else []
    parts += [tr("stack {name}", name=stack)] if stack else []
    parts += [tr("only {place}", place=tr(REACH[reach]))] if reach != "cloud" else []
    parts += [tr("in voicegw.yaml")] if project["source"] == "yaml" else []
    return ", ".join(parts)


COLUMNS: tuple[Column[Record], ...] = (
    Column("Project", lambda p: str(p["name"]), tip=lambda p: f"{p['id']} {p['description']}".strip()),
    Column("Today", _today, 8, right=True, by=lambda p: p["spent"]),
    Column(
        "Budget a day", _budget, 13,
        tone=_tone,
        share=lambda p: number(p["used"]) if p["daily_budget"] is not None else None,
        by=lambda p: number(p["used"]) if p["daily_budget"] is not None else None,
    ),
    Column("Own settings", _differs, tone=lambda _: "muted", rank=1),
)  # fmt: skip


class ProjectsPage(FormPage):
    """One row a project, and a form for the chosen one."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Projects and budgets", scrolls=True)
        self._view, self._do = overview, actions
        self._projects: list[Record] = []
        self._shown = ""

    def build(self) -> Iterator[None]:
        beside = self.halves()
        card = Card()
        beside.addWidget(card, 1)
        yield
        self.table = Table("Projects", COLUMNS, lambda p: p["id"])
        yield
        self.table.keep_rows(2)
        self.table.picked.connect(self._picked)
        card.add(self.table, 1)
        yield
        self.side = self.beside = ProjectSide(self._do)
        beside.addWidget(self.side)
        yield from self.side.build()
        yield
        self.form = Form()
        self.column.addWidget(self.form)
        self._id = line("kitchen")
        self._name = line(tr("Kitchen assistant"))
        self._budget = line(capital(tr("no limit")))
        yield
        self._action = Choice("When it is spent")
        self._unpriced = Choice("Models without a price")
        self._stack = Choice("Stack")
        self._settings = {
            "name": self._name,
            "daily_budget": self._budget,
            "budget_action": self._action,
            "unpriced": self._unpriced,
            "default_stack": self._stack,
        }
        yield
        self.form.put("Id", self._id, 2)
        self.form.put("Name", self._name, 2)
        self.form.put("Budget a day, US$", self._budget, 2)
        self.form.put("When it is spent", self._action, 2)
        self.form.put("Models without a price", self._unpriced, 3)
        self.form.put("Stack", self._stack, 3)
        yield
        self._save = button("Save", role="primary", press=self._save_it)
        self._limits = button("More budgets", press=self._ask_limits)
        self._key = button("Copy API key", "key-round", press=self._copy_key)
        self._delete = button("Delete", "trash-2", press=self._delete_it)
        self.form.buttons.addWidget(button("New project", "users", press=lambda: self.begin(self._id)))
        self.form.buttons.addStretch(1)
        for push in (self._delete, self._limits, self._key, self._save):
            self.form.buttons.addWidget(push)
        for edit in (self._id, self._name, self._budget):
            edit.returnPressed.connect(self._save_it)

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._view.life != "running":
            return

        def take(answer: Mapping[str, object]) -> None:
            self._projects = records(answer["projects"])
            self.refresh()

        self._do.run("list_projects", take)

    def refresh(self) -> None:
        """Show projects with what they have spent by now."""
        spent, budgets = self._view.spending.by_project, self._view.budgets
        rows, fine = [], places(spent.get(str(project["id"]), 0) for project in self._projects)
        for project in self._projects:
            nanos = spent.get(str(project["id"]), 0)
            budget = budgets.get(str(project["id"]))
            limit = round((number(project["daily_budget"]) or 0) * NANOS_PER_USD)
            used = (nanos or 0) / limit if limit else 1.0
            rows.append(
                {**project, "spent": nanos, "places": fine, "used": used, "state": budget.state if budget else "ok"}
            )
        self.table.show_rows(rows)
        if self.table.chosen() is None and rows and not self._new:
            self.table.choose_first()
        self._show_form()

    def _show_form(self) -> None:
        project: Record | None = None if self._new else self.table.chosen()
        shown = str(project["id"]) if project else "\0new"
        self.side.show_project(str(project["id"]) if project else "")
        self.form.show_field(self._id, project is None)
        self._key.setVisible(project is not None)
        self._limits.setVisible(project is not None)
        self._delete.setVisible(project is not None and project["source"] == "db" and not project["default"])
        if shown == self._shown:
            return
        self._shown = shown
        self.form.tell("")
        stacks = [(tr("As requested"), None), *((s, s) for s in self._view.stacks)]
        actions = [(capital(tr(words)), name) for name, words in ACTIONS.items()]
        unpriced = [(capital(tr(words)), name) for name, words in UNPRICED.items()]
        fixed = texts(project.get("in_file")) if project else []
        for name, widget in self._settings.items():
            show_fixed(widget, name in fixed)
        if project is None:
            self.form.entitle(tr("A new project"), tr("It gets a key of its own when you copy it."))
            for edit in (self._id, self._name, self._budget):
                edit.clear()
            self._action.show_pairs(actions, "warn")
            self._unpriced.show_pairs(unpriced, "allow")
            self._stack.show_pairs(stacks, None)
            return
        note = tr("What voicegw.yaml sets for it is changed in that file.") if project["source"] == "yaml" else ""
        self.form.entitle(str(project["id"]), note)
        self._name.setText(str(project["name"]))
        self._name.setCursorPosition(0)
        budget = number(project["daily_budget"])
        self._budget.setText("" if budget is None else f"{budget:g}")
        self._action.show_pairs(actions, project["budget_action"])
        self._unpriced.show_pairs(unpriced, project["unpriced"])
        self._stack.show_pairs(stacks, project["default_stack"])

    def _save_it(self) -> None:
        project: Record | None = None if self._new else self.table.chosen()
        try:
            typed = self._budget.text().strip().lstrip("$").replace(",", ".")
            budget = float(typed) if typed else None
        except ValueError:
            self.form.tell(
                tr('The budget is "{text}"; write US dollars, as in 2.50, or nothing.', text=self._budget.text())
            )
            return
        wanted = {
            "name": self._name.text().strip(),
            "daily_budget": budget,
            "budget_action": self._action.value(),
            "unpriced": self._unpriced.value(),
            "default_stack": self._stack.value(),
        }

        def saved(answer: Mapping[str, object]) -> None:
            name = str(record(answer["project"])["id"])
            self._new = False
            self._shown = ""
            self._do.said(tr("{name}: saved", name=name))
            self._do.reload_day()
            self._ask()

        if project is None:
            name = self._id.text().strip()
            if not name:
                self.form.tell(tr("A project needs an id, such as kitchen."))
                return
            settings = {k: v for k, v in wanted.items() if v not in (None, "")}
            self._do.run("create_project", saved, on_error=self._broke, project_id=name, **settings)
            return
        fixed = texts(project.get("in_file"))
        changed = {k: v for k, v in wanted.items() if v != project[k] and k not in fixed}
        if changed:
            self._do.run("update_project", saved, on_error=self._broke, project_id=project["id"], **changed)

    def _ask_limits(self) -> None:
        project: Record | None = self.table.chosen()
        if project is None:
            return
        now = {name: project.get(setting) for name, setting in SETTINGS.items()}
        fixed = [name for name, setting in SETTINGS.items() if setting in texts(project.get("in_file"))]
        title = tr("Budgets of {name}", name=text(project["name"]))
        dialog = Limits(self, title, now, lambda limits: save(limits), fixed)

        def save(limits: Record) -> None:
            changed = {SETTINGS[name]: value for name, value in limits.items()}
            broke = dialog.tell_error
            self._do.run("update_project", saved, on_error=broke, project_id=project["id"], **changed)

        def saved(answer: Mapping[str, object]) -> None:
            dialog.accept()
            self._shown = ""
            self._do.said(tr("{name}: saved", name=text(project["name"])))
            self._do.reload_day()
            self._ask()

        dialog.open()

    def _copy_key(self) -> None:
        project: Record | None = self.table.chosen()
        if project is not None:
            self._do.copy_key(str(project["id"]), lambda: flash(self._key, tr("Copied")))
            self.side.read()

    def _delete_it(self) -> None:
        project: Record | None = self.table.chosen()
        if project is None:
            return
        name = str(project["id"])

        def gone(_: object) -> None:
            self._do.said(tr("{name}: deleted", name=name))
            self._do.reload_day()
            self._ask()

        self._do.confirmed(
            tr("Delete {name}?", name=name), tr("Delete"), "delete_project", gone, on_error=self._broke, project_id=name
        )

    def _broke(self, error: BaseException) -> None:
        self.form.tell(reason(error))
