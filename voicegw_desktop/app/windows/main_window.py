"""The window: a list of pages at the left, the chosen page at the right; a page is made when it is first turned to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox
from shiboken6 import isValid

from voicegw_desktop.app import theme
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.in_parts import WAITS, finish
from voicegw_desktop.app.loop import catch_up
from voicegw_desktop.app.viewmodels.matters import DISMISS, READ, Matter
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.body import Body
from voicegw_desktop.app.windows.down import Down
from voicegw_desktop.app.windows.parts import Page
from voicegw_desktop.app.windows.question import question
from voicegw_desktop.app.windows.scrolling import show_whole
from voicegw_desktop.app.windows.showing import PageFactory, dressed, laid_out

SIZE = QSize(1180, 720)
SMALLEST = QSize(820, 520)
LOOK_AGAIN = 5000  # ms; the chart moves on although nothing happens
PAUSE, LONGEST_PAUSE = 3, 20  # ms between two parts of a page that is being made
GEOMETRY = "window/geometry"


class MainWindow(QMainWindow):
    """Hidden, not ended, by its close button while the tray can bring it back."""

    def __init__(
        self,
        overview: Overview,
        factories: list[PageFactory],
        *,
        settings: QSettings,
        on_close: Callable[[], bool],
        on_hidden: Callable[[], None] = lambda: None,
        act: Callable[[str, Matter], None] = lambda does, matter: None,
        quit: Callable[[], None] = lambda: None,
    ) -> None:
        """`act` does what the button of a matter says, unless that is to turn to a page."""
        super().__init__()
        self._overview, self._factories, self._settings = overview, factories, settings
        self._on_close, self._on_hidden, self._mend = on_close, on_hidden, act
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN)
        self._clock.timeout.connect(self.refresh)
        self._pages: dict[int, Page] = {}
        self._known: set[int] = set()
        """Pages that have been in view."""
        self._turning: Iterator[None] | None = None
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._next_part)
        self._waits = 0  # turns that the next part left to streams
        self._redrawing: Iterator[None] | None = None
        """The page in view drawn again in parts, in another size."""
        self._looks: Iterator[None] | None = None
        self._texts: Iterator[None] | None = None
        self._dressing = False  # whether other looks or texts are being taken, which must not end half way
        self._question: QMessageBox | None = None
        self.setAnimated(False)
        self.setWindowTitle("VoiceGateway")
        self.setWindowIcon(tray_icon("ready"))
        self.resize(SIZE)
        geometry = settings.value(GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.body = Body(overview, self.names, self.act)
        self.side, self.nav, self.stack = self.body.side, self.body.side.nav, self.body.stack
        self.stack.in_parts = self._waited_for
        self.stack.resized.connect(self._draw_again)
        self.setCentralWidget(self.body)
        self._down: Down | None = None
        self.nav.currentRowChanged.connect(self._turn_to)
        for number in range(len(factories)):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{(number + 1) % 10}"), self)
            shortcut.activated.connect(lambda n=number: self.nav.setCurrentRow(n))
        for keys, call in (
            (QKeySequence(QKeySequence.StandardKey.Close), self.close),
            (QKeySequence("Ctrl+Q"), quit),
            (QKeySequence(QKeySequence.StandardKey.Find), self.stack.go_to_search),
            (QKeySequence("?"), self._show_shortcuts),
            (QKeySequence("Escape"), self.stack.escape),
        ):
            QShortcut(keys, self).activated.connect(lambda c=call: c())
        self._keep_room()
        self.nav.setCurrentRow(0)
        overview.changed.connect(self.refresh)

    def dress(self, parts: Iterator[None]) -> None:
        """Take other looks in these parts. Where the window is in view, its old picture stays until they are done."""
        self._looks = parts  # what was to be next is out of date
        self._change()

    def speak(self, parts: Iterator[None]) -> None:
        """Take other texts in these parts, and make again all that shows any."""
        self._texts = parts
        self._change()

    def _change(self) -> None:
        if self._dressing:  # taken next
            return
        self.stack.uncover()
        self.setUpdatesEnabled(False)
        self._dressing, self._turning = True, self._dressed()
        self._turn.start(0)

    def _dressed(self) -> Iterator[None]:
        """Take looks and texts, then turn to the page that is chosen by then."""
        while self._looks is not None or self._texts is not None:
            looks, texts, self._looks, self._texts = self._looks, self._texts, None, None
            if texts is not None:
                yield from self._spoken(texts)
            if looks is not None:
                yield from looks
            if self._looks is None and self._texts is None:
                # others may come meanwhile, as texts whose translation had to be compiled first
                yield from self._restyled()
        if self.isVisible():
            self.stack.cover()
        self.setUpdatesEnabled(True)
        self._dressing = False
        if not self.isVisible():
            self._turning = None
            return
        yield
        row = self.nav.currentRow()
        if self._readable(row):
            self._turning = self._drawn() if self._in_view(row) else self._make(row)
        else:
            self.refresh()
            self._turning = self._drawn()
        yield

    def _spoken(self, texts: Iterator[None]) -> Iterator[None]:
        """Take other texts; the page in view stays until another takes its place, since all are made again."""
        for dialog in self.findChildren(QDialog):
            dialog.deleteLater()
        old, self._pages, self._known = self._pages, {}, set()
        for page in old.values():
            self.stack.drop(page)
            yield
        yield from texts
        self.body.renamed(self.names)
        yield

    def _end_dressing(self) -> None:
        """Take at once what is left of looks and texts, in a window that is shown."""
        began = self._dressing
        while self._dressing and self._turning is not None:
            next(self._turning)
        if began:
            self.stack.uncover()
            self._turning = None

    def restyle(self) -> None:
        """Take the icons in the colours of the scheme now in force, and the room that its letters need."""
        finish(self._restyled())

    def _keep_room(self) -> None:
        least = QSize(theme.scaled(SMALLEST.width(), 0.6), theme.scaled(SMALLEST.height(), 0.6))
        self.setMinimumSize(least.boundedTo(self.screen().availableSize()).expandedTo(SMALLEST))

    def _restyled(self) -> Iterator[None]:
        self._keep_room()
        yield from self.body.restyled([factory.icon for factory in self._factories])

    @property
    def names(self) -> list[str]:
        """The names of all pages, in order."""
        return [factory.name for factory in self._factories]

    def page(self, name: str) -> Page:
        """The page called `name`, made if it was not turned to yet."""
        row = next(i for i, factory in enumerate(self._factories) if factory.name == name)
        return self._page(row)

    def _page(self, row: int) -> Page:
        page = self._begun(row)
        finish(page.parts)
        return page

    def _begun(self, row: int) -> Page:
        if row not in self._pages:
            page = self._pages[row] = self._factories[row].make()
            page.wanted.connect(self.act)
            self.stack.addWidget(page)
        return self._pages[row]

    def turn_to(self, name: str) -> None:
        """Show the page called `name`."""
        self.nav.setCurrentRow(next(i for i, factory in enumerate(self._factories) if factory.name == name))

    def on_shown(self) -> None:
        """The gateway came up: let the visible page read what it shows."""
        row = self.nav.currentRow()
        if self.isVisible() and self._turning is None and self._readable(row) and self._in_view(row):
            self._known.add(row)
            self._page(row).on_shown()

    def refresh(self) -> None:
        """Redraw the visible page and the lines around it; nothing when the window is hidden."""
        if not self.isVisible():
            return
        self.body.refresh()
        if self.isActiveWindow():
            # the sidebar says what it is about: the tray need not call any longer
            self._overview.seen()
        row = self.nav.currentRow()
        if not self._readable(row):
            self.stack.put(self._not_serving(self._factories[row].name), self.nav)
        elif self._turning is None and self._in_view(row):
            self._page(row).refresh()
        elif self._turning is None:  # the gateway is back: streams may be, too
            self._turn_to(row)

    def _in_view(self, row: int) -> bool:
        return row in self._pages and self._pages[row] is self.stack.currentWidget()

    def _not_serving(self, name: str) -> Down:
        if self._down is None:
            self._down = Down(self._overview, self.act)
            self.stack.addWidget(self._down)
        self._down.show_for(name)
        return self._down

    def act(self, does: str, matter: Matter) -> None:
        """Do what a button of the sidebar or of the list of matters says."""
        if any(factory.name == does for factory in self._factories):
            self.turn_to(does)
        elif does == DISMISS:
            self._overview.dismissed.add(matter.text)
        elif does.startswith(READ):
            if does == READ:
                self.turn_to("Conversations")
                self.page("Conversations").show_notices()
            self._overview.read()
        else:
            self._mend(does, matter)
        self.refresh()

    def _show_shortcuts(self) -> None:
        self.turn_to("Help")
        self.page("Help").show_shortcuts()

    def ask(self, title: str, text: str, yes: str, then: Callable[[], None]) -> None:
        """A question before something is destroyed; `yes` is the button that does it. It never blocks the loop."""
        self._question = question(self, title, text, yes, then)

    def _turn_to(self, row: int) -> None:
        if self._dressing:  # the page follows
            return
        self._turning = None
        self.stack.uncover()
        if not self.isVisible():  # made when the window is shown
            return
        if not self._readable(row):
            self.refresh()
            return
        # a page is made, filled and drawn in parts, each in a turn of the loop of its own: all at once would keep the
        # streams waiting
        self._turning = self._make(row)
        self._turn.start(0)

    def _next_part(self) -> None:
        self._waits = 0 if catch_up() or self._waits >= WAITS else self._waits + 1
        if self._waits:  # what is left of a burst of streams would wait for this part, too
            self._turn.start(0)
        elif self._turning is not None:
            began = perf_counter()
            next(self._turning, None)
            # Qt lays out what the part made before it looks at any timer
            catch_up()
            if self._turning is not None:
                # the streams get at least as long as the part took
                took = round((perf_counter() - began) * 1000)
                self._turn.start(min(max(PAUSE, took), LONGEST_PAUSE))

    def _make(self, row: int) -> Iterator[None]:
        """Build the page if it is new, let it read, fill it, and show it."""
        page = self._begun(row)
        if row not in self._known:
            yield
            # not `yield from`, which would end the parts for good when another page is turned to meanwhile
            for _ in page.parts:
                yield
            yield
            yield from dressed(page)
            yield
        page.on_shown()
        yield
        page.refresh()
        yield
        if self.stack.currentWidget() is not page:
            yield from laid_out(page, self.stack.size())
            self.stack.cover()
            yield
            self.stack.put(page, self.nav)
            yield
            yield from self.stack.uncovered(bool(self._overview.active))
        self._known.add(row)
        self._turning = None
        self.side.refresh()

    def _readable(self, row: int) -> bool:
        return self._factories[row].alone or self._overview.life == "running"

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Go to the next control and show all of it: Qt scrolls to the place of the letters alone."""
        found = super().focusNextPrevChild(forwards)
        if found and (now := self.focusWidget()) is not None:
            show_whole(now)
        return found

    def event(self, event: QEvent) -> bool:
        drawn = event.type() == QEvent.Type.UpdateRequest
        if drawn:
            catch_up()
        done = super().event(event)
        if drawn:
            catch_up()
        return done

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._end_dressing()  # else it would be shown without a picture until then
        self._clock.start()
        if self.focusWidget() is None:
            # else Qt gives the focus, and its ring, to the first button
            self.nav.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._turning is None and self._overview.active:
            # streams would wait for the page and its picture
            self.stack.cover(blank=True)
            self._turning = self._opened()
            self._turn.start(0)
        else:
            if self.body.bare:
                self.restyle()
            row = self.nav.currentRow()
            if self._turning is None and self._readable(row):
                self.stack.put(self._page(row), self.nav)
            self.on_shown()
        self.refresh()

    def _opened(self) -> Iterator[None]:
        """Draw the icons and the page that is chosen, in a window that was just shown."""
        if self.body.bare:
            yield from self._restyled()
            yield
        row = self.nav.currentRow()
        if self._readable(row) and not self._in_view(row):
            yield from self._make(row)
        else:
            self._turning = None
            self.on_shown()
            self._turning = self._drawn()
            yield

    def _drawn(self) -> Iterator[None]:
        """Draw the page that is in view."""
        yield from self.stack.uncovered(bool(self._overview.active))
        self._turning = None

    def _waited_for(self) -> bool:
        """Whether streams would wait for a picture of the page, and no page is on its way anyway."""
        free = self._turning is None or self._turning is self._redrawing
        return self.isVisible() and free and bool(self._overview.active)

    def _draw_again(self) -> None:
        self._turning = self._redrawing = self._redrawn()
        if not self._turn.isActive():
            self._turn.start(0)

    def _redrawn(self) -> Iterator[None]:
        self.stack.fit()
        yield
        yield from self._drawn()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.setValue(GEOMETRY, self.saveGeometry())
        self._clock.stop()
        self._on_hidden()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._on_close():
            event.accept()
        else:
            event.ignore()
            # a question whether to end stays there to be answered
            if self._question is None or not isValid(self._question) or not self._question.isVisible():
                self.hide()
