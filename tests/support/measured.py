"""A pytest plugin: with `--measure`, each process that runs tests measures which branches they take.

The data goes to the file of [tool.coverage.run] in pyproject.toml, one for each process, with the process's name behind
a dot. Measuring begins when the tests are collected: to import them all takes twice as long under the tracer of Python
before 3.14, and a branch at the level of a module is no decision of a test. It pauses while a test marked `unmeasured`
runs; such a test passes the same lines thousands of times, and other tests reach them too.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

PYPROJECT = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that turns measuring on."""
    parser.addoption(
        "--measure", action="store_true", help="measure branch coverage (tests/support/branch_floors.py reads it)"
    )


class Measuring:
    """Branch coverage of this process, from the end of collecting to the end of the tests."""

    def __init__(self, name: str) -> None:
        self._coverage = Coverage(config_file=str(PYPROJECT), data_suffix=name)
        self._on = False

    def pytest_collection_finish(self) -> None:
        """Begin."""
        self._switch(on=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stop before the set-up of a test that is not measured, and go on after its tear-down."""
        measured = item.get_closest_marker("unmeasured") is None
        if measured != self._on:
            self._switch(on=measured)
        return (yield)

    def pytest_sessionfinish(self) -> None:
        """Stop, and write the data."""
        if self._on:
            self._switch(on=False)
        self._coverage.save()

    def _switch(self, *, on: bool) -> None:
        self._on = on
        if on:
            self._coverage.start()
        else:
            self._coverage.stop()


def pytest_configure(config: pytest.Config) -> None:
    """Measure in this process if it runs tests: with `-n`, xdist's workers do, and the first process does not."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if config.getoption("measure") and (worker or not config.getoption("numprocesses", None)):
        config.pluginmanager.register(Measuring(worker or "whole"), "measuring")
