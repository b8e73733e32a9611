"""The gateway: constructed anywhere, started in a loop, asked with and without one."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from dataclasses import FrozenInstanceError
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from tests.support.records import record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.engines.status import EngineStatus, State
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.pricing.catalog import Amounts
from voicegw_desktop.secrets.sealed_file import SealedFile
from voicegw_desktop.storage.sqlite import SQLiteStorage


def gateway(folder: Path, text: str = "{}") -> Gateway:
    paths = paths_below(folder)
    paths.config.mkdir(parents=True, exist_ok=True)
    (paths.config / "voicegw.yaml").write_text(text)
    return Gateway(paths=paths, clock=ManualClock())


def test_without_a_loop_it_answers_and_closes(tmp_path: Path) -> None:
    made = gateway(tmp_path, "projects: {a: {daily_budget: 2}}")
    assert made.costs("today")["total"] == 0
    assert {(p["id"], p["source"]) for p in made.list_projects()} == {("a", "yaml"), ("default", "auto")}
    made.close()
    assert not [t for t in threading.enumerate() if t.name == "voicegw"]


async def test_inside_a_loop_costs_are_awaited(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        unfilled = made.costs("week")
        with pytest.raises(RuntimeError, match="await"):
            unfilled["total"]
        assert (await made.costs("week"))["period"] == "week"
        with pytest.raises(BadRequest, match="fortnight"):
            await made.costs("fortnight")
        with pytest.raises(NotFound, match='Did you mean "default"'):
            await made.costs("today", "defalt")


async def test_a_removed_project_still_has_its_costs(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        assert made.storage is not None
        await made.storage.log_requests([record(project="gone", timestamp=made.clock.time())])
        assert (await made.costs("today", "gone"))["total_nanos"] == 1_000
        assert (await run(made, "costs", {"project": "gone"}))["requests"] == 1
        with pytest.raises(NotFound):
            await made.costs("yesterday", "gone")


async def test_one_key_is_minted_when_it_is_first_asked_for_and_later_runs_find_it(tmp_path: Path) -> None:
    async with gateway(tmp_path) as first:
        assert first.keys.list() == []
        key_id, other = await asyncio.gather(first.first_key(), first.first_key())
        assert key_id == other
        bearer = await first.keys.bearer(key_id)
    async with gateway(tmp_path) as second:
        assert await second.first_key() == key_id
        info = second.keys.verify_bearer(bearer)
        assert info is not None
        assert info.project == "default"


async def test_copy_key_gives_a_key_that_works_after_the_first_one_ended(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        given = [(await run(made, "show_key", {}))["key_id"]]
        assert (await run(made, "rotate_key", {"key_id": given[-1], "confirm": True}))["key_id"] not in given
        given.append((await run(made, "show_key", {}))["key_id"])
        await run(made, "revoke_key", {"key_id": given[-1], "confirm": True})
        shown = await run(made, "show_key", {})
        assert shown["key_id"] not in given
        assert made.keys.verify_bearer(shown["api_key"]) == made.keys.working(shown["key_id"])


async def test_several_starts_at_once_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = gateway(tmp_path)
    opened = AsyncMock(wraps=made.keys.load)
    monkeypatch.setattr(made.keys, "load", opened)
    await asyncio.gather(made.start(), made.start(), made.start())
    opened.assert_awaited_once()
    await made.aclose()
    await made.aclose()


async def test_without_cost_tracking_there_is_no_storage(tmp_path: Path) -> None:
    async with gateway(tmp_path, "cost_tracking: {enabled: false}") as made:
        assert made.storage is None
        costs = await made.costs()
        # nothing is known, which is not nothing spent
        assert (costs["tracking"], costs["total"]) == (False, None)
        with pytest.raises(NotFound):
            await made.costs("today", "shop")
        with pytest.raises(BadRequest, match="cost_tracking"):
            await run(made, "logs")


async def test_refresh_takes_the_new_file_and_keeps_the_old_one_when_it_is_wrong(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        file = made.paths.config / "voicegw.yaml"
        file.write_text("default_project: other")
        await made.refresh_config()
        assert made.config.default_project == "other"
        assert made.router.config.default_project == "other"
        file.write_text("default_projct: x")
        with pytest.raises(ConfigError):
            await made.refresh_config()
        assert made.config.default_project == "other"


async def test_refresh_tells_windows_of_their_settings_once_these_are_others(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        told: list[DesktopPreferences] = []
        made.bus.subscribe(told.append, DesktopPreferences)
        file = made.paths.config / "voicegw.yaml"
        for text in (
            "default_project: other",
            "desktop: {theme: dark, text_size: 150}",
            "desktop: {theme: dark, text_size: 150}",
        ):
            file.write_text(text)
            await made.refresh_config()
        assert told == [DesktopPreferences("dark", True, True, 150, "system")]


async def test_a_providers_key_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "projects: {p: {providers: {openai: {api_key: own}}}, q: {}}\nproviders: {groq: {api_key: file}}"
    async with gateway(tmp_path, text) as made:
        assert isinstance(made.secrets.vault, SealedFile)
        monkeypatch.setenv("OPENAI_API_KEY", "environment")
        assert await made.provider_key("openai", "p") == "own"
        assert await made.provider_key("openai", "q") == "environment"
        await run(made, "set_provider_key", {"provider_id": "openai", "api_key": "stored"})
        assert await made.provider_key("openai", "q") == "stored"
        assert made.has_key("openai", "q")
        await run(made, "set_provider_key", {"provider_id": "openai", "api_key": "mine", "project": "q"})
        assert await made.provider_key("openai", "q") == "mine"
        assert await made.provider_key("openai") == "stored"
        monkeypatch.setenv("GROQ_API_KEY", "environment")
        assert await made.provider_key("groq") == "file"


async def test_a_configuration_given_in_code_is_used(tmp_path: Path) -> None:
    config = GatewayConfig({"default_project": "coded"})
    async with Gateway(paths=paths_below(tmp_path), config=config) as made:
        assert made.config.default_project == "coded"
        assert made.config.projects["coded"].source == "auto"


async def test_prices_of_ones_own_go_before_the_list_and_change_with_the_file(tmp_path: Path) -> None:
    def text(output: float) -> str:
        return f"prices: {{openai: {{gpt-4o-mini: {{output: {output}}}}}, house: {{'*': {{audio_minute: 0.01}}}}}}"

    async with gateway(tmp_path, text(1)) as made:
        assert made.cost_tracker is not None

        def price(target: str, amounts: Amounts) -> tuple[int | None, str]:
            provider, _, model = target.partition("/")
            cost = made.cost_tracker.price(Target(provider, model, zone=Zone.CLOUD), amounts)  # type: ignore[union-attr]
            return cost.nanos, cost.source

        assert price("openai/gpt-4o-mini", Amounts(output_tokens=5)) == (5_000, "override")
        assert price("openai/gpt-4o", Amounts(output_tokens=5))[0] == 50_000
        assert price("house/ears", Amounts(audio_s=60)) == (10_000_000, "override")
        (made.paths.config / "voicegw.yaml").write_text(text(3))
        await made.refresh_config()
        assert price("openai/gpt-4o-mini", Amounts(output_tokens=5)) == (15_000, "override")
        (made.paths.config / "voicegw.yaml").write_text("prices: {openai: {gpt-4o-mini: {outptu: 1, input: -1}}}")
        with pytest.raises(ConfigError) as wrong:
            await made.refresh_config()
        assert len(wrong.value.problems) == 2
        assert 'Did you mean "output"?' in " ".join(wrong.value.problems)


@pytest.mark.process
def test_neither_construction_nor_start_imports_on_the_loops_thread(tmp_path: Path) -> None:
    # half a second of imports would stall the call in which an agent makes and starts the gateway
    code = f"""
