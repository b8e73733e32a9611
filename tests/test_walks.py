"""docs/walks.md: its steps exist, and a trip enters each room once; `make lint` proves the rest by types."""

from __future__ import annotations

import ast
import re
import runpy
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "walks.md").read_text("utf-8")
walks = runpy.run_path(str(ROOT / "packaging" / "dev" / "walks.py"))
TRIPS = list(walks["trips"](PAGE))
WALKS = [(title, [trip for _, trip in trips]) for title, trips in groupby(TRIPS, key=lambda found: found[0])]


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


@pytest.mark.parametrize(("title", "trips"), WALKS, ids=[title for title, _ in WALKS])
def test_every_step_exists_and_no_room_is_entered_twice_in_a_trip(title: str, trips: list[list[Any]]) -> None:
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    numbers = [int(number) for number in re.findall(r"^(\d+)\.", section, re.MULTILINE)]
    steps = [step for trip in trips for step in trip]
    assert numbers == list(range(1, len(steps) + 1))
    assert len(steps) >= 5
    gone = []
    for step in steps:
        path = ROOT.joinpath(*step.module.split(".")).with_suffix(".py")
        if not path.exists() or step.name not in defined(path):
            gone.append(f"{step.module}:{step.name}")
    assert gone == []
    assert [walks["entered_twice"](trip) for trip in trips] == [[]] * len(trips)


def test_there_are_six_walks() -> None:
    assert len(WALKS) == 6


def test_a_room_that_is_entered_again_is_seen() -> None:
    page = "## One\n\n1. `core/a.py:f` x\n2. `engines/b.py:g` x\n3. `core/c.py:h` x\n\nAgain:\n\n4. `core/a.py:f` x\n"
    first, second = walks["trips"](page)
    assert walks["entered_twice"](first[1]) == ["core"]
    assert walks["entered_twice"](second[1]) == []
