"""`python -m tests.mutants [SUBJECT ...]`: list the mutants that no test notices.

Exit code 1: a survivor is not in tests/mutants/accepted.toml, where each accepted one stands with its reason, or an
accepted one exists no longer.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.runner import OPTIONS, PACKAGE, ROOT, SLACK, START_S, Ask, Forks, Verdict, imported, preload
from tests.mutants.subjects import SUBJECTS

ACCEPTED = Path(__file__).with_name("accepted.toml")
IMPORT_S = 600.0
"""The longest that all tests of a subject take, for a mutant that is imported."""


def accepted() -> dict[str, str]:
    """Reasons by the mutant's name."""
    entries = tomllib.loads(ACCEPTED.read_text()).get("mutant", [])
    return {entry["name"]: entry["reason"] for entry in entries}


@dataclass
class Work:
    """One subject: its mutants, those that are still to be tried, and the outcomes of the others."""

    name: str
    mutants: int
    todo: list[Ask]
    survivors: list[str] = field(default_factory=list)
    killed: int = 0
    accepted: int = 0
    seconds: float = 0.0

    @property
    def row(self) -> str:
        """A line of the table at the end."""
        new = len(self.survivors) - self.accepted
        counts = (self.mutants, self.mutants - len(self.todo), self.killed, self.accepted, new, len(self.todo))
        return f"{self.name:10}" + "".join(f"{count:10}" for count in counts) + f"{self.seconds:9.0f}"


HEAD = f"{'subject':10}" + "".join(f"{it:>10}" for it in ("mutants", "tried", "killed", "accepted", "survived", "left"))


class Run:
    """The chosen mutants, one after another."""

    def __init__(self, works: list[Work], again: bool, until: float, everything: bool) -> None:
        """`again`: try also those that are accepted; `everything`: print also what was killed."""
        self.works = works
        self.everything = everything
        self.reasons = accepted()
        self.until = until
        for work in [] if again else works:
            work.survivors = [mutant.name for _, mutant in work.todo if mutant.name in self.reasons]
            work.accepted = len(work.survivors)
            work.todo = [ask for ask in work.todo if ask[1].name not in self.reasons]

    def imports(self) -> None:
        """Try the mutants of what runs at the import. This process must not have imported the program."""
        for work in self.works:
            asks = [ask for ask in work.todo if ask[1].function is None]
            tests = SUBJECTS[work.name].tests
            whole = imported("", None, tests, IMPORT_S).wait() if asks else None
            if whole is not None and whole.killed:
                sys.exit(f"The tests of {work.name} fail without a mutant: {whole.by}. Mend that first.")
            for ask in asks:
                if time.monotonic() < self.until and whole is not None:
                    work.todo.remove(ask)
                    self.note(work, ask[1], imported(*ask, tests, START_S + SLACK * whole.seconds).wait())

    def functions(self) -> Iterator[Ask]:
        """The mutants of functions, as they are wanted."""
        for work in self.works:
            for ask in [ask for ask in work.todo if ask[1].function is not None]:
                if time.monotonic() < self.until:
                    work.todo.remove(ask)
                    yield ask

    def told(self, ask: Ask, verdict: Verdict) -> None:
        """The outcome of one of `functions`."""
        work = next(it for it in self.works if ask[0] in SUBJECTS[it.name].modules)
        self.note(work, ask[1], verdict)

    def note(self, work: Work, mutant: Mutant, verdict: Verdict) -> None:
        """Count a mutant, and print it if no test noticed it and no reason stands for it."""
        work.seconds += verdict.seconds
        if verdict.killed:
            work.killed += 1
            if self.everything:
                print(f"killed: {mutant.name} ({verdict.seconds:.1f} s; {verdict.by})", flush=True)
            return
        work.survivors.append(mutant.name)
        if mutant.name in self.reasons:
            work.accepted += 1
        else:
            why = f"{verdict.seconds:.1f} s of tests" if verdict.seconds else verdict.by
            print(f"survived: {mutant.name} (line {mutant.lines.start}; {why})", flush=True)


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
    options.add_argument("--accepted", action="store_true", help="try the accepted ones again, to see if they survive")
    options.add_argument("--all", action="store_true", help="print also the killed, with the test that noticed")
    chosen = options.parse_args()
    if unknown := [name for name in chosen.subjects if name not in SUBJECTS]:
        options.error(f"{unknown[0]!r} is no subject; there are {', '.join(SUBJECTS)}")
    began = time.monotonic()
    works = [work(name, chosen.sample, chosen.only) for name in chosen.subjects or SUBJECTS]
    run = Run(works, chosen.accepted, began + chosen.minutes * 60, chosen.all)
    preload()
    run.imports()
    forks = Forks(run.functions, run.told, [it for work in works for it in SUBJECTS[work.name].modules], chosen.jobs)
    tests = dict.fromkeys(test for work in works for test in SUBJECTS[work.name].tests)
    code = pytest.main([*OPTIONS, *tests], plugins=[forks]) if any(work.todo for work in works) else 0
    if forks.child is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return report(run, time.monotonic() - began)


def work(subject: str, sample: int | None, only: str) -> Work:
    """The mutants of a subject, or some of them."""
    todo: list[Ask] = []
    for module in SUBJECTS[subject].modules:
        todo += [(module, it) for it in mutants(module, (ROOT / PACKAGE / module).read_text())]
    count = len(todo)
    todo = [ask for ask in todo if only in ask[1].name]
    if sample is not None and sample < len(todo):
        todo = random.Random(subject).sample(todo, sample)
    return Work(subject, count, todo)


def report(run: Run, seconds: float) -> int:
    """Print the table; the exit code."""
    every = {it.name for subject in SUBJECTS.values() for module in subject.modules for it in _mutants(module)}
    gone = [name for name in run.reasons if name not in every]
    for name in gone:
        print(f"accepted, but there is no such mutant: {name}")
    print(HEAD + f"{'seconds':>9}")
    for work in run.works:
        print(work.row)
    print(f"{seconds:.0f} seconds in all")
    return int(bool(gone) or any(len(it.survivors) > it.accepted or it.todo for it in run.works))


def _mutants(module: str) -> Iterator[Mutant]:
    return mutants(module, (ROOT / PACKAGE / module).read_text())


if __name__ == "__main__":
    sys.exit(main())
