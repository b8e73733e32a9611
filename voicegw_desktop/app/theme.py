"""Colours, style sheet, typeface and icons of the window."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from shiboken6 import isValid

from voicegw_desktop.app.in_parts import finish, in_parts
from voicegw_desktop.app.resting import laid_out_again, rest
from voicegw_desktop.core.paths import resources_dir

FAMILY = "Inter"
BASE_SIZE = 10  # pt
USUAL_SIZE = {"win32": 9.0, "darwin": 13.0}.get(sys.platform, 11.0)  # pt of a desktop's letters at their usual size


DRESSED = Qt.WidgetAttribute.WA_WState_Polished
OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle
MOVING = [effect for effect in Qt.UIEffect if effect != Qt.UIEffect.UI_General]


@dataclass(frozen=True)
class Tokens:
    """Colours by role; text on `window` and `card` keeps a contrast of at least 4.5:1."""

    window: str
    card: str
    raised: str
    line: str
    field: str
    """Outlines of what takes input: at least 3:1."""
    text: str
    muted: str
    accent: str
    on_accent: str
    hover: str
    good: str
    warn: str
    bad: str
    stt: str
    llm: str
    tts: str
    good_tint: str
    warn_tint: str
    bad_tint: str
    track: str
    """What a bar fills: also in high contrast far from the fill."""

    def of(self, role: str) -> str:
        """The colour of a role that comes from data; that of texts where there is none of this name."""
        return str(getattr(self, role, self.text))


LIGHT = Tokens(
    window="#f4f5f7", card="#ffffff", raised="#fafbfc", line="#dfe2e8", field="#828a98",
    text="#1b1f27", muted="#5b6472",
    accent="#3457d5", on_accent="#ffffff", hover="#eceff4", good="#1d7a46", warn="#9a5b00", bad="#c0322b",
    stt="#3457d5", llm="#a04500", tts="#1d7a46", good_tint="#e6f4ec", warn_tint="#fdf1dc", bad_tint="#fbe7e6",
    track="#dfe2e8",
)  # fmt: skip
DARK = Tokens(
    window="#16181d", card="#1e2127", raised="#23272e", line="#333842", field="#747d8c",
    text="#e8eaee", muted="#a0a8b5",
    accent="#8aa4ff", on_accent="#10131a", hover="#2a2f38", good="#5fcf8e", warn="#f0b04a", bad="#ff8079",
    stt="#8aa4ff", llm="#f0a35e", tts="#5fcf8e", good_tint="#1d2f27", warn_tint="#332a1a", bad_tint="#382224",
    track="#333842",
)  # fmt: skip

STRONG_LIGHT = {
    "accent": "#1a2f8f", "good": "#0b4d27", "warn": "#5f3700", "bad": "#8a0f0a", "stt": "#1a2f8f", "llm": "#6b2d00",
    "tts": "#0b4d27", "track": "#d0d0d0",
}  # fmt: skip
STRONG_DARK = {
    "accent": "#b9c8ff", "good": "#8af0b4", "warn": "#ffd27a", "bad": "#ffb3ae", "stt": "#b9c8ff", "llm": "#ffc794",
    "tts": "#8af0b4", "track": "#4a4a4a",
}  # fmt: skip

_SHEET = """
QWidget { color: @text; font-family: "Inter"; widget-animation-duration: 0; }
QMainWindow, QDialog, #scrolled { background: @window; } #turns { background: transparent; }
QFrame#card { background: @card; border: 1px solid @line; border-radius: 10px; }
QFrame#tile { background: @raised; border: 1px solid @line; border-radius: 8px; }
QLabel[role="title"] { font-size: 15pt; font-weight: 600; }
QLabel[role="heading"] { font-size: 10pt; font-weight: 600; }
QLabel[role="figure"] { font-size: 20pt; font-weight: 600; }
QLabel[role="number"] { font-size: 15pt; font-weight: 600; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="small"] { color: @muted; font-size: 9pt; }
QLabel[role="good"] { color: @good; } QLabel[role="warn"] { color: @warn; } QLabel[role="bad"] { color: @bad; }
QLabel[role="mono"], QPlainTextEdit { font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; }
QFrame#strip[role="warn"] { background: @warn_tint; border-bottom: 1px solid @line; }
QFrame#strip[role="bad"] { background: @bad_tint; border-bottom: 1px solid @line; }
QFrame#strip[role="good"] { background: @good_tint; border-bottom: 1px solid @line; }
QPushButton { background: @card; border: 1px solid @line; border-radius: 6px; padding: 5px 12px; min-height: 18px;
  outline: 0; }
