"""The program's own log: its form, a limit on repeated lines, and escapes for control characters."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.text import printable

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MOST = 10  # lines of one template within a window
WINDOW = 60.0  # s
TEMPLATES = 500  # that are remembered


class RepeatLimit(logging.Filter):
    """Lets a message template pass `MOST` times in `WINDOW` seconds; the next one tells how many were left out.

    A template is the text before its values are filled in, with logger, level and kind of exception.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock: Clock = clock or SystemClock()
        self._seen: OrderedDict[tuple[str, int, str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; the last before a pause and the first after it say so."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        # asyncio appends the objects at hand on further lines
        key = (record.name, record.levelno, str(record.msg).split("\n", 1)[0][:200], kind)
        now = self._clock.monotonic_ns() / 1e9
        began, count = self._seen.pop(key, (now, 0))
        missing = 0
        if now - began >= WINDOW:
            missing, began, count = max(0, count - MOST), now, 0
        count += 1
        self._seen[key] = (began, count)
        while len(self._seen) > TEMPLATES:
            self._seen.popitem(last=False)
        if missing:
            _add(record, f" ({missing} more like this were left out before it)")
        elif count == MOST:
            _add(record, f" (more like this are left out for {WINDOW:.0f} s)")
        return count <= MOST


def _add(record: logging.LogRecord, text: str) -> None:
    # the values are filled in here, so that a `%` in them is not read as a place for another
    record.msg, record.args = record.getMessage() + text, None


class PrintableFormatter(logging.Formatter):
    """One line a record; the lines of a traceback are indented, so that none of them looks like a record."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, with escapes for what controls a display."""
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """The traceback, made safe as the line is."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        """The stack, made safe as the line is."""
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "\n".join(f"  {printable(line)}" for line in text.split("\n"))


def protect() -> None:
    """Make the lines safe that Python writes where no log is set up, as for the commands that serve nothing."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PrintableFormatter("%(message)s"))


def set_up(level: int) -> None:
    """Write the log to stderr, in one form and limited. Does nothing when logging is set up already."""
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter(FORM))
    handler.addFilter(RepeatLimit())
    logging.basicConfig(level=level, handlers=[handler])
