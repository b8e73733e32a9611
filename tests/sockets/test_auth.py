"""Which credentials are accepted, and what revoking one closes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from tests.support.paced import PacedTime
from tests.support.socket_gateway import GOOD_KEY, LIVEKIT_ID, LIVEKIT_SECRET, OTHER_KEY, Serve
from voicegw_desktop.cli import tables
from voicegw_desktop.cli.serve import announce, serving
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.events import RequestStarted, StopRequested
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

Credential = dict[str, str] | Callable[[], dict[str, str]]

CHAT = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}]}


def livekit_token(secret: str = LIVEKIT_SECRET, *, nbf_in: float = 0, **changes: Any) -> str:
    now = int(time.time())
    claims = {"inference": {"perform": True}, "sub": "agent", "iss": LIVEKIT_ID, "nbf": now + nbf_in, "exp": now + 600}
    return jwt.encode({**claims, **changes}, secret, algorithm="HS256")


def signed(*arguments: Any, **changes: Any) -> Callable[[], dict[str, str]]:
    """The headers of a token that is made when the test runs: one made at collection may expire in a long run."""
    return lambda: {"Authorization": f"Bearer {livekit_token(*arguments, **changes)}"}


def made(headers: Credential) -> dict[str, str]:
    return headers() if callable(headers) else headers


async def status_with(server: Server, headers: dict[str, str], path: str = "/v1/models") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(server.url + path, headers=headers) as response:
        body = await response.json()
        # ElevenLabs' clients are given a bare list of models
        return response.status, ((body.get("error") if isinstance(body, dict) else None) or {}).get("code") or ""


GOOD: dict[str, Credential] = {
    "bearer": {"Authorization": f"Bearer {GOOD_KEY}"},
    "bearer in lower case": {"Authorization": f"bearer {GOOD_KEY}"},
    "token": {"Authorization": f"Token {GOOD_KEY}"},
    "xi-api-key": {"xi-api-key": GOOD_KEY},
    "key in the file": {"Authorization": "Bearer from-the-file"},
    "livekit": signed(),
    "livekit, clock a little behind": signed(nbf_in=20),
}


@pytest.mark.parametrize("name", GOOD)
async def test_good_credentials(serve: Serve, name: str) -> None:
    server = await serve(auth={"api_keys": [{"token": "from-the-file", "name": "f"}]})
    assert await status_with(server, made(GOOD[name])) == (200, "")


NONE = jwt.encode({"iss": LIVEKIT_ID, "exp": time.time() + 60}, None, algorithm="none")
BAD: dict[str, tuple[Credential, int, str]] = {
    "nothing": ({}, 401, "missing_api_key"),
    "unknown key": ({"Authorization": "Bearer nope"}, 401, "invalid_api_key"),
    "basic": ({"Authorization": "Basic YTpi"}, 401, "invalid_request"),
    "empty bearer": ({"Authorization": "Bearer "}, 401, "missing_api_key"),
    "huge key": ({"Authorization": "Bearer " + "x" * 5000}, 401, "invalid_api_key"),
    "wrong secret": (signed("w" * 40), 401, "invalid_api_key"),
    "unknown issuer": (signed(iss="nobody"), 401, "invalid_api_key"),
    "no issuer": (signed(iss=""), 401, "invalid_api_key"),
    "alg none": ({"Authorization": f"Bearer {NONE}"}, 401, "invalid_api_key"),
    "expired": (signed(exp=1_000_000), 401, "token_expired"),
    "not yet": (signed(nbf_in=3600), 401, "token_not_yet_valid"),
    "no grant": (signed(inference={}), 403, "missing_grant"),
    "grant is truthy, not true": (signed(inference={"perform": "yes"}), 403, "missing_grant"),
}


@pytest.mark.parametrize("name", BAD)
async def test_refused_credentials(server: Server, name: str) -> None:
    headers, status, code = BAD[name]
    assert await status_with(server, made(headers)) == (status, code)


@pytest.mark.parametrize("query", ["token", "api_key", "access_token", "key"])
async def test_no_key_in_the_url(server: Server, query: str) -> None:
    assert await status_with(server, {}, f"/v1/models?{query}={GOOD_KEY}") == (401, "missing_api_key")


async def test_hs512_with_the_right_secret_is_refused(server: Server) -> None:
    token = jwt.encode({"iss": LIVEKIT_ID, "exp": time.time() + 60}, LIVEKIT_SECRET * 2, algorithm="HS512")
    assert (await status_with(server, {"Authorization": f"Bearer {token}"}))[0] == 401


def forged(payload: bytes, header: bytes = b'{"alg":"HS256","typ":"JWT"}') -> str:
    """A token with these very bytes, signed with the right secret."""
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    signature = hmac.new(LIVEKIT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def claims(**changes: str) -> str:
    """The text of good claims, with some of them as they are given here."""
    good = {"iss": f'"{LIVEKIT_ID}"', "exp": str(int(time.time()) + 600), "inference": '{"perform":true}', **changes}
    return "{" + ",".join(f'"{name}":{value}' for name, value in good.items()) + "}"


ODD_CLAIMS: dict[str, tuple[dict[str, str], str]] = {
    "exp NaN": ({"exp": "NaN"}, "invalid_api_key"),
    "exp Infinity": ({"exp": "Infinity"}, "invalid_api_key"),
    "exp 1e400": ({"exp": "1e400"}, "invalid_api_key"),
    "exp true": ({"exp": "true"}, "invalid_token"),
    "exp as text": ({"exp": '"9999999999"'}, "invalid_token"),
    "exp null": ({"exp": "null"}, "invalid_token"),
    "nbf -Infinity": ({"nbf": "-Infinity"}, "invalid_api_key"),
    "nbf as a list": ({"nbf": "[0]"}, "invalid_token"),
    "nbf true": ({"nbf": "true"}, "invalid_token"),
    "iss as a list": ({"iss": f'["{LIVEKIT_ID}"]'}, "invalid_api_key"),
    "iss of another": ({"iss": '"VGWkey2"'}, "invalid_api_key"),
    "sub is a number": ({"sub": "7"}, "invalid_api_key"),
}


@pytest.mark.parametrize("name", ODD_CLAIMS)
async def test_odd_claims_of_a_genuine_token(server: Server, name: str) -> None:
    changes, code = ODD_CLAIMS[name]
    headers = {"Authorization": f"Bearer {forged(claims(**changes).encode())}"}
    assert await status_with(server, headers) == (401, code)


ODD_HEADERS = {
    "alg HS384": '{"alg":"HS384"}',
    "alg in lower case": '{"alg":"hs256"}',
    "alg none": '{"alg":"none"}',
    "alg missing": '{"typ":"JWT"}',
    "alg in a list": '{"alg":["HS256"]}',
    "alg twice": '{"alg":"HS256","alg":"none"}',
    "a critical header": '{"alg":"HS256","crit":["b64"],"b64":false}',
}


@pytest.mark.parametrize("name", ODD_HEADERS)
async def test_odd_headers_of_a_genuine_token(server: Server, name: str) -> None:
    headers = {"Authorization": f"Bearer {forged(claims().encode(), ODD_HEADERS[name].encode())}"}
    assert await status_with(server, headers) == (401, "invalid_api_key")


async def test_a_token_has_one_spelling(server: Server) -> None:
    good = forged(claims().encode())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 32 bytes leave two spare bits in the last character
    others = [good[:-1] + alphabet[alphabet.index(good[-1]) + spare] for spare in (1, 2, 3)]
    spellings = [
        *others,
        good + "=",
        forged(claims().encode("utf-16")),
        forged(claims().encode("utf-8-sig")),
        forged(b'{"iss":"x",' + claims().encode()[1:]),
    ]
    assert await status_with(server, {"Authorization": f"Bearer {good}"}) == (200, "")
    for token in spellings:
        assert await status_with(server, {"Authorization": f"Bearer {token}"}) == (401, "invalid_api_key")


async def test_a_token_of_an_unknown_issuer_is_checked_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown issuer's refusal must not be faster than a known issuer's."""
    checked: list[Any] = []
    decode = jwt.decode

    def watch(token: str, key: Any, **options: Any) -> Any:
        checked.append(key)
        return decode(token, key, **options)

    monkeypatch.setattr(jwt, "decode", watch)
    for issuer in (LIVEKIT_ID, "nobody"):
        headers = {"Authorization": f"Bearer {livekit_token('w' * 40, iss=issuer)}"}
        assert (await status_with(server, headers))[0] == 401
    assert len(checked) == 2
    assert checked[0] == LIVEKIT_SECRET
    assert len(checked[1]) == 48


