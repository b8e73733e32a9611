"""What the gate refuses before any handler is told in the form of each wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Literal

import aiohttp
import pytest

from tests.support.socket_gateway import GOOD_KEY, FakeCorridor, Serve
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.sockets.http.gate import STOPS
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

GOOD = {"Authorization": f"Bearer {GOOD_KEY}"}
FAULTS: dict[str, tuple[int, str, Mapping[str, str], bytes, str]] = {
    "no key": (401, "POST", {}, b"{}", "authentication_error"),
    "a page's origin": (403, "POST", {**GOOD, "Origin": "https://evil.example"}, b"{}", "permission_error"),
    "another host": (403, "POST", {**GOOD, "Host": "evil.example"}, b"{}", "permission_error"),
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


CLIENTS = {
    "/v1/messages": {"anthropic-version": "2023-06-01"},
    "/v1/listen": {"X-Fern-SDK-Name": "@deepgram/sdk"},
    "/v1/text-to-speech/alloy": {"xi-api-key": GOOD_KEY},
}
"""Wire → what its provider's own clients send on every path."""


@pytest.mark.parametrize(
    ("wire", "path", "served"),
    [
        (
            "/v1/text-to-speech/alloy",
            "/v1/text-to-dialogue",
            "ElevenLabs' form the gateway serves /v1/text-to-speech, ",
        ),
        ("/v1/text-to-speech/alloy", "/v1/sound-generation", "/v1/voices, /v2/voices, /v1/user"),
        ("/v1/listen", "/v1/read", "Deepgram's form the gateway serves /v1/listen, /v2/listen, /v1/speak, "),
        ("/v1/messages", "/v1/files", "Anthropic's Messages form the gateway serves /v1/messages"),
    ],
)
async def test_a_path_that_is_not_served_has_the_form_of_its_client(
    server: Server, wire: str, path: str, served: str
) -> None:
    async with aiohttp.request("POST", server.url + path, headers={**GOOD, **CLIENTS[wire]}, json={}) as answer:
        told = await answer.json()
    mine, shared = WIRES[wire](told, "not_found_error")
    assert mine == shared
    assert mine.startswith(f"There is nothing at {path}.")
    assert served in mine
    # other clients get the shape of all routes, and no word of a provider that they did not ask for
    async with aiohttp.request("POST", server.url + path, headers=GOOD, json={}) as answer:
        told = await answer.json()
    assert (answer.status, [*told], served in told["error"]["message"]) == (404, ["error"], False)


@pytest.mark.parametrize("wire", CLIENTS)
async def test_a_wrong_key_has_the_form_of_its_client(server: Server, wire: str) -> None:
    wrong = {**CLIENTS[wire], "Authorization": "Bearer vgw_wrong", "xi-api-key": "vgw_wrong"}
    headers = {name: value for name, value in wrong.items() if name in CLIENTS[wire] or name == "Authorization"}
    async with aiohttp.request("GET", server.url + "/v1/models", headers=headers) as answer:
        told = await answer.json()
    mine, shared = WIRES[wire](told, "authentication_error")
    assert (answer.status, mine) == (401, shared)


SAID = {"messages": [{"role": "user", "content": "Hi."}]}
ASKED: dict[str, tuple[str, bytes]] = {
    "/v1/messages": ("/v1/messages", json.dumps({"model": "fake/llm", "max_tokens": 5, **SAID}).encode()),
    "/api/chat": ("/api/chat", json.dumps({"model": "fake/llm", "stream": False, **SAID}).encode()),
    "/v1/listen": (
        "/v1/listen?model=fake/stt&encoding=linear16&sample_rate=16000", bytes(3200),
    ),
    "/v1/text-to-speech/alloy": (
        "/v1/text-to-speech/alloy", json.dumps({"text": "Hi.", "model_id": "fake/tts"}).encode(),
    ),
}  # fmt: skip
"""Wire → a request that is served."""


@pytest.mark.parametrize("path", [*WIRES])
async def test_a_rate_limit_has_the_form_of_its_wire(server: Server, path: str) -> None:
    corridor: FakeCorridor = server.gateway.corridor  # type: ignore[assignment]
    corridor.error = RateLimitExceeded("Ten requests a minute are allowed.", retry_after=3)
    where, body = ASKED[path]
    async with aiohttp.request("POST", server.url + where, headers=GOOD, data=body) as answer:
        told = await answer.json()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3"), told
    mine, shared = WIRES[path](told, "rate_limit_error")
    assert mine == shared == "Ten requests a minute are allowed."


@pytest.mark.parametrize("path", [*WIRES])
async def test_a_body_over_the_limit_is_told_in_the_form_of_its_wire(serve: Serve, path: str) -> None:
    server = await serve(limits=Limits(max_json=16, max_body=16))
    where, body = ASKED[path]
    async with aiohttp.request("POST", server.url + where, headers=GOOD, data=body) as answer:
        told = await answer.json()
    assert answer.status == 413, told
    mine, shared = WIRES[path](told, "request_too_large")
    assert mine == shared != ""


class Held(asyncio.Event):
    """Never set; `reached` is, once a request waits."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.reached.set()
        return await super().wait()


@pytest.mark.parametrize("path", [*WIRES])
async def test_a_stop_is_told_in_the_form_of_its_wire(serve: Serve, path: str) -> None:
    server = await serve()
    corridor: FakeCorridor = server.gateway.corridor
    corridor.delay = Held()
    where, body = ASKED[path]

    async def ask() -> tuple[int, Any]:
        async with aiohttp.request("POST", server.url + where, headers=GOOD, data=body) as answer:
            return answer.status, await answer.json()

    asking = asyncio.create_task(ask())
    async with asyncio.timeout(60):
        await corridor.delay.reached.wait()
        await server.stop()
        status, told = await asking
    assert status == 503, told
    mine, shared = WIRES[path](told, "api_error")
    assert mine == shared == STOPS
