"""What the window holds: the side, the pages at its right, and the lines above these that must not be missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.in_parts import in_parts
from voicegw_desktop.app.language import locale, tr
from voicegw_desktop.app.viewmodels.matters import Matter
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.parts import Strip
from voicegw_desktop.app.windows.showing import PageStack
from voicegw_desktop.app.windows.side import Side


class Body(QWidget):
    """`names`: of the pages; `act` is called with the matter whose button is pressed."""

    def __init__(self, overview: Overview, names: Sequence[str], act: Callable[[str, Matter], None]) -> None:
        super().__init__()
        self._view = overview
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.side = Side(overview, names, act)
        row.addWidget(self.side)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self.exposed, self.microphone = Strip("bad"), Strip("warn")
        for strip in (self.microphone, self.exposed):
            right.addWidget(strip)
        self.stack = PageStack()
        right.addWidget(self.stack, 1)
        row.addLayout(right, 1)
        self.bare = True
        """Without icons, which are drawn when the window is first shown."""

    def refresh(self) -> None:
        """Bring all but the pages up to date."""
        view = self._view
        self.side.refresh()
        self.microphone.show_text(tr("The microphone is on: an agent listens.") if view.microphone else "")
        self.exposed.show_text(view.exposed[:1].upper() + view.exposed[1:])

    def restyled(self, icons: Sequence[str]) -> Iterator[None]:
        """Take the icons in the colours of the scheme now in force; those of the pages are named."""
        yield from self.side.restyled(icons)
        if self.bare:  # else they had theirs with their looks
            self.bare = False
            yield from in_parts(self.findChildren(QPushButton), theme.show_icon)
        for strip in (self.microphone, self.exposed):
            strip.restyle()

    def renamed(self, names: Sequence[str]) -> None:
        """Take the texts of the language now in force; the pages are made again for theirs."""
        # boxes for numbers and dates take it from here
        self.setLocale(locale())
        self.side.rename(names)
        self.refresh()
