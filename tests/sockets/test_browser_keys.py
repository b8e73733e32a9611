"""How web pages present a key: subprotocols, first messages, and secrets that open one Realtime session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from openai.types.realtime import ClientSecretCreateResponse

from tests.support.socket_gateway import GOOD_KEY, OTHER_KEY, Serve
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import PayloadTooLarge, RateLimitExceeded
from voicegw_desktop.core.events import EventBus, KeyRevoked
from voicegw_desktop.sockets.http.browser_keys import (
    MOST_OF_A_KEY,
    MOST_SECRETS,
    MOST_SESSION,
    MOST_SESSIONS,
    ClientSecrets,
    Granted,
)
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

PAGE = "https://app.example"
DEEPGRAM = "/v1/listen?model=fake/stt&encoding=linear16&sample_rate=16000"
SPEAK = "/v1/text-to-speech/x/stream-input?model_id=fake/tts&output_format=pcm_24000"
LISTENING = {"type": "transcription", "audio": {"input": {"transcription": {"model": "fake/stt"}}}}


@pytest.fixture
async def page(serve: Serve) -> AsyncIterator[tuple[Server, aiohttp.ClientSession]]:
    """A client with a listed page's origin and no key."""
    server = await serve(auth={"cors_origins": [PAGE]})
    async with aiohttp.ClientSession(server.url, headers={"Origin": PAGE}) as http:
        yield server, http


async def status_of(http: aiohttp.ClientSession, path: str, **options: Any) -> int:
    try:
        async with http.ws_connect(path, **options):
            return 101
    except aiohttp.WSServerHandshakeError as e:
        return e.status


@pytest.mark.parametrize(
    ("path", "protocols", "chosen"),
    [
        ("/v1/realtime?intent=transcription", ("realtime", "openai-insecure-api-key.{}"), "realtime"),
        (
            "/v1/realtime?intent=transcription",
            ("realtime", "openai-insecure-api-key.{}", "openai-beta.realtime-v1"),
            "realtime",
        ),
        (DEEPGRAM, ("token", "{}"), "token"),
        (DEEPGRAM, ("bearer", "{}"), "bearer"),
        ("/v1/speak?model=fake/tts", ("token", "{}"), "token"),
        ("/v2/speak?model=fake/tts", ("token", "{}"), "token"),
        ("/v2/listen?model=fake/stt", ("token", "{}"), "token"),
    ],
)
async def test_a_key_among_the_subprotocols(
    page: tuple[Server, aiohttp.ClientSession], path: str, protocols: tuple[str, ...], chosen: str
) -> None:
    _, http = page
    async with http.ws_connect(path, protocols=[p.format(GOOD_KEY) for p in protocols]) as ws:
        # the key itself is never returned
        assert ws.protocol == chosen
    assert await status_of(http, path, protocols=[p.format("vgw_wrong") for p in protocols]) == 401
    assert await status_of(http, path, protocols=[protocols[0]]) == 401
    stranger = {"Origin": "https://other.example"}
    assert await status_of(http, path, protocols=[p.format(GOOD_KEY) for p in protocols], headers=stranger) == 403


async def test_a_key_in_the_first_message(page: tuple[Server, aiohttp.ClientSession]) -> None:
    server, http = page
    for key in ({"xi_api_key": GOOD_KEY}, {"authorization": f"Bearer {GOOD_KEY}"}):
        async with http.ws_connect(SPEAK) as ws:
            await ws.send_json({"text": " ", **key})
            await ws.send_json({"text": "Hello. "})
            await ws.send_json({"text": ""})
            assert (await ws.receive_json(timeout=60))["audio"]
    _, caller, _, _ = server.gateway.corridor.calls[-1]
    assert (caller.project, caller.key_id) == ("alpha", "key1")


@pytest.mark.parametrize("first", ['{"text":" "}', '{"text":" ","xi_api_key":"vgw_wrong"}', "nonsense", "[]"])
async def test_a_first_message_without_a_good_key_ends_it(
    page: tuple[Server, aiohttp.ClientSession], first: str
) -> None:
    server, http = page
    async with http.ws_connect(SPEAK) as ws:
        await ws.send_str(first)
        assert (await ws.receive_json(timeout=60))["error"] == "invalid_api_key"
        assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 1008
    assert server.gateway.corridor.calls == []


