"""The merge of file and database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.managed import FakeManaged
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager

pytestmark = pytest.mark.unit


def provider(name: str, **columns: Any) -> dict[str, Any]:
    return {"provider_id": name, "provider_type": name, "api_key": None, "base_url": None, **columns}


async def merged(text: str, **rows: Any) -> tuple[GatewayConfig, ConfigManager]:
    manager = ConfigManager(GatewayConfig.from_text(text, environ={}), FakeManaged(**rows))
    return await manager.load_merged(), manager


async def test_a_row_becomes_a_provider_that_says_where_it_came_from() -> None:
    config, _ = await merged("{}", providers=[provider("openai", api_key="k", extra_config='{"org": "o"}')])
    assert config.get_provider_config_for_project("openai") == {"api_key": "k", "org": "o", "_source": "db"}
    assert str(config.explain("providers.openai.api_key")[0].origin) == "db managed_providers/openai"


async def test_the_file_wins_whole_so_its_key_never_goes_to_another_address() -> None:
    config, _ = await merged(
        "providers: {openai: {api_key: mine}}", providers=[provider("openai", base_url="http://evil")]
    )
    assert config.get_provider_config_for_project("openai") == {"api_key": "mine"}
    (url,) = config.explain("providers.openai.base_url")
    assert url.value is None
    assert [str(o) for o in url.overrides] == ["db managed_providers/openai"]


async def test_reserved_keys_never_come_from_extra_config() -> None:
    extra = {"api_key": "x", "base_url": "http://x", "_source": "yaml", "org": "o"}
    config, _ = await merged("{}", providers=[provider("openai", extra_config=extra)])
    assert config.get_provider_config_for_project("openai") == {"org": "o", "_source": "db"}


async def test_a_row_with_a_project_is_found_for_that_project_only() -> None:
    config, _ = await merged(
        "projects: {known: {}}",
        providers=[
            provider("a-key", provider_type="openai", api_key="a", project="known"),
            provider("b-key", provider_type="openai", api_key="b", project="stub"),
        ],
    )
    assert config.get_provider_config_for_project("openai", "known")["api_key"] == "a"
    assert config.get_provider_config_for_project("openai", "stub")["api_key"] == "b"
    assert config.get_provider_config_for_project("openai") == {}
    assert config.projects["stub"].source == "db"
    assert config.projects["known"].source == "yaml"


async def test_a_project_row_fills_what_the_file_leaves_out() -> None:
    config, _ = await merged(
        "projects: {p: {daily_budget: 1}}",
        projects=[{"project_id": "p", "daily_budget": 9.0, "budget_action": "block", "tags": '["t"]'}],
    )
    assert config.projects["p"].daily_budget == 1
    assert config.projects["p"].budget_action == "block"
    assert config.projects["p"].tags == ["t"]
    (budget,) = config.explain("projects.p.daily_budget")
    assert (budget.origin.kind, budget.overrides[0].value) == ("yaml", 9.0)


async def test_a_row_that_does_not_validate_is_left_out_and_told() -> None:
    config, manager = await merged(
        "{}",
        projects=[{"project_id": "bad", "budget_action": "explode"}, {"project_id": "good"}],
        models=[{"model_id": "m", "modality": "video", "provider_id": "x", "model_name": "y"}],
    )
    assert "good" in config.projects
    assert "bad" not in config.projects
    assert len(manager.problems) == 2


async def test_models_merge_and_the_default_project_is_made() -> None:
    config, _ = await merged(
        "default_project: me",
        models=[{"model_id": "m", "modality": "stt", "provider_id": "whisper", "model_name": "base", "enabled": 1}],
    )
    assert config.models.stt["m"].provider == "whisper"
    assert config.projects["me"].source == "auto"


async def test_refresh_sees_new_rows_and_forgets_old_ones() -> None:
    storage = FakeManaged(projects=[{"project_id": "one"}])
    manager = ConfigManager(GatewayConfig.from_text("{}", environ={}), storage)
    assert "one" in (await manager.load_merged()).projects
    storage.projects = [{"project_id": "two"}]
    assert set((await manager.refresh()).projects) == {"two", "default"}
