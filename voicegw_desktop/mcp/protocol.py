"""The Model Context Protocol, server side: JSON-RPC messages in, answers out, the tools given from outside.

By hand: the `mcp` package brings its own web server and models for every message into the app's memory.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voicegw_desktop.core.errors import VoiceGatewayError, did_you_mean
from voicegw_desktop.core.text import loads, printable
from voicegw_desktop.core.typed import Record, is_record
from voicegw_desktop.mcp import envelope
from voicegw_desktop.mcp.envelope import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    OLDER_VERSIONS,
    PARSE_ERROR,
    VERSIONS,
    Refused,
)

log = logging.getLogger(__name__)

MAX_MESSAGE = 4 * 1024 * 1024  # bytes
CAPABILITIES: Record = {"tools": {"listChanged": False}}
INSTRUCTIONS = (
    "Read and change the state of the local voice gateway: health, costs, latency, models, engines, projects."
    " The delete tools preview first and act with confirm=true."
)


@dataclass(frozen=True, slots=True)
class Tool:
    """One operation as a tool."""

    name: str
    description: str
    schema: Mapping[str, object]
    """JSON schema of the arguments, an object."""
    call: Callable[[Record], Awaitable[object]]
    """Takes the arguments; gives something JSON can hold; raises VoiceGatewayError with a sentence."""
    read_only: bool = True
    destructive: bool = False

    def listed(self) -> Record:
        """The tool as `tools/list` shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": dict(self.schema),
            "annotations": {"readOnlyHint": self.read_only, "destructiveHint": self.destructive},
        }


Headers = Mapping[str, Sequence[str]]
"""The values that came under each header of `envelope`."""

FRESH = 300_000
"""ms for which a client may keep what this server says of itself."""


