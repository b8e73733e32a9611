"""ARCHITECTURE.md says what the import contracts hold."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
rooms = runpy.run_path(str(ROOT / "packaging" / "dev" / "rooms.py"))


def test_the_table_of_rooms_is_made_from_the_contract() -> None:
    assert rooms["main"](check=True) == 0, "ARCHITECTURE.md is stale: python packaging/dev/rooms.py"


def test_every_room_stands_in_the_contract() -> None:
    named = {room for floor in rooms["layers"]() for room in floor}
    package = ROOT / "voicegw_desktop"
    found = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/__init__.py")}
    assert found - {"__init__", "_resources"} == named