import asyncio, sys, threading
from pathlib import Path
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.core.paths import paths_below

class Watch:
    here = []

    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            self.here.append(name)

async def main():
    sys.meta_path.insert(0, Watch())
    gateway = Gateway(paths=paths_below(Path({str(tmp_path)!r})))
    await gateway.start()
    await gateway.costs("today")
    print(sorted(m for m in Watch.here if m.partition(".")[0] not in sys.stdlib_module_names))
    await gateway.aclose()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- whole when it is made --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False], ids=["inside a loop", "outside"])
def test_a_gateway_is_whole_when_it_is_made(tmp_path: Path, inside: bool) -> None:
    async def stored() -> None:
        async with gateway(tmp_path) as earlier:
            assert earlier.storage is not None
            await earlier.storage.upsert_managed_provider("mine", "openai_compatible", None, "http://127.0.0.1:9/v1")
            await earlier.storage.upsert_managed_project("shop", daily_budget=2.0, budget_action="block")

    async def made_inside() -> Gateway:
        return gateway(tmp_path, "providers: {groq: {api_key: k}}")

    asyncio.run(stored())
    made = asyncio.run(made_inside()) if inside else gateway(tmp_path, "providers: {groq: {api_key: k}}")
    assert {"groq", "mine"} <= set(made.config.providers)
    assert made.config.get_provider_config_for_project("mine")["_source"] == "db"
    assert {(p["id"], p["source"]) for p in made.list_projects()} == {("default", "auto"), ("shop", "db")}
    assert "mine" not in made.file_config.providers
    assert isinstance(made.storage, SQLiteStorage)
    assert made.latency_monitor is not None
    made.rate_limiter.acquire("groq")
    assert made.budget_enforcer.get_budget_status("shop").status == "ok"
    made.cost_tracker.record(record(id="dear", project="shop", cost_nanos=3_000_000_000, timestamp=made.clock.time()))
    assert made.budget_enforcer.get_budget_status("shop").status == "exceeded"
    assert made.router.plan(Modality.LLM, "groq/llama", Caller("default", "python")).first.name == "groq/llama"
    assert made.router.config is made.backends.config is made.config
    assert not made.started


