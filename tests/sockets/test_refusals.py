"""The refusal table: each attack on the socket, and the status it gets; the server goes on serving after each."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.support.raw_http import AUTH, HOST, alive, assert_shape, get, raw
from tests.support.socket_gateway import GOOD_KEY, Serve
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket


ATTACKS: dict[str, tuple[bytes, int]] = {
    "rebound name": (get("/v1/models", host="Host: evil.example\r\n"), 403),
    "rebound name that starts well": (get("/v1/models", host="Host: 127.0.0.1.evil.example\r\n"), 403),
    "user in host": (get("/v1/models", host="Host: 127.0.0.1@evil.example\r\n"), 403),
    "name with two dots at its end": (get("/v1/models", host="Host: localhost..\r\n"), 403),
    "address with two dots at its end": (get("/v1/models", host="Host: 127.0.0.1..\r\n"), 403),
    "no host": (get("/v1/models", host=""), 400),
    "two hosts": (get("/v1/models", host=HOST + "Host: evil.example\r\n"), 400),
    "absolute form elsewhere": (get("http://evil.example/v1/models"), 403),
    "another machine's address": (get("/v1/models", host="Host: 192.168.0.7\r\n"), 403),
    "page of another site": (get("/v1/models", AUTH + "Origin: http://evil.example\r\n"), 403),
    "null origin": (get("/v1/models", AUTH + "Origin: null\r\n"), 403),
    "page on another local port": (get("/v1/models", AUTH + "Origin: http://127.0.0.1:8000\r\n"), 403),
    "image of another site": (get("/v1/models", AUTH + "Sec-Fetch-Site: cross-site\r\n"), 403),
    "upgrade from a page": (
        get(
            "/v1/events",
            AUTH + "Origin: http://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        ),
        403,
    ),
    "upgrade without a key": (
        get(
            "/v1/events",
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        ),
        401,
    ),
    "huge header": (get("/v1/models", AUTH + "X-Big: " + "x" * 40_000 + "\r\n"), 431),
    "many headers": (get("/v1/models", AUTH + "".join(f"X-{i}: 1\r\n" for i in range(300))), 400),
    "huge path": (get("/" + "x" * 40_000), 431),
    "not http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "bad version": (b"GET / HTTP/9.9\r\n\r\n", 400),
    "smuggling: two lengths": (
        f"POST /v1/chat/completions HTTP/1.1\r\n{HOST}{AUTH}Content-Length: 2\r\n"
        "Content-Length: 3\r\n\r\n{}x".encode(),
        400,
    ),
    "smuggling: length and chunked": (
        f"POST /v1/chat/completions HTTP/1.1\r\n{HOST}{AUTH}Content-Length: 2\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(),
        400,
    ),
    "negative length": (
        f"POST /v1/chat/completions HTTP/1.1\r\n{HOST}{AUTH}Content-Length: -1\r\n\r\n".encode(),
        400,
    ),
    "announces two gigabytes of JSON": (
        f"POST /v1/chat/completions HTTP/1.1\r\n{HOST}{AUTH}Content-Length: 2147483648\r\n\r\n".encode(),
        413,
    ),
    "announces two gigabytes of audio": (
        f"POST /v1/audio/transcriptions HTTP/1.1\r\n{HOST}{AUTH}"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 2147483648\r\n\r\n".encode(),
        413,
    ),
    "unknown expectation": (get("/v1/models", AUTH + "Expect: a-canary\r\n"), 417),
    "unknown expectation, no key, no route": (get("/v1/nothing", "Expect: a-canary\r\n"), 417),
    "dots out of the tree": (get("/v1/../../etc/passwd"), 404),
    "null byte": (get("/v1/models/%00"), 400),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack(server: Server, name: str) -> None:
    request, wanted = ATTACKS[name]
    status, body = await raw(server, request, until_closed=False)
    assert status == wanted, body
    assert_shape(body)
    assert b"canary" not in body
    await alive(server)


async def test_a_compressed_body_is_refused_unread(server: Server, http: aiohttp.ClientSession) -> None:
    bomb = gzip.compress(b"[" * 10_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with http.post("/v1/chat/completions", data=bomb, headers=headers) as response:
        assert response.status == 415
        assert_shape(await response.json())
    await alive(server)


async def test_slow_headers_are_cut(serve: Serve) -> None:
    server = await serve(limits=replace(Limits(), header_timeout=0.05))
    status, body = await raw(server, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A")
    assert (status, body["error"]["code"]) == (408, "request_timeout")
    silent = await raw(server, b"")
    assert silent[0] == 408
    await alive(server)


async def test_trickling_headers_are_cut(serve: Serve) -> None:
    server = await serve(limits=replace(Limits(), header_timeout=0.1))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))

    async def trickle() -> None:
        for byte in b"GET /health HTTP/1.1\r\n" + b"X-A: b\r\n" * 1000:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)

    task = asyncio.create_task(trickle())
    # a byte that arrives after the close resets the connection, and what was not read by then is lost
    answer = await asyncio.wait_for(reader.readline(), 60)
    task.cancel()
    writer.close()
    assert b" 408 " in answer


JSON_TYPE, RAW_TYPE = "Content-Type: application/json\r\n", "Content-Type: audio/wav\r\n"
FORM_TYPE = "Content-Type: multipart/form-data; boundary=b\r\n"
BODIES = {
    "/v1/chat/completions": (JSON_TYPE, '{"a'),
    "/v1/audio/transcriptions": (FORM_TYPE, '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nRI'),
    "/v1/listen?encoding=linear16&model=fake/stt": (RAW_TYPE, "1234"),
    "/v1/listen": (RAW_TYPE, "RIFF"),
    "/v1/speech-to-text": (FORM_TYPE, '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nRI'),
    "/v1/speak": (JSON_TYPE, '{"a'),
    "/mcp": (JSON_TYPE, '{"a'),
    "/v1/responses": (JSON_TYPE, '{"a'),
    "/v1/messages": (JSON_TYPE, '{"a'),
    "/api/chat": (JSON_TYPE, '{"a'),
    "/v1/realtime/client_secrets": (JSON_TYPE, '{"a'),
}


def code_of(body: dict[str, Any]) -> object:
    """The code of an error in OpenAI's form, in Anthropic's, which calls it the type, or in Ollama's."""
    error = body["error"]
    return body["code"] if isinstance(error, str) else error.get("code") or error["type"]


