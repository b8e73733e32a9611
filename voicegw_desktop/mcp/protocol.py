"""The Model Context Protocol, server side: JSON-RPC messages in, answers out, the tools given from outside.

By hand: the `mcp` package brings its own web server and models for every message into the app's memory.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.errors import VoiceGatewayError, did_you_mean
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import Record

log = logging.getLogger(__name__)

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Protocol versions spoken, newest first."""

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
)
MAX_MESSAGE = 4 * 1024 * 1024  # bytes


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
        """As `tools/list` shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": dict(self.schema),
            "annotations": {"readOnlyHint": self.read_only, "destructiveHint": self.destructive},
        }


class _Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class McpServer:
    """Answers one message at a time; stateless between them, so that one server serves every client."""

    tools: Sequence[Tool]
    version: str
    """The program's, for `serverInfo`."""
    dumps: Callable[[Any], str] = json.dumps
    refused: Mapping[str, str] = field(default_factory=dict)
    """Tools that exist and that this client may not call, each with the reason as a sentence."""

    async def handle_raw(self, raw: bytes | str) -> str | None:
        """One message as text; None when nothing is to be said (a notification)."""
        try:
            message = loads(raw)
        except (ValueError, RecursionError) as e:
            return json.dumps(failure(None, PARSE_ERROR, f"The message is not JSON: {str(e)[:120]}."))
        answer = await self.handle(message)
        return None if answer is None else self.dumps(answer)

    async def handle(self, message: Any) -> Record | None:
        """One parsed message."""
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return failure(None, INVALID_REQUEST, 'A message must be a JSON-RPC object with "jsonrpc": "2.0".')
        identity = message.get("id")
        if "method" not in message:
            # an answer to something this server never asks
            return (
                None
                if "result" in message or "error" in message
                else failure(None, INVALID_REQUEST, "`method` is missing.")
            )
        if "id" not in message:
            return None
        if isinstance(identity, bool) or not isinstance(identity, str | int | float):
            return failure(None, INVALID_REQUEST, "`id` must be text or a number.")
        method, params = message["method"], message.get("params", {})
        try:
            if not isinstance(method, str):
                raise _Refused(INVALID_REQUEST, "`method` must be text.")
            if not isinstance(params, dict):
                raise _Refused(INVALID_PARAMS, "`params` must be an object.")
            result = await self._answer(method, params)
        except _Refused as e:
            return failure(identity, e.code, e.message)
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
        raise _Refused(METHOD_NOT_FOUND, f'There is no method "{method[:80]}".')

    def _initialize(self, params: Record) -> Record:
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "voicegateway", "title": "VoiceGateway Desktop", "version": self.version},
            "instructions": "See and steer the local voice gateway: health, costs, latency, models, engines,"
            " projects. The delete tools preview first and act with confirm=true.",
        }

    async def _call(self, params: Record) -> Record:
        name, arguments = params.get("name"), params.get("arguments") or {}
        visible = {t.name: t for t in self.tools}
        if isinstance(name, str) and name in self.refused:
            raise _Refused(INVALID_PARAMS, self.refused[name])
        if not isinstance(name, str) or name not in visible:
            shown = str(name)[:80]
            raise _Refused(INVALID_PARAMS, f'There is no tool "{shown}".{did_you_mean(shown, visible)}')
        if not isinstance(arguments, dict):
            raise _Refused(INVALID_PARAMS, "`arguments` must be an object.")
        tool = visible[name]
        try:
            result = await tool.call(arguments)
        except VoiceGatewayError as e:
            # the model should read what went wrong and try again: a result, not a protocol error
            return {"content": [{"type": "text", "text": e.message}], "isError": True}
        text = self.dumps(result)
        found: Record = {"content": [{"type": "text", "text": text}], "isError": False}
        if isinstance(result, dict):
            found["structuredContent"] = json.loads(text)
        return found


def failure(identity: Any, code: int, message: str) -> Record:
    """A JSON-RPC error answer."""
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}}
