"""Threads that read the database do not wait for each other's memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

USED = """
import ctypes, importlib.util
import voicegw_desktop.gateway.gateway
import sqlite3
database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE t AS SELECT zeroblob(100000) AS value")
print(ctypes.CDLL(importlib.util.find_spec("_sqlite3").origin).sqlite3_memory_used())
"""


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="SQLite's functions cannot be called there from here")
def test_a_gateway_counts_no_memory_of_sqlite() -> None:
    told = subprocess.run([sys.executable, "-c", USED], capture_output=True, text=True, check=True, timeout=120)
    assert told.stdout.strip() == "0"
