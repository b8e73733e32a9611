"""What a page shows while the gateway does not run: the reason, and a button to start it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.matters import Matter, matters
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.parts import Page, button, label, row_of, say
from voicegw_desktop.app.windows.wrapping import wrapped

WIDTH = 480  # px


class Down(Page):
    """One for all pages; `act` does what its buttons say."""

    def __init__(self, overview: Overview, act: Callable[[str, Matter], None]) -> None:
        super().__init__("")
        self._view, self._act = overview, act
        self._matter: Matter | None = None
        middle = QVBoxLayout()
        middle.setSpacing(10)
        self._head = label("", "number")
        self._text = label("", "muted", wrap=True, selectable=True)
        self._text.setFixedWidth(WIDTH)
        self._push = button("", role="primary", press=lambda: self._press(first=True))
        self._second = button("", press=lambda: self._press(first=False))
        middle.addStretch(1)
        for widget in (self._head, self._text):
            widget.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            middle.addWidget(widget)
        middle.addLayout(wrapped(self._push, self._second, 1))
        middle.addStretch(2)
        self.column.addLayout(row_of(1, middle, 1))

    def show_for(self, page: str) -> None:
        """Show this in place of the page of that name."""
        self.rename(tr(page))
        view = self._view
        found = matters(view)
        self._matter = found[0] if found and view.life != "starting" else None
        starting = view.life == "starting"
        self._head.setText(tr("Starting …") if starting else tr("The gateway is not serving"))
        self._text.setText(tr("This page will be here in a moment.") if starting else view.why)
        say(self._push, self._matter.button if self._matter else "")
        say(self._second, self._matter.second if self._matter else "")
        self._push.setVisible(bool(self._matter and self._matter.button))
        self._second.setVisible(bool(self._matter and self._matter.second))

    def _press(self, *, first: bool) -> None:
        if self._matter is not None:
            self._act(self._matter.does if first else self._matter.second_does, self._matter)