async def test_a_livekit_token_may_not_read_events(server: Server) -> None:
    headers = {"Authorization": f"Bearer {livekit_token()}"}
    assert await status_with(server, headers, "/v1/events") == (403, "missing_scope")


async def test_wyoming_by_tcp_is_off_unless_a_port_is_given(server: Server) -> None:
    assert server.ports() == {}


async def test_keyless_loopback_only_by_config(serve: Serve) -> None:
    server = await serve(serve={"keyless_loopback": True})
    assert (await status_with(server, {}))[0] == 200
    assert (await status_with(server, {"Authorization": "Bearer whatever"}))[0] == 200


@pytest.mark.parametrize("peer", ["192.168.0.9", "fe80::1%eth0", "::ffff:10.0.0.1", "1.1.1.1", "0.0.0.0", "junk", None])
async def test_keyless_loopback_is_not_for_other_machines(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, peer: str | None
) -> None:
    server = await serve(serve={"keyless_loopback": True, "allow_lan": True})
    monkeypatch.setattr("voicegw_desktop.sockets.http.guards.peer_address", lambda request: peer)
    assert await status_with(server, {}) == (401, "missing_api_key")
    assert await status_with(server, {"Authorization": "Bearer whatever"}) == (401, "invalid_api_key")
    monkeypatch.setattr("voicegw_desktop.sockets.http.guards.peer_address", lambda request: "::ffff:127.0.0.1")
    assert (await status_with(server, {}))[0] == 200


