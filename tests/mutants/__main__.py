"""`python -m tests.mutants [SUBJECT ...]`: list the mutants that no test notices.

Exit code 1: a survivor is not in tests/mutants/accepted.toml, where each accepted one stands with its reason.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import tomllib
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.runner import PACKAGE, ROOT, Job, preload
from tests.mutants.subjects import SUBJECTS

ACCEPTED = Path(__file__).with_name("accepted.toml")
SLACK = 4.0
"""A mutant whose tests take this many times as long as without it has made something wait for ever."""
START_S = 20.0
POLL_S = 0.05


def accepted() -> dict[str, str]:
    """Reasons by the mutant's name."""
    entries = tomllib.loads(ACCEPTED.read_text()).get("mutant", [])
    return {entry["name"]: entry["reason"] for entry in entries}


def main() -> int:
    """Run the mutants of the chosen subjects."""
    options = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").partition("\n\n")[2])
    options.add_argument("subjects", nargs="*", help=f"some of: {', '.join(SUBJECTS)}; default: all")
    options.add_argument(
        "--sample", type=int, metavar="N", help="at most N mutants of each subject, always the same ones"
    )
    options.add_argument("--only", default="", metavar="TEXT", help="only mutants whose name contains TEXT")
    options.add_argument(
        "--minutes", type=float, default=90.0, help="stop after so many minutes (default: %(default)s)"
    )
    options.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: %(default)s)"
    )
    chosen = options.parse_args()
    if unknown := [name for name in chosen.subjects if name not in SUBJECTS]:
        options.error(f"{unknown[0]!r} is no subject; there are {', '.join(SUBJECTS)}")
    preload()
    until = time.monotonic() + chosen.minutes * 60
    survivors: list[str] = []
    left = 0
    for name in chosen.subjects or SUBJECTS:
        found, unrun = run(name, chosen.sample, chosen.only, chosen.jobs, until)
        survivors += found
        left += unrun
    reasons = accepted()
    for name in survivors:
        print(f"survived: {name}" + (f"\n    accepted: {reasons[name]}" if name in reasons else ""))
    if left:
        print(f"{left} mutants were not tried: the time was over.")
    return int(any(name not in reasons for name in survivors))


def run(subject: str, sample: int | None, only: str, jobs: int, until: float) -> tuple[list[str], int]:
    """(names of the survivors, mutants that there was no time for)."""
    modules, tests = SUBJECTS[subject]
    limit_s = SLACK * baseline(subject, tests) + START_S
    todo: list[tuple[str, Mutant]] = []
    for module in modules:
        source = (ROOT / PACKAGE / module).read_text()
        todo += [(module, it) for it in mutants(module, source) if only in it.name]
    if sample is not None and sample < len(todo):
        todo = random.Random(subject).sample(todo, sample)
    total, killed = len(todo), 0
    running: dict[Job, Mutant] = {}
    survivors: list[str] = []
    try:
        while running or (todo and time.monotonic() < until):
            while todo and len(running) < jobs and time.monotonic() < until:
                module, mutant = todo.pop(0)
                running[Job(module, mutant.tree, tests, limit_s)] = mutant
            for job, mutant in list(running.items()):
                if (verdict := job.poll()) is None:
                    continue
                del running[job]
                if verdict.killed:
                    killed += 1
                else:
                    survivors.append(mutant.name)
                    print(f"  {mutant.name} (line {mutant.line}) survived {verdict.seconds:.0f} s of tests", flush=True)
            time.sleep(POLL_S)
    finally:
        for job in running:
            job.stop()
    print(f"{subject}: {total} mutants, {killed} killed, {len(survivors)} survived", flush=True)
    return survivors, len(todo)


def baseline(subject: str, tests: tuple[str, ...]) -> float:
    """Seconds that the tests take without a mutant; ends the program if they fail."""
    job = Job("", None, tests, 900.0)
    while (verdict := job.poll()) is None:
        time.sleep(POLL_S)
    if verdict.killed:
        sys.exit(f"The tests of {subject} fail without a mutant: {verdict.by}. Mend that first.")
    return verdict.seconds


if __name__ == "__main__":
    sys.exit(main())