async def test_a_row_is_merged_by_refresh_without_a_start(tmp_path: Path) -> None:
    made = gateway(tmp_path)
    assert made.storage is not None
    await made.storage.upsert_managed_provider("mine", "openai_compatible", None, "http://127.0.0.1:9/v1")
    assert "mine" not in made.config.providers
    await made.refresh_config()
    assert made.config.providers["mine"].base_url == "http://127.0.0.1:9/v1"
    assert made.router.config is made.config
    assert not made.started
    await made.aclose()


async def test_a_row_that_came_between_construction_and_start_is_merged(tmp_path: Path) -> None:
    made = gateway(tmp_path)
    async with gateway(tmp_path) as other:
        assert other.storage is not None
        await other.storage.upsert_managed_project("shop", daily_budget=2.0)
    async with made:
        assert "shop" in made.config.projects
        assert made.router.config is made.config
        assert made.budget_enforcer.get_budget_status("shop").budget_nanos == 2_000_000_000


async def test_a_closed_gateway_starts_again_with_its_bus_and_keys(tmp_path: Path) -> None:
    made = gateway(tmp_path)
    async with made:
        bus, key = made.bus, await made.first_key()
    async with made:
        assert made.bus is bus
        assert await made.first_key() == key
        assert (await made.costs())["total"] == 0
        assert (await run(made, "status"))["database_problem"] is None


@pytest.mark.parametrize("harm", ["no database", "text", "zeros", "old", "locked", "no folder"])
def test_no_state_of_the_database_stops_the_construction(tmp_path: Path, harm: str) -> None:
    database = paths_below(tmp_path).database
    if harm not in ("no database", "no folder"):
        database.parent.mkdir(parents=True)
    holder = None
    if harm == "text":
        database.write_text("this is not a database " * 500)
    elif harm == "zeros":
        database.write_bytes(bytes(8192))
    elif harm in ("old", "locked"):
        holder = sqlite3.connect(database, isolation_level=None)
        holder.execute("CREATE TABLE managed_projects (project_id TEXT)")
        if harm == "locked":
            holder.execute("BEGIN EXCLUSIVE")
    made = gateway(tmp_path, "cost_tracking: {db_path: /nowhere/at/all/v.db}" if harm == "no folder" else "{}")
    assert set(made.config.projects) == {"default"}
    assert made.storage is not None
    if holder is not None:
        holder.close()


def test_a_gateways_parts_cannot_be_replaced(tmp_path: Path) -> None:
    made = gateway(tmp_path)
    with pytest.raises(FrozenInstanceError):
        made.parts.router = None  # type: ignore[misc,assignment]


async def test_a_server_of_ones_own_needs_no_key_to_be_chosen(tmp_path: Path) -> None:
    text = "providers: {box: {type: openai_compatible, base_url: 'http://127.0.0.1:1/v1'}, openai: {}}"
    async with gateway(tmp_path, text) as made:
        configured = {p["id"]: p["configured"] for p in made.list_providers()}
        assert (configured["box"], configured["openai"], configured["openai_compatible"]) == (True, False, False)


async def test_a_server_of_ones_own_is_started_and_stopped_where_it_runs(tmp_path: Path) -> None:
    async with gateway(
        tmp_path, "providers: {box: {type: openai_compatible, base_url: 'http://127.0.0.1:1/v1'}}"
    ) as made:
        for operation, more in (("start_engine", {}), ("stop_engine", {"confirm": True})):
            with pytest.raises(BadRequest, match="where it runs"):
                await run(made, operation, {"name": "box", **more})


@pytest.mark.parametrize(
    ("status", "would"),
    [
        (EngineStatus("piper/joe", "piper", "joe", State.STOPPED), "do nothing: piper/joe is not loaded"),
        (EngineStatus("piper/joe", "piper", "joe", State.FAILED), "do nothing: piper/joe is not loaded"),
        (EngineStatus("piper/joe", "piper", "joe", State.IDLE), "stop piper/joe, which serves nothing now"),
        (
            EngineStatus("piper/joe", "piper", "joe", State.BUSY, streams=2),
            "stop piper/joe; 2 requests that it serves now would fail",
        ),
        (
            EngineStatus("piper/joe", "piper", "joe", State.LOADING),
            "stop piper/joe, which is loading; requests that wait for it would fail",
        ),
        (
            EngineStatus("ollama/server", "ollama", "server", State.READY, info={"owned": False}),
            "do nothing: ollama/server was not started by this program; end it where it runs",
        ),
        (
            EngineStatus("ollama/qwen3", "ollama", "qwen3", State.IDLE),
            "stop ollama/qwen3; requests that it serves now would fail",
        ),
    ],
    ids=lambda value: str(value.state) if isinstance(value, EngineStatus) else "",
)
async def test_what_a_stop_would_do_is_told_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: EngineStatus, would: str
) -> None:
    async def survey() -> list[EngineStatus]:
        return [status]

    async with gateway(tmp_path, "{}") as made:
        monkeypatch.setattr(made.engines, "survey", survey)
        assert (await run(made, "stop_engine", {"name": status.name}))["would"] == would
