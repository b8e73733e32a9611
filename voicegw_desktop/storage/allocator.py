"""SQLite without its count of used memory, for which threads wait for each other at every allocation.

With the count, an export in two threads takes as long as in one. Source: SQLite's documentation of
SQLITE_CONFIG_MEMSTATUS.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

MEMSTATUS = 9
"""SQLite's number of that option."""


def count_no_memory() -> bool:
    """Switch the count off; True when it is off. Works before sqlite3 is first imported, and changes nothing after."""
    spec = find_spec("_sqlite3")
    # on a Mac's processor a function whose number of arguments varies cannot be called without its declaration
    if spec is None or spec.origin is None or sys.platform == "darwin" or "_sqlite3" in sys.modules:
        return False
    import ctypes

    # where SQLite is a file of its own beside the module, the module does not show its functions
    beside = Path(spec.origin).with_name("sqlite3.dll")
    try:
        library = ctypes.CDLL(str(beside) if beside.exists() else spec.origin)
        return int(library.sqlite3_config(MEMSTATUS, 0)) == 0
    except (OSError, AttributeError):
        return False
