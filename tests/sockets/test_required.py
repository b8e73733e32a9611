"""What is required is required on every surface: left out, or null where null means nothing, it is told by its name."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from voicegw_desktop.cli.parser import build_parser
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

Real = tuple[Server, aiohttp.ClientSession]
REQUIRED = [(o.name, p.name) for o in OPERATIONS.values() for p in o.params if p.required]
GIVEN: dict[str, object] = {"string": "x", "boolean": True, "integer": 1, "number": 1, "decimal": "1", "array": ["x"]}


def arguments(operation: str, without: str) -> dict[str, object]:
    """Every required parameter but one."""
    return {
        p.name: p.choices[0] if p.choices else GIVEN[p.kind]
        for p in OPERATIONS[operation].params
        if p.required and p.name != without
    }


@pytest.mark.parametrize(("name", "param"), REQUIRED)
async def test_over_http_and_mcp(real: Real, name: str, param: str) -> None:
    http, operation = real[1], OPERATIONS[name]
    given = arguments(name, param)
    (wanted,) = (p for p in operation.params if p.name == param)
    cases: list[dict[str, object]] = [given, *([] if wanted.nullable else [{**given, param: None}])]
    in_path = f"{{{param}}}" in operation.path.replace(":.+", "")
    for case in cases:
        if not in_path:
            path = operation.path.replace(":.+", "")
            for other, value in given.items():
                path = path.replace(f"{{{other}}}", str(value))
            # null cannot be written in a query
            asked: dict[str, Any] = {"params": given} if operation.method == "GET" else {"json": case}
            async with http.request(operation.method, path, **asked) as answer:
                told = (await answer.json())["error"]
            assert (answer.status, told["param"]) == (400, param), told
            assert f'"{param}" is required' in told["message"]
        if operation.by_people:
            continue
        call = {"name": operation.tool, "arguments": case}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        async with http.post("/mcp", json=body, headers={"Accept": "application/json, text/event-stream"}) as answer:
            text = await answer.text()
        assert f'\\"{param}\\" is required' in text, text


@pytest.mark.parametrize(("name", "param"), REQUIRED)
def test_on_the_command_line(name: str, param: str, capsys: pytest.CaptureFixture[str]) -> None:
    operation = OPERATIONS[name]
    (wanted,) = (p for p in operation.params if p.name == param)
    if wanted.secret:
        return  # a secret is read from standard input
    try:
        options = build_parser().parse_args(operation.verb.split())
    except SystemExit:
        assert "required" in capsys.readouterr().err
        return
    given = {p.name: value for p in operation.params if (value := getattr(options, p.name)) is not None}
    with pytest.raises(BadRequest, match="is required"):
        operation.take(given)
