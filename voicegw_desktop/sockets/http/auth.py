"""Authenticates callers: gateway keys, LiveKit tokens, keys in the file, the unix socket's own user."""

from __future__ import annotations

import dataclasses
import hmac
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from voicegw_desktop.config.file_keys import file_key_id
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.control import TokenDoor
from voicegw_desktop.core.errors import Forbidden, Unauthorized
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.core.text import check_label
from voicegw_desktop.sockets.http.browser_keys import SECRET_PREFIX, ClientSecrets, subprotocol_key
from voicegw_desktop.sockets.http.guards import from_loopback, local_port, over_unix, same_user
from voicegw_desktop.sockets.http.livekit_token import issuer_of, looks_like_token

if TYPE_CHECKING:
    from voicegw_desktop.config.schema import ApiKeyConfig
    from voicegw_desktop.secrets.keys import KeyInfo
    from voicegw_desktop.sockets.http.streams import OpenStreams
    from voicegw_desktop.sockets.ports import SocketGateway

TOKEN_LIMIT = 4096  # characters of a bearer token

INFERENCE = "inference"
"""Scope: may ask for speech, text and chat, and read the model list."""
READ = "read"
"""Scope: may read status, costs, logs: of the key's own project when it has one."""
WRITE = "write"
"""Scope: may change providers, models, projects, routes."""
ADMIN = "admin"
"""Scope: may mint and revoke keys, stop the gateway; holds every other."""
EVERYTHING = frozenset({INFERENCE, READ, WRITE, ADMIN})

SESSION_HEADERS = ("X-VoiceGW-Session", "X-LiveKit-Room-ID", "X-LiveKit-Job-ID")
"""What names a caller's session, best first."""

SECRET_OPENS = re.compile(r"(?:/v1)*/realtime/?")
"""The one route that a client secret opens."""

_BAD_KEY = "The key is not valid here; copy one from the tray, or `voicegw keys show` prints one."


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """What a valid key, token or local user may do."""

    project: str | None
    """None: the default project, or the one the caller names."""
    key_id: str | None
    scopes: frozenset[str] = EVERYTHING
    session: Mapping[str, Any] | None = None
    """What a client secret sets in the one session that it opens."""


class Identifier(Protocol):
    """Authenticates callers."""

    async def identify(self, request: web.Request) -> Credential:
        """Let the caller in, or raise Unauthorized."""
        ...


class Authenticator:
    """Turns a request into a Credential; raises Unauthorized.

    `gateway` offers `config.auth.api_keys`, `config.serve`, `config.default_project`, `paths` and `keys` with
    `verify_bearer(token) -> KeyInfo | None` and `livekit_secret(key_id) -> str | None`. `door`: the control channel
    where there is no unix socket.
    """

    def __init__(self, gateway: SocketGateway, clock: Clock, door: TokenDoor, client_secrets: ClientSecrets) -> None:
        self._gateway = gateway
        self._secrets = client_secrets
        self._door = door
        self._clock = clock
        self._worth: dict[str, tuple[KeyInfo, Credential]] = {}
        """What each key was worth, for as long as nothing about it is changed."""

    async def identify(self, request: web.Request) -> Credential:
        """Let the caller in, or raise Unauthorized."""
        if over_unix(request):
            if not same_user(request):
                raise Unauthorized("The unix socket is for the user who runs the gateway.")
            return Credential(None, None)
        token = presented_token(request)
        # most programs have a unix socket and not this port
        if self._door.port is not None and self._door.lets_in(local_port(request), token):
            return Credential(None, None)
        if token is None:
            if self._keyless(request):
                return Credential(None, None)
            raise Unauthorized(
                "This gateway requires a key: send `Authorization: Bearer <key>`;"
                " copy one from the tray, or `voicegw keys show` prints one.",
                code="missing_api_key",
            )
        if token.startswith(SECRET_PREFIX):
            return self._of_secret(request, token)
        credential = await self._verify(token)
        if credential is not None:
            return credential
        if self._keyless(request):
            # clients that insist on a key send any word
            return Credential(None, None)
        raise Unauthorized(_BAD_KEY)

    def _keyless(self, request: web.Request) -> bool:
        return self._gateway.config.serve.keyless_loopback and from_loopback(request)

    async def verify(self, token: str) -> Credential:
        """The credential of a key that came after the handshake; raises Unauthorized."""
        credential = await self._verify(token) if len(token) <= TOKEN_LIMIT else None
        if credential is None:
            raise Unauthorized(_BAD_KEY)
        return credential

    def _of_secret(self, request: web.Request, secret: str) -> Credential:
        if SECRET_OPENS.fullmatch(request.path) is None:
            raise Unauthorized("A client secret opens one Realtime session and nothing else.")
        granted = self._secrets.take(secret)
        if granted is None:
            raise Unauthorized("This client secret was used before, is over a minute old, or its key was revoked.")
        return Credential(granted.project, granted.key_id, frozenset({INFERENCE}), granted.session)

    async def _verify(self, token: str) -> Credential | None:
        if looks_like_token(token):
            return await self._verify_livekit(token)
        found: ApiKeyConfig | None = None
        if entries := self._gateway.config.auth.api_keys:
            given = token.encode("utf-8", "surrogateescape")
            for entry in entries:
                # every entry is compared, so that the time taken does not tell which one was near
                if entry.token and hmac.compare_digest(entry.token.encode(), given):
                    found = entry
        if found is not None:
            key_id = file_key_id(found, entries, self._gateway.paths.config)
            return Credential(found.project, key_id, _scopes(found.scopes))
        info = self._gateway.keys.verify_bearer(token)
        return self._credential(info) if info is not None else None

    def _credential(self, info: KeyInfo) -> Credential:
        before = self._worth.get(info.id)
        if before is not None and before[0] is info:
            return before[1]
        made = Credential(info.project, info.id, _scopes(info.scopes))
        self._worth[info.id] = info, made
        return made

    async def _verify_livekit(self, token: str) -> Credential | None:
        issuer = await issuer_of(token, self._gateway.keys.livekit_secret, self._clock.time())
        if issuer is None:
            return None
        info = self._gateway.keys.info(issuer)
        return Credential(info.project if info is not None else None, issuer, frozenset({INFERENCE}))


