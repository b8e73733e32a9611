"""Imports without PySide's look at each module."""

from __future__ import annotations

import builtins


def without_features() -> None:
    """Import PySide6 and take out its import hook, which looks for modules that use its `__feature__` switches.

    The hook reads the source text of every module that is imported after PySide6, which takes time, and asks a module
    that another thread is still importing for attributes: pydantic then fails with an ImportError, and the gateway
    does not start. The switches are not used here. Call it before a thread imports.
    """
    import PySide6.QtCore  # noqa: F401

    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain
