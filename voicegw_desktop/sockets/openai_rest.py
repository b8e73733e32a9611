"""OpenAI's text routes: chat, completions, responses, embeddings by bytes, and the model list."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.sockets import auth
from voicegw_desktop.sockets.keep_alive import keep_alive_of
from voicegw_desktop.sockets.limits import read_json
from voicegw_desktop.sockets.served import closing_comment, headers_of
from voicegw_desktop.sockets.server import SocketContext
from voicegw_desktop.sockets.sse import KEEPALIVE, open_sse, send_error

log = logging.getLogger(__name__)

PASSED_HEADERS = ("content-type", "retry-after", "openai-processing-ms", "openai-model", "openai-version")
"""Upstream answer headers a client may see; rate limits of our keys are not its business."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/chat/completions, /v1/completions, /v1/responses, /v1/embeddings; GET /v1/models."""
    return [
        web.post("/v1/chat/completions", _Passed(context, "/chat/completions", _check_chat).handle),
        web.post("/v1/completions", _Passed(context, "/completions", _check_prompt).handle),
        web.post("/v1/responses", _Passed(context, "/responses", _check_any).handle),
        web.post("/v1/embeddings", _Passed(context, "/embeddings", _check_input).handle),
        web.get("/v1/models", _Models(context).every),
        web.get("/v1/models/{id:.+}", _Models(context).one),
    ]


class _Passed:
    """One route whose body goes to an upstream almost as it came, and whose answer comes back by bytes."""

    def __init__(self, context: SocketContext, path: str, check: Any) -> None:
        self._context = context
        self._path = path
        self._check = check

    async def handle(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        model = body.get("model")
        if not isinstance(model, str) or not model.strip():
            raise BadRequest(
                '`model` is missing; give a name from GET /v1/models, as in "llamacpp/smollm2-135m".',
                param="model",
                code="missing_model",
            )
        self._check(body)
        stay = keep_alive_of(request, body.get("keep_alive"))
        if stay is not None:
            # every backend takes it out again before the model sees the request
            body["keep_alive"] = stay
        opening = asyncio.ensure_future(
            self._context.gateway.corridor.chat(
                auth.caller(request), model, body, path=self._path, headers=_asked_headers(request.headers)
            )
        )
        try:
            if body.get("stream") is True:
                return await self._stream(request, opening)
            return await self._whole(await opening)
        except asyncio.CancelledError:
            await _abandon(opening)
            raise

    async def _whole(self, reply: Any) -> web.Response:
        try:
            data = await reply.read()
        finally:
            await reply.close()
        headers = {**_answer_headers(reply), **headers_of(reply)}
        return web.Response(body=data, status=reply.status, headers=headers)

    async def _stream(self, request: web.Request, opening: asyncio.Future[Any]) -> web.StreamResponse:
        limits = self._context.limits
        done, _ = await asyncio.wait({opening}, timeout=limits.chat_headers_after)
        if done:
            return await self._relay(request, opening.result(), None)
        # the model is loading: the client gets its headers now, so that its read timeout does not end the wait
        response = await open_sse(request, {})
        try:
            while not done:
                await response.write(KEEPALIVE)
                done, _ = await asyncio.wait({opening}, timeout=limits.sse_keepalive)
            reply = opening.result()
        except VoiceGatewayError as e:
            return await send_error(response, e.body())
        if reply.status >= 400:
            try:
                data = await reply.read()
            finally:
                await reply.close()
            await response.write(b"data: " + b" ".join(data.splitlines()) + b"\n\n")
            await response.write_eof()
            return response
        return await self._relay(request, reply, response)

    async def _relay(self, request: web.Request, reply: Any, response: web.StreamResponse | None) -> web.StreamResponse:
        try:
            if response is None:
                response = web.StreamResponse(
                    status=reply.status, headers={**_answer_headers(reply), **headers_of(reply)}
                )
                response.headers["X-Accel-Buffering"] = "no"
                await response.prepare(request)
            tail = b""
            try:
                async for chunk in reply:
                    await response.write(chunk)
                    tail = (tail + chunk)[-2:]
            except VoiceGatewayError as e:
                return await send_error(response, e.body())
            if response.content_type == "text/event-stream" and tail == b"\n\n":
                with suppress(ConnectionError):
                    await response.write(closing_comment(reply))
            await response.write_eof()
            return response
        finally:
            await reply.close()


async def _abandon(opening: asyncio.Future[Any]) -> None:
    """The client hung up: stop the upstream, whether or not it has answered yet."""
    if opening.done():
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close()
        return
    opening.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await opening


def _asked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Request headers worth passing on; never the caller's key."""
    wanted = ("openai-beta", "x-livekit-inference-provider", "x-livekit-inference-priority")
    return {name: headers[name] for name in wanted if name in headers}


def _answer_headers(reply: Any) -> dict[str, str]:
    return {name: reply.headers[name] for name in PASSED_HEADERS if name in reply.headers}


# -- checks: what every upstream would refuse too, so that the sentence is ours and no budget is reserved ------------


def _check_any(body: dict[str, Any]) -> None:
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise BadRequest("`stream` must be true or false.", param="stream", code="invalid_type")


def _check_chat(body: dict[str, Any]) -> None:
    _check_any(body)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("`messages` must be a list with at least one message.", param="messages", code="invalid_type")
    for i, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(
                f"`messages[{i}]` must be an object with a `role`.", param=f"messages[{i}]", code="invalid_type"
            )
        content = message.get("content")
        if content is not None and not isinstance(content, str | list):
            raise BadRequest(
                f"`messages[{i}].content` must be text or a list of parts.",
                param=f"messages[{i}].content",
                code="invalid_type",
            )
    for name, low, high in (("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadRequest(f"`{name}` must be a number from {low:g} to {high:g}.", param=name, code="invalid_value")
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise BadRequest(f"`{name}` must be a whole number above 0.", param=name, code="invalid_value")
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        raise BadRequest("`tools` must be a list.", param="tools", code="invalid_type")


def _check_prompt(body: dict[str, Any]) -> None:
    _check_any(body)
    if not isinstance(body.get("prompt", ""), str | list):
        raise BadRequest("`prompt` must be text or a list.", param="prompt", code="invalid_type")


def _check_input(body: dict[str, Any]) -> None:
    if not isinstance(body.get("input"), str | list) or body["input"] in ("", []):
        raise BadRequest("`input` must be text or a list of texts.", param="input", code="invalid_type")


# -- models ---------------------------------------------------------------------------------------------------------


class _Models:
    """The model list in OpenAI's form, with VoiceGateway's `models` beside it."""

    def __init__(self, context: SocketContext) -> None:
        self._gateway = context.gateway

    async def every(self, request: web.Request) -> web.Response:
        known = self._gateway.list_models()
        return web.json_response({"object": "list", "data": [_entry(m) for m in known], "models": known})

    async def one(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        data = [_entry(m) for m in self._gateway.list_models()]
        for model in data:
            if model["id"] == wanted:
                return web.json_response(model)
        raise NotFound(
            f'There is no model "{wanted[:80]}".{did_you_mean(wanted, (m["id"] for m in data))}',
            code="model_not_found",
            param="model",
        )


def _entry(model: Mapping[str, Any]) -> dict[str, Any]:
    name = str(model["id"])
    return {
        "id": name,
        "object": "model",
        "created": int(model.get("created") or 0),
        "owned_by": str(model.get("provider") or name.partition("/")[0]),
        **{k: v for k, v in model.items() if k not in ("id", "created")},
    }
