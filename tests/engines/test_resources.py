"""Cores and memory: who gets how much."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.engines import fake_pool
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.engines.memory import (
    MIB,
    estimate,
    folder_bytes,
    human,
    machine_memory,
    resident_bytes,
)
from voicegw_desktop.engines.threads import Arbiter, Demand, cgroup_cores, machine_cores

pytestmark = pytest.mark.unit

WHISPER, PIPER, LLM = Demand("whisper", 2.0, 4), Demand("piper", 1.0, 2), Demand("llm", 2.0, 8)


def test_one_core_stays_with_the_app() -> None:
    assert Arbiter(total=8).shared == 7
    assert Arbiter(total=1).shared == 1
    assert Arbiter(cores=3, total=8).shared == 3
    assert Arbiter(cores=30, total=8).shared == 8


@pytest.mark.parametrize(
    ("total", "demands", "given"),
    [
        (2, [WHISPER, PIPER, LLM], {"whisper": 1, "piper": 1, "llm": 1}),
        (2, [LLM], {"llm": 1}),
        (8, [LLM], {"llm": 7}),
        (8, [WHISPER], {"whisper": 4}),
        (8, [WHISPER, PIPER, LLM], {"whisper": 4, "piper": 1, "llm": 2}),
        (16, [WHISPER, PIPER, LLM], {"whisper": 4, "piper": 2, "llm": 8}),
        (8, [Demand("whisper", 2.0, 4, fixed=6), LLM], {"whisper": 6, "llm": 1}),
    ],
)
def test_shares(total: int, demands: list[Demand], given: dict[str, int]) -> None:
    assert Arbiter(total=total).assign(demands) == given


def test_an_engine_is_not_counted_twice() -> None:
    assert Arbiter(total=8).threads_for(LLM, [LLM]) == 7


def test_the_quota_of_a_cgroup(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    for text, cores in (("150000 100000", 2), ("max 100000", None), ("50000 100000", 1), ("odd", None)):
        quota.write_text(text)
        assert cgroup_cores(quota) == cores
    assert cgroup_cores(tmp_path / "none") is None
    assert 1 <= machine_cores() <= (os.cpu_count() or 1)


def test_memory_figures(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(3000))
    (tmp_path / "b").write_bytes(bytes(1000))
    assert folder_bytes(tmp_path) == 4000
    assert estimate(tmp_path, 2.0, 100) == 8100
    assert estimate(tmp_path / "none", 2.0, 100) == 100
    assert resident_bytes(os.getpid()) > MIB
    assert resident_bytes(2**22 + 1) == 0
    assert machine_memory() > 100 * MIB
    assert human(800 * MIB) == "800 MiB"
    assert human(2500 * MIB) == "2.4 GiB"


async def test_a_new_configuration_holds_at_once(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path, config={"piper": {"preload": ["joe"]}, "ollama": {"preload": ["x"]}})
    assert pool.preload_names() == ["piper/joe"]
    before = pool.memory_limit
    pool.config = EnginesConfig(memory_limit="1GiB", cores=1)  # type: ignore[arg-type]
    assert pool.memory_limit == 1024 * MIB != before
    assert pool.arbiter.shared == 1
    await pool.aclose()
