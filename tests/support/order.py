"""A pytest plugin: where several processes share the tests, the files that wait longest come first.

A process that has no file left waits for the other one. What runs last is therefore short: files of unit tests. The
order within a file stays, and a run in one process keeps its own order.
"""

from __future__ import annotations

import pytest

SLOW = ("real_engine", "conformance", "e2e", "fault", "process", "app", "socket")
"""Categories, the slowest first; a unit test comes after all of them."""


def rank(categories: set[str]) -> int:
    """The place of a file by the categories of its tests, 0 first."""
    return min((SLOW.index(name) for name in categories if name in SLOW), default=len(SLOW))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the files. pytest-xdist is told to keep this order: `--no-loadscope-reorder`."""
    if not hasattr(config, "workerinput"):
        return
    found: dict[str, set[str]] = {}
    for item in items:
        found.setdefault(item.nodeid.partition("::")[0], set()).update(mark.name for mark in item.iter_markers())
    ranks = {file: rank(names) for file, names in found.items()}
    items.sort(key=lambda item: ranks[item.nodeid.partition("::")[0]])
