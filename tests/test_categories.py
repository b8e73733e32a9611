"""What a unit test may not do, and which tests may run twice."""

from __future__ import annotations

import ast
import asyncio
import socket
import sys
from pathlib import Path

import pytest

from tests.support.reruns import MOST, RERUNS, listed
from tests.support.unit_guard import GUARD, PROCESSES

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("event", sorted(PROCESSES))
def test_a_process_fails_a_unit_test(event: str) -> None:
    sys.audit(event, "program", [])
    with pytest.raises(pytest.fail.Exception, match=event):
        GUARD.check()


@pytest.mark.parametrize("family", ["AF_INET", "AF_UNIX"])
def test_a_socket_fails_a_unit_test(family: str, tmp_path: Path) -> None:
    if not hasattr(socket, family):
        pytest.skip(f"Python has no {family} on this system")
    with socket.socket(getattr(socket, family)) as it:
        it.bind(("127.0.0.1", 0) if family == "AF_INET" else str(tmp_path / "s"))
    with pytest.raises(pytest.fail.Exception, match=r"socket\.bind.*test_categories"):
        GUARD.check()


def test_an_event_loop_is_no_socket() -> None:
    asyncio.run(asyncio.sleep(0))
    GUARD.check()


def test_a_test_without_a_category_is_a_unit_test(request: pytest.FixtureRequest) -> None:
    assert GUARD.active
    assert [mark.name for mark in request.node.iter_markers()] == ["unit"]


def test_every_listed_rerun_names_a_test_and_a_reason() -> None:
    assert len(RERUNS) <= MOST
    for nodeid, reason in RERUNS.items():
        path, _, name = nodeid.partition("::")
        assert (ROOT / path).is_file(), nodeid
        functions = {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in functions, nodeid
        assert len(reason) > 20, nodeid


def test_a_listed_test_is_covered_with_its_parameters_and_no_other() -> None:
    name = next(iter(RERUNS))
    assert listed(name) == listed(f"{name}[a-b]") == name
    assert listed(f"{name}_too") is None


def test_no_test_grants_itself_a_rerun() -> None:
    own = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and path.name != "reruns.py" and "mark.flaky" in path.read_text()
    ]
    assert own == []
