"""The table of operations: complete on every surface, parameters checked, previews before data is removed."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from voicegw_desktop.cli.parser import commands
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS, run
from voicegw_desktop.routing.installed import InstalledModel, InstalledNames

REFERENCE_TOOLS = {
    "get_health",
    "get_provider_status",
    "get_costs",
    "get_latency_stats",
    "get_logs",
    "list_providers",
    "get_provider",
    "test_provider",
    "add_provider",
    "delete_provider",
    "list_models",
    "register_model",
    "delete_model",
    "list_projects",
    "get_project",
    "create_project",
    "delete_project",
}
REFERENCE_ROUTES = {
    ("GET", path)
    for path in (
        "/health",
        "/v1/status",
        "/v1/models",
        "/v1/costs",
        "/v1/latency",
        "/v1/projects",
        "/v1/logs",
        "/v1/sessions",
        "/v1/providers",
        "/v1/audit-log",
    )
} | {("POST", "/v1/providers/{provider_id}/test"), ("DELETE", "/v1/providers/{provider_id}")}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with Gateway(paths=paths_below(tmp_path), clock=ManualClock()) as made:
        yield made


def test_the_reference_names_are_all_here() -> None:
    assert {o.tool for o in OPERATIONS.values()} >= REFERENCE_TOOLS
    assert {(o.method, o.path) for o in OPERATIONS.values()} >= REFERENCE_ROUTES


def test_names_routes_tools_and_verbs_are_unique() -> None:
    for key in (lambda o: (o.method, o.path), lambda o: o.tool, lambda o: o.verb):
        assert len({key(o) for o in OPERATIONS.values()}) == len(OPERATIONS)


def test_every_operation_has_a_verb_on_the_command_line() -> None:
    known = commands()
    assert {o.verb for o in OPERATIONS.values()} - known == set()


def test_every_operation_describes_itself_and_its_parameters() -> None:
    for operation in OPERATIONS.values():
        assert operation.description.endswith(".")
        assert len(operation.description) < 120
        for param in operation.params:
            assert param.description
        json.dumps(operation.input_schema())


@pytest.mark.socket
@pytest.mark.parametrize(
    "name",
    [o.name for o in OPERATIONS.values() if o.read_only and not any(p.required for p in o.params)],
)
async def test_every_reading_operation_answers_json(gateway: Gateway, name: str) -> None:
    json.dumps(await run(gateway, name))


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("costs", {"period": "weak"}, 'Did you mean "week"'),
        ("costs", {"perod": "week"}, 'Did you mean "period"'),
        ("logs", {"limit": 0}, "between 1 and"),
        ("logs", {"limit": "many"}, "whole number"),
        ("logs", {"limit": True}, "whole number"),
        ("set_offline", {}, "required"),
        ("set_route", {"modality": "stt"}, "required"),
        ("choose_stack", {}, "required"),
        ("set_route", {"modality": "stt", "target": "whisper"}, "provider/model"),
        ("set_route", {"modality": "tts", "target": "whisper/base"}, "has no tts"),
        ("choose_stack", {"name": "lokal"}, 'Did you mean "local"'),
        ("create_key", {"scopes": ["root"]}, "no scope"),
        ("create_project", {"project_id": "default"}, "already"),
        ("create_project", {"project_id": "a/b"}, "slash"),
        ("create_project", {"project_id": "a", "daily_budget": -1}, "daily_budget"),
        ("delete_project", {"project_id": "default"}, "default"),
        ("add_provider", {"provider_id": "opnai"}, 'Did you mean "openai"'),
        ("add_provider", {"provider_id": "openai", "base_url": "file:///etc"}, "http"),
        ("csts", {}, 'Did you mean "costs"'),
    ],
)
async def test_what_is_wrong_is_said_in_a_sentence(gateway: Gateway, name: str, params: Any, says: str) -> None:
    with pytest.raises((BadRequest, NotFound), match=says):
        await run(gateway, name, params)


async def test_a_project_lives_and_ends(gateway: Gateway) -> None:
    made = await run(gateway, "create_project", {"project_id": "shop", "daily_budget": 2.5, "tags": ["a"]})
    assert made["project"]["source"] == "db"
    key = await run(gateway, "create_key", {"project": "shop"})
    await run(gateway, "update_project", {"project_id": "shop", "budget_action": "block"})
    assert gateway.config.projects["shop"].daily_budget == 2.5
    assert gateway.config.projects["shop"].budget_action == "block"
    await run(gateway, "update_project", {"project_id": "shop", "unpriced": "block"})
    shop = (await run(gateway, "get_project", {"project_id": "shop"}))["project"]
    assert (shop["budget_action"], shop["unpriced"]) == ("block", "block")
    await run(gateway, "update_project", {"project_id": "shop", "daily_budget": None})
    assert gateway.config.projects["shop"].unpriced == "block"
    assert gateway.config.projects["shop"].daily_budget is None
    preview = await run(gateway, "delete_project", {"project_id": "shop"})
    assert preview["preview"]
    assert "shop" in gateway.config.projects
    await run(gateway, "delete_project", {"project_id": "shop", "confirm": True})
    assert "shop" not in gateway.config.projects
    assert gateway.keys.verify_bearer(key["api_key"]) is None


async def test_changes_are_in_the_audit_log_and_secrets_are_not(gateway: Gateway) -> None:
    await run(gateway, "add_provider", {"provider_id": "openai", "api_key": "sk-abcdefghijkl"}, source="mcp")
    await run(gateway, "delete_provider", {"provider_id": "openai"})
    log = (await run(gateway, "audit_log"))["audit_log"]
    assert [(entry["action"], entry["source"]) for entry in log] == [("add_provider", "mcp")]
    assert "sk-abc" not in json.dumps(log)
    assert "sk-abcdefghijkl" not in json.dumps(await run(gateway, "list_providers"))
    assert b"sk-abcdefghijkl" not in gateway.database.read_bytes()
    await run(gateway, "delete_provider", {"provider_id": "openai", "confirm": True})
    assert await gateway.provider_key("openai") is None


async def test_a_model_gets_a_name_and_loses_it(gateway: Gateway) -> None:
    params = {"model_id": "mine", "modality": "stt", "provider": "whisper", "model": "base"}
    await run(gateway, "register_model", params)
    assert gateway.config.models.stt["mine"].model == "base"
    await run(gateway, "delete_model", {"model_id": "mine", "confirm": True})
    assert "mine" not in gateway.config.models.stt


async def test_routes_are_chosen_and_lifted(gateway: Gateway) -> None:
    shown = await run(gateway, "set_route", {"modality": "stt", "target": "whisper/tiny.en"})
    assert shown["routes"]["stt"] == "whisper/tiny.en"
    shown = await run(gateway, "set_route", {"modality": "stt", "target": None})
    assert shown["routes"]["stt"] is None
    assert (await run(gateway, "choose_stack", {"name": "local"}))["stack"] == "local"
    assert (await run(gateway, "set_offline", {"offline": "yes"}))["offline"] is True
    assert gateway.is_offline()


async def test_a_route_is_set_by_every_name_that_a_request_may_use(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = InstalledNames(
        [
            InstalledModel("whisper/tiny.en", Modality.STT, ("Systran/faster-whisper-tiny.en",)),
            InstalledModel("kokoro/v1.0-int8", Modality.TTS, ("hexgrad/Kokoro-82M",)),
        ]
    )
    monkeypatch.setattr(gateway.router.names, "_look", lambda: here)
    for modality, name, served in (
        ("stt", "tiny.en", "whisper/tiny.en"),
        ("stt", "Systran/faster-whisper-tiny.en", "whisper/tiny.en"),
        ("tts", "kokoro", "kokoro/v1.0-int8"),
    ):
        assert (await run(gateway, "set_route", {"modality": modality, "target": name}))["routes"][modality] == name
        caller = Caller(project="default", wire="openai")
        assert gateway.router.plan(Modality(modality), "auto", caller).first.name == served
    with pytest.raises(BadRequest, match="cannot transcribe"):
        await run(gateway, "set_route", {"modality": "stt", "target": "kokoro"})


async def test_live_choices_and_keys_are_explained(gateway: Gateway) -> None:
    async def origin(path: str) -> dict[str, Any]:
        (value,) = (await run(gateway, "explain_config", {"path": path}))["values"]
        return value

    assert (await origin("routing.stt.route"))["source"] == "default"
    await run(gateway, "set_route", {"modality": "stt", "target": "whisper/base"})
    chosen = await origin("routing.stt.route")
    assert (chosen["value"], chosen["source"]) == ("whisper/base", "live")
    doctor = await run(gateway, "doctor", {})
    lost = [c["message"] for c in doctor["checks"] if c["check"] == "routes"]
    assert lost == [
        "routing.stt.route (chosen live) sends stt to whisper/base, which is not installed: voicegw models pull "
        "whisper/base, or take the choice back: `voicegw route set stt as_requested`."
    ]
    gateway.router.set_route(Modality.STT, "sherpa/mine")
    doctor = await run(gateway, "doctor", {})
    assert [c["message"] for c in doctor["checks"] if c["check"] == "routes"] == [
        "routing.stt.route (chosen live) sends stt to sherpa/mine, which is gone: choose another target, or take the "
        "choice back: `voicegw route set stt as_requested`."
    ]
    await run(gateway, "set_route", {"modality": "stt", "target": "as_requested"})
    assert (await origin("routing.stt.route"))["value"] == "as_requested"
    secret = {"provider_id": "groq", "api_key": "gsk-1234567890abcd", "base_url": "https://g.example"}
    await run(gateway, "add_provider", secret)
    key = await origin("providers.groq.api_key")
    assert (key["source"], key["where"]) == ("secret", "provider/groq@https://g.example:443")
    assert "1234567890" not in json.dumps(key)
    assert (await origin("providers.groq.base_url"))["source"] == "db"


async def test_choices_survive_a_restart(tmp_path: Path) -> None:
    async with Gateway(paths=paths_below(tmp_path)) as first:
        await run(first, "set_offline", {"offline": True})
    async with Gateway(paths=paths_below(tmp_path)) as second:
        assert second.is_offline()


@pytest.mark.parametrize("given", ["inference,read", "inference, read", '["inference","read"]', ["inference", "read"]])
def test_a_list_is_separated_by_commas_or_a_json_array(given: object) -> None:
    assert OPERATIONS["create_key"].take({"scopes": given})["scopes"] == ["inference", "read"]


@pytest.mark.parametrize("given", ['["inference"', '["inference", 7]', "[" * 5000])
def test_an_array_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(BadRequest) as refused:
        OPERATIONS["create_key"].take({"scopes": given})
    assert refused.value.param == "scopes"


async def test_what_a_broken_pull_left_can_be_removed(gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="nothing to remove"):
        await run(gateway, "remove_model", {"model": "whisper/base", "confirm": True})
    folder = gateway.models.root / "whisper" / "base"
    folder.mkdir(parents=True)
    (folder / "model.bin.part").write_bytes(bytes(1000))
    told = await run(gateway, "remove_model", {"model": "whisper/base", "confirm": True})
    assert told["freed_bytes"] == 1000
    assert not folder.exists()


@pytest.mark.parametrize("name", ["costs", "latency", "logs", "sessions", "turns"])
async def test_nothing_of_a_misspelled_project_is_told_as_such(gateway: Gateway, name: str) -> None:
    assert gateway.storage is not None
    with pytest.raises(NotFound, match=r'There is no project "defualt"\. Did you mean "default"'):
        await run(gateway, name, {"project": "defualt"})
    await run(gateway, name, {"project": "default"})
    # one that was removed still has its records, and no older ones behind the last page
    await gateway.storage.log_requests([record(project="removed", session_id="s", timestamp=gateway.clock.time())])
    if name != "turns":
        await run(gateway, name, {"project": "removed"})
    if name in ("logs", "sessions", "turns"):
        answer = await run(gateway, name, {"project": "removed", "before": "1"})
        assert answer["next"] is None


@pytest.mark.parametrize(
    ("name", "params"),
    [("what_if", {}), ("reprice", {}), ("price_gaps", {}), ("egress", {}), ("pin_baseline", {"name": "b"}),
     ("export", {"rows": "requests"}), ("export", {"rows": "turns", "form": "jsonl"})],
)  # fmt: skip
async def test_no_report_is_empty_because_a_project_is_misspelled(
    gateway: Gateway, tmp_path: Path, name: str, params: dict[str, object]
) -> None:
    assert gateway.storage is not None
    params = {**params, "project": "defualt"}
    if name == "export":
        params["file"] = str(tmp_path / "rows.csv")
    with pytest.raises(NotFound, match=r'There is no project "defualt"\. Did you mean "default"'):
        await run(gateway, name, params)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("rows.csv")]
    rows = [record(project="defualt", timestamp=gateway.clock.time()) for _ in range(10)]
    await gateway.storage.log_requests(rows)
    if name != "egress" and params.get("rows") != "turns":
        await run(gateway, name, params)


@pytest.mark.parametrize("name", ["usage_by_day", "logs", "prices"])
async def test_a_misspelled_provider_is_told_as_such(gateway: Gateway, name: str) -> None:
    await run(gateway, name, {"provider": "openai"})
    with pytest.raises(NotFound, match=r'There is no provider "opnai"\. Did you mean "openai"'):
        await run(gateway, name, {"provider": "opnai"})


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("logs", {"session": "s9"}, r'There is no session "s9"\.'),
        ("turns", {"session": "s9"}, r'There is no session "s9"\.'),
        ("logs", {"session": "s1", "project": "default"}, r'There is no session "s1" in the project "default"\.'),
        ("logs", {"key": "k9"}, r'There is no key "k9"; `voicegw keys list` shows them\.'),
        ("logs", {"model": "openai/gpt-9"}, r'No request of "openai/gpt-9" is stored, and no model of that name is'),
    ],
)
async def test_a_name_of_which_nothing_is_known_is_told_as_such(
    gateway: Gateway, name: str, params: dict[str, object], told: str
) -> None:
    assert gateway.storage is not None
    now = gateway.clock.time()
    kept = record(project="removed", session_id="s1", key_id="k1", model_id="openai/gpt-8", timestamp=now)
    await gateway.storage.log_requests([kept])
    with pytest.raises(NotFound, match=told):
        await run(gateway, name, params)
    # what is known has nothing of this kind, and no older ones behind the last page
    for one in ({"session": "s1"}, {"key": "k1"}, {"model": "openai/gpt-8"}):
        if name == "logs":
            assert (await run(gateway, name, {**one, "status": "cancelled"}))["logs"] == []
    await run(gateway, name, {**params, "before": "1"})


async def test_without_a_file_the_default_project_can_be_changed(tmp_path: Path) -> None:
    async with Gateway(paths=paths_below(tmp_path)) as gateway:

        async def shown() -> dict[str, Any]:
            found: Any = await run(gateway, "list_projects")
            return next(p for p in found["projects"] if p["id"] == "default")

        before = await shown()
        assert (before["source"], before["in_file"], before["name"]) == ("auto", [], "Default")
        await run(gateway, "update_project", {"project_id": "default", "daily_budget": 2.0})
        assert {**await shown(), "daily_budget": None} == before
        await run(gateway, "update_project", {"project_id": "default", "name": "Kitchen"})
        now = await shown()
        assert (now["name"], now["daily_budget"], now["default_stack"]) == ("Kitchen", 2.0, "local")
        with pytest.raises(BadRequest, match=r"needs a stack while there is no voicegw\.yaml"):
            await run(gateway, "update_project", {"project_id": "default", "default_stack": None})
        with pytest.raises(BadRequest, match="is the default project"):
            await run(gateway, "delete_project", {"project_id": "default", "confirm": True})


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_null_for_what_may_be_left_out_is_leaving_it_out(name: str) -> None:
    operation = OPERATIONS[name]
    needed = {p.name: (p.choices or ("x",))[0] for p in operation.params if p.required and p.kind == "string"}
    if any(p.required and p.name not in needed for p in operation.params):
        return
    needed = {key: "whisper/x" if key in ("target", "model") else value for key, value in needed.items()}
    optional = [p for p in operation.params if not (p.required or p.nullable)]
    given = operation.take({**needed, **{p.name: None for p in optional}})
    assert given == operation.take(needed)


async def test_costs_by_nothing_are_costs(gateway: Gateway) -> None:
    assert (await run(gateway, "costs", {"by": None}))["total"] == (await run(gateway, "costs", {}))["total"]