QPushButton:hover { background: @hover; } QPushButton:pressed { background: @line; }
QPushButton:focus { border: 2px solid @accent; padding: 4px 11px; }
QLineEdit:focus, QComboBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus { border: 2px solid @accent;
  padding: 3px 7px; }
QPushButton:disabled { color: @muted; background: @window; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: @accent; border-color: @text; }
QPushButton[role="primary"]:focus { border: 2px solid @text; }
QPushButton[role="primary"]:disabled { background: @line; color: @muted; border-color: @line; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; padding: 4px 8px; }
QPushButton[role="flat"]:hover { background: @hover; }
QPushButton[role="flat"]:focus { border: 2px solid @accent; padding: 3px 7px; }
QPushButton[role="segment"] { border-radius: 6px; padding: 4px 12px; color: @muted; background: transparent;
  border-color: transparent; }
QPushButton[role="segment"]:checked { background: @card; color: @text; border-color: @line; font-weight: 600; }
QPushButton[role="segment"]:focus { border: 2px solid @accent; padding: 3px 11px; }
QFrame#segments { background: @hover; border-radius: 8px; }
QWidget#side { background: @card; border-right: 1px solid @line; }
QListWidget#nav { background: transparent; border: none; outline: 0; padding: 8px; }
QListWidget#nav::item { border-radius: 6px; padding: 6px 10px; margin: 1px 0; color: @muted;
  border: 1px solid transparent; }
QListWidget#nav::item:hover { background: @hover; }
QListWidget#nav::item:selected { background: @hover; color: @text; }
QListWidget#nav[role="ring"]::item:selected { border: 1px solid @accent; }
QTableView { background: @card; border: 1px solid transparent; border-radius: 4px; gridline-color: @line; outline: 0;
  selection-background-color: @hover; }
QTableView:focus { border: 1px solid @accent; }
QHeaderView { background: @card; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @line;
  padding: 6px 11px; font-weight: 600; }
QLineEdit, QComboBox, QDoubleSpinBox, QPlainTextEdit { background: @raised; border: 1px solid @field;
  border-radius: 6px; padding: 4px 8px; min-height: 20px; selection-background-color: @accent;
  selection-color: @on_accent; }
QLineEdit:disabled, QComboBox:disabled, QDoubleSpinBox:disabled { color: @muted; border-color: @line; }
QPlainTextEdit { border-color: @line; }
QPlainTextEdit:focus { border-color: @accent; }
QComboBox { padding-right: 2px; }
QComboBox QAbstractItemView { background: @card; border: 1px solid @line; selection-background-color: @hover;
  selection-color: @text; outline: 0; padding: 4px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: none; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; border: none; }
