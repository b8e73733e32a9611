"""Qt's classes are made before a thread imports pages that use them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import voicegw_desktop.app
from voicegw_desktop.app import qt_names


@pytest.mark.unit
def test_every_name_of_qt_is_among_them() -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for file in Path(voicegw_desktop.app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                used[str(node.module).removeprefix("PySide6.")] |= {name.name for name in node.names}
    assert {module: set(names.split()) for module, names in qt_names.NAMES.items()} == used


READ = """
import asyncio, sys
from voicegw_desktop.app import qt_names
from voicegw_desktop.app.windows import book

def read():
    # what PySide6 has made stands in the module itself
    names = [(sys.modules[f"PySide6.{m}"], name) for m, names in qt_names.NAMES.items() for name in names.split()]
    print(len(names), [name for module, name in names if name not in vars(module)])

book._read, book.set_aside = read, lambda: None
asyncio.run(book.read_ahead())
"""


@pytest.mark.process
def test_they_are_made_before_pages_are_read() -> None:
    # in a process of its own: here other tests have made them
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    count, lacking = done.stdout.split(maxsplit=1)
    assert int(count) > 50
    assert lacking.strip() == "[]"