def presented_token(request: web.BaseRequest) -> str | None:
    """The key in the headers: `Authorization: Bearer` or `Token`, `xi-api-key`, `x-api-key`, or the subprotocols of a
    WebSocket. Never one in the URL."""
    values = request.headers.getall("Authorization", [])
    if len(values) > 1:
        raise Unauthorized("More than one Authorization header.", code="invalid_request")
    token = ""
    if values:
        scheme, _, rest = values[0].strip().partition(" ")
        if scheme.lower() not in ("bearer", "token"):
            raise Unauthorized("Authorization must be `Bearer <key>`.", code="invalid_request")
        token = rest.strip()
    for name in ("xi-api-key", "x-api-key"):
        token = token or request.headers.get(name, "").strip()
    token = token or subprotocol_key(request)
    if len(token) > TOKEN_LIMIT:
        raise Unauthorized(_BAD_KEY)
    return token or None


def _scopes(given: Any) -> frozenset[str]:
    wanted = frozenset(str(s) for s in given or ())
    if not wanted or "*" in wanted:
        return EVERYTHING
    named = {ADMIN: EVERYTHING, WRITE: {READ, WRITE}, READ: {READ}, INFERENCE: {INFERENCE}}
    result: set[str] = set()
    for scope in wanted:
        result |= named.get(scope, set())
    return frozenset(result)


# -- what a handler asks --------------------------------------------------------------------------------------------

_CREDENTIAL = web.RequestKey("voicegw.credential", Credential)
_DEFAULT_PROJECT = web.RequestKey("voicegw.default_project", str)
_AUTHENTICATOR = web.RequestKey("voicegw.authenticator", Authenticator)


def attach(request: web.Request, credential: Credential, default_project: str) -> None:
    """Store the credential on the request."""
    request[_CREDENTIAL] = credential
    request[_DEFAULT_PROJECT] = default_project


def expect_key(request: web.Request, authenticator: Authenticator, default_project: str) -> None:
    """Remember that the key comes with the first message."""
    request[_AUTHENTICATOR] = authenticator
    request[_DEFAULT_PROJECT] = default_project


def key_follows(request: web.Request) -> bool:
    """Whether the caller is still to send its key, in the first message."""
    return _CREDENTIAL not in request


async def let_in(request: web.Request, token: str, streams: OpenStreams) -> None:
    """Attach the credential of a first message's key; raises Unauthorized, or RateLimitExceeded (see OpenStreams)."""
    credential = await request[_AUTHENTICATOR].verify(token)
    streams.identified(request, credential.key_id)
    attach(request, credential, request[_DEFAULT_PROJECT])


def open_to_all(request: web.Request) -> bool:
    """Whether the request was let in without a look at its key."""
    return _DEFAULT_PROJECT not in request


def key_of(request: web.Request) -> str | None:
    """The id of the key that let the caller in."""
    credential = request.get(_CREDENTIAL)
    return credential.key_id if credential is not None else None


def granted_session(request: web.Request) -> Mapping[str, Any] | None:
    """The session settings of a client secret; None for every other key."""
    return request[_CREDENTIAL].session


def caller(request: web.Request, wire: str) -> Caller:
    """The caller, for the corridor; `wire` is the protocol of the route."""
    credential = request[_CREDENTIAL]
    headers = request.headers
    project = credential.project
    if project is None:
        # only a caller without a project of its own may name one: the local user, or a key that is not bound
        project = _label(headers, "X-VoiceGW-Project") or request[_DEFAULT_PROJECT]
    session = None
    for name in SESSION_HEADERS:
        if name in headers and (session := _label(headers, name)):
            break
    agent = headers.get("User-Agent")
    return Caller(
        project=project,
        wire=wire,
        key_id=credential.key_id,
        session=session,
        agent=agent[:64] if agent else None,
        peer=request.remote or None,
    )


def _label(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return check_label(value, name) if value else None


def require(request: web.Request, scope: str, what: str | None = None) -> None:
    """Raise Forbidden unless the caller's credential carries `scope`; `what` needs it, or the whole call."""
    has = request[_CREDENTIAL].scopes
    if scope not in has:
        asked = what or f"{request.method} {request.path[:80]}"
        raise Forbidden(missing_scope(asked, scope, has), code="missing_scope")


def missing_scope(what: str, scope: str, has: Collection[str]) -> str:
    """The sentence for a call that its key may not make."""
    return f'{what} needs the scope "{scope}", and this key has {" and ".join(sorted(has)) or "none"}.'


def only_project(request: web.Request) -> str | None:
    """The one project the caller may see; None for a caller without a project of its own, and for `admin`."""
    credential = request[_CREDENTIAL]
    # a key that may mint keys for every project could see it anyway
    return None if ADMIN in credential.scopes else credential.project


def scopes(request: web.Request) -> frozenset[str]:
    """What the caller's credential allows."""
    return request[_CREDENTIAL].scopes
