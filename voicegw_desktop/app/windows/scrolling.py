"""Pages that are higher than the window: areas that scroll, and what the keyboard comes to in them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

EDGE = 4  # px kept free above and below what the keyboard comes to, for its ring


def scrolling(inside: QWidget) -> QScrollArea:
    """`inside` in an area that scrolls where it has no room."""
    inside.setObjectName("scrolled")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def show_whole(widget: QWidget) -> None:
    """Scroll to all of `widget`, and to what stands around it, such as its name, where there is room for that."""
    around = parent = widget.parentWidget()
    while parent is not None:
        inside = parent.widget() if isinstance(parent, QScrollArea) else None
        if isinstance(parent, QScrollArea) and inside is not None and inside.isAncestorOf(widget):
            fits = around is not None and around is not inside and around.height() <= parent.viewport().height()
            at = around if around is not None and fits else widget
            middle = at.mapTo(inside, at.rect().center())
            parent.ensureVisible(middle.x(), middle.y(), 0, at.height() // 2 + EDGE)
        parent = parent.parentWidget()
