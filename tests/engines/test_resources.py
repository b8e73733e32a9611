"""How cores and memory are divided among engines."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.engines import fake_pool
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.engines.kinds import kinds
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

WHISPER = Demand("whisper/base", 2.0, 4, kind="whisper", yields=True)
PIPER = Demand("piper/joe", 1.0, 2, kind="piper", yields=True)
LLM, OTHER_LLM = Demand("llm/a", 2.0, 8, kind="llm"), Demand("llm/b", 2.0, 8, kind="llm")
FIXED = Demand("llm/c", 2.0, 8, fixed=6, kind="llm")


def test_one_core_stays_with_the_app() -> None:
    assert Arbiter(total=8).shared == 7
    assert Arbiter(total=1).shared == 1
    assert Arbiter(cores=3, total=8).shared == 3
    assert Arbiter(cores=30, total=8).shared == 8


@pytest.mark.parametrize(
    ("total", "demands", "given"),
    [
        # transcription, chat and speech alternate; threads that do not sleep leave a core to the app
        (2, [WHISPER, PIPER, LLM], {"whisper/base": 2, "piper/joe": 2, "llm/a": 1}),
        (1, [WHISPER, PIPER, LLM], {"whisper/base": 1, "piper/joe": 1, "llm/a": 1}),
        (8, [WHISPER, PIPER, LLM], {"whisper/base": 4, "piper/joe": 2, "llm/a": 7}),
        # two of a kind may work at the same time
        (8, [LLM, OTHER_LLM], {"llm/a": 4, "llm/b": 3}),
        (2, [LLM, OTHER_LLM], {"llm/a": 1, "llm/b": 1}),
        (8, [FIXED, LLM], {"llm/c": 6, "llm/a": 1}),
    ],
)
def test_shares(total: int, demands: list[Demand], given: dict[str, int]) -> None:
    assert Arbiter(total=total).assign(demands) == given


def test_the_cores_that_are_configured_hold_for_every_kind() -> None:
    given = Arbiter(cores=1, total=8).assign([WHISPER, PIPER, LLM])
    assert given == {"whisper/base": 1, "piper/joe": 1, "llm/a": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="threads of a language model sleep with GCC's OpenMP only")
def test_hearing_thinking_and_speaking_have_both_cores_of_two() -> None:
    demands = [
        Demand(name, kind.weight, kind.most_threads, kind=name, yields=kind.yields)
        for name, kind in kinds().items()
        if name in ("whisper", "llamacpp", "piper", "kokoro")
    ]
    assert Arbiter(total=2).assign(demands) == dict.fromkeys(("whisper", "llamacpp", "piper", "kokoro"), 2)


@pytest.mark.parametrize(
    ("size", "threads", "most"), [(76 * MIB, None, 1), (145 * MIB, None, 1), (484 * MIB, None, 4), (76 * MIB, 3, 3)]
)
def test_a_small_recogniser_has_one_thread(tmp_path: Path, size: int, threads: int | None, most: int) -> None:
    pool = fake_pool(tmp_path, config={"whisper": {"threads": threads}})
    weights = tmp_path / "whisper" / "some" / "model.bin"
    weights.parent.mkdir(parents=True)
    with weights.open("wb") as file:
        file.truncate(size)
    demand = pool._specs.make("whisper", "some", {}, {}).demand
    assert Arbiter(total=8).assign([demand]) == {"whisper/some": most}
    weights.unlink()
    weights.parent.rmdir()
    assert pool._specs.make("whisper", "some", {}, {}).demand.name == "whisper/some", "its worker says what is missing"


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
