"""MCP as a client speaks it: over HTTP with a key, over stdio, over stdio to a gateway that already runs."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.unsafe import steers
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS, run
from voicegw_desktop.mcp.protocol import McpServer
from voicegw_desktop.mcp.stdio import Attached, serve_stdio
from voicegw_desktop.mcp.tools import server_for
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

VOICEGATEWAY_TOOLS = {
    "get_health", "get_provider_status", "get_costs", "get_latency_stats", "get_logs", "list_providers",
    "get_provider", "test_provider", "add_provider", "delete_provider", "list_models", "register_model",
    "delete_model", "list_projects", "get_project", "create_project", "delete_project",
}  # fmt: skip
"""What VoiceGateway's users call."""


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        yield gateway


@pytest.fixture
async def mcp(gateway: Gateway) -> McpServer:
    return server_for(gateway)


@pytest.fixture
async def served(gateway: Gateway) -> AsyncIterator[Server]:
    server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
    await server.start()
    yield server
    await server.stop()


def ask(method: str, params: Any = None, identity: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, **({} if params is None else {"params": params})}


async def test_hello_and_tools(mcp: McpServer) -> None:
    for version in ("2025-06-18", "2024-11-05"):
        answer = await mcp.handle(ask("initialize", {"protocolVersion": version, "capabilities": {}}))
        assert answer is not None
        assert answer["result"]["protocolVersion"] == version
    newest = await mcp.handle(ask("initialize", {"protocolVersion": "1999-01-01"}))
    assert newest is not None
    assert newest["result"]["protocolVersion"] == "2025-11-25"
    assert await mcp.handle({"jsonrpc": "2.0", "method": "notifications/initialized"}) is None
    assert await mcp.handle(ask("ping")) == {"jsonrpc": "2.0", "id": 1, "result": {}}
    listed = await mcp.handle(ask("tools/list"))
    assert listed is not None
    tools = {t["name"]: t for t in listed["result"]["tools"]}
    assert set(tools) == {op.tool for op in OPERATIONS.values() if not op.by_people}
    assert set(tools) >= VOICEGATEWAY_TOOLS
    for tool in tools.values():
        assert tool["description"]
        assert tool["inputSchema"]["type"] == "object"


async def test_calling_tools(mcp: McpServer) -> None:
    health = await mcp.handle(ask("tools/call", {"name": "get_health", "arguments": {}}))
    assert health is not None
    assert health["result"]["structuredContent"]["status"] == "ok"
    assert json.loads(health["result"]["content"][0]["text"])["status"] == "ok"
    made = await mcp.handle(ask("tools/call", {"name": "create_project", "arguments": {"project_id": "shop"}}))
    assert made is not None
    assert not made["result"]["isError"], made
    preview = await mcp.handle(ask("tools/call", {"name": "delete_project", "arguments": {"project_id": "shop"}}))
    assert preview is not None
    assert preview["result"]["structuredContent"]["preview"] is True
    gone = await mcp.handle(
        ask("tools/call", {"name": "delete_project", "arguments": {"project_id": "shop", "confirm": True}})
    )
    assert gone is not None
    assert not gone["result"]["isError"], gone
    wrong = await mcp.handle(ask("tools/call", {"name": "get_project", "arguments": {"project_id": "defualt"}}))
    assert wrong is not None
    assert wrong["result"]["isError"]
    assert 'Did you mean "default"' in wrong["result"]["content"][0]["text"]


ODD = "\x1b[31m\x9b31m \u202egpj.exe\u202c \u2066x\u2069 \u2028 \ufeff\U000e0041 <b>ü</b>"


