"""A pytest plugin: which tests run which lines of some files, and how long each test takes."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

EVERY = ""
"""Stands for every test of the run: what made this line run outlives a file of tests."""


@dataclass
class Reached:
    """What one run of the tests showed."""

    lines: dict[str, dict[int, set[str]]]
    """By path and line: names of tests, of a file of tests (its fixture ran the line), or `EVERY`."""
    seconds: dict[str, float] = field(default_factory=dict)

    def tests(self, path: str, lines: range) -> list[str]:
        """The tests that run one of these lines, the fastest first."""
        found = set().union(*(self.lines[path].get(line, ()) for line in lines))
        if not found:
            return []
        by_file = {name.partition("::")[0] for name in found if "::" not in name}
        chosen = [
            name for name in self.seconds if EVERY in found or name in found or name.partition("::")[0] in by_file
        ]
        return sorted(chosen, key=self.seconds.__getitem__)


class Tracer:
    """Notes the running test at each line of the files; active from the first test on."""

    def __init__(self, paths: Iterable[str], result: Path) -> None:
        """`result`: where the pickled `Reached` is written at the end."""
        self._result = result
        self.reached = Reached({path: defaultdict(set) for path in paths})
        self._now = EVERY

    def pytest_sessionfinish(self) -> None:
        """Hand over what was found."""
        self._result.write_bytes(pickle.dumps(self.reached))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Trace one test, its set-up and its tear-down."""
        self._now, began = item.nodeid, time.perf_counter()
        threading.settrace(self._call)
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self._now = EVERY
            self.reached.seconds[item.nodeid] = time.perf_counter() - began

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """What a shared fixture runs counts for every test that may use it, not only for the first."""
        before = self._now
        if fixturedef.scope in ("module", "class"):
            self._now = before.partition("::")[0]
        elif fixturedef.scope != "function":
            self._now = EVERY
        try:
            return (yield)
        finally:
            self._now = before

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        lines = self.reached.lines.get(frame.f_code.co_filename)
        if lines is None:
            return None
        lines[frame.f_lineno].add(self._now)

        def step(frame: FrameType, event: str, arg: object) -> Any:
            lines[frame.f_lineno].add(self._now)
            return step

        return step
