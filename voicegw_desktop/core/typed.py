"""Readers for values of unknown type: what JSON, YAML, a table's row or another program holds.

`isinstance(value, dict)` tells a type checker nothing of keys and values; these say that keys are text and that a value
is an `object`, which its reader has to look at.
"""

from __future__ import annotations

from typing import TypeGuard

Record = dict[str, object]
"""A JSON object."""


def is_record(value: object) -> TypeGuard[Record]:
    """True for a dict. Its keys are taken to be text, as those of JSON are."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """True for a list."""
    return isinstance(value, list)


def record(value: object) -> Record:
    """The dict itself; an empty one for any other value."""
    return value if is_record(value) else {}


def records(value: object) -> list[Record]:
    """The dicts among a list's entries; none for any other value."""
    return [item for item in value if is_record(item)] if is_list(value) else []


def texts(value: object) -> list[str]:
    """The texts among a list's entries; none for any other value."""
    return [item for item in value if isinstance(item, str)] if is_list(value) else []


def text(value: object) -> str:
    """The text itself; an empty one for any other value."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """The number itself; None for any other value, true and false among them."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """The whole number itself; None for any other value, true and false among them."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
