"""Every operation of the gateway at its own method and path."""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from voicegw_desktop.gateway.operations import OPERATIONS, Operation, run
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.guards import over_unix
from voicegw_desktop.sockets.operations.ops import dumps

SERVED_ELSEWHERE = frozenset({("GET", "/health"), ("GET", "/v1/models")})
"""Operations that another module answers in a form more readers understand."""
EARLIER_PATHS = {"/v1/reconcile": "audit_books"}
"""Paths of an earlier version, which answer for one release more."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """What `gateway.operations` lists, and its paths of an earlier version."""
    at = [(path, OPERATIONS[name]) for path, name in EARLIER_PATHS.items()]
    at += [(op.path, op) for op in OPERATIONS.values() if (op.method, op.path) not in SERVED_ELSEWHERE]
    return [web.route(op.method, path, _Operation(context, op).handle) for path, op in at]


class _Operation:
    """One operation at its own method and path: parameters from the path, the query and a JSON body."""

    def __init__(self, context: SocketContext, op: Operation) -> None:
        self._context = context
        self._op = op
        self._scope = scope_of(op)

    async def handle(self, request: web.Request) -> web.Response:
        auth.require(request, self._scope)
        given: dict[str, object] = {}
        if request.can_read_body:
            given |= await read_json(request, self._context.limits)
        for name in request.query:
            given[name] = ",".join(request.query.getall(name))
        given |= request.match_info
        if (limit := for_admin(self._op, given)) is not None:
            auth.require(request, auth.ADMIN, f'"{limit}" of {self._op.name}')
        answer = await run(
            self._context.operated, self._op.name, given, source=_source(request), only=auth.only_project(request)
        )
        return web.Response(text=dumps(answer), content_type="application/json")


def _source(request: web.Request) -> str:
    """The source of the call, for the audit log; only calls over the unix socket may come from the command line."""
    return "cli" if over_unix(request) and request.headers.get("X-VoiceGW-Source") == "cli" else "api"


FOR_ADMIN = (
    "/v1/keys", "/v1/secrets", "/v1/sound", "/v1/settings", "/v1/storage", "/v1/import", "/v1/prices", "/v1/budgets",
)  # fmt: skip
"""Operations on access, secrets, the microphone, connections of other machines, files of this machine, and limits of
money: a price of 0 or a higher limit would lift a budget."""
REVOKING = "delete_project"
"""The operation that removes keys and a budget."""


def scope_of(op: Operation) -> str:
    """Which scope a key needs for an operation: what reaches beyond requests and their routes is for `admin` alone."""
    if op.read_only:
        return auth.READ
    return auth.ADMIN if op.path.startswith(FOR_ADMIN) or op.name == REVOKING else auth.WRITE


def for_admin(op: Operation, given: Collection[str]) -> str | None:
    """The first given parameter that only `admin` may give; None: there is none."""
    return next((param.name for param in op.params if param.admin and param.name in given), None)