async def test_each_key_pays_for_its_project(server: Server) -> None:
    corridor = server.gateway.corridor
    for key, wanted in ((GOOD_KEY, "alpha"), (OTHER_KEY, "beta"), (livekit_token(), "alpha")):
        headers = {"Authorization": f"Bearer {key}", "X-VoiceGW-Project": "somebody-else"}
        async with (
            aiohttp.ClientSession(server.url, headers=headers) as http,
            http.post("/v1/chat/completions", json=CHAT) as response,
        ):
            assert response.status == 200
        assert corridor.calls[-1][1].project == wanted


async def test_unix_socket_needs_no_key_and_is_private(server: Server) -> None:
    assert server.socket_path is not None
    mode = stat.S_IMODE(os.stat(server.socket_path).st_mode)
    assert mode == 0o600
    assert stat.S_IMODE(os.stat(server.socket_path.parent).st_mode) == 0o700
    connector = aiohttp.UnixConnector(str(server.socket_path))
    async with aiohttp.ClientSession(connector=connector) as http:
        headers = {"X-VoiceGW-Project": "gamma"}
        async with http.post("http://any/v1/chat/completions", json=CHAT, headers=headers) as response:
            assert response.status == 200
    assert server.gateway.corridor.calls[-1][1].project == "gamma"
    assert server.gateway.corridor.calls[-1][1].key_id is None


async def test_another_user_on_the_unix_socket_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.sockets.http.guards.unix_peer_uid", lambda request: os.geteuid() + 1)
    connector = aiohttp.UnixConnector(str(server.socket_path))
    async with aiohttp.ClientSession(connector=connector) as http, http.get("http://any/v1/models") as response:
        assert response.status == 401


async def test_revoking_closes_a_websocket_and_a_stream_within_50_ms(server: Server, paced: PacedTime) -> None:
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http:
        ws = await http.ws_connect("/v1/events")
        stream = await http.get("/v1/events")
        began = paced.now
        server.gateway.keys.revoke(GOOD_KEY)
        with pytest.raises(aiohttp.ClientError):
            await stream.content.read()
        stream.close()
        message = await ws.receive()
        while message.type is aiohttp.WSMsgType.TEXT:
            message = await ws.receive()
        spent = paced.now - began
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert ws.close_code in (1008, 1006)
        assert spent < 0.05
        async with http.get("/v1/models") as response:
            assert response.status == 401


