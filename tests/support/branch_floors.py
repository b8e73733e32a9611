"""`python -m tests.support.branch_floors`: hold each room's branch coverage to its floor in pyproject.toml.

A room is a package directly below `voicegw_desktop`. Exit code 1: a room is below its floor, or has none. `--table`
prints the floors that the measured data would allow, to raise them after new tests.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
MARGIN = 5
"""Percentage points below the measured value at which a new floor is set; races decide some branches."""


class Branches(NamedTuple):
    """How many ways out of its decisions a room's code has, and how many of them a test took."""

    taken: int
    all: int

    @property
    def percent(self) -> float:
        """100 where the code decides nothing."""
        return 100 * self.taken / self.all if self.all else 100.0


def rooms(report: Mapping[str, Any]) -> dict[str, Branches]:
    """Branches of each room, from the report of `coverage json`; modules directly below the package are left out."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in report["files"].items():
        parts = Path(name).parts
        below = parts[parts.index("voicegw_desktop") + 1 :]
        if len(below) > 1:
            counts[below[0]][0] += file["summary"]["covered_branches"]
            counts[below[0]][1] += file["summary"]["num_branches"]
    return {room: Branches(*both) for room, both in sorted(counts.items())}


def problems(measured: Mapping[str, Branches], floors: Mapping[str, float]) -> list[str]:
    """One sentence for each room that is below its floor, lacks one, or no longer exists."""
    found = [
        f"{room}: {branches.percent:.1f} % of its branches are taken, the floor is {floors[room]} %."
        for room, branches in measured.items()
        if room in floors and branches.percent < floors[room]
    ]
    found += [f"{room}: it has no floor in [tool.voicegw.branch-floors]." for room in sorted({*measured} - {*floors})]
    return found + [f"{room}: it has a floor but no code; remove the line." for room in sorted({*floors} - {*measured})]


def floors_of(pyproject: Path) -> dict[str, float]:
    """The table [tool.voicegw.branch-floors]."""
    table: dict[str, float] = tomllib.loads(pyproject.read_text())["tool"]["voicegw"]["branch-floors"]
    return table


def _report() -> dict[str, Any]:
    import coverage

    measured = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    data = Path(measured.config.data_file)
    if any(data.parent.glob(f"{data.name}.*")):
        measured.combine()
        measured.save()
    else:
        measured.load()
    if not measured.get_data().measured_files():
        raise SystemExit(f"There is no measured data at {measured.config.data_file}: `make test` measures it.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        measured.json_report(outfile=str(path))
        report: dict[str, Any] = json.loads(path.read_text())
    return report


def main() -> int:
    """Print every room's figures and what is wrong with them."""
    measured = rooms(_report())
    if "--table" in sys.argv[1:]:
        for room, branches in measured.items():
            print(f"{room} = {max(0, int(branches.percent) - MARGIN)}")
        return 0
    floors = floors_of(ROOT / "pyproject.toml")
    for room, branches in measured.items():
        print(f"{room:12} {branches.percent:5.1f} % of {branches.all} branches (floor {floors.get(room, 'missing')})")
    found = problems(measured, floors)
    print(*found, sep="\n", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
