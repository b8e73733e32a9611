"""MCP 2026-07-28: requests that stand alone, over HTTP with headers that repeat the body, and over standard input."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.typed import Record, record, records
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.mcp import envelope
from voicegw_desktop.mcp.protocol import McpServer, Tool
from voicegw_desktop.mcp.stdio import Attached
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

META: Record = {envelope.PROTOCOL_VERSION: "2026-07-28", envelope.CLIENT_CAPABILITIES: {}}
HEADERS = {"MCP-Protocol-Version": "2026-07-28"}


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        yield gateway


@pytest.fixture
def mcp() -> McpServer:
    async def call(_arguments: Record) -> object:
        return {"status": "ok"}

    return McpServer([Tool("get_health", "Health.", {"type": "object"}, call)], "1.0")


@pytest.fixture
async def served(gateway: Gateway) -> AsyncIterator[Server]:
    server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
    await server.start()
    yield server
    await server.stop()


def ask(method: str, params: Record | None = None, meta: object = META) -> Record:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": meta}}


def result(answer: Record | None) -> Record:
    assert answer is not None
    assert "error" not in answer, answer
    return record(answer["result"])


def code(answer: Record | None) -> object:
    assert answer is not None
    return record(answer["error"])["code"]


async def test_discovery(mcp: McpServer) -> None:
    found = result(await mcp.handle(ask("server/discover")))
    assert found["resultType"] == "complete"
    assert found["supportedVersions"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    assert found["capabilities"] == {"tools": {"listChanged": False}}
    assert found["instructions"]
    assert found["cacheScope"] == "public"
    assert isinstance(found["ttlMs"], int)
    assert record(record(found["_meta"])[envelope.SERVER_INFO])["name"] == "voicegateway"


async def test_tools_without_a_handshake(mcp: McpServer) -> None:
    listed = result(await mcp.handle(ask("tools/list")))
    assert (listed["resultType"], listed["cacheScope"]) == ("complete", "private")
    assert "get_health" in [tool["name"] for tool in records(listed["tools"])]
    called = result(await mcp.handle(ask("tools/call", {"name": "get_health"})))
    assert called["resultType"] == "complete"
    assert record(called["structuredContent"])["status"] == "ok"


async def test_what_went_with_the_handshake_is_no_method(mcp: McpServer) -> None:
    for method in ("ping", "logging/setLevel", "subscriptions/listen", "resources/list"):
        assert code(await mcp.handle(ask(method))) == envelope.METHOD_NOT_FOUND
    # and older clients have no discovery
    assert code(await mcp.handle({"jsonrpc": "2.0", "id": 1, "method": "server/discover"})) == envelope.METHOD_NOT_FOUND


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({envelope.PROTOCOL_VERSION: "2026-07-28"}, envelope.INVALID_PARAMS),
        ({**META, envelope.CLIENT_CAPABILITIES: []}, envelope.INVALID_PARAMS),
        ({**META, envelope.PROTOCOL_VERSION: 2026}, envelope.INVALID_PARAMS),
        ({**META, envelope.PROTOCOL_VERSION: "2027-01-01"}, envelope.UNSUPPORTED_VERSION),
    ],
)
async def test_envelopes_that_are_not_whole(mcp: McpServer, meta: object, expected: int) -> None:
    answer = await mcp.handle(ask("tools/list", meta=meta))
    assert code(answer) == expected
    if expected == envelope.UNSUPPORTED_VERSION:
        assert answer is not None
        data = record(record(answer["error"])["data"])
        assert data["requested"] == "2027-01-01"
        assert "2026-07-28" in str(data["supported"])


async def test_headers_repeat_the_body(served: Server, gateway: Gateway) -> None:
    key = await gateway.keys.mint("default", "full")
    name = base64.b64encode(b"get_health").decode()
    call = ask("tools/call", {"name": "get_health", "arguments": {}})
    cases: list[tuple[object, dict[str, str], int, int | None]] = [
        (call, {**HEADERS, "Mcp-Method": "tools/call", "Mcp-Name": "get_health"}, 200, None),
        (call, {**HEADERS, "Mcp-Method": "tools/call", "Mcp-Name": f"=?base64?{name}?="}, 200, None),
        (call, {**HEADERS, "Mcp-Method": "tools/call", "Mcp-Name": "=?base64?***?="}, 400, -32020),
        (call, {**HEADERS, "Mcp-Method": "tools/call", "Mcp-Name": "get_costs"}, 400, -32020),
        (call, {**HEADERS, "Mcp-Method": "tools/call"}, 400, -32020),
        (call, {**HEADERS, "Mcp-Method": "tools/list", "Mcp-Name": "get_health"}, 400, -32020),
        (call, {"Mcp-Method": "tools/call", "Mcp-Name": "get_health"}, 400, -32020),
        (call, {"MCP-Protocol-Version": "2025-11-25", "Mcp-Method": "tools/call"}, 400, -32020),
        (ask("server/discover"), {**HEADERS, "Mcp-Method": "server/discover"}, 200, None),
        (ask("no/such"), {**HEADERS, "Mcp-Method": "no/such"}, 404, -32601),
        (ask("tools/list", meta={}), {**HEADERS, "Mcp-Method": "tools/list"}, 400, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"MCP-Protocol-Version": "1.0"}, 400, -32022),
        ({"jsonrpc": "2.0", "method": "notifications/cancelled"}, HEADERS, 202, None),
        ({"jsonrpc": "2.0", "method": "notifications/cancelled"}, {"MCP-Protocol-Version": "1.0"}, 400, -32022),
        ([call], HEADERS, 400, -32600),
        # an older client's error stays a 200
        ({"jsonrpc": "2.0", "id": 1, "method": "no/such"}, {"MCP-Protocol-Version": "2025-06-18"}, 200, -32601),
    ]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key.bearer}"}) as http:
        for message, headers, status, error in cases:
            async with http.post(served.url + "/mcp", json=message, headers=headers) as response:
                said = await response.text()
                assert response.status == status, (message, headers, said)
                assert (record(json.loads(said)).get("error") is not None if said else False) == (error is not None)
                if error is not None:
                    assert record(record(json.loads(said))["error"])["code"] == error, said
    twice = [*HEADERS.items(), ("Mcp-Method", "tools/list"), ("Mcp-Method", "tools/list")]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key.bearer}"}) as http,
        http.post(served.url + "/mcp", json=ask("tools/list"), headers=twice) as response,
    ):
        assert response.status == 400
        assert record(record(json.loads(await response.text()))["error"])["code"] == envelope.HEADER_MISMATCH
    # a program on standard input has no headers: what passes its messages on makes them
    assert served.socket_path is not None
    async with Attached(served.socket_path) as attached:
        for message in (ask("server/discover"), call):
            answer = await attached.answer(json.dumps(message).encode())
            assert answer is not None
            assert record(record(json.loads(answer))["result"])["resultType"] == "complete", answer
        odd = await attached.answer(json.dumps(ask("tools/call", {"name": "gét\n"})).encode())
        assert odd is not None
        assert record(record(json.loads(odd))["error"])["code"] == envelope.INVALID_PARAMS


@pytest.mark.parametrize("value", ["get_health", "naïve", " edges ", "=?base64?AA==?=", "a\nb", ""])
def test_header_values_come_back(value: str) -> None:
    assert envelope.decoded(envelope.encoded(value)) == value
    assert envelope.encoded(value).isascii()
