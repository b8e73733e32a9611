"""Malformed conversations on every speech wire: none ends the process, leaks a task, or answers 500."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.bench.fuzz_wires import WIRES, WireFuzzer, attack

pytestmark = pytest.mark.socket

EXAMPLES = 120


@pytest.mark.parametrize("wire", [*WIRES, "wyoming"])
def test_malformed(wire: str, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with asyncio.Runner() as runner:
        fuzzer = WireFuzzer(tmp_path_factory.mktemp("f"))
        runner.run(fuzzer.start())
        try:
            drawn, send = attack(runner, fuzzer, wire)

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(drawn)
            def one(it: Any) -> None:
                send(it)

            one()
            runner.run(fuzzer.check())
        finally:
            runner.run(fuzzer.stop())
    # an exception nobody expected is logged before it becomes a closed connection
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