@pytest.mark.parametrize("path", BODIES)
async def test_a_body_that_stops_is_cut(serve: Serve, path: str) -> None:
    server = await serve(limits=replace(Limits(), body_timeout=0.05))
    kind, begun = BODIES[path]
    request = f"POST {path} HTTP/1.1\r\n{HOST}{AUTH}{kind}Content-Length: 1000\r\n\r\n{begun}"
    status, body = await raw(server, request.encode())
    assert status == 408
    assert code_of(body) in ("request_timeout", "timeout_error", "invalid_request_error"), body


@pytest.mark.parametrize("path", BODIES)
async def test_a_body_over_the_limit_in_chunks(serve: Serve, path: str) -> None:
    server = await serve(limits=replace(Limits(), max_json=1000, max_body=1000))
    kind, begun = BODIES[path]
    # MCP's messages have a bound of their own; a form's file is counted by the 64 KiB
    piece = begun.encode().ljust(5_000_000 if path == "/mcp" else 200_000)
    head = f"POST {path} HTTP/1.1\r\n{HOST}{AUTH}{kind}Transfer-Encoding: chunked\r\n\r\n"
    status, body = await raw(server, head.encode() + b"%x\r\n" % len(piece) + piece + b"\r\n")
    assert status == 413
    assert code_of(body) in ("payload_too_large", "request_too_large"), body


@pytest.mark.parametrize("path", ["/v1/events", "/v1/stt", "/v1/tts"])
@pytest.mark.parametrize("bound", [{"idle_timeout": 0.05}, {"max_session": 0.05}])
async def test_idle_and_long_websockets_are_closed(serve: Serve, bound: dict[str, float], path: str) -> None:
    server = await serve(limits=replace(Limits(), **bound))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http:
        ws = await http.ws_connect(server.url + path)
        message = await ws.receive(timeout=60)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 1001


