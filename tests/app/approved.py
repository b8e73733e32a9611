"""The gallery's approved pictures, small and grey in one file, and how far new pictures differ from them.

`python -m tests.app.gallery FOLDER --approve` keeps what it draws; `--check` compares with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from tests.support.gallery_hosts import STATES

FILE = Path(__file__).parent / "approved.png"
PAGES = ("overview", "talk", "conversations", "money", "engines", "models", "providers", "projects", "settings", "help")
LOOKS, SIZES = ("light", "dark"), ("usual", "small")
TILE = QSize(60, 38)
ACROSS = 20  # tiles in a row of the file
OFF = 2.2  # grey levels of 255 by which a tile may differ in the mean: times and dates change, layouts do not
SPOT = 40.0  # grey levels by which a part of three by three pixels may differ


def names() -> list[str]:
    """Each picture that is approved, in the order of the file: `overview-busy-light-usual`."""
    return ["-".join((p, s, look, size)) for s, look, size, p in itertools.product(STATES, LOOKS, SIZES, PAGES)]


def tile(picture: QImage) -> QImage:
    """The picture as a small grey tile; a picture at 2x is scaled to the size of one at 1x."""
    small = picture.scaled(TILE, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return small.convertToFormat(QImage.Format.Format_Grayscale8)


def _place(number: int) -> QPoint:
    return QPoint(number % ACROSS * TILE.width(), number // ACROSS * TILE.height())


def keep(folder: Path) -> None:
    """Approve the pictures of that folder."""
    every = names()
    rows = -(-len(every) // ACROSS)
    whole = QImage(QSize(ACROSS * TILE.width(), rows * TILE.height()), QImage.Format.Format_Grayscale8)
    whole.fill(0)
    painter = QPainter(whole)
    for number, name in enumerate(every):
        painter.drawImage(_place(number), tile(QImage(str(folder / f"{name}.png"))))
    painter.end()
    # 0: pressed as hard as it goes
    whole.save(str(FILE), "PNG", 0)  # type: ignore[call-overload]


def approved() -> dict[str, QImage]:
    """Name of a picture → its approved tile."""
    whole = QImage(str(FILE)).convertToFormat(QImage.Format.Format_Grayscale8)
    return {
        name: whole.copy(_place(n).x(), _place(n).y(), TILE.width(), TILE.height()) for n, name in enumerate(names())
    }


def difference(one: QImage, other: QImage) -> tuple[float, float]:
    """Grey levels by which two tiles differ: in the mean, and at most in a part of three by three pixels."""
    first, second = _grey(one), _grey(other)
    off = [abs(a - b) for a, b in zip(first, second, strict=True)]
    width, height = TILE.width(), TILE.height()
    spots = (
        sum(off[(y + v) * width + x + u] for v in range(3) for u in range(3)) / 9
        for y in range(0, height - 2, 3)
        for x in range(0, width - 2, 3)
    )
    return sum(off) / len(off), max(spots)


def _grey(image: QImage) -> list[int]:
    return [image.pixel(x, y) & 0xFF for y in range(TILE.height()) for x in range(TILE.width())]


def strangers(folder: Path) -> Iterator[str]:
    """A line for each picture of the folder that differs from its approved tile."""
    known = approved()
    for path in sorted(folder.glob("*.png")):
        name = path.stem.partition("@")[0]
        if name in known:
            mean, spot = difference(tile(QImage(str(path))), known[name])
            if mean > OFF or spot > SPOT:
                yield f"{path.stem}: off by {mean:.1f} in the mean, {spot:.0f} at most"