async def test_answers_steer_no_display_and_are_one_line(gateway: Gateway, mcp: McpServer) -> None:
    """A host shows them on a terminal, and some readers take U+2028 for the end of a line."""
    await run(gateway, "create_project", {"project_id": "odd", "description": ODD})
    raw = await mcp.handle_raw(
        json.dumps(ask("tools/call", {"name": "get_project", "arguments": {"project_id": "odd"}}))
    )
    assert raw is not None
    assert not steers(raw)
    result = json.loads(raw)["result"]
    assert not steers(result["content"][0]["text"])
    assert "<b>ü</b>" in result["content"][0]["text"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert result["structuredContent"]["project"]["description"] == ODD


async def test_errors_steer_no_display(mcp: McpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(arguments: object) -> object:
        raise BadRequest(f"mine/model answered 400: {ODD}")

    tool = next(tool for tool in mcp.tools if tool.name == "get_costs")
    monkeypatch.setattr(mcp, "tools", [replace(tool, call=fails)])
    answer = await mcp.handle(ask("tools/call", {"name": "get_costs"}))
    assert answer is not None
    said = answer["result"]["content"][0]["text"]
    assert "\\x1b[31m" in said
    assert not steers(said)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([], -32600),
        ("x", -32600),
        ({}, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, -32601),
        (ask("tools/call", {"name": "get_helth"}), -32602),
        (ask("tools/call", {"name": 7}), -32602),
        (ask("tools/call", {"name": "get_health", "arguments": [1]}), -32602),
    ],
)
async def test_malformed_messages(mcp: McpServer, message: Any, code: int) -> None:
    answer = await mcp.handle(message)
    assert answer is not None
    assert answer["error"]["code"] == code


async def test_over_http(served: Server, gateway: Gateway) -> None:
    full = await gateway.keys.mint("default", "full")
    reader = await gateway.keys.mint("default", "reader", ["read"])
    agent = await gateway.keys.mint("default", "agent", ["inference"])

    async def call(bearer: str, message: Any, **headers: str) -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {bearer}", **headers}) as http,
            http.post(served.url + "/mcp", json=message) as response,
        ):
            return response.status, await response.json() if response.status != 202 else None

    status, answer = await call(full.bearer, ask("tools/list"))
    assert status == 200
    everything = {t["name"] for t in answer["result"]["tools"]}
    status, answer = await call(reader.bearer, ask("tools/list"))
    readable = {t["name"] for t in answer["result"]["tools"]}
    assert "get_costs" in readable
    assert "create_project" not in readable
    assert readable < everything
    status, answer = await call(reader.bearer, ask("tools/call", {"name": "create_project", "arguments": {}}))
    assert answer["error"]["code"] == -32602
    assert (await call(agent.bearer, ask("ping")))[0] == 403
    assert (await call("nobody", ask("ping")))[0] == 401
    assert (await call(full.bearer, {"jsonrpc": "2.0", "method": "notifications/initialized"}))[0] == 202
    assert (await call(full.bearer, [ask("ping")]))[0] == 400
    assert (await call(full.bearer, ask("ping"), **{"MCP-Protocol-Version": "1.0"}))[0] == 400
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {full.bearer}"}) as http,
        http.get(served.url + "/mcp") as response,
    ):
        assert response.status == 405


async def test_over_stdio(mcp: McpServer) -> None:
    lines = [json.dumps(ask("ping", identity=i)).encode() for i in range(3)]
    notification = b'{"jsonrpc": "2.0", "method": "notifications/initialized"}'
    source = io.BytesIO(b"\n".join([*lines, notification, b"", b"not json"]) + b"\n")
    sink = io.BytesIO()
    await serve_stdio(mcp.handle_raw, source, sink)
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert sorted(a["id"] for a in answers if "result" in a) == [0, 1, 2]
    assert [a["error"]["code"] for a in answers if "error" in a] == [-32700]


async def test_stdio_attached_to_a_running_gateway(served: Server) -> None:
    assert served.socket_path is not None
    async with Attached(served.socket_path) as attached:
        answer = await attached.answer(json.dumps(ask("tools/call", {"name": "get_health"})).encode())
        assert answer is not None
        assert json.loads(answer)["result"]["structuredContent"]["status"] == "ok"
        assert await attached.answer(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}') is None
        await served.stop()
        gone = await attached.answer(json.dumps(ask("ping", identity="a")).encode())
        assert gone is not None
        assert json.loads(gone)["id"] == "a"
        assert "gone" in json.loads(gone)["error"]["message"]
