"""What the gate refuses before any handler is told in the form of each wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import GOOD_KEY
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

GOOD = {"Authorization": f"Bearer {GOOD_KEY}"}
FAULTS: dict[str, tuple[int, str, Mapping[str, str], bytes, str]] = {
    "no key": (401, "POST", {}, b"{}", "authentication_error"),
    "a page's origin": (403, "POST", {**GOOD, "Origin": "https://evil.example"}, b"{}", "permission_error"),
    "nothing there": (404, "POST", GOOD, b"{}", "not_found_error"),
    "wrong method": (405, "PUT", GOOD, b"{}", "api_error"),
    "no JSON": (400, "POST", {**GOOD, "Content-Type": "application/json"}, b"{", "invalid_request_error"),
    "compressed": (415, "POST", {**GOOD, "Content-Encoding": "gzip"}, b"{}", "api_error"),
}
"""Fault → status, method, headers, body, Anthropic's type."""
Read = Callable[[Mapping[str, Any], str], tuple[str, str]]
"""Takes an answer and Anthropic's type: the sentence in the wire's form, and the one in the shape that all share."""
WIRES: dict[str, Read] = {
    "/v1/messages": lambda told, kind: (
        told["error"]["message"] if (told["type"], told["error"]["type"]) == ("error", kind) else "",
        told["error"]["message"],
    ),
    "/api/chat": lambda told, _: (told["error"], told["error"]),
    "/v1/listen": lambda told, _: (told["err_msg"], told["error"]["message"]),
    "/v1/text-to-speech/alloy": lambda told, _: (told["detail"]["message"], told["error"]["message"]),
}


CASES = [(path, fault) for path in WIRES for fault in FAULTS if (path, fault) != ("/v1/listen", "no JSON")]
"""Deepgram's recordings are no JSON."""


@pytest.mark.parametrize(("path", "fault"), CASES)
async def test_a_refusal_of_the_gate_has_the_form_of_its_wire(server: Server, path: str, fault: str) -> None:
    status, method, headers, body, kind = FAULTS[fault]
    where = server.url + path + ("/zz/zz" if fault == "nothing there" else "")
    async with aiohttp.request(method, where, headers=headers, data=body) as answer:
        told = await answer.json()
    assert answer.status == status, told
    mine, shared = WIRES[path](told, kind)
    assert mine == shared != ""


async def test_a_base_url_that_is_another_servers_keeps_the_form(server: Server) -> None:
    body = {"model": "fake/llm"}
    for path, kind in (("/messages", "error"), ("/api/v1/chat/completions", None)):
        async with aiohttp.request("POST", server.url + path, headers=GOOD, json=body) as answer:
            told = SimpleNamespace(**await answer.json())
        assert (answer.status, getattr(told, "type", None)) == (400, kind), path
        assert told.error["message"]
