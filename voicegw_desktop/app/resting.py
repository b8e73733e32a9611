"""Layouts that rest while all that is in them changes, and are then worked out in parts.

Qt would lay all of a page out again after each few widgets that changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QMainWindow, QWidget
from shiboken6 import isValid

from voicegw_desktop.app.in_parts import parts_of
from voicegw_desktop.app.windows.scrolling import Scrolled


def rest(widget: QWidget) -> None:
    """Let the layout of `widget` do nothing until `laid_out_again`."""
    if (layout := widget.layout()) is not None and not isinstance(widget, QMainWindow):
        layout.setEnabled(False)


def laid_out_again(widgets: Sequence[QWidget]) -> Iterator[None]:
    """Let the layouts of these widgets work again, and lay out what is in view, from the inside to the outside.

    `widgets`: what is around others stands before them.
    """
    return parts_of(step for widget in reversed(widgets) if isValid(widget) for step in _steps(widget))


def _steps(widget: QWidget) -> Iterator[None]:
    layout = widget.layout()
    if layout is None:
        return
    layout.setEnabled(True)
    if not widget.isVisible():
        return
    if isinstance(widget, Scrolled):
        yield from widget.fitted()
    if isValid(layout):
        layout.activate()
    yield
