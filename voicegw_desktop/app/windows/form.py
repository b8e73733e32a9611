"""The lower half of a page: fields for the chosen row, its buttons, and a sentence about the last result."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import Card, Elided, Page, label, set_role
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import Wrapping


def line(placeholder: str = "", *, secret: bool = False) -> QLineEdit:
    """A text field; a secret one shows dots and cannot be copied from."""
    edit = QLineEdit()
    edit.setPlaceholderText(placeholder)
    if secret:
        edit.setEchoMode(QLineEdit.EchoMode.Password)
    return edit


def field(name: str, widget: QWidget) -> QVBoxLayout:
    """A widget below its name, tied to it for screen readers."""
    box = QVBoxLayout()
    box.setSpacing(4)
    above = label(name, "small")
    above.setBuddy(widget)
    widget.setAccessibleName(tr(name))
    box.addWidget(above)
    box.addWidget(widget)
    return box


IN_FILE = "Set in voicegw.yaml, which takes precedence."


def show_fixed(widget: QWidget, fixed: bool) -> None:
    """A field that voicegw.yaml sets cannot be changed here, and says so."""
    widget.setEnabled(not fixed)
    widget.setToolTip(tr(IN_FILE) if fixed else "")
    widget.setAccessibleDescription(tr(IN_FILE) if fixed else "")


class Form(Card):
    """A heading that names the row, fields, a message, buttons; what has no room in its line stands in one below."""

    def __init__(self) -> None:
        super().__init__()
        self._title = Elided("", "heading", Qt.TextElideMode.ElideRight)
        self.note = label("", "muted", wrap=True)
        self._fields = Wrapping(spacing=10)
        self._boxes: dict[QWidget, QWidget] = {}
        self._message = label("", "bad", wrap=True, selectable=True)
        self.buttons = Wrapping()
        self.column.addWidget(self._title)
        self.column.addWidget(self.note)
        self.column.addLayout(self._fields)
        self.column.addWidget(self._message)
        self.column.addLayout(self.buttons)
        self._message.hide()

    def put(self, name: str, widget: QWidget, stretch: int = 1) -> None:
        """One more field."""
        box = QWidget()
        inside = field(name, widget)
        inside.setContentsMargins(0, 0, 0, 0)
        box.setLayout(inside)
        self._boxes[widget] = box
        self._fields.addWidget(box, stretch)

    def show_field(self, widget: QWidget, on: bool) -> None:
        """A field with its name, or neither."""
        self._boxes[widget].setVisible(on)

    def entitle(self, title: str, note: str = "") -> None:
        """Name the row."""
        self._title.show_text(title)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def tell(self, text: str, role: str = "bad") -> None:
        """Show a result; it stays until the next one."""
        set_role(self._message, role)
        self._message.setText(text)
        self._message.setVisible(bool(text))


class FormPage(Page):
    """A page with a table, and a form for the chosen row or for a new one that was begun."""

    table: Table
    _new = False
    """Whether the form is that of a new row"""

    def _show_form(self) -> None:
        raise NotImplementedError

    def begin(self, first: QWidget) -> None:
        """Show the form of a new row, with the keyboard in its first field."""
        self._new = True
        self.table.clearSelection()
        self._show_form()
        first.setFocus()

    def escape(self) -> None:
        if self._new:
            self.table.choose_again()
            self._picked()
            self.table.setFocus()

    def _picked(self) -> None:
        self._new = False
        self._show_form()
