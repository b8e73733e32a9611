"""How everything looks: one table of colours, one style sheet, one typeface, one way to get an icon."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from voicegw_desktop.core.paths import resources_dir

FAMILY = "Inter"
BASE_SIZE = 10  # pt


@dataclass(frozen=True)
class Tokens:
    """Colours by role; text on `window` and `card` keeps a contrast of at least 4.5:1."""

    window: str
    card: str
    raised: str
    line: str
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


LIGHT = Tokens(
    window="#f4f5f7", card="#ffffff", raised="#fafbfc", line="#dfe2e8", text="#1b1f27", muted="#5b6472",
    accent="#3457d5", on_accent="#ffffff", hover="#eceff4", good="#1d7a46", warn="#9a5b00", bad="#c0322b",
    stt="#3457d5", llm="#a04500", tts="#1d7a46",
)  # fmt: skip
DARK = Tokens(
    window="#16181d", card="#1e2127", raised="#23272e", line="#333842", text="#e8eaee", muted="#a0a8b5",
    accent="#8aa4ff", on_accent="#10131a", hover="#2a2f38", good="#5fcf8e", warn="#f0b04a", bad="#ff8079",
    stt="#8aa4ff", llm="#f0a35e", tts="#5fcf8e",
)  # fmt: skip

_SHEET = """
QWidget { color: @text; font-family: "Inter"; }
QMainWindow, QDialog, #page { background: @window; }
QFrame#card { background: @card; border: 1px solid @line; border-radius: 10px; }
QLabel[role="title"] { font-size: 15pt; font-weight: 600; }
QLabel[role="heading"] { font-size: 10pt; font-weight: 600; }
QLabel[role="figure"] { font-size: 20pt; font-weight: 600; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="good"] { color: @good; } QLabel[role="warn"] { color: @warn; } QLabel[role="bad"] { color: @bad; }
QLabel[role="mono"], QPlainTextEdit { font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; }
QPushButton { background: @card; border: 1px solid @line; border-radius: 6px; padding: 5px 12px; min-height: 18px; }
QPushButton:hover { background: @hover; } QPushButton:pressed { background: @line; }
QPushButton:focus, QLineEdit:focus, QComboBox:focus { border: 1px solid @accent; }
QPushButton:disabled { color: @muted; background: @window; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border-color: @accent; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; padding: 4px; }
QPushButton[role="flat"]:hover { background: @hover; }
QListWidget#nav { background: @card; border: none; border-right: 1px solid @line; outline: 0; padding: 8px; }
QListWidget#nav::item { border-radius: 6px; padding: 8px 10px; margin: 1px 0; color: @muted; }
QListWidget#nav::item:hover { background: @hover; }
QListWidget#nav::item:selected { background: @hover; color: @text; }
QTableView::item { padding: 0 8px; }
QTableView, QTableWidget, QTreeView { background: @card; border: none; gridline-color: @line; outline: 0;
  selection-background-color: @hover; selection-color: @text; alternate-background-color: @raised; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @line;
  padding: 6px 8px; font-weight: 600; }
QLineEdit, QComboBox, QSpinBox, QPlainTextEdit { background: @raised; border: 1px solid @line; border-radius: 6px;
  padding: 4px 8px; min-height: 20px; selection-background-color: @accent; selection-color: @on_accent; }
QComboBox QAbstractItemView { background: @card; border: 1px solid @line; selection-background-color: @hover;
  selection-color: @text; outline: 0; }
QComboBox::drop-down { border: none; width: 22px; }
QProgressBar { background: @raised; border: 1px solid @line; border-radius: 4px; height: 8px; text-align: center; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: @line; border-radius: 5px; min-height: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: @line; border-radius: 5px; min-width: 24px; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px 6px; }
QMenu { background: @card; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @hover; } QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 4px 6px; }
QCheckBox { spacing: 8px; }
"""


_chosen = "system"


def tokens() -> Tokens:
    """The colours of the scheme in force."""
    if _chosen != "system":
        return DARK if _chosen == "dark" else LIGHT
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, theme: str) -> None:
    """Dress the application: `system`, `light` or `dark`; call again to change it."""
    global _chosen
    _chosen = theme
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
    if FAMILY not in _families():
        for name in ("Inter-Regular.ttf", "Inter-SemiBold.ttf"):
            QFontDatabase.addApplicationFont(str(resources_dir() / "fonts" / name))
        _families.cache_clear()
    app.setStyle("Fusion")
    app.setFont(QFont(FAMILY, BASE_SIZE))
    look = tokens()
    app.setPalette(_palette(look))
    app.setStyleSheet(sheet(look))
    icon_pixmap.cache_clear()


def sheet(look: Tokens) -> str:
    """The style sheet with the colours of `look` filled in."""
    return re.sub(r"@(\w+)", lambda m: str(getattr(look, m.group(1))), _SHEET)


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


@lru_cache(maxsize=256)
def icon_pixmap(name: str, color: str, size: int, scale: float) -> QPixmap:
    """`resources/icons/<name>.svg` in one colour, `size` logical pixels wide."""
    from PySide6.QtSvg import QSvgRenderer

    source = (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", color).encode()))
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
    return result


def token_names() -> list[str]:
    """Every role a colour can have."""
    return [f.name for f in fields(Tokens)]
