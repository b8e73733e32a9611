"""Stored rows that do not fit, and writes that would not: the gateway starts, and no such row is stored."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with Gateway(paths=paths_below(tmp_path)) as started:
        yield started


async def kept(gateway: Gateway) -> list[str]:
    assert gateway.storage is not None
    lists = (gateway.storage.list_managed_projects, gateway.storage.list_managed_providers,
             gateway.storage.list_managed_models)  # fmt: skip
    return [str(row) for one in lists for row in await one()]


BUDGETS: list[Any] = ["inf", "nan", "1e999", "-1", "1e12", math.inf, math.nan, 10**400, True, "true", []]


async def test_a_budget_that_cannot_be_is_refused_and_not_kept(gateway: Gateway) -> None:
    await run(gateway, "create_project", {"project_id": "p1"})
    for budget in BUDGETS:
        with pytest.raises(BadRequest, match="daily_budget"):
            await run(gateway, "create_project", {"project_id": "p9", "daily_budget": budget})
        with pytest.raises(BadRequest, match="daily_budget"):
            await run(gateway, "update_project", {"project_id": "p1", "daily_budget": budget})
    assert len(await kept(gateway)) == 1


NAMES = ["", ".", "..", "a/../b", "a\nb", "a\u202eb", "a\0", "\ud800", " a", "x" * 300]


@pytest.mark.parametrize(
    ("operation", "at", "more"),
    [
        ("create_project", "project_id", {}),
        ("add_provider", "provider_id", {"provider_type": "openai"}),
        ("add_provider", "project", {"provider_id": "mine", "provider_type": "openai"}),
        ("register_model", "model_id", {"modality": "stt", "provider": "whisper", "model": "base"}),
        ("create_key", "name", {}),
    ],
)
async def test_one_rule_for_every_name(gateway: Gateway, operation: str, at: str, more: dict[str, Any]) -> None:
    for name in NAMES:
        if not name and at in ("name", "project"):
            # a key may have no name, and no project is the default one
            continue
        with pytest.raises(BadRequest) as caught:
            await run(gateway, operation, {**more, at: name})
        assert caught.value.param == at
    assert await kept(gateway) == []


async def test_a_write_that_the_whole_configuration_cannot_hold_is_not_kept(gateway: Gateway) -> None:
    with pytest.raises(BadRequest, match="enabled"):
        await run(
            gateway, "add_provider",
            {"provider_id": "mine", "provider_type": "openai", "extra_config": {"enabled": "perhaps"}},
        )  # fmt: skip
    assert await kept(gateway) == []


def _poison(database: Path) -> None:
    with sqlite3.connect(database) as db:
        project = "INSERT INTO managed_projects (project_id, name, daily_budget, budget_action, created_at, updated_at)"
        for name, budget in (("p9", math.inf), ("..", 1.0), ("huge", 1e308), ("good", 2.0)):
            db.execute(f"{project} VALUES (?, ?, ?, 'warn', 0, 0)", (name, name, budget))
        provider = "INSERT INTO managed_providers (provider_id, provider_type, extra_config, created_at, updated_at)"
        db.execute(f"{provider} VALUES ('broken', 'openai', '{{not json', 0, 0)")
        db.execute(f"{provider} VALUES ('endless', 'openai', '{{\"a\": Infinity}}', 0, 0)")
        db.execute(f"{provider} VALUES ('fine', 'openai', '{{}}', 0, 0)")
    db.close()


async def test_rows_that_do_not_fit_never_stop_a_start_and_can_be_removed(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    async with Gateway(paths=paths) as gateway:
        database = gateway.database
    _poison(database)
    bad = {"p9", "..", "huge", "broken", "endless"}
    async with Gateway(paths=paths) as gateway:
        assert gateway.config_manager is not None
        assert {row.name for row in gateway.config_manager.left_out} == bad
        assert {"good", "default"} == set(gateway.config.projects)
        assert "fine" in gateway.config.providers
        told = [c["message"] for c in (await run(gateway, "doctor"))["checks"] if c["check"] == "database rows"]
        assert len(told) == len(bad)
        assert all("voicegw config clean" in message for message in told)
        # and the rest of the program still writes
        await run(gateway, "create_project", {"project_id": "another"})
        preview = await run(gateway, "remove_bad_rows")
        assert len(preview["rows"]) == len(bad)
        assert len((await run(gateway, "remove_bad_rows", {"confirm": True}))["deleted"]) == len(bad)
        assert gateway.config_manager.left_out == []
    async with Gateway(paths=paths) as gateway:
        assert gateway.config_manager is not None
        assert gateway.config_manager.left_out == []
        assert {"good", "another"} <= set(gateway.config.projects)


async def test_a_row_that_fits_alone_and_not_with_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voicegw_desktop.config import manager
    from voicegw_desktop.core.errors import ConfigError

    plain = manager.rebuilt

    def picky(config: Any, data: Any, origins: Any, sources: Any) -> Any:
        if {"a", "b"} <= set(data.get("projects", {})):
            raise ConfigError("together they are too many", ["projects: a and b are too many."])
        return plain(config, data, origins, sources)

    monkeypatch.setattr(manager, "rebuilt", picky)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        await run(gateway, "create_project", {"project_id": "a"})
        with pytest.raises(VoiceGatewayError, match="a and b are too many"):
            await run(gateway, "create_project", {"project_id": "b"})
        assert gateway.storage is not None
        await gateway.storage.upsert_managed_project("b", name="b")
        await gateway.refresh_config()
        assert gateway.config_manager is not None
        assert [row.name for row in gateway.config_manager.left_out] == ["b"]
        assert "a" in gateway.config.projects
