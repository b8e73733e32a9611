"""What each credential is worth and what revoking and stopping end, by requests that never were on a socket."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from tests.support.socket_gateway import GOOD_KEY, FakeKeys
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, Forbidden, Unauthorized
from voicegw_desktop.core.events import EventBus, KeyRevoked, RequestFinished, RequestStarted, StopRequested
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.auth import EVERYTHING, Authenticator, Credential
from voicegw_desktop.sockets.http.browser_keys import ClientSecrets, Granted
from voicegw_desktop.sockets.http.streams import STOP_WAIT, OpenStreams

pytestmark = pytest.mark.unit

LOCAL_USER = Credential(None, None)
DOOR_PORT = 7


class Wire(asyncio.Transport):
    """A connection that carries nothing, from `peer` to `port`."""

    def __init__(self, family: int = socket.AF_INET, peer: str = "192.0.2.1", port: int = 1) -> None:
        kind = SimpleNamespace(family=family)
        super().__init__({"peername": (peer, 1), "sockname": ("127.0.0.1", port), "socket": kind})
        self.cut = 0

    def abort(self) -> None:
        self.cut += 1


def request(*headers: tuple[str, str], path: str = "/v1/models", wire: Wire | None = None) -> web.Request:
    return make_mocked_request("GET", path, CIMultiDict(headers), transport=wire or Wire())


def bearer(token: str, **options: Any) -> web.Request:
    return request(("Authorization", f"Bearer {token}"), **options)


class Desk:
    """An authenticator with what it asks."""

    def __init__(self, **sections: Any) -> None:
        self.bus, self.clock = EventBus(), ManualClock()
        config = VoiceGatewaySchema.model_validate(sections)
        self.gateway = SimpleNamespace(config=config, keys=FakeKeys(self.bus), bus=self.bus)
        self.secrets = ClientSecrets(self.bus, self.clock)
        door = SimpleNamespace(lets_in=lambda port, token: port == DOOR_PORT and token == "door's")
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


async def test_a_key_has_at_most_4096_characters() -> None:
    desk = Desk(**of_file("k" * 4096, "k" * 4097))
    assert (await desk.auth.identify(bearer("k" * 4096))).key_id == "config:kkkkkkkkk"
    assert (await desk.auth.verify("k" * 4096)).key_id == "config:kkkkkkkkk"
    await desk.refused(bearer("k" * 4097))
    with pytest.raises(Unauthorized):
        await desk.auth.verify("k" * 4097)


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


class Socket:
    """A WebSocket whose polite close takes `seconds`, or fails."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error
        self.given_up = False
        self.closes: list[tuple[int, bytes]] = []

    async def close(self, *, code: int, message: bytes) -> None:
        self.closes.append((code, message))
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up = True
            raise
        if self.error is not None:
            raise self.error


class Opened:
    """Streams, and one request for each name."""

    def __init__(self) -> None:
        self.bus = EventBus()
        self.streams = OpenStreams(self.bus)
        self.wires: dict[str, Wire] = {}
        self.requests: dict[str, web.Request] = {}

    def open(self, name: str, key: str | None, ws: Socket | None = None) -> None:
        self.wires[name] = Wire()
        self.requests[name] = request(wire=self.wires[name])
        self.streams.add(self.requests[name], key)
        if ws is not None:
            self.streams.websocket(self.requests[name], cast(Any, ws))

    def done(self, name: str, key: str | None) -> None:
        self.streams.remove(self.requests[name], key)

    @property
    def cut(self) -> set[str]:
        return {name for name, wire in self.wires.items() if wire.cut}


async def test_revoking_a_key_cuts_what_it_has_open_and_nothing_else() -> None:
    at = Opened()
    for name, key in (("one", "k"), ("two", "k"), ("over", "k"), ("other", "o"), ("nobody's", None)):
        at.open(name, key)
    assert at.streams.count == 4
    at.done("over", "k")
    at.done("over", "k")
    at.done("nobody's", None)
    assert at.streams.count == 3
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == {"one", "two"}
    for name, key in (("one", "k"), ("two", "k"), ("other", "o")):
        at.done(name, key)
    assert at.streams.count == 0
    at.bus.publish(KeyRevoked("o"))
    assert at.cut == {"one", "two"}


async def test_a_connection_that_is_gone_needs_no_cut() -> None:
    at = Opened()
    at.open("gone", "k")
    cast(Any, at.requests["gone"].protocol).transport = None
    at.open("there", "k")
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == {"there"}


