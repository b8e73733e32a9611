"""Every operation on every surface of a served gateway: HTTP as mounted, MCP as listed, the command line as parsed."""

from __future__ import annotations

import itertools
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from voicegw_desktop.cli.parser import commands
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

ONLY_HTTP = {
    ("GET", "/v1/metrics"): "Prometheus text for a scraper; people and tools have status, costs and latency",
    ("GET", "/v1/events"): "a stream without an end; MCP and the command line ask and are answered",
}
"""What the gateway tells about itself over HTTP alone, and why."""


def mounted(server: Server) -> set[tuple[str, str]]:
    """(method, path) of every route, paths as aiohttp writes them."""
    assert server._runner is not None
    app: web.Application = server._runner.app
    return {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}


async def ask(http: aiohttp.ClientSession, method: str, **params: Any) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    async with http.post("/mcp", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return (await answer.json())["result"]


async def test_each_operation_is_on_http_mcp_and_the_command_line(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = real
    routes, verbs = mounted(server), commands()
    tools = {tool["name"]: tool for tool in (await ask(http, "tools/list"))["tools"]}
    for operation in OPERATIONS.values():
        path = operation.path.replace(":.+}", "}")
        assert (operation.method, path) in routes, f"{operation.name} is not mounted"
        assert operation.verb in verbs, f"{operation.name} has no verb"
        if operation.by_people:
            # it gives a permission, which no agent may give to itself
            assert operation.tool not in tools, f"{operation.name} is a tool"
            continue
        assert operation.tool in tools, f"{operation.name} is no tool"
        assert tools[operation.tool]["inputSchema"] == operation.input_schema()
    assert set(tools) == {operation.tool for operation in OPERATIONS.values() if not operation.by_people}
    assert set(ONLY_HTTP) <= routes


@pytest.mark.parametrize(
    "name", [o.name for o in OPERATIONS.values() if o.read_only and not any(p.required for p in o.params)]
)
async def test_each_reading_operation_answers_over_http_and_mcp(
    real: tuple[Server, aiohttp.ClientSession], name: str
) -> None:
    _, http = real
    operation = OPERATIONS[name]
    async with http.get(operation.path) as answer:
        assert answer.status == 200, await answer.text()
        assert isinstance(await answer.json(), dict)
    told = await ask(http, "tools/call", name=operation.tool, arguments={})
    assert not told.get("isError"), told


async def test_each_changing_operation_is_refused_to_a_key_that_may_only_read(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, _ = real
    key = (await server.context.gateway.keys.mint(None, "reader", scopes=("read",))).bearer
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as http:
        for operation in itertools.filterfalse(lambda o: o.read_only, OPERATIONS.values()):
            path = operation.path
            for param in operation.params:
                path = path.replace(f"{{{param.name}}}", "x").replace(f"{{{param.name}:.+}}", "x")
            async with http.request(operation.method, path, json={}) as answer:
                assert answer.status == 403, (operation.name, answer.status)
