"""A small window with some fields: limits of a budget, and what an invoice adds to the cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import capital, tr
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import IN_FILE, field, line, show_fixed
from voicegw_desktop.app.windows.parts import GAP, button, label
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.text import printable
from voicegw_desktop.core.typed import Record, number, records, text, texts, whole

ACTIONS = {"warn": "only warn", "throttle": "serve what is free", "block": "refuse what costs"}
LIMITS = {"daily": "Budget a day, US$", "weekly": "Budget a week, US$", "monthly": "Budget a month, US$"}
OF_PERIOD = {"day": "daily", "week": "weekly", "month": "monthly"}
WIDTH = 340  # px


class Asking(QDialog):
    """Fields, one below the other, and a button `name`, which calls `press()`."""

    def __init__(self, parent: QWidget, title: str, note: str, fields: Iterable[QLayout], name: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(printable(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH)
        self.press: Callable[[], None] = self.accept
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        heading = label(title, "heading", wrap=True)
        # a long name in it, which has no place to break, would widen the window over the screen's edge
        how = heading.sizePolicy()
        how.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
        heading.setSizePolicy(how)
        column.addWidget(heading)
        if note:
            column.addWidget(label(note, "muted", wrap=True))
        for each in fields:
            column.addLayout(each)
        self._message = label("", "bad", wrap=True, selectable=True)
        self._message.hide()
        column.addWidget(self._message)
        done = button(name, role="primary", press=lambda: self.press())
        done.setDefault(True)
        self._column = column
        column.addLayout(wrapped(1, button("Cancel", press=self.reject), done))

    def lead(self, elsewhere: QPushButton) -> None:
        """Add a button that closes this window, besides what it does."""
        elsewhere.clicked.connect(self.reject)
        self._column.addWidget(elsewhere)

    def tell(self, sentence: str) -> None:
        """Say what is wrong with the fields."""
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

    def tell_error(self, error: BaseException) -> None:
        """Say why it was not done."""
        self.tell(reason(error))


class Limits(Asking):
    """What a day, week and month may cost; `save(limits)` is called with `daily`, `weekly`, `monthly` and `action`,
    without those that `fixed` names: voicegw.yaml sets them."""

    def __init__(
        self, parent: QWidget, title: str, now: Record, save: Callable[[Record], None], fixed: Collection[str] = ()
    ) -> None:
        self._amounts = {name: line(capital(tr("no limit"))) for name in LIMITS}
        for name, edit in self._amounts.items():
            amount = number(now.get(name))
            edit.setText("" if amount is None else f"{amount:g}")
        self._action = Choice("When it is spent")
        pairs: list[tuple[str, object]] = [(capital(tr(words)), name) for name, words in ACTIONS.items()]
        self._action.show_pairs(pairs, text(now.get("action")) or "warn")
        fields = [field(words, self._amounts[name]) for name, words in LIMITS.items()]
        fields.append(field("When it is spent", self._action))
        note = tr("An empty field means no limit.")
        super().__init__(parent, title, f"{note} {tr(IN_FILE)}" if fixed else note, fields, tr("Save"))
        self._save, self._fixed = save, frozenset(fixed)
        for name, widget in (*self._amounts.items(), ("action", self._action)):
            show_fixed(widget, name in self._fixed)
        self.press = self._read

    def _read(self) -> None:
        limits: Record = {"action": self._action.value()}
        for name, edit in self._amounts.items():
            try:
                limits[name] = amount(edit)
            except ValueError:
                said = tr('The budget is "{text}"; write US dollars, as in 2.50, or nothing.', text=edit.text())
                self.tell(said)
                return
        self._save({name: value for name, value in limits.items() if name not in self._fixed})


def ask_limits(
    parent: QWidget,
    do: Actions,
    title: str,
    kind: str,
    name: str,
    *,
    then: Callable[[], None] = lambda: None,
    beside: QPushButton | None = None,
) -> None:
    """Show and change the limits of a key, or of the whole machine (its kind `machine`, and no name).

    `then` is called when they are stored; `beside` is a button that leads elsewhere, and closes the window.
    """

    def show(answer: Mapping[str, object]) -> None:
        rows = [r for r in records(answer.get("budgets")) if r.get("kind") == kind and r.get("name") == name]
        fixed = {field for row in rows for field in texts(row.get("in_file"))}
        dialog = Limits(parent, title, limits_of(rows), lambda now: save(now), fixed)
        if beside is not None:
            dialog.lead(beside)

        def saved(_: object) -> None:
            dialog.accept()
            do.said(tr("{name}: saved", name=title))
            do.reload_day()
            then()

        def save(limits: Record) -> None:
            whose = {"key": name} if kind == "key" else {}
            do.run("set_budget", saved, on_error=dialog.tell_error, **whose, **limits)

        dialog.open()

    do.run("budgets", show)


class InvoiceTerms(Asking):
    """What an invoice adds to the cost; `write(terms)` is called with `markup`, `currency` and `rate`, where given."""

    def __init__(self, parent: QWidget, title: str, write: Callable[[Record], None]) -> None:
        self._markup, self._currency, self._rate = line("0"), line("USD"), line("1")
        note = tr("Mark-up and rate are what you give; nothing is looked up.")
        fields = (
            field("Mark-up, per cent", self._markup),
            field("Currency, three letters", self._currency),
            field("Amount for one US dollar", self._rate),
        )
        super().__init__(parent, title, note, fields, tr("Write the invoice"))
        self._write = write
        self.press = self._read

    def _read(self) -> None:
        terms: Record = {}
        for name, edit in (("markup", self._markup), ("rate", self._rate)):
            try:
                value = amount(edit)
            except ValueError:
                self.tell(tr('"{text}" is no number; write it as in 2.50, or nothing.', text=edit.text()))
                return
            if value is not None:
                terms[name] = value
        if currency := self._currency.text().strip():
            terms["currency"] = currency
        self._write(terms)


def limits_of(rows: Iterable[Record]) -> Record:
    """The limits that these rows of the operation `budgets` tell."""
    found: Record = {}
    for row in rows:
        nanos = whole(row.get("budget_nanos"))
        dollars = None if nanos is None else nanos / NANOS_PER_USD
        found |= {OF_PERIOD[text(row.get("period"))]: dollars, "action": row.get("action")}
    return found


def amount(edit: QLineEdit) -> float | None:
    """The number that was typed, with a point or a comma; None: nothing. Raises ValueError."""
    typed = edit.text().strip().lstrip("$").rstrip("%").strip().replace(",", ".")
    return float(typed) if typed else None