@dataclass
class McpServer:
    """Answers one message at a time; stateless between them, so that one server serves every client."""

    tools: Sequence[Tool]
    version: str
    """The program's, for `serverInfo`."""
    dumps: Callable[[object], str] = json.dumps
    refused: Mapping[str, str] = field(default_factory=dict)
    """Tools that exist and that this client may not call, each with the reason as a sentence."""

    async def handle_raw(self, raw: bytes | str) -> str | None:
        """One message as text, without headers; None when nothing is to be said (a notification)."""
        answer = await self.handle(self.read(raw))
        return None if answer is None else self.dumps(answer)

    @staticmethod
    def read(raw: bytes | str) -> object:
        """The message in a text; a Refused when it holds no JSON."""
        try:
            return loads(raw)
        except (ValueError, RecursionError) as e:
            return Refused(PARSE_ERROR, f"The message is not JSON: {str(e)[:120]}.")

    async def handle(self, message: object, headers: Headers | None = None) -> Record | None:
        """One message as `read` gives it; `headers` of the request that brought it, None where there are none."""
        if isinstance(message, Refused):
            return failure(None, message.code, message.message)
        if not is_record(message) or message.get("jsonrpc") != "2.0":
            return failure(None, INVALID_REQUEST, 'A message must be a JSON-RPC object with "jsonrpc": "2.0".')
        identity = message.get("id")
        if "method" not in message:
            # an answer to a request, which this server never sends
            return (
                None
                if "result" in message or "error" in message
                else failure(None, INVALID_REQUEST, "`method` is missing.")
            )
        if "id" not in message:
            return _unspoken(headers)
        if isinstance(identity, bool) or not isinstance(identity, str | int | float):
            return failure(None, INVALID_REQUEST, "`id` must be text or a number.")
        method, params = message["method"], message.get("params", {})
        try:
            if not isinstance(method, str):
                raise Refused(INVALID_REQUEST, "`method` must be text.")
            if not is_record(params):
                raise Refused(INVALID_PARAMS, "`params` must be an object.")
            if stands_alone(message, headers) and method != "initialize":
                envelope.check(method, params, headers)
                result = await self._answer_alone(method, params)
            else:
                result = await self._answer(method, params)
        except Refused as e:
            return failure(identity, e.code, e.message, e.data)
        except Exception:
            log.exception("MCP %s failed", str(method)[:80])
            return failure(identity, INTERNAL_ERROR, "The gateway failed on this call; its log says why.")
        return {"jsonrpc": "2.0", "id": identity, "result": result}

    async def _answer(self, method: str, params: Record) -> Record:
        match method:
            case "initialize":
                return self._initialize(params)
            case "ping":
                return {}
            case "tools/list":
                return {"tools": [t.listed() for t in self.tools]}
            case "tools/call":
                return await self._call(params)
        raise _no_method(method)

    async def _answer_alone(self, method: str, params: Record) -> Record:
        """The answer to a request of 2026-07-28, which has no `initialize` and no `ping`."""
        match method:
            case "server/discover":
                # the discovery answer is the same for every key; the list of tools is not
                found: Record = {
                    "supportedVersions": list(VERSIONS),
                    "capabilities": CAPABILITIES,
                    "instructions": INSTRUCTIONS,
                    "ttlMs": FRESH,
                    "cacheScope": "public",
                }
            case "tools/list":
                found = {**await self._answer(method, params), "ttlMs": FRESH, "cacheScope": "private"}
            case "tools/call":
                found = await self._call(params)
            case _:
                raise _no_method(method)
        return {"resultType": "complete", **found, "_meta": {envelope.SERVER_INFO: self._info()}}

    def _initialize(self, params: Record) -> Record:
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in OLDER_VERSIONS else OLDER_VERSIONS[0],
            "capabilities": CAPABILITIES,
            "serverInfo": self._info(),
            "instructions": INSTRUCTIONS,
        }

    def _info(self) -> Record:
        return {"name": "voicegateway", "title": "VoiceGateway Desktop", "version": self.version}

    async def _call(self, params: Record) -> Record:
        name, arguments = params.get("name"), params.get("arguments") or {}
        visible = {t.name: t for t in self.tools}
        if isinstance(name, str) and name in self.refused:
            raise Refused(INVALID_PARAMS, self.refused[name])
        if not isinstance(name, str) or name not in visible:
            shown = str(name)[:80]
            raise Refused(INVALID_PARAMS, f'There is no tool "{shown}".{did_you_mean(shown, visible)}')
        if not is_record(arguments):
            raise Refused(INVALID_PARAMS, "`arguments` must be an object.")
        tool = visible[name]
        try:
            result = await tool.call(arguments)
        except VoiceGatewayError as e:
            # the model should read what went wrong and try again: a result, not a protocol error
            return {"content": [{"type": "text", "text": printable(e.message, lines=True)}], "isError": True}
        said = self.dumps(result)
        found: Record = {"content": [{"type": "text", "text": said}], "isError": False}
        if isinstance(result, dict):
            found["structuredContent"] = json.loads(said)
        return found


def stands_alone(message: object, headers: Headers | None = None) -> bool:
    """True for a request of 2026-07-28 or of a version after it, told by its envelope or by its header."""
    if headers is not None and any(said not in OLDER_VERSIONS for said in headers.get(envelope.VERSION_HEADER, ())):
        return True
    params = message.get("params") if is_record(message) else None
    return is_record(params) and envelope.is_enveloped(params)


def _unspoken(headers: Headers | None) -> Record | None:
    """Nothing is said to a notification, unless its header names a version that is not spoken."""
    for version in (headers or {}).get(envelope.VERSION_HEADER, ()):
        if version not in VERSIONS:
            refused = envelope.unsupported(version)
            return failure(None, refused.code, refused.message, refused.data)
    return None


def _no_method(method: str) -> Refused:
    return Refused(METHOD_NOT_FOUND, f'There is no method "{method[:80]}".')


def failure(identity: object, code: int, message: str, data: Record | None = None) -> Record:
    """A JSON-RPC error answer."""
    error: Record = {"code": code, "message": message}
    return {"jsonrpc": "2.0", "id": identity, "error": error if data is None else {**error, "data": data}}
