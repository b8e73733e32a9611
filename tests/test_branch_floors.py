"""The floors of branch coverage: how rooms are counted, and that each one has a floor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.branch_floors import Branches, floors_of, main, problems, rooms

ROOT = Path(__file__).resolve().parent.parent


def file(taken: int, every: int) -> dict[str, dict[str, int]]:
    return {"summary": {"covered_branches": taken, "num_branches": every}}


def test_files_of_a_room_count_together_and_folders_above_do_not_matter() -> None:
    report = {
        "files": {
            "voicegw_desktop/core/clock.py": file(1, 4),
            "/src/voicegw_desktop/core/deep/er.py": file(3, 4),
            "voicegw_desktop/program.py": file(0, 9),
            "voicegw_desktop/pricing/__init__.py": file(0, 0),
        }
    }
    assert rooms(report) == {"core": Branches(4, 8), "pricing": Branches(0, 0)}
    assert rooms(report)["core"].percent == 50
    assert rooms(report)["pricing"].percent == 100


def test_a_room_below_its_floor_without_one_or_gone_is_told() -> None:
    measured = {"core": Branches(79, 100), "new": Branches(1, 1), "well": Branches(80, 100)}
    told = problems(measured, {"core": 80, "well": 80, "gone": 50})
    assert [line.partition(":")[0] for line in told] == ["core", "new", "gone"]
    assert "79.0 %" in told[0]
    assert "80 %" in told[0]


def test_every_room_has_a_floor() -> None:
    packages = {path.parent.name for path in (ROOT / "voicegw_desktop").glob("*/__init__.py")}
    floors = floors_of(ROOT / "pyproject.toml")
    assert set(floors) == packages
    assert all(0 <= floor <= 100 for floor in floors.values())


def test_without_data_a_sentence_says_what_measures_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"There is no measured data at .*: `make test` measures it\."):
        main()
