"""A key of one project sees that project only, on every surface; and each refusal names the scope that is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from voicegw_desktop.core.events import (
    BudgetState,
    EgressRecorded,
    EngineState,
    EventBus,
    KeyRevoked,
    Notice,
    RequestFinished,
    RequestFirstByte,
    RequestStarted,
    RouteChanged,
)
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS, run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.operations.calls import scope_of
from voicegw_desktop.sockets.operations.metrics import Metrics
from voicegw_desktop.sockets.operations.ops import ProjectEvents
from voicegw_desktop.storage.records import RequestRecord

pytestmark = pytest.mark.socket

OTHER = "beta-canary"
"""Text in everything that belongs to the other project."""
MACHINE_WIDE = {
    "health", "list_models", "list_store", "list_engines", "list_providers", "get_provider", "list_offers", "prices",
}  # fmt: skip
"""Reading operations that tell of the machine, and of no project."""
CHANGES_THE_MACHINE = {
    "start_engine", "register_model", "delete_model", "pull_model", "pause_pull", "cancel_pull",
    "verify_model", "import_models", "remove_model", "set_offline",
}  # fmt: skip
"""Changing operations of the scope write that concern the machine, and no project."""
GIVEN = {
    "name": "before",
    "session_id": "beta-canary-session",
    "provider": "openai",
    "provider_id": "openai",
    "project_id": OTHER,
}


@dataclass
class World:
    """A served gateway with two projects that both have requests."""

    gateway: Gateway
    server: Server
    reader: str
    """A key of the project alpha that may read."""
    writer: str
    admin: str

    def client(self, key: str) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(self.server.url, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        assert gateway.storage is not None
        for project in ("alpha", OTHER):
            await run(gateway, "create_project", {"project_id": project, "daily_budget": 5, "tags": [f"{project}-tag"]})
            await run(gateway, "create_key", {"project": project, "name": f"{project}-key"})
            await run(gateway, "set_route", {"modality": "stt", "target": "whisper/base", "project": project})
            record = RequestRecord(
                f"{project}-request", gateway.clock.time(), "stt", f"whisper/{project}-model", "whisper", project,
                cost_nanos=7, metadata={"session": f"{project}-session"}, session_id=f"{project}-session",
            )  # fmt: skip
            leaving = EgressRecorded(
                gateway.clock.time(), f"{project}-request", "openai/x", "h", "cloud", project, "stt", id=project
            )
            await gateway.storage.log([record, leaving])
        server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
        await server.start()
        keys = [
            (await gateway.keys.mint("alpha", name, scopes)).bearer
            for name, scopes in (("reader", ["read"]), ("writer", ["write"]), ("admin", ["admin"]))
        ]
        yield World(gateway, server, *keys)
        await server.stop()


async def get(http: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with http.get(path) as response:
        return response.status, await response.text()


async def tool(http: aiohttp.ClientSession, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    async with http.post("/mcp", json=message) as response:
        answer: dict[str, Any] = await response.json()
        return answer


def test_each_changing_operation_says_which_projects_it_reaches() -> None:
    """A new operation fails here until it takes a project, is for keys without one, or is listed as machine-wide."""
    silent = {
        operation.name
        for operation in OPERATIONS.values()
        if scope_of(operation) == "write"
        and not operation.whole
        and not operation.scoped
        and not {param.name for param in operation.params} & {"project", "project_id"}
    }
    assert silent == CHANGES_THE_MACHINE


def test_who_gets_in_and_files_of_this_machine_are_for_admin() -> None:
    names = {"create_key", "set_setting", "set_sound", "listen", "backup", "restore"}
    assert {scope_of(OPERATIONS[name]) for name in names} == {"admin"}


READING = [operation for operation in OPERATIONS.values() if operation.read_only]


@pytest.mark.parametrize("operation", READING, ids=lambda operation: operation.name)
async def test_no_reading_operation_tells_of_another_project(world: World, operation: Any) -> None:
    """A new operation fails here until it takes a project, is for keys without one, or is listed as machine-wide."""
    names = {param.name for param in operation.params}
    assert operation.whole or operation.scoped or names & {"project", "project_id"} or operation.name in MACHINE_WIDE, (
        f"{operation.name} does not say which projects it tells of"
    )
    needed = {param.name: GIVEN[param.name] for param in operation.params if param.required}
    path, query = operation.path, {}
    for name, value in needed.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", value)
        else:
            query[name] = value
    asked = f"?{urlencode(query)}" if query else ""
    async with world.client(world.reader) as http:
        status, text = await get(http, path + asked)
        told = await tool(http, operation.tool, needed)
        if operation.whole or "project_id" in needed:
            assert status == 403
            assert json.loads(text)["error"]["code"] == "other_project"
            assert told["result"]["isError"]
        elif "session_id" in needed:
            assert status == 404
        elif operation.name != "list_offers":
            assert status == 200, text
            assert OTHER not in text
            assert OTHER not in json.dumps(told)
            assert str(world.gateway.paths.config) not in text
            assert str(world.gateway.paths.models) not in text
        if "project" in names:
            status, text = await get(http, f"{path}?{urlencode({**query, 'project': OTHER})}")
            assert (status, json.loads(text)["error"]["code"]) == (403, "other_project")
            assert (await tool(http, operation.tool, {**needed, "project": OTHER}))["result"]["isError"]


async def test_what_a_reading_key_sees_of_its_own_project(world: World) -> None:
    async with world.client(world.reader) as http:

        async def ask(path: str) -> Any:
            status, text = await get(http, path)
            assert status == 200, text
            return json.loads(text)

        assert list((await ask("/v1/costs"))["by_project"]) == ["alpha"]
        assert [row["project"] for row in (await ask("/v1/logs"))["logs"]] == ["alpha"]
        assert [row["project"] for row in (await ask("/v1/egress"))["egress"]] == ["alpha"]
        assert [row["id"] for row in (await ask("/v1/sessions"))["sessions"]] == ["alpha-session"]
        assert len((await ask("/v1/sessions/alpha-session"))["requests"]) == 1
        assert [row["id"] for row in (await ask("/v1/projects"))["projects"]] == ["alpha"]
        assert (await ask("/v1/projects/alpha"))["today"]["total"] > 0
        assert {key["project"] for key in (await ask("/v1/keys"))["keys"]} == {"alpha"}
        actions = [entry["action"] for entry in (await ask("/v1/audit-log"))["audit_log"]]
        assert actions == ["set_route", "create_key", "create_project"]
        assert (await ask("/v1/routes"))["routes"]["stt"] == "whisper/base"


async def test_a_session_that_two_projects_named_alike(world: World) -> None:
    """A key of one project reads its own and learns of no other; one without a project is told of both."""
    assert world.gateway.storage is not None
    now = world.gateway.clock.time()
    for project, at in (("alpha", now - 60), (OTHER, now)):
        kept = RequestRecord(
            f"{project}-room", at, "stt", f"whisper/{project}-model", "whisper", project, cost_nanos=7,
            session_id="room",
        )  # fmt: skip
        await world.gateway.storage.log([kept])

    async def ask(http: aiohttp.ClientSession, **params: str) -> list[Any]:
        """The answers over HTTP and over MCP."""
        status, text = await get(http, f"/v1/sessions/room?{urlencode(params)}")
        assert status == 200, text
        told = (await tool(http, "get_session", {"session_id": "room", **params}))["result"]
        assert not told.get("isError"), told
        return [json.loads(text), told["structuredContent"]]

    async with world.client(world.reader) as http:
        for answer in await ask(http):
            assert OTHER not in json.dumps(answer)
            assert (answer["project"], answer["request_count"], answer["cost_nanos"]) == ("alpha", 1, 7)
            assert (answer["other_projects"], len(answer["requests"])) == ([], 1)
        listed = json.loads((await get(http, "/v1/sessions"))[1])["sessions"]
        assert {(row["id"], row["project"]) for row in listed} == {("room", "alpha"), ("alpha-session", "alpha")}
    async with world.client(world.admin) as http:
        for answer in await ask(http):
            assert (answer["project"], answer["other_projects"], len(answer["requests"])) == (OTHER, ["alpha"], 1)
        for answer in await ask(http, project="alpha"):
            assert (answer["project"], answer["other_projects"], len(answer["requests"])) == ("alpha", [OTHER], 1)


async def test_a_key_with_admin_and_a_key_without_a_project_see_all(world: World) -> None:
    made = await run(world.gateway, "create_key", {"project": "*", "scopes": ["read"]})
    assert made["project"] is None
    for key in (world.admin, made["api_key"]):
        async with world.client(key) as http:
            for path in ("/v1/costs", "/v1/logs", "/v1/projects", "/v1/keys", "/v1/audit-log", "/v1/egress"):
                status, text = await get(http, path)
                assert status == 200
                assert OTHER in text, path
            assert (await get(http, "/v1/doctor"))[0] == 200
            assert (await get(http, f"/v1/logs?project={OTHER}"))[0] == 200


async def test_a_writing_key_changes_no_other_project(world: World) -> None:
    route = {"modality": "tts", "target": "piper/en_US-joe-medium"}
    theirs = {"provider_id": "theirs", "provider_type": "groq", "project": OTHER, "api_key": "gsk-theirs-000"}
    await run(world.gateway, "add_provider", theirs)
    async with world.client(world.writer) as http:
        for method, path, body in (
            ("PATCH", f"/v1/projects/{OTHER}", {"description": "theirs"}),
            ("POST", "/v1/projects", {"project_id": "gamma"}),
            ("POST", "/v1/routes", {**route, "project": OTHER}),
            ("POST", "/v1/stack", {"name": None, "project": OTHER}),
            ("POST", "/v1/providers", {"provider_id": "openai", "project": OTHER}),
            ("PATCH", "/v1/providers/openai", {"api_key": "k", "project": OTHER}),
            ("POST", "/v1/providers", {"provider_id": "theirs", "provider_type": "groq"}),
        ):
            async with http.request(method, path, json=body) as response:
                assert (response.status, (await response.json())["error"]["code"]) == (403, "other_project"), path
        async with http.delete("/v1/providers/theirs", json={"confirm": True}) as response:
            assert response.status == 404
        assert await world.gateway.provider_key("groq", OTHER) == "gsk-theirs-000"
        async with http.post("/v1/routes", json={**route, "project": "alpha"}) as response:
            assert response.status == 200
        # the machine's route applies to all projects, and its answer names no other project
        async with http.post("/v1/routes", json=route) as response:
            assert response.status == 200
            assert OTHER not in await response.text()
    assert world.gateway.config.projects[OTHER].description == ""


LIMITS = {
    "daily_budget": None, "weekly_budget": 9, "monthly_budget": None, "budget_action": "warn", "unpriced": "allow",
}  # fmt: skip


def limits_of(world: World) -> set[tuple[Any, ...]]:
    statuses = world.gateway.budget_enforcer.statuses()
    return {(it.setting, it.budget_nanos, it.action, it.unpriced) for it in statuses}


@pytest.mark.parametrize("project", ["alpha", None])
async def test_a_writing_key_lifts_no_budget(world: World, project: str | None) -> None:
    key = (await world.gateway.keys.mint(project, "agent", ["write"])).bearer
    before = limits_of(world)
    async with world.client(key) as http:
        for method, path, body in (
            ("POST", "/v1/prices", {"target": "openai/*", "input": "0", "output": "0"}),
            ("DELETE", "/v1/prices/openai/gpt-4o", {}),
            ("POST", "/v1/prices/reprice", {"every": True, "confirm": True}),
            ("PATCH", "/v1/budgets", {"daily": None}),
            ("DELETE", "/v1/projects/alpha", {"confirm": True}),
            ("POST", "/v1/import/voicegateway", {"path": "/tmp/other.db"}),
            *(("PATCH", "/v1/projects/alpha", {name: value}) for name, value in LIMITS.items()),
            *(("POST", "/v1/projects", {"project_id": "gamma", name: value}) for name, value in LIMITS.items()),
        ):
            async with http.request(method, path, json=body) as response:
                error = (await response.json())["error"]
            assert (response.status, error["code"]) == (403, "missing_scope"), path
            assert 'needs the scope "admin", and this key has read and write.' in error["message"]
        async with http.patch("/v1/projects/alpha?daily_budget=999", json={}) as response:
            assert response.status == 403
        told = await tool(http, "update_project", {"project_id": "alpha", "daily_budget": 999})
        assert told["result"]["isError"]
        sentence = '"daily_budget" of update_project needs the scope "admin", and this key has read and write.'
        assert told["result"]["content"][0]["text"] == sentence
        assert "needs the scope" in (await tool(http, "set_price", {}))["error"]["message"]
        # what does not limit money is for a writing key
        async with http.patch("/v1/projects/alpha", json={"description": "mine"}) as response:
            assert response.status == 200
    assert limits_of(world) == before
    assert world.gateway.config.projects["alpha"].description == "mine"


async def test_a_missing_scope_is_named_over_http_and_mcp(world: World) -> None:
    async with world.client(world.reader) as http:
        async with http.post("/v1/offline", json={"offline": True}) as response:
            error = (await response.json())["error"]
        assert (response.status, error["code"]) == (403, "missing_scope")
        assert error["message"] == 'POST /v1/offline needs the scope "write", and this key has read.'
        told = await tool(http, "set_route", {"modality": "stt", "target": None})
        assert told["error"]["message"] == 'set_route needs the scope "write", and this key has read.'
        told = await tool(http, "create_key", {})
        assert told["error"]["message"] == 'create_key needs the scope "admin", and this key has read.'
        told = await tool(http, "set_rout", {})
        assert 'There is no tool "set_rout"' in told["error"]["message"]


async def test_the_first_key_is_for_agents_and_never_one_that_changes_things(world: World) -> None:
    gateway = world.gateway
    first = gateway.keys.info(await gateway.first_key())
    assert first is not None
    assert (first.project, set(first.scopes)) == ("default", {"inference", "read"})
    await gateway.keys.mint("default", "everything")
    await gateway.keys.revoke(first.id)
    again = gateway.keys.info(await gateway.keys.ensure("default"))
    assert again is not None
    assert set(again.scopes) == {"inference", "read"}


EVENTS = [
    (RequestStarted("1", "stt", "whisper/base", "alpha", "openai"), True),
    (RequestStarted("2", "stt", "whisper/base", OTHER, "openai"), False),
    (RequestFirstByte("1", "stt", "whisper/base", 1.0), True),
    (RequestFirstByte("2", "stt", "whisper/base", 1.0), False),
    (RequestFinished(SimpleNamespace(id="1", project="alpha")), True),
    (RequestFinished(SimpleNamespace(id="2", project=OTHER)), False),
    (RequestFinished(SimpleNamespace(id="2", caller=SimpleNamespace(project=OTHER))), False),
    (RequestFirstByte("1", "stt", "whisper/base", 1.0), False),
    (BudgetState("alpha", "ok", 1, 2), True),
    (BudgetState(OTHER, "ok", 1, 2), False),
    (RouteChanged("stt", None, ""), True),
    (RouteChanged("stt", None, "", OTHER), False),
    (EgressRecorded(0.0, "2", "openai/x", "h", "cloud", OTHER, "stt"), False),
    (KeyRevoked("alpha-key"), True),
    (KeyRevoked("other-key"), False),
    (KeyRevoked("unknown"), False),
    (Notice("warning", f"The budget of {OTHER} is spent."), False),
    (EngineState("whisper/base", "ready"), True),
    (SimpleNamespace(message="a kind of event that comes later"), False),
]


def test_events_of_another_project_are_not_told() -> None:
    infos = {"alpha-key": SimpleNamespace(project="alpha"), "other-key": SimpleNamespace(project=OTHER)}
    sees = ProjectEvents(SimpleNamespace(keys=SimpleNamespace(info=infos.get)), "alpha")
    assert [sees(event) for event, _ in EVENTS] == [wanted for _, wanted in EVENTS]


async def test_the_event_stream_of_a_projects_key(world: World) -> None:
    async with world.client(world.reader) as http, http.ws_connect("/v1/events") as ws, asyncio.timeout(60):
        world.gateway.bus.publish(RequestStarted("2", "stt", "whisper/base", OTHER, "openai"))
        world.gateway.bus.publish(RequestStarted("1", "stt", "whisper/base", "alpha", "openai"))
        event = await ws.receive_json()
        while event["type"] != "RequestStarted":
            event = await ws.receive_json()
        assert event["project"] == "alpha"


async def test_metrics_of_a_projects_key(world: World) -> None:
    for project in ("alpha", OTHER):
        world.gateway.bus.publish(BudgetState(project, "ok", 1, 2))
    async with world.client(world.reader) as http:
        _, text = await get(http, "/v1/metrics")
    assert 'voicegw_budget_used_ratio{project="alpha"} 0.5' in text
    assert OTHER not in text
    async with world.client(world.admin) as http:
        assert OTHER in (await get(http, "/v1/metrics"))[1]


def test_metrics_that_count_all_projects_together_are_left_out() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(RequestStarted("1", "stt", "whisper/base", OTHER, "openai"))
    bus.publish(RequestFirstByte("1", "stt", "whisper/base", 150.0))
    text = metrics.text("alpha")
    assert "voicegw_ttfb_seconds_bucket" not in text
    assert "voicegw_requests_in_flight" not in text
    assert "process_start_time_seconds" in text
