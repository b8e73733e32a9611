"""Names and values in two columns: all that is known about the chosen row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import BESIDE, Card, label, set_role

LINES = 8  # as many as most rows have something to tell for


class Facts(QScrollArea):
    """A line for each fact; lines without a value are hidden."""

    def __init__(self) -> None:
        super().__init__()
        inside = QWidget()
        inside.setObjectName("turns")
        self.column = QVBoxLayout(inside)
        """For what stands below the lines."""
        self.column.setContentsMargins(0, 0, 0, 0)
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(4)
        self._form.setHorizontalSpacing(10)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self.column.addLayout(self._form)
        self.column.addStretch(1)
        self.setWidgetResizable(True)
        self.setWidget(inside)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def prepared(self, lines: int = LINES) -> Iterator[None]:
        """Make so many lines ahead, a few in each part: one that is made where it is seen costs a millisecond."""
        for number in range(lines):
            self._add_line()
            self._form.setRowVisible(number, False)
            if number % 3 == 0:
                yield

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show these names and values; a pair without a value is left out."""
        told = [pair for pair in pairs if pair[1]]
        while len(self._lines) < len(told):
            self._add_line()
        for place, (name, value) in enumerate(self._lines):
            shown = told[place] if place < len(told) else ("", "")
            if (name.text(), value.text()) != shown:
                name.setText(shown[0])
                value.setText(shown[1])
                self._form.setRowVisible(place, bool(shown[0]))

    def _add_line(self) -> None:
        name, value = label("", "small"), label("", wrap=True, selectable=True)
        # its smaller letters stand on the line of the value's
        name.setContentsMargins(0, 1, 0, 0)
        name.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        value.setMinimumWidth(104)
        self._form.addRow(name, value)
        self._lines.append((name, value))


class Panel(Card):
    """Beside a table: the chosen row's name, how it is, all that is known about it, and what can be done with it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        theme.keep_width(self, BESIDE)
        self.setAccessibleName(tr(name))
        self._title = label("", "heading", wrap=True)
        self._state = label("", "muted", wrap=True, selectable=True)
        self.facts = Facts()
        for widget in (self._title, self._state):
            self.add(widget)
        self.add(self.facts, 1)
        self.foot = QVBoxLayout()
        """For the buttons."""
        self.foot.setSpacing(6)
        self.add_layout(self.foot)

    def entitle(self, title: str, state: str, role: str = "muted") -> None:
        """Show the row's name and state."""
        self._title.setText(title)
        set_role(self._state, role or "muted")
        self._state.setText(state)
        self._state.setVisible(bool(state))
