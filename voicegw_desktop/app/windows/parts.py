"""The few pieces every page is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.scrolling import Scrolled
from voicegw_desktop.app.windows.wrapping import Wrapping
from voicegw_desktop.core.text import printable

GAP = 12  # px between cards
PAD = 16  # px inside a card
SIDE = 20  # px between the content and the edges of a page
TOP = 34  # px of the line of the title: of one height on every page, so that nothing jumps when a page is turned
BESIDE, BESIDE_SMALL = 272, 232  # px of what stands beside a table
WIDEST = 1440  # px of any page's content, which stands in the middle of a larger window
ROOMY = 800  # px of a page from which on it is the wider one
FLASH = 2000  # ms that a button says that it did what it should
SEARCH = "search"
"""The object name of a page's search field, which Ctrl+F goes to."""


class Text(QLabel):
    """A label of plain text. What callers wrote into it cannot reorder or hide what stands beside it."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(self.alignment())
        self.setText(text)

    def setAlignment(self, where: Qt.AlignmentFlag) -> None:
        """Align; left is where lines begin. Qt would put figures and Latin names of a mirrored window at the left."""
        fixed = where & (Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignHCenter)
        if QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft and not fixed:
            at_left = not where & Qt.AlignmentFlag.AlignRight
            side = Qt.AlignmentFlag.AlignRight if at_left else Qt.AlignmentFlag.AlignLeft
            where = where & Qt.AlignmentFlag.AlignVertical_Mask | side | Qt.AlignmentFlag.AlignAbsolute
        super().setAlignment(where)

    def setText(self, text: str) -> None:
        """Show `text`, line breaks kept."""
        super().setText(printable(text, lines=True))

    def setToolTip(self, text: str) -> None:
        """Tell `text` when the pointer rests on it. Qt would read markup in it."""
        super().setToolTip(tip(text))


def tip(text: str) -> str:
    """`text` for a tooltip, which Qt takes for HTML when it looks like it."""
    safe = printable(text, lines=True)
    return Qt.convertFromPlainText(safe) if Qt.mightBeRichText(safe) else safe


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A text in one of the style sheet's roles: title, heading, figure, number, muted, small, good, warn, bad, mono."""
    result = Text(tr(text))
    if role:
        result.setProperty("role", role)
    result.setWordWrap(wrap)
    if selectable:
        result.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        # selectable text would be a stop of the Tab key at which nothing can be done
        result.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Change a widget's role and let the style sheet see it."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, icon: str = "", role: str = "", *, press: Callable[[], object] | None = None) -> QPushButton:
    """A push button, with an icon from resources/icons when named; only the keyboard gives it a focus ring."""
    text = tr(text)
    # Fusion puts icon and text too close together
    result = QPushButton(f" {text}" if icon and text else text)
    result.setAccessibleName(text)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if role:
        result.setProperty("role", role)
    if icon:
        result.setProperty("icon_name", icon)
        theme.show_icon(result)
    if press is not None:
        result.clicked.connect(lambda _checked=False: press())
    return result


def say(push: QPushButton, text: str, icon: str = "") -> None:
    """Change a button's text, also for screen readers, and its icon where one is named."""
    text = printable(text)
    if icon and push.property("icon_name") != icon:
        push.setProperty("icon_name", icon)
        theme.show_icon(push)
    if push.accessibleName() != text:
        push.setAccessibleName(text)
        push.setText(f" {text}" if push.property("icon_name") else text)


def flash(push: QPushButton, text: str) -> None:
    """Say in the button itself, for a moment, that it did what it should; it keeps its width meanwhile."""
    running = push.findChild(QTimer)
    if running is not None:
        running.start()
        return
    before, least = push.accessibleName(), push.minimumWidth()
    push.setMinimumWidth(push.width())
    say(push, text)
    timer = QTimer(push)
    timer.setSingleShot(True)
    timer.setInterval(FLASH)

    def back() -> None:
        timer.setParent(None)
        say(push, before)
        push.setMinimumWidth(least)

    timer.timeout.connect(back)
    timer.start()


class Elided(Text):
    """A label that ends in … where there is no room, and says the rest in its tooltip."""

    def __init__(self, text: str = "", role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__()
        self._full = self._short = ""
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.show_text(text)

    def show_text(self, text: str, short: str = "") -> None:
        """Show `text`, or `short` where there is no room for it, shortened to fit."""
        text, short = printable(text), printable(short)
        if (text, short) != (self._full, self._short):
            self._full, self._short = text, short
            self.setAccessibleName(text)
            self._fit()

    def whole_width(self) -> int:
        """Pixels that the whole text takes."""
        return self.fontMetrics().horizontalAdvance(self._full)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), self.width()
        text = self._short if self._short and metrics.horizontalAdvance(self._full) > room else self._full
        cut = metrics.elidedText(text, self._mode, room)
        self.setText(cut)
        self.setToolTip(self._full if cut != self._full else "")


class Segments(QFrame):
    """A row of words of which one is chosen."""

    chosen = Signal(int)

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.setObjectName("segments")
        row = Wrapping(self, spacing=2)
        row.setContentsMargins(2, 2, 2, 2)
        self._group = QButtonGroup(self)
        for number, name in enumerate(names):
            push = button(name, role="segment")
            push.setCheckable(True)
            push.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._group.addButton(push, number)
            row.addWidget(push)
        self._group.idToggled.connect(self._stop_at)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)
        # words cut in half say nothing: better a second line of them
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Minimum)

    @property
    def current(self) -> int:
        return self._group.checkedId()

    def _stop_at(self, number: int, on: bool) -> None:
        """Let Tab stop at the chosen word alone: the arrows lead to the others."""
        push, among = self._group.button(number), self._group.buttons()
        push.setFocusPolicy(Qt.FocusPolicy.TabFocus if on else Qt.FocusPolicy.NoFocus)
        if on and any(other.hasFocus() for other in among):
            push.setFocus()

    def choose(self, number: int) -> None:
        """Choose without a click."""
        self._group.button(number).setChecked(True)
        self.chosen.emit(number)