QProgressBar { background: @track; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollArea { background: transparent; border: none; }
QScrollArea[role="stop"] { border: 1px solid transparent; border-radius: 4px; }
QScrollArea[role="stop"]:focus { border-color: @accent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: @line; border-radius: 5px; min-height: 24px; }
QScrollBar::handle:vertical:hover { background: @field; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: @line; border-radius: 5px; min-width: 24px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px 6px; }
QMenu { background: @card; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @hover; } QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 4px 6px; }
QCheckBox { spacing: 8px; padding: 2px; border: 2px solid transparent; border-radius: 6px; outline: 0; }
QCheckBox:focus { border-color: @accent; } QCheckBox:disabled { color: @muted; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @field; border-radius: 4px; background: @raised; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url("@check"); }
"""


_chosen, _percent = "system", 100
UNLIMITED = 16_777_215  # px: the width of a widget without a limit
_widths: WeakKeyDictionary[QWidget, tuple[int, float]] = WeakKeyDictionary()
"""Widgets of a fixed width: pixels at the usual size of letters, and how far they follow larger ones."""


def tokens() -> Tokens:
    """The colours of the scheme in force, stronger where the desktop asks for high contrast."""
    system = "dark" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"
    look = DARK if (system if _chosen == "system" else _chosen) == "dark" else LIGHT
    return stronger(look) if wants_contrast() else look


def wants_contrast() -> bool:
    """Whether the desktop asks for high contrast; Qt knows that from 6.10 on."""
    hints = QGuiApplication.styleHints()
    told = getattr(hints, "accessibility", None)
    if told is None:
        return False
    return bool(told().contrastPreference() == Qt.ContrastPreference.HighContrast)


@lru_cache(maxsize=2)
def stronger(look: Tokens) -> Tokens:
    """The colours of high contrast: texts of at least 7:1, lines that are seen."""
    dark = look is DARK
    ink, ground = ("#ffffff", "#000000") if dark else ("#000000", "#ffffff")
    signs = STRONG_DARK if dark else STRONG_LIGHT
    return replace(look, window=ground, card=ground, raised=ground, text=ink, muted=ink, line=ink, field=ink, **signs)


def letters() -> float:
    """How much larger than usual the desktop wants letters; 1 to 2."""
    found = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    return min(2.0, max(1.0, found / USUAL_SIZE))


def scaled(pixels: int, share: float = 1.0) -> int:
    """So many pixels as the letters grow; `share`: how far to follow them, since a window has only so much room."""
    return round(pixels * (1 + max(0, _percent - 100) / 100 * share))


def keep_width(widget: QWidget, pixels: int, share: float = 0.5) -> None:
    """Fix a width, now and whenever the size of letters changes."""
    _widths[widget] = (pixels, share)
    widget.setFixedWidth(scaled(pixels, share))


def free_width(widget: QWidget) -> None:
    """Let a widget whose width was kept be as wide as its layout makes it."""
    _widths.pop(widget, None)
    widget.setMinimumWidth(0)
    widget.setMaximumWidth(UNLIMITED)


def apply(app: QApplication, theme: str, text_size: int = 100) -> None:
    """Apply a scheme (`system`, `light` or `dark`) and a size of texts in per cent; call again to change them."""
    finish(applied(app, theme, text_size))


def applied(app: QApplication, theme: str, text_size: int = 100) -> Iterator[None]:
    """`apply` in parts of a few milliseconds, between which no widget may be drawn.

    Left to itself, Qt gives each widget its new looks several times over: two seconds for all pages, in one go.
    """
    global _chosen, _percent
    _chosen, _percent = theme, round(text_size * letters())
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
    look = tokens()
    if app.styleSheet() == sheet(look) and app.font() == _letter():
        return
    there: list[QWidget] = []
    # a menu or the list of a choice is a window, too, and one of the children of another
    for top in [top for top in app.topLevelWidgets() if top.parentWidget() is None]:
        below = top.findChildren(QWidget)
        yield
        yield from in_parts((top, *below), lambda widget: _undress(widget, there))
    yield
    for step in (_undressed_all, _give_letters, _give_colours):
        step(app, look)
        yield
    # from the inside to the outside: a widget hands its letters and colours to all in it that have none of their own
    yield from in_parts(list(reversed(there)), _dress)
    # a new width may lay a page out, which fixes the width of one that was not known
    for widget, (pixels, share) in list(_widths.items()):
        if isValid(widget):
            widget.setFixedWidth(scaled(pixels, share))
    yield
    yield from laid_out_again(there)


def _undress(widget: QWidget, there: list[QWidget]) -> None:
    dressed = widget.testAttribute(DRESSED)
    if dressed or isinstance(widget, QPushButton):
        there.append(widget)
    if not dressed:
        return
    rest(widget)
    widget.style().unpolish(widget)
    widget.setAttribute(DRESSED, False)
    # else Qt would tell it each time that the application has another style: all widgets in one go
    widget.setAttribute(OWN_STYLE)


def _dress(widget: QWidget) -> None:
    if isinstance(widget, QPushButton):
        show_icon(widget)
    if not widget.testAttribute(OWN_STYLE):  # it has no looks yet, and takes them where it is shown
        return
    widget.setAttribute(OWN_STYLE, False)
    widget.style().polish(widget)
    widget.setAttribute(DRESSED)
    QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def _undressed_all(app: QApplication, _look: Tokens) -> None:
    """Take the style sheet away: with another one in force Qt would give each widget its looks in what follows."""
    app.setStyleSheet("")
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    # nothing moves by itself, also where the system does not ask for that: Qt does not tell whether it does
    for effect in MOVING:
        app.setEffectEnabled(effect, False)


def _give_letters(app: QApplication, _look: Tokens) -> None:
    if FAMILY not in _families():
        for name in ("Inter-Regular.ttf", "Inter-SemiBold.ttf"):
            QFontDatabase.addApplicationFont(str(resources_dir() / "fonts" / name))
        _families.cache_clear()
    app.setFont(_letter())


def _give_colours(app: QApplication, look: Tokens) -> None:
    app.setPalette(_palette(look))
    app.setStyleSheet(sheet(look))
    icon_pixmap.cache_clear()


def show_icon(push: QPushButton) -> None:
    """Draw the icon that a button has, if any, in the colours of the scheme now in force."""
    if name := push.property("icon_name"):
        push.setIcon(icon(name, "on_accent" if push.property("role") == "primary" else "text"))


def _letter() -> QFont:
    return QFont(FAMILY, round(BASE_SIZE * _percent / 100))


def luminous(color: str) -> bool:
    """Whether a colour is nearer to white than to black."""
    return QColor(color).lightnessF() > 0.5


def sheet(look: Tokens) -> str:
    """The style sheet with the colours of `look` filled in."""
    mark = resources_dir() / "icons" / f"check-{'dark' if luminous(look.text) else 'light'}.svg"
    values = {f.name: str(getattr(look, f.name)) for f in fields(look)} | {"check": mark.as_posix()}
    filled = re.sub(r"@(\w+)", lambda m: values[m.group(1)], _SHEET)
    return re.sub(r"(\d+)pt", lambda m: f"{round(int(m.group(1)) * _percent / 100)}pt", filled)


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    return frozenset(QFontDatabase.families())


def _palette(look: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for key, value in {
        role.Window: look.window, role.WindowText: look.text, role.Base: look.card, role.Text: look.text,
        role.AlternateBase: look.raised, role.Button: look.card, role.ButtonText: look.text,
        role.Highlight: look.accent, role.HighlightedText: look.on_accent, role.PlaceholderText: look.muted,
        role.ToolTipBase: look.raised, role.ToolTipText: look.text, role.Link: look.accent,
    }.items():  # fmt: skip
        palette.setColor(key, QColor(value))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(look.muted))
    return palette


@lru_cache(maxsize=64)
def svg_source(name: str) -> str:
    """The text of `resources/icons/<name>.svg`."""
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def icon_pixmap(name: str, color: str, size: int, scale: float) -> QPixmap:
    """`resources/icons/<name>.svg` in one colour, `size` logical pixels wide."""
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(svg_source(name).replace("currentColor", color).encode()))
    pixmap = QPixmap(QSize(round(size * scale), round(size * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, role: str = "text", size: int = 16) -> QIcon:
    """An icon in a colour of the scheme, sharp at 1x and 2x, dimmed when disabled."""
    look = tokens()
    result = QIcon()
    for scale in (1.0, 2.0):
        result.addPixmap(icon_pixmap(name, str(getattr(look, role)), size, scale))
        result.addPixmap(icon_pixmap(name, look.muted, size, scale), QIcon.Mode.Disabled)
        result.addPixmap(icon_pixmap(name, look.accent, size, scale), QIcon.Mode.Selected)
    return result