async def test_only_pages_of_listed_origins_may_send_the_key_later(
    page: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = page
    assert await status_of(http, SPEAK, headers={"Origin": "https://other.example"}) == 403
    async with aiohttp.ClientSession(server.url) as program:
        assert await status_of(program, SPEAK) == 401
    # other routes have no first message for it
    assert await status_of(http, DEEPGRAM) == 401
    async with http.post("/v1/text-to-speech/x", json={"text": "Hello", "xi_api_key": GOOD_KEY}) as answer:
        assert answer.status == 401


async def test_a_page_that_sends_nothing_is_let_go(serve: Serve) -> None:
    server = await serve(Limits(first_message=0.05), auth={"cors_origins": [PAGE]})
    async with (
        aiohttp.ClientSession(server.url, headers={"Origin": PAGE}) as http,
        http.ws_connect(SPEAK) as ws,
    ):
        assert (await ws.receive_json(timeout=60))["error"] == "invalid_api_key"


async def test_revoking_ends_what_a_first_message_opened(page: tuple[Server, aiohttp.ClientSession]) -> None:
    server, http = page
    async with http.ws_connect(SPEAK) as ws:
        await ws.send_json({"text": "Hello. ", "xi_api_key": GOOD_KEY})
        await ws.send_json({"text": ""})
        assert (await ws.receive_json(timeout=60))["audio"]
        server.gateway.keys.revoke(GOOD_KEY)
        while (message := await ws.receive(timeout=60)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def secret_of(http: aiohttp.ClientSession, **body: Any) -> dict[str, Any]:
    async with http.post(
        "/v1/realtime/client_secrets", json=body, headers={"Authorization": f"Bearer {GOOD_KEY}"}
    ) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


def protocols(secret: str) -> list[str]:
    return ["realtime", f"openai-insecure-api-key.{secret}"]


async def test_a_client_secret_opens_one_session_as_its_maker_set_it(
    page: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = page
    made = await secret_of(http, session=LISTENING, expires_after={"anchor": "created_at", "seconds": 600})
    ClientSecretCreateResponse.model_validate(made)
    assert made["value"].startswith("ek_")
    async with http.ws_connect("/v1/realtime", protocols=protocols(made["value"])) as ws:
        created = await ws.receive_json(timeout=60)
        assert created["session"]["type"] == "transcription"
        assert created["session"]["audio"]["input"]["transcription"] == {"model": "fake/stt"}
        await ws.send_json({"type": "input_audio_buffer.append", "audio": "AAAAAAAA"})
        await ws.send_json({"type": "input_audio_buffer.clear"})
        assert (await ws.receive_json(timeout=60))["type"] == "input_audio_buffer.cleared"
    _, caller, _, _ = server.gateway.corridor.calls[-1]
    assert (caller.project, caller.key_id) == ("alpha", "key1")
    # once
    assert await status_of(http, "/v1/realtime", protocols=protocols(made["value"])) == 401


async def test_a_client_secret_opens_nothing_else(page: tuple[Server, aiohttp.ClientSession]) -> None:
    _, http = page
    made = (await secret_of(http))["value"]
    for method, path in (("GET", "/v1/models"), ("POST", "/v1/realtime/client_secrets"), ("GET", "/v1/status")):
        async with http.request(method, path, headers={"Authorization": f"Bearer {made}"}, json={}) as answer:
            assert answer.status == 401, path
            assert "one Realtime session" in (await answer.json())["error"]["message"]
    assert await status_of(http, DEEPGRAM, protocols=["token", made]) == 401
    # and is not used up by trying
    assert await status_of(http, "/v1/realtime?model=fake/llm", protocols=protocols(made)) == 101


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v1/realtime/sessions", {"model": "gpt-4o-realtime-preview", "voice": "verse", "modalities": ["text"]}, ""),
        ("/v1/realtime/sessions", {"model": "gpt-4o-realtime-preview", "modalities": ["audio", "text"]}, ""),
        (
            "/v1/realtime/transcription_sessions",
            {"input_audio_format": "g711_ulaw", "input_audio_transcription": {"model": "whisper-1"}},
            "transcription",
        ),
    ],
)
async def test_the_betas_sessions(
    page: tuple[Server, aiohttp.ClientSession], path: str, body: dict[str, Any], kind: str
) -> None:
    _, http = page
    async with http.post(path, json=body, headers={"Authorization": f"Bearer {GOOD_KEY}"}) as answer:
        made = await answer.json()
    assert made.items() >= body.items()
    secret = made["client_secret"]["value"]
    wanted = [*protocols(secret), "openai-beta.realtime-v1"]
    async with http.ws_connect("/v1/realtime?model=gpt-4o-realtime-preview", protocols=wanted) as ws:
        created = await ws.receive_json(timeout=60)
        assert created["type"] == ("transcription_session.created" if kind else "session.created")
        assert created["session"].items() >= body.items()


@pytest.mark.parametrize("name", ["modalities", "instructions", "tools", "turn_detection", "input_audio_transcription"])
async def test_null_stands_for_the_usual(page: tuple[Server, aiohttp.ClientSession], name: str) -> None:
    _, http = page
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with http.post("/v1/realtime/sessions", json={name: None}, headers=headers) as answer:
        assert (await answer.json())["modalities"] == ["audio", "text"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"session": {"type": "realtime", "tools": [{"type": "mcp"}]}}, "session.tools[0]"),
        ({"session": "x"}, "session"),
        ({"session": {"type": "x"}}, "session.type"),
        ({"expires_after": {"seconds": 5}}, "expires_after.seconds"),
        ({"expires_after": 5}, "expires_after"),
    ],
)
async def test_what_is_wrong_is_told_to_the_maker(
    page: tuple[Server, aiohttp.ClientSession], body: dict[str, Any], param: str
) -> None:
    _, http = page
    async with http.post(
        "/v1/realtime/client_secrets", json=body, headers={"Authorization": f"Bearer {GOOD_KEY}"}
    ) as answer:
        assert (answer.status, (await answer.json())["error"]["param"]) == (400, param)


