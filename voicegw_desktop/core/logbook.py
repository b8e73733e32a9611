"""The last lines of the program's log in memory, and all of it in a file that starts again when it is full."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from voicegw_desktop.core.logs import FORM, PrintableFormatter, RepeatLimit
from voicegw_desktop.core.paths import private_dir

KEEP = 2000  # lines
FILE = "voicegw-desktop.log"
MOST_BYTES, FILES = 1_000_000, 2


@dataclass(frozen=True)
class Entry:
    """One record of the log."""

    number: int
    """Counts all records since the start"""
    at: float
    """Unix seconds"""
    level: str
    """`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`"""
    source: str
    """The logger, without the program's name"""
    text: str
    """With its traceback, if there is one"""


class LogBook(logging.Handler):
    """Keeps the last records; `count` tells whether more came."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(PrintableFormatter("%(message)s"))
        self.addFilter(RepeatLimit())
        self._entries: deque[Entry] = deque(maxlen=KEEP)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.count += 1
        source = record.name.removeprefix("voicegw_desktop.")
        self._entries.append(Entry(self.count, record.created, record.levelname, source, self.format(record)))

    def entries(self, level: int = logging.NOTSET, words: str = "") -> list[Entry]:
        """Newest first: those of at least that level in which every word is found."""
        wanted = words.lower().split()
        levels = logging.getLevelNamesMapping()
        return [
            entry
            for entry in reversed(self._entries)
            if levels.get(entry.level, 0) >= level
            and all(word in f"{entry.source} {entry.text}".lower() for word in wanted)
        ]


BOOK = LogBook()
"""The one of this process; empty until `keep` was called."""


def keep(folder: Path, book: LogBook = BOOK) -> None:
    """Keep the log in memory and in `folder`; where that cannot be written, in memory only."""
    root = logging.getLogger()
    handlers: Iterable[logging.Handler] = (book,)
    try:
        file = RotatingFileHandler(
            private_dir(folder) / FILE, maxBytes=MOST_BYTES, backupCount=FILES, encoding="utf-8", delay=True
        )
    except OSError:
        pass
    else:
        file.setFormatter(PrintableFormatter(FORM))
        file.addFilter(RepeatLimit())
        handlers = (book, file)
    for handler in handlers:
        root.addHandler(handler)