@in_virtual_time
async def test_stopping_a_request_that_has_ended_leaves_the_connection_that_carried_it() -> None:
    at = Opened()
    at.open("carrier", None)
    for name in ("one", "two"):
        at.bus.publish(RequestStarted(name, "llm", "llamacpp/m", "default", "openai"))
    at.bus.publish(RequestFinished(SimpleNamespace(id="one")))
    at.bus.publish(StopRequested(("one",)))
    await asyncio.sleep(STOP_WAIT + 0.01)
    assert at.cut == set()
    at.bus.publish(StopRequested(("two",)))
    assert at.cut == set(), "its wire tells the client first"
    await asyncio.sleep(STOP_WAIT + 0.01)
    assert at.cut == {"carrier"}


@in_virtual_time
async def test_a_websocket_is_closed_politely_and_cut_soon_after() -> None:
    at = Opened()
    sockets = {"quick": Socket(), "silent": Socket(60), "broken": Socket(error=ConnectionResetError())}
    for name, ws in sockets.items():
        at.open(name, "k", ws)
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == set()
    assert len(at.streams._closing) == 3, "a task without a reference may be collected before it has run"
    await asyncio.sleep(0.02)
    assert at.cut == {"quick", "broken"}
    await asyncio.sleep(0.02)
    assert at.cut == {"quick", "broken", "silent"}
    for ws in sockets.values():
        assert ws.closes == [(1008, b"key revoked")]
    assert not at.streams._closing, "what is closed is not kept"


@in_virtual_time
async def test_a_websocket_whose_request_a_person_stops_is_closed_politely() -> None:
    at, ws = Opened(), Socket()
    at.open("ws", None, ws)
    at.bus.publish(RequestStarted("one", "stt", "whisper/base", "default", "openai"))
    at.bus.publish(StopRequested(("one",)))
    await asyncio.sleep(0.01)
    assert ws.closes == [(1008, b"stopped by a person")]
    assert at.cut == {"ws"}


@in_virtual_time
async def test_a_websocket_that_has_ended_is_forgotten() -> None:
    at, ws = Opened(), Socket()
    at.open("ws", "k", ws)
    at.done("ws", "k")
    at.bus.publish(KeyRevoked("k"))
    await at.streams.end(1.0)
    assert ws.closes == []


class Handlers:
    """Handlers that run for so many seconds each, and how each ended after how long."""

    def __init__(self, at: Opened, farewell: float = 0.0) -> None:
        self.at, self.farewell = at, farewell
        self.ended: dict[str, tuple[str, float]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, **seconds: float) -> None:
        self.tasks = [asyncio.ensure_future(self._handle(name, each)) for name, each in seconds.items()]
        await asyncio.sleep(0)

    async def _handle(self, name: str, seconds: float) -> None:
        loop, how = asyncio.get_running_loop(), "answered"
        self.at.open(name, None)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            how = "cancelled"
            await asyncio.sleep(self.farewell)
        finally:
            self.at.done(name, None)
            self.ended[name] = (how, round(loop.time(), 3))


@in_virtual_time
async def test_the_end_waits_for_answers_and_cancels_what_takes_longer() -> None:
    at = Opened()
    handlers = Handlers(at, farewell=0.5)
    await handlers.begin(short=0.7, long=60)
    await at.streams.end(1.0)
    assert handlers.ended == {"short": ("answered", 0.7), "long": ("cancelled", 1.5)}
    assert asyncio.get_running_loop().time() == pytest.approx(1.5)


@in_virtual_time
async def test_the_end_does_not_wait_for_ever_for_a_handler_that_says_farewell() -> None:
    at = Opened()
    handlers = Handlers(at, farewell=60)
    await handlers.begin(stubborn=60)
    await at.streams.end(1.0)
    assert (handlers.ended, asyncio.get_running_loop().time()) == ({}, pytest.approx(2.0))
    for task in handlers.tasks:
        task.cancel()
    await asyncio.gather(*handlers.tasks, return_exceptions=True)


@in_virtual_time
async def test_the_end_closes_websockets_and_no_key_is_looked_at_any_more() -> None:
    at, quick, silent = Opened(), Socket(), Socket(60)

    async def serve(name: str, ws: Socket) -> None:
        at.open(name, "k", ws)
        await asyncio.get_running_loop().create_future()

    served = [asyncio.ensure_future(serve("quick", quick)), asyncio.ensure_future(serve("silent", silent))]
    await asyncio.sleep(0)
    await at.streams.end(1.0)
    assert quick.closes == silent.closes == [(1001, b"the gateway stops")]
    assert [task.cancelled() for task in served] == [True, True]
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)
    assert (quick.given_up, silent.given_up) == (False, True)
    at.bus.publish(KeyRevoked("k"))
    await asyncio.sleep(0.05)
    assert at.cut == set()


@in_virtual_time
async def test_the_end_of_nothing_is_at_once() -> None:
    await Opened().streams.end(1.0)
    assert asyncio.get_running_loop().time() == 0
