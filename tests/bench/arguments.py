"""Reads the numbers on a bench's command line."""

from __future__ import annotations

import sys


def whole(position: int, default: int) -> int:
    """The whole number, 1 or more, at this position of the command line; `default` where there is none."""
    given = sys.argv[position] if len(sys.argv) > position else str(default)
    if not given.isdecimal() or int(given) < 1:
        raise SystemExit(f'"{given}" is not a whole number, 1 or more. Give one, or nothing for {default}.')
    return int(given)