async def test_a_person_stops_one_request_and_no_other(server: Server) -> None:
    bus = server.gateway.bus
    opening, held = server.gateway.corridor.chat, []

    async def chat(*args: Any, **kwargs: Any) -> Any:
        bus.publish(RequestStarted(f"r{len(held)}", "llm", "fake/llm", "default", "openai"))
        reply = await opening(*args, **kwargs)
        reply.hold = asyncio.Event()
        held.append(reply)
        return reply

    server.gateway.corridor.chat = chat
    server.gateway.corridor.chat_type = "text/event-stream"
    server.gateway.corridor.chat_pieces = [b'data: {"choices": []}\n\n']
    body = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http:
        first = await http.post("/v1/chat/completions", json=body)
        second = await http.post("/v1/chat/completions", json=body)
        assert await first.content.readuntil(b"\n\n") == await second.content.readuntil(b"\n\n")
        bus.publish(StopRequested(("r0", "unknown")))
        with pytest.raises(aiohttp.ClientError):
            await first.content.read()
        held[1].hold.set()
        assert b"DONE" in await second.content.read() or second.status == 200
        first.close()


async def test_revoking_one_key_leaves_the_other(server: Server) -> None:
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {OTHER_KEY}"}) as http:
        ws = await http.ws_connect("/v1/events")
        server.gateway.keys.revoke(GOOD_KEY)
        assert (await ws.receive_json())["type"] == "KeyRevoked"
        await ws.close()


async def test_a_key_taken_out_of_the_file_closes_what_it_has_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = tmp_path / "voicegw.yaml"
    keys = "serve: {port: 0}\nauth: {api_keys: [%s]}\n"
    stays, goes = "{name: stays, token: one}", "{name: goes, token: two}"
    config.write_text(keys % f"{stays}, {goes}")
    async with (
        Gateway(str(config), paths=paths_below(tmp_path)) as gateway,
        serving(gateway, port=0) as server,
        aiohttp.ClientSession(server.url) as http,
    ):
        kept, closed = [
            await http.ws_connect("/v1/events", headers={"Authorization": f"Bearer {token}"})
            for token in ("one", "two")
        ]
        config.write_text(keys % stays)
        await gateway.refresh_config()
        async with asyncio.timeout(60):
            while (await closed.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert closed.close_code in (1008, 1006)
        assert (await kept.receive_json())["type"]
        assert not kept.closed
        await kept.close()


async def test_port_in_use_names_the_setting(server: Server, serve: Serve) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match=r"serve\.port"):
        await serve(serve={"port": port})


async def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(server: Server) -> None:
    second = Server(server.gateway)
    with pytest.raises(ConfigError, match="Another gateway"):
        await second.start()
    path = server.socket_path
    assert path is not None
    await server.stop()
    # as a killed gateway leaves it: asyncio's own server would take the file away from Python 3.13 on
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    third = Server(server.gateway)
    await third.start()
    assert third.socket_path == path
    await third.stop()
    assert not path.exists()


async def test_other_machines_need_two_settings(serve: Serve) -> None:
    with pytest.raises(ConfigError, match="allow_lan"):
        await serve(serve={"host": "0.0.0.0"})


async def test_plain_http_to_other_machines_is_said_wherever_one_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address may come from the command line, where the configuration knows nothing of it."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = tmp_path / "voicegw.yaml"
    config.write_text("serve: {allow_lan: true}\n")
    said: list[str] = []
    async with (
        Gateway(str(config), paths=paths_below(tmp_path)) as gateway,
        serving(gateway, host="0.0.0.0", port=0) as server,
    ):
        await announce(gateway, server, said.append, show_key=False, seconds=0.0)
        status = await run(gateway, "status", {}, source="test")
    assert [line for line in said if "nothing is encrypted" in line]
    (warning,) = [w for w in status["config"]["warnings"] if "nothing is encrypted" in w]
    tables.show("status", status)
    assert warning in capsys.readouterr().out
    # the tray and the window know it by its first word: tests/app/test_overview.py
    assert warning.startswith("serve.allow_lan: ")
