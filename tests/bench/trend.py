"""How the benches' figures developed: `python -m tests.bench.trend [FILE] [--figure WORD]`.

Reads the history that `make bench` keeps (artifacts/bench.jsonl) and prints, for each figure, the last runs in order.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from tests.bench.__main__ import HISTORY

RUNS = 8  # newest runs shown


def trend(lines: list[str], word: str = "", runs: int = RUNS) -> list[str]:
    """One line a figure: its measured values, the oldest of the shown runs first."""
    entries = [json.loads(line) for line in lines if line.strip()][-runs:]
    values: dict[str, list[str]] = defaultdict(lambda: ["-"] * len(entries))
    for number, entry in enumerate(entries):
        for row in entry["figures"]:
            values[row["figure"]][number] = row["measured"] + ("" if row["good"] else " (missed)")
    head = [f"{entry['time']} {entry['commit'][:7]}" for entry in entries]
    return ["runs: " + ", ".join(head)] + [
        f"{figure}: " + " → ".join(shown) for figure, shown in values.items() if word.lower() in figure.lower()
    ]


def main(arguments: list[str]) -> int:
    """Print the trend; 1 when there is no history."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trend", description="How bench figures developed.")
    parser.add_argument("file", nargs="?", type=Path, default=HISTORY)
    parser.add_argument("--figure", default="", help="only figures with this word")
    given = parser.parse_args(arguments)
    if not given.file.is_file() or not given.file.stat().st_size:
        print(f"There is no history at {given.file}; `make bench` writes one.", file=sys.stderr)
        return 1
    try:
        shown = trend(given.file.read_text("utf-8").splitlines(), given.figure)
    except (ValueError, KeyError, TypeError) as error:
        print(f"{given.file} is no history of `make bench`: {error!r}.", file=sys.stderr)
        return 1
    print("\n".join(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
