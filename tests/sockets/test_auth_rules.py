"""What each credential allows, by requests made without a socket."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from tests.support.requests import Wire, request
from tests.support.socket_gateway import GOOD_KEY, FakeKeys
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, Forbidden, RateLimitExceeded, Unauthorized
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.auth import EVERYTHING, Authenticator, Credential
from voicegw_desktop.sockets.http.browser_keys import ClientSecrets, Granted
from voicegw_desktop.sockets.http.streams import OpenStreams

pytestmark = pytest.mark.unit

LOCAL_USER = Credential(None, None)
DOOR_PORT = 7
HERE = paths_below(Path("nowhere"))


def bearer(token: str, **options: Any) -> web.Request:
    return request(("Authorization", f"Bearer {token}"), **options)


class Desk:
    """An authenticator with what it asks."""

    def __init__(self, **sections: Any) -> None:
        self.bus, self.clock = EventBus(), ManualClock()
        config = VoiceGatewaySchema.model_validate(sections)
        self.gateway = SimpleNamespace(config=config, keys=FakeKeys(self.bus), bus=self.bus, paths=HERE)
        self.secrets = ClientSecrets(self.bus, self.clock)
        door = SimpleNamespace(port=DOOR_PORT, lets_in=lambda port, token: port == DOOR_PORT and token == "door's")
        self.auth = Authenticator(cast(Any, self.gateway), self.clock, cast(Any, door), self.secrets)

    async def refused(self, asked: web.Request) -> str | None:
        with pytest.raises(Unauthorized) as caught:
            await self.auth.identify(asked)
        return caught.value.code


def of_file(*tokens: str, **more: Any) -> dict[str, Any]:
    return {"auth": {"api_keys": [{"token": token, "name": token[:9], **more} for token in tokens]}}


async def test_the_user_of_the_unix_socket_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    here = request(wire=Wire(socket.AF_UNIX))
    monkeypatch.setattr(auth, "same_user", lambda asked: True)
    assert await Desk().auth.identify(here) == LOCAL_USER
    monkeypatch.setattr(auth, "same_user", lambda asked: False)
    await Desk().refused(here)


def test_a_credential_is_kept_while_its_key_is_as_it_was() -> None:
    desk = Desk()
    key: Any = SimpleNamespace(id="k1", project="a", scopes=("inference",))
    changed: Any = SimpleNamespace(id="k1", project="b", scopes=("read",))
    kept = desk.auth._credential(key)
    assert desk.auth._credential(key) is kept
    assert desk.auth._credential(changed).project == "b"


async def test_the_control_channel_lets_in_by_its_own_token() -> None:
    assert await Desk().auth.identify(bearer("door's", wire=Wire(port=DOOR_PORT))) == LOCAL_USER
    assert await Desk().refused(bearer("door's")) == "invalid_api_key"


async def test_without_keys_only_this_machine_comes_in_and_only_where_it_is_allowed() -> None:
    near, open_desk = Wire(peer="127.0.0.1"), Desk(serve={"keyless_loopback": True})
    for asked in (request(wire=near), bearer("any word", wire=near)):
        assert await open_desk.auth.identify(asked) == LOCAL_USER
    assert await open_desk.auth.identify(bearer(GOOD_KEY, wire=near)) == Credential("alpha", "key1")
    assert await open_desk.refused(request()) == "missing_api_key"
    assert await Desk().refused(request(wire=near)) == "missing_api_key"
    assert await Desk().refused(bearer("any word", wire=near)) == "invalid_api_key"


async def test_a_key_of_the_file_opens_what_stands_beside_it_and_no_other_word_does() -> None:
    desk = Desk(**of_file("first", "second", project="sales", scopes=["read"]))
    for token in ("first", "second"):
        expected = Credential("sales", f"config:{token}", frozenset({"read"}))
        assert await desk.auth.identify(bearer(token)) == expected
        assert await desk.auth.verify(token) == expected
    for token in ("third", "fir", "firsts"):
        assert await desk.refused(bearer(token)) == "invalid_api_key"
        with pytest.raises(Unauthorized):
            await desk.auth.verify(token)


@pytest.mark.parametrize("token", ["my.own.key", "eyJust.a-key"])
async def test_a_key_that_only_resembles_a_token_is_a_key(token: str) -> None:
    assert (await Desk(**of_file(token)).auth.identify(bearer(token))).key_id == f"config:{token[:9]}"


async def test_two_keys_of_the_file_without_a_name_are_two_callers(tmp_path: Path) -> None:
    desk = Desk(auth={"api_keys": [{"token": "one"}, {"token": "two"}]})
    desk.gateway.paths = paths_below(tmp_path)
    one, two = [(await desk.auth.identify(bearer(token))).key_id for token in ("one", "two")]
    assert one != two


async def test_a_key_has_at_most_4096_characters() -> None:
    desk = Desk(**of_file("k" * 4096, "l" * 4097))
    assert (await desk.auth.identify(bearer("k" * 4096))).key_id == "config:kkkkkkkkk"
    assert (await desk.auth.verify("k" * 4096)).key_id == "config:kkkkkkkkk"
    await desk.refused(bearer("l" * 4097))
    with pytest.raises(Unauthorized):
        await desk.auth.verify("l" * 4097)


async def test_a_client_secret_opens_one_realtime_session_for_its_maker() -> None:
    desk = Desk()
    secret, _ = desk.secrets.issue(Granted("sales", "key9", {"voice": "joe"}))
    await desk.refused(bearer(secret))
    worth = await desk.auth.identify(bearer(secret, path="/v1/realtime"))
    assert worth == Credential("sales", "key9", frozenset({"inference"}), {"voice": "joe"})
    await desk.refused(bearer(secret, path="/v1/realtime"))


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([], None),
        ([("Authorization", "Bearer one")], "one"),
        ([("Authorization", " token   one ")], "one"),
        ([("Authorization", "Bearer")], None),
        ([("x-api-key", " two ")], "two"),
        ([("xi-api-key", "one"), ("x-api-key", "two")], "one"),
        ([("Authorization", "Bearer one"), ("xi-api-key", "two")], "one"),
        ([("Sec-WebSocket-Protocol", "token, three")], "three"),
        ([("x-api-key", "two"), ("Sec-WebSocket-Protocol", "token, three")], "two"),
    ],
)
def test_where_a_key_may_stand(headers: list[tuple[str, str]], token: str | None) -> None:
    assert auth.presented_token(request(*headers)) == token


@pytest.mark.parametrize("values", [["Bearer one", "Bearer one"], ["Basic YTpi"], ["one"]])
def test_an_unclear_header_is_the_callers_mistake(values: list[str]) -> None:
    with pytest.raises(Unauthorized) as caught:
        auth.presented_token(request(*(("Authorization", value) for value in values)))
    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize(
    ("named", "opens"),
    [
        ([], EVERYTHING),
        (["*", "read"], EVERYTHING),
        (["admin"], EVERYTHING),
        (["write"], {"read", "write"}),
        (["read"], {"read"}),
        (["inference"], {"inference"}),
        (["read", "inference"], {"read", "inference"}),
        (["nonsense"], set()),
    ],
)
async def test_what_scopes_open(named: list[str], opens: set[str]) -> None:
    desk = Desk(**of_file("key", scopes=named))
    assert (await desk.auth.identify(bearer("key"))).scopes == opens


def attached(credential: Credential, *headers: tuple[str, str], path: str = "/v1/models") -> web.Request:
    made = request(*headers, path=path)
    auth.attach(made, credential, "default")
    return made


def test_only_a_caller_without_a_project_names_one() -> None:
    asks = ("X-VoiceGW-Project", "mine")
    assert auth.caller(attached(LOCAL_USER), "openai").project == "default"
    assert auth.caller(attached(LOCAL_USER, asks), "openai").project == "mine"
    assert auth.caller(attached(Credential("sales", "k"), asks), "openai").project == "sales"
    with pytest.raises(BadRequest):
        auth.caller(attached(LOCAL_USER, (asks[0], "x" * 5000)), "openai")


def test_a_caller_is_told_apart_by_key_session_agent_and_address() -> None:
    plain = auth.caller(attached(LOCAL_USER), "openai")
    assert (plain.wire, plain.key_id, plain.session, plain.agent) == ("openai", None, None, None)
    headers = [("X-LiveKit-Job-ID", "job"), ("X-LiveKit-Room-ID", "room"), ("User-Agent", "a" * 70)]
    full = auth.caller(attached(Credential("sales", "k"), *headers), "livekit")
    assert (full.key_id, full.session, full.agent) == ("k", "room", "a" * 64)
    assert full.peer == "192.0.2.1"
    assert auth.key_of(attached(Credential("sales", "k"))) == "k"
    assert auth.key_of(request()) is None


def test_a_scope_that_is_missing_is_named() -> None:
    reader = attached(Credential("sales", "k", frozenset({"read", "inference"})), path="/v1/" + "x" * 100)
    auth.require(reader, "read")
    assert auth.scopes(reader) == {"read", "inference"}
    with pytest.raises(Forbidden) as caught:
        auth.require(reader, "write")
    assert caught.value.code == "missing_scope"
    assert str(caught.value) == (
        "GET /v1/" + "x" * 76 + ' needs the scope "write", and this key has inference and read.'
    )
    assert auth.missing_scope("This", "read", ()) == 'This needs the scope "read", and this key has none.'


def test_a_key_of_a_project_sees_that_project_only_unless_it_mints_keys() -> None:
    assert auth.only_project(attached(Credential("sales", "k", frozenset({"read"})))) == "sales"
    assert auth.only_project(attached(Credential("sales", "k"))) is None
    assert auth.only_project(attached(Credential(None, "k", frozenset({"read"})))) is None


async def test_a_key_that_follows_in_the_first_message_is_revoked_with_what_it_opened() -> None:
    desk, wire = Desk(), Wire()
    streams, late = OpenStreams(desk.bus), request(wire=wire)
    auth.expect_key(late, desk.auth, "default")
    streams.add(late, None)
    assert auth.key_follows(late)
    with pytest.raises(Unauthorized):
        await auth.let_in(late, "wrong", streams)
    await auth.let_in(late, GOOD_KEY, streams)
    assert not auth.key_follows(late)
    assert auth.caller(late, "elevenlabs").project == "alpha"
    assert auth.granted_session(late) is None
    desk.gateway.keys.revoke(GOOD_KEY)
    assert wire.cut == 1


async def test_a_key_that_follows_takes_its_own_share_of_the_connections() -> None:
    desk = Desk()
    streams = OpenStreams(desk.bus, 4)
    late = [request(wire=Wire()) for _ in range(4)]
    for one in late[:3]:
        auth.expect_key(one, desk.auth, "default")
        streams.add(one, None, "127.0.0.1")
    with pytest.raises(RateLimitExceeded):
        streams.add(late[3], None, "127.0.0.1")
    for one in late[:3]:
        await auth.let_in(one, GOOD_KEY, streams)
    # the address has its share back, and the key has used its own
    auth.expect_key(late[3], desk.auth, "default")
    streams.add(late[3], None, "127.0.0.1")
    with pytest.raises(RateLimitExceeded):
        await auth.let_in(late[3], GOOD_KEY, streams)
    for one in late:
        streams.remove(one, auth.key_of(one))
    streams.add(late[0], auth.key_of(late[0]))
