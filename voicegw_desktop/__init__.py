"""VoiceGateway Desktop: local speech and language engines, and cloud ones, behind one socket and one tray icon.

`voicegw_desktop.attach(session)` shows an agent that keeps its own plugins in a gateway; see `inference._attach`.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # late, and by its name: nothing else needs what an agent's process imports, and every room imports this package
    if name == "attach":
        from importlib import import_module

        found: object = import_module("voicegw_desktop.inference._attach").__dict__.get(name)
        return found
    raise AttributeError(f"module {__name__} has no attribute {name}")
