"""The one way from the command line to a terminal: a line at a time, without what controls a display."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from voicegw_desktop.core.text import json_text, printable


def say(text: str = "", *, file: TextIO | None = None, flush: bool = False) -> None:
    """Print a line. Further lines in `text` are indented: none of them can pass for a line of the program."""
    first, *more = text.split("\n")
    lines = [first, *(line if line.startswith(" ") or not line else f"  {line}" for line in more)]
    print("\n".join(printable(line) for line in lines), file=file, flush=flush)


def say_error(text: str) -> None:
    """Print a line on standard error."""
    say(text, file=sys.stderr)


def say_json(value: Any, *, file: TextIO | None = None) -> None:
    """Print JSON, with escapes for what controls a display."""
    print(json_text(value), file=file)