@pytest.mark.parametrize("path", ["/v1/events", "/v1/stt", "/v1/listen?model=fake/stt"])
async def test_a_peer_that_is_gone_without_a_word_is_noticed(serve: Serve, path: str) -> None:
    """A half-open connection: the client's machine sleeps or lost the network, and no ping is answered."""
    server = await serve(limits=replace(Limits(), heartbeat=0.05))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http:
        # pings are answered while one reads only
        ws = await http.ws_connect(server.url + path)
        async with asyncio.timeout(60):
            while server._runner.server.connections:  # type: ignore[union-attr]  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await ws.close()


@pytest.mark.parametrize("path", ["/v1/realtime", "/v1/speak?model=fake/tts", "/v1/stt?model=fake/stt"])
async def test_a_websocket_asked_for_as_a_page_says_what_it_is(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"]) == (426, "upgrade_required")
        assert response.headers["Upgrade"] == "websocket"
        assert "is a WebSocket" in error["message"]


async def test_a_frame_over_the_limit_closes_the_websocket(server: Server, http: aiohttp.ClientSession) -> None:
    ws = await http.ws_connect("/v1/events")
    await ws.send_str("x" * 100_000)
    message = await ws.receive(timeout=60)
    assert ws.close_code == 1009, message
    await alive(server)


WEBSOCKETS = [
    "/v1/events",
    "/v1/stt",
    "/v1/tts",
    "/v1/listen?model=fake/stt",
    "/v1/speak?model=fake/tts",
    "/v1/realtime",
]


@pytest.mark.parametrize("sent", ["with the request", "after it", "byte by byte"])
@pytest.mark.parametrize("path", WEBSOCKETS)
async def test_a_client_that_does_not_mask_its_frames_is_refused(server: Server, path: str, sent: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    upgrade = (
        f"GET {path} HTTP/1.1\r\n{HOST}{AUTH}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    pieces = {
        "with the request": [upgrade + b"\x81\x02{}"],
        "after it": [upgrade, b"\x81\x02{}"],
        # what comes after the refusal would reset the connection
        "byte by byte": [upgrade, b"\x81", b"\x02"],
    }
    async with asyncio.timeout(60):
        for piece in pieces[sent]:
            writer.write(piece)
            if piece.startswith(b"GET"):
                assert b" 101 " in (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
        rest = await reader.read()
    # a close frame with 1002, behind what the door says first
    assert rest.endswith(b"\x88\x02" + (1002).to_bytes(2, "big"))
    writer.close()
    await alive(server)


async def test_websocket_compression_is_not_offered(server: Server, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect("/v1/events", compress=15) as ws:
        assert ws.compress == 0


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\r\n\r\n", get("/" + "x" * 40_000), get("/v1/models", host="")],
)
async def test_no_answer_names_the_software_below(server: Server, request_bytes: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(request_bytes)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    writer.close()
    assert "server: voicegw\r\n" in head
    assert "python" not in head
    assert "aiohttp" not in head


async def test_options_without_a_key_tells_nothing_of_routes(server: Server, http: aiohttp.ClientSession) -> None:
    seen = []
    for path in ("/v1/chat/completions", "/v1/keys/x/rotate", "/nothing/here", "/health"):
        async with aiohttp.ClientSession(server.url) as stranger, stranger.options(path) as response:
            changing = {"X-Request-ID", "Date"}
            seen.append((response.status, {k: v for k, v in response.headers.items() if k not in changing}))
        async with stranger_with(server, "Bearer nope") as stranger, stranger.options(path) as response:
            assert response.status == 401
    assert seen == [seen[0]] * 4
    assert "Allow" not in seen[0][1]
    async with http.options("/v1/chat/completions") as response:
        assert response.headers["Allow"] == "OPTIONS, POST"
    async with http.options("/nothing/here") as response:
        assert response.status == 404


def stranger_with(server: Server, authorization: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(server.url, headers={"Authorization": authorization})


async def test_cors_only_for_listed_origins(serve: Serve) -> None:
    server = await serve(auth={"cors_origins": ["https://app.example"]})
    async with aiohttp.ClientSession(server.url) as http:
        asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
        async with http.options("/v1/chat/completions", headers=asked) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
        async with http.get("/health", headers={"Origin": "https://app.example"}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
        async with http.options("/v1/chat/completions", headers={"Origin": "https://b.example"}) as response:
            assert response.status == 403
            assert "Access-Control-Allow-Origin" not in response.headers
        async with http.get("/health") as response:
            assert "Access-Control-Allow-Origin" not in response.headers
        # a changed list holds at once: the refusal says to add an origin, and no word of a restart
        config = server.gateway.config
        changed = config.auth.model_copy(update={"cors_origins": ["https://b.example/"]})
        server.gateway.config = config.model_copy(update={"auth": changed})
        for origin, status in (("https://b.example", 200), ("https://app.example", 403)):
            async with http.get("/health", headers={"Origin": origin}) as response:
                assert response.status == status


async def test_every_route_answers_in_the_one_shape(real: tuple[Server, aiohttp.ClientSession]) -> None:
    """Wrong method, no key and nonsense bodies on every route of a real gateway: no 500, one shape."""
    server, http = real
    seen = 0
    routes: dict[str, set[str]] = {}
    for resource in server._runner.app.router.resources():  # type: ignore[union-attr]
        path = resource.canonical.replace("{", "").replace("}", "").replace("model_id", "id")
        routes.setdefault(path, set()).update(route.method for route in resource)
    for path, methods in routes.items():
        async with aiohttp.ClientSession(server.url) as bare, bare.request("GET", path) as response:
            if path != "/health":
                assert response.status == 401, path
                told = await response.json()
                assert isinstance(told["error"], str) is path.startswith("/api/")
                assert_shape(told)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            async with http.request(method, path) as response:
                assert response.status in (404, 405), (method, path)
                assert_shape(await response.json())
                assert response.status == 404 or response.headers["Allow"]
        for method in methods & {"POST", "PUT", "PATCH"}:
            for data in (b"", b"\xff\x00", b"[]", b"{", b'{"a": NaN}', b"[" * 200_000):
                async with http.request(method, path, data=data) as response:
                    assert response.status != 500, (method, path, data[:9], await response.text())
                    if data:
                        assert 400 <= response.status < 504, (method, path, data[:9], await response.text())
                    if path != "/mcp" and response.status >= 400:
                        assert_shape(await response.json())
        seen += 1
    assert seen >= 40
    async with http.get("/nowhere") as response:
        assert response.status == 404
        assert_shape(await response.json())


async def test_an_unexpected_failure_tells_nothing(
    server: Server, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    server.gateway.corridor.error = RuntimeError("a secret detail")
    async with http.post(
        "/v1/chat/completions", json={"model": "fake/llm", "messages": [{"role": "user", "content": "x"}]}
    ) as response:
        body = await response.text()
        assert response.status == 500
        assert "secret" not in body
        assert response.headers["X-Request-Id"] in body
    assert "a secret detail" in caplog.text


async def test_the_first_key_asks_and_reads_but_changes_nothing(real: tuple[Server, aiohttp.ClientSession]) -> None:
    server, _ = real
    gateway = server.gateway
    key = await gateway.keys.bearer(await gateway.first_key())
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as http:
        async with http.get("/v1/models") as response:
            assert response.status == 200
        for path, body in (("/v1/keys", {}), ("/v1/offline", {"offline": True})):
            async with http.post(path, json=body) as response:
                assert response.status == 403
                assert_shape(await response.json())


async def test_what_the_configuration_lacks_is_no_failure_of_ours(
    real: tuple[Server, aiohttp.ClientSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    _, http = real
    async with http.get("/v1/providers/deepgram/offers") as response:
        body = await response.json()
    assert (response.status, body["error"]["code"]) == (503, "missing_api_key")
    assert_shape(body)
