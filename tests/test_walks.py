"""docs/walks.md names functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STEP = re.compile(r"^\d+\. `([\w/]+\.py):([\w.]+)` ", re.MULTILINE)
WALKS = re.findall(r"^## (.+)\n([^#]+)", (ROOT / "docs" / "walks.md").read_text("utf-8"), re.MULTILINE)


def defined(path: Path) -> set[str]:
    """Names of a module's functions and classes; a method as `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            functions = (n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
            names |= {f"{node.name}.{function.name}" for function in functions}
    return names


@pytest.mark.parametrize(("title", "text"), WALKS, ids=[title for title, _ in WALKS])
def test_every_step_exists(title: str, text: str) -> None:
    steps = STEP.findall(text)
    assert len(steps) == len(re.findall(r"^\d+\.", text, re.MULTILINE)) >= 5, title
    gone = []
    for file, name in steps:
        path = ROOT / "voicegw_desktop" / file
        if not path.exists() or name not in defined(path):
            gone.append(f"{file}:{name}")
    assert gone == []


def test_there_are_six_walks() -> None:
    assert len(WALKS) == 6
