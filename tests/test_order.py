"""The order of files where two processes share the tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.support import order


def item(nodeid: str, *categories: str) -> Any:
    return SimpleNamespace(nodeid=nodeid, iter_markers=lambda: [SimpleNamespace(name=name) for name in categories])


def sorted_ids(config: Any) -> list[str]:
    items = [
        item("a.py::one", "unit"),
        item("b.py::one", "socket"),
        item("c.py::one", "unit", "parametrize"),
        item("b.py::two", "unit"),
        item("a.py::two", "unit"),
        item("c.py::two", "real_engine", "process"),
        item("d.py::one", "process"),
    ]
    order.pytest_collection_modifyitems(config, items)
    return [it.nodeid for it in items]


def test_files_that_wait_longest_come_first_and_stay_whole() -> None:
    """A process without a file waits for the other one, so what comes last has to be short."""
    assert sorted_ids(SimpleNamespace(workerinput={})) == [
        "c.py::one", "c.py::two", "d.py::one", "b.py::one", "b.py::two", "a.py::one", "a.py::two",
    ]  # fmt: skip


def test_one_process_keeps_its_order() -> None:
    assert sorted_ids(SimpleNamespace())[:3] == ["a.py::one", "b.py::one", "c.py::one"]
