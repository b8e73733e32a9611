"""Per room, the share of expressions whose type is Any, from the report of mypy.

`python packaging/dev/any_report.py` runs mypy and prints the table. With `--report FOLDER` it reads the report that
`mypy --any-exprs-report FOLDER` has written. With `--room NAME` it lists the modules of one room. With
`--check` it exits with 1 when a room is above the ceiling.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = "voicegw_desktop"
CEILING = 3.0
"""Per cent of a room's expressions that may be of type Any."""
FEWEST = 100  # expressions; in less code than that, a share says nothing

Rows = dict[str, tuple[int, int]]
"""Expressions of type Any and all expressions, by name."""


def made() -> str:
    """The text of a report that mypy writes now; mypy's own exit when it finds faults."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-m", "mypy", "--any-exprs-report", folder], cwd=ROOT, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return read(Path(folder))


def read(folder: Path) -> str:
    """The text of the report in a folder; the script ends with a sentence where there is none."""
    report = folder / "any-exprs.txt"
    if not report.is_file():
        raise SystemExit(f"There is no report at {report}: `mypy --any-exprs-report {folder}` writes it.")
    return report.read_text("utf-8")


def modules(report: str) -> Rows:
    """One row for each module of the program."""
    rows: Rows = {}
    for line in report.splitlines():
        parts = line.split()
        if parts and parts[0].split(".")[0] == TOP:
            rows[parts[0]] = (int(parts[1]), int(parts[2]))
    return rows


def room(module: str) -> str:
    """The room a module lies in; the package itself for modules beside the rooms."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else TOP


def rooms(by_module: Rows) -> Rows:
    """One row for each room."""
    anys, whole = Counter[str](), Counter[str]()
    for name, (any_count, count) in by_module.items():
        anys[room(name)] += any_count
        whole[room(name)] += count
    return {name: (anys[name], whole[name]) for name in whole}


def share(row: tuple[int, int]) -> float:
    """Per cent of type Any."""
    return 100 * row[0] / row[1] if row[1] else 0.0


def table(rows: Rows) -> str:
    """Name, expressions of type Any, all expressions, per cent; the highest share first."""
    width = max(map(len, rows), default=0)
    ordered = sorted(rows.items(), key=lambda item: share(item[1]), reverse=True)
    lines = [f"{name:{width}} {anys:6} {count:7} {share((anys, count)):6.2f} %" for name, (anys, count) in ordered]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="a report that mypy has written")
    parser.add_argument("--room", metavar="NAME", help="list the modules of this room")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a room is above the ceiling")
    chosen = parser.parse_args(arguments)
    by_module = modules(read(chosen.report) if chosen.report else made())
    by_room = rooms(by_module)
    if chosen.room:
        print(table({name: row for name, row in by_module.items() if room(name) == chosen.room}))
        return 0
    total = (sum(anys for anys, _ in by_module.values()), sum(count for _, count in by_module.values()))
    above = sorted(name for name, row in by_room.items() if share(row) > CEILING and row[1] >= FEWEST)
    if not chosen.check or above:
        print(table({**by_room, "all rooms": total}))
    if above:
        print(f"Above {CEILING:g} %: {', '.join(above)}. List the modules of one: any_report.py --room {above[0]}")
    return 1 if above and chosen.check else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
