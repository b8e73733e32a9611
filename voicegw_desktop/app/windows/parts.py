"""The few pieces every page is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from voicegw_desktop.app import theme

GAP = 12  # px between cards
PAD = 16  # px inside a card


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A text in one of the style sheet's roles: title, heading, figure, muted, good, warn, bad, mono."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    result.setWordWrap(wrap)
    if selectable:
        result.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Change a widget's role and let the style sheet see it."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, icon: str = "", role: str = "") -> QPushButton:
    """A push button, with an icon from resources/icons when named."""
    # Fusion puts icon and text too close together
    result = QPushButton(f" {text}" if icon else text)
    if role:
        result.setProperty("role", role)
    if icon:
        result.setIcon(theme.icon(icon, "on_accent" if role == "primary" else "text"))
        result.setProperty("icon_name", icon)
    return result


class Elided(QLabel):
    """A label that ends in … where there is no room, and says the rest in its tooltip."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show `text`, shortened to fit."""
        if text != self._full:
            self._full = text
            self.setAccessibleName(text)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        cut = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(cut)
        self.setToolTip(self._full if cut != self._full else "")


class Card(QFrame):
    """A bordered surface with a heading and room for more at its right."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(PAD, PAD - 4, PAD, PAD)
        self._column.setSpacing(8)
        self._top = QHBoxLayout()
        self._top.setSpacing(8)
        self._top.addWidget(label(heading, "heading"))
        self._top.addStretch(1)
        self._column.addLayout(self._top)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put `widget` below what is there."""
        self._column.addWidget(widget, stretch)

    def add_layout(self, layout: QHBoxLayout | QVBoxLayout) -> None:
        """Put `layout` below what is there."""
        self._column.addLayout(layout)

    def add_stretch(self) -> None:
        """Push what is there upwards."""
        self._column.addStretch(1)

    def add_to_heading(self, widget: QWidget) -> None:
        """Put `widget` at the right of the heading."""
        self._top.addWidget(widget)


class Page(QWidget):
    """One page of the window: a title, then its content."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 16, 20, 20)
        self.column.setSpacing(GAP)
        self.top = QHBoxLayout()
        self.top.addWidget(label(title, "title"))
        self.top.addStretch(1)
        self.column.addLayout(self.top)
