"""Prints lines on a terminal, with escapes for characters that control a display."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TextIO

from voicegw_desktop.core.text import json_text, printable

MARKS = "✓✗→–…€"
"""What the program prints besides ASCII and what users wrote."""


def say(text: str = "", *, file: TextIO | None = None, flush: bool = False) -> None:
    """Print a line. Further lines in `text` are indented: none of them can pass for a line of the program."""
    first, *more = text.split("\n")
    lines = [first, *(line if line.startswith(" ") or not line else f"  {line}" for line in more)]
    print("\n".join(printable(line) for line in lines), file=file, flush=flush)


def say_error(text: str) -> None:
    """Print a line on standard error."""
    say(text, file=sys.stderr)


def say_json(value: object, *, file: TextIO | None = None) -> None:
    """Print JSON, with escapes for what controls a display."""
    print(json_text(value), file=file)


def fit_streams() -> None:
    """Make standard output and error take every character, whatever code page they were opened with.

    UTF-8 where the encoding lacks the program's own marks (Windows' pipes, an ASCII terminal); elsewhere, what a stream
    cannot hold is written as an escape.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue
        try:
            MARKS.encode(stream.encoding)
        except UnicodeEncodeError:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            if stream.errors == "strict":
                stream.reconfigure(errors="backslashreplace")
