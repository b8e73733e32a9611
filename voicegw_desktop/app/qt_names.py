"""The names of Qt that the window uses, made before pages are imported in a thread.

PySide6 makes a class and its enumerations when its name is first asked for. While a thread does so, the window's own
thread may use the half-made class, which ends the process with a segmentation fault.
"""

from __future__ import annotations

import asyncio
import importlib

NAMES = {
    "QtCore": (
        "QAbstractTableModel QByteArray QCoreApplication QDate QDateTime QEvent QItemSelectionModel "
        "QLibraryInfo QLocale QModelIndex QObject QPersistentModelIndex QPoint QPointF QRect QRectF QSettings "
        "QSize QTimer QTranslator QUrl Qt Signal qVersion"
    ),
    "QtDBus": "QDBusConnection",
    "QtGui": (
        "QAction QActionGroup QCloseEvent QColor QDesktopServices QFocusEvent QFont QFontDatabase "
        "QFontMetricsF QGradient QGuiApplication QHideEvent QIcon QImage QKeyEvent QKeySequence QMouseEvent "
        "QPaintEvent QPainter QPainterPath QPalette QPen QPixmap QPolygonF QResizeEvent QShortcut QShowEvent "
        "QStandardItemModel QStaticText QWheelEvent Qt"
    ),
    "QtNetwork": "QLocalServer QLocalSocket",
    "QtSvg": "QSvgRenderer",
    "QtWidgets": (
        "QAbstractItemView QApplication QBoxLayout QButtonGroup QCheckBox QComboBox QDialog QFileDialog "
        "QFormLayout QFrame QHBoxLayout QHeaderView QLabel QLayout QLayoutItem QLineEdit QListWidget "
        "QListWidgetItem QMainWindow QMenu QMessageBox QPlainTextEdit QProgressBar QPushButton QScrollArea "
        "QSizePolicy QSlider QSpacerItem QStackedWidget QStyle QStyleOptionComboBox QStylePainter "
        "QSystemTrayIcon QTableView QVBoxLayout QWidget QWidgetItem"
    ),
}
"""Module of PySide6 → its names that modules of the app import, with spaces between."""


async def make() -> None:
    """Have PySide6 make each class now, in the thread of the window and one in each turn of the loop; 8 ms at most."""
    for module, names in NAMES.items():
        for name in names.split():
            getattr(importlib.import_module(f"PySide6.{module}"), name)
            await asyncio.sleep(0)