def test_secrets_last_a_minute_and_end_with_their_key() -> None:
    bus, clock = EventBus(), ManualClock()
    kept = ClientSecrets(bus, clock)
    late, quick, gone, other = (
        kept.issue(Granted("p", key, {}), seconds) for key, seconds in (("a", 600), ("a", 10), ("b", 60), ("c", 60))
    )
    assert late[1] == int(clock.time()) + 60
    assert all(json.dumps(sealed).find("ek_") < 0 for sealed in kept._kept)
    bus.publish(KeyRevoked("b"))
    assert kept.take(gone[0]) is None
    clock.advance(11)
    assert kept.take(quick[0]) is None
    assert kept.take(late[0]) == Granted("p", "a", {})
    assert kept.take(late[0]) is None
    clock.advance(50)
    assert kept.take(other[0]) is None


def test_there_is_an_end_to_secrets_that_wait() -> None:
    clock = ManualClock()
    kept = ClientSecrets(EventBus(), clock)
    for _ in range(MOST_OF_A_KEY):
        kept.issue(Granted("p", "greedy", {}))
    with pytest.raises(RateLimitExceeded, match="of this key"):
        kept.issue(Granted("p", "greedy", {}))
    # what one key takes leaves room for others
    for number in range(MOST_SECRETS - MOST_OF_A_KEY):
        kept.issue(Granted("p", f"key {number}", {}))
    with pytest.raises(RateLimitExceeded):
        kept.issue(Granted("p", "one more", {}))
    clock.advance(61)
    assert kept.issue(Granted("p", "greedy", {}))


def test_the_settings_that_wait_with_secrets_take_bounded_memory() -> None:
    kept, long = ClientSecrets(EventBus(), ManualClock()), {"instructions": "x" * (MOST_SESSION - 100)}
    with pytest.raises(PayloadTooLarge, match="at most"):
        kept.issue(Granted("p", "k", {"instructions": "x" * MOST_SESSION}))
    for number in range(MOST_SESSIONS // MOST_SESSION):
        kept.issue(Granted("p", f"key {number}", long))
    with pytest.raises(RateLimitExceeded):
        kept.issue(Granted("p", "one more", long))


async def test_another_keys_project_pays_for_its_own_secret(page: tuple[Server, aiohttp.ClientSession]) -> None:
    server, http = page
    headers = {"Authorization": f"Bearer {OTHER_KEY}"}
    async with http.post("/v1/realtime/client_secrets", json={"session": LISTENING}, headers=headers) as answer:
        secret = (await answer.json())["value"]
    async with http.ws_connect("/v1/realtime", protocols=protocols(secret)) as ws:
        await ws.receive_json(timeout=60)
        await ws.send_json({"type": "input_audio_buffer.append", "audio": "AAAAAAAA"})
        await ws.send_json({"type": "input_audio_buffer.clear"})
        await ws.receive_json(timeout=60)
    assert server.gateway.corridor.calls[-1][1].project == "beta"