def nothing(text: str) -> QLabel:
    """What stands in the middle of a list without rows."""
    result = label(text, "muted", wrap=True)
    result.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return result


class Strip(QFrame):
    """A line across the window that must not be missed, with at most one thing to do about it."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setProperty("role", role)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 7, 12, 7)
        row.setSpacing(10)
        self._role = role
        self._mark = label()
        row.addWidget(self._mark)
        self._text = label("", role, wrap=True, selectable=True)
        row.addWidget(self._text, 1)
        self.push = button("", role="flat")
        row.addWidget(self.push)
        # one height, with a button or without
        self.setMinimumHeight(self.push.sizeHint().height() + 14)
        self.restyle()
        self.hide()

    def restyle(self) -> None:
        """Take the mark in the colours of the scheme now in force."""
        color = getattr(theme.tokens(), self._role)
        self._mark.setPixmap(theme.icon_pixmap("triangle-alert", color, 16, self.devicePixelRatioF()))

    def show_text(self, text: str, action: str = "") -> None:
        """Appear with `text`, or disappear without one."""
        text = printable(text, lines=True)
        if self._text.text() != text:
            self._text.setText(text)
            self.setAccessibleName(text)
        say(self.push, action)
        self.push.setVisible(bool(action))
        self.setVisible(bool(text))


class Card(QFrame):
    """A bordered surface with a heading and room for more at its right."""

    def __init__(self, heading: str = "") -> None:
        super().__init__()
        self.setObjectName("card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(PAD, PAD - 4, PAD, PAD)
        self.column.setSpacing(8)
        self.top = Wrapping()
        if heading:
            self.top.addWidget(label(heading, "heading"))
            self.top.addStretch(1)
            self.column.addLayout(self.top)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put `widget` below what is there."""
        self.column.addWidget(widget, stretch)

    def add_layout(self, layout: QLayout) -> None:
        """Put `layout` below what is there."""
        self.column.addLayout(layout)

    def add_stretch(self) -> None:
        """Add empty space below, so that the content stands at the top."""
        self.column.addStretch(1)

    def add_to_heading(self, widget: QWidget) -> None:
        """Put `widget` at the right of the heading."""
        self.top.addWidget(widget)


def row_of(*items: QWidget | QLayout | int, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; a number is a stretch."""
    row = QHBoxLayout()
    row.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            row.addStretch(item)
        elif isinstance(item, QLayout):
            row.addLayout(item)
        else:
            row.addWidget(item, 1 if isinstance(item, Elided) else 0)
    return row


class Page(QWidget):
    """One page of the window: a title, then its content."""

    wanted = Signal(str, object)
    """What a matter's button does, and the Matter."""

    def __init__(self, title: str, *, scrolls: bool = False, widest: int = 0) -> None:
        """`widest`: content wider than so many pixels would only be stretched."""
        super().__init__()
        # it draws all of its ground: else Qt draws what is below first, the window's ground twice
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        frame, holder = QWidget(), QWidget()
        frame.setMaximumWidth(WIDEST)
        whole.addStretch(0)
        whole.addWidget(frame, 1)
        whole.addStretch(0)
        # at the leading edge of the frame: titles stand at one place on all pages, however wide these are
        framed = QHBoxLayout(frame)
        framed.setContentsMargins(0, 0, 0, 0)
        framed.addWidget(holder, 1)
        if widest:
            holder.setMaximumWidth(widest)
            framed.addStretch(0)
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(SIDE, 16, SIDE, SIDE)
        outer.setSpacing(GAP)
        self.top = Wrapping(spacing=GAP)
        self._title = label(title, "title")
        self._title.setMinimumHeight(TOP)
        self.top.addWidget(self._title)
        outer.addLayout(self.top)
        if scrolls:
            self.scrolled = Scrolled()
            self.column: QVBoxLayout = self.scrolled.column
            outer.addWidget(self.scrolled.area, 1)
        else:
            self.column = QVBoxLayout()
            outer.addLayout(self.column, 1)
        self.column.setSpacing(GAP)
        self.parts = self.build()
        """What of the content is still to be made: `next` makes one part."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().window())
        painter.end()

    beside: QWidget | None = None
    """What stands beside a table, and is narrower in a small window."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.beside is not None:
            theme.keep_width(self.beside, BESIDE if self.width() >= ROOMY else BESIDE_SMALL)

    def build(self) -> Iterator[None]:
        """Make the content. A `yield` after every few milliseconds of work lets the streams go on."""
        yield from ()

    def halves(self) -> QHBoxLayout:
        """A row at the end of the column. Fill a card once it is in there: moved, all that is in it is looked at."""
        row = row_of(spacing=GAP)
        self.column.addLayout(row, 1)
        return row

    def rename(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)

    def show_notices(self) -> None:
        """Show what a notice led to; only a page that lists notices does anything."""

    def show_shortcuts(self) -> None:
        """Show the shortcuts; only the page Help does anything."""

    def escape(self) -> None:
        """Leave what was begun on the page; only pages with something new to begin do anything."""

    def refresh(self) -> None:
        """Show what is now; called at most ten times a second while the page is in view."""

    def on_shown(self) -> None:
        """The page comes into view: the time to read what only it shows."""
