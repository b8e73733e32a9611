"""ARCHITECTURE.md says what the import contracts hold; the share of expressions of type Any is counted right."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
rooms = runpy.run_path(str(ROOT / "packaging" / "dev" / "rooms.py"))
any_report = runpy.run_path(str(ROOT / "packaging" / "dev" / "any_report.py"))


def test_the_table_of_rooms_is_made_from_the_contract() -> None:
    assert rooms["main"](check=True) == 0, "ARCHITECTURE.md is stale: python packaging/dev/rooms.py"


def test_every_room_stands_in_the_contract() -> None:
    named = {room for floor in rooms["layers"]() for room in floor}
    package = ROOT / "voicegw_desktop"
    found = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/__init__.py")}
    assert found - {"__init__", "_resources"} == named


REPORT = """\
                          Name   Anys    Exprs   Coverage
---------------------------------------------------------
         voicegw_desktop.app.a      {}      100     98.00%
         voicegw_desktop.app.b      1      100     99.00%
        voicegw_desktop.core.c      0       50    100.00%
---------------------------------------------------------
                         Total      4      250     98.40%
"""


@pytest.mark.parametrize(("anys", "status"), [(5, 0), (6, 1)])
def test_a_room_with_too_many_expressions_of_type_any_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], anys: int, status: int
) -> None:
    (tmp_path / "any-exprs.txt").write_text(REPORT.format(anys))
    assert any_report["main"](["--report", str(tmp_path), "--check"]) == status
    printed = capsys.readouterr().out
    assert ("Above 3 %: app." in printed) == bool(status)
    assert ("core" in printed) == bool(status)
