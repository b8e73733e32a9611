"""A question before something is destroyed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from voicegw_desktop.app.language import tr
from voicegw_desktop.core.text import printable


def question(parent: QWidget, title: str, text: str, yes: str, then: Callable[[], None]) -> QMessageBox:
    """Ask; `yes` is the button that calls `then`. It never blocks the loop."""
    title, text = printable(title), printable(text, lines=True)
    # the frame cuts a longer title, and the question stands in the box
    box = QMessageBox(QMessageBox.Icon.Warning, "VoiceGateway", title, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(text)
    does = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    # not Qt's own, in which some desktops put a picture that stands in no other button
    no = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda pressed: then() if pressed is does else None)
    box.open()
    return box
