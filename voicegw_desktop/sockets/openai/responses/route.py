"""`/v1/responses`: every chat target answers it; OpenAI's own models answer it themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import STREAMED, Caller, ChatRunPort, Modality
from voicegw_desktop.core.typed import records
from voicegw_desktop.routing.backends import kind_of
from voicegw_desktop.sockets.chat.answer import pieces, refusal_of
from voicegw_desktop.sockets.chat.checks import check_any
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import closing_comment, headers_of
from voicegw_desktop.sockets.http.sse import PassedStream, encoded
from voicegw_desktop.sockets.openai.descriptor import DOOR
from voicegw_desktop.sockets.openai.responses.answer import Answer, new_id
from voicegw_desktop.sockets.openai.responses.request import messages_of, read
from voicegw_desktop.sockets.openai.responses.store import Store
from voicegw_desktop.sockets.openai.rest import NotServed, Passed, model_of

NATIVE = frozenset({"openai"})
"""Kinds of providers whose own Responses route is used."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/responses; GET, DELETE /v1/responses/{id}; GET /v1/responses/{id}/input_items."""
    door = _Responses(context)
    return [
        web.post("/v1/responses", door.create),
        web.get("/v1/responses/{id}", door.retrieve),
        web.delete("/v1/responses/{id}", door.delete),
        web.get("/v1/responses/{id}/input_items", door.input_items),
    ]


class _Responses:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._store = Store()
        self._passed = Passed(context, "/responses", check_any)

    def _answers_itself(self, model: str, caller: Caller) -> bool:
        """Whether the target has the whole of this route, with tools that run there."""
        gateway = self._context.gateway
        target = gateway.router.plan(Modality.LLM, model, caller).first
        return kind_of(gateway.config, target.provider, target.account) in NATIVE

    async def create(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        model = model_of(body)
        caller = auth.caller(request, DOOR.name)
        if self._answers_itself(model, caller) and not self._store.holds(body.get("previous_response_id")):
            # a fallback that took over may have the chat form only
            with contextlib.suppress(NotServed):
                return await self._passed.answer(request, dict(body))
        asked = read(body)
        before = self._store.before(caller, asked.previous)
        own = [{"id": new_id("msg"), **item} for item in self._store.referred(caller, asked.items)]
        chat = asked.chat(messages_of(before))
        if any(item["type"] == "item_reference" for item in asked.items):
            said = records(chat["messages"])
            chat["messages"] = [*said[: len(said) - len(asked.messages)], *messages_of(own)]
        options = replace(STREAMED, keep_alive=keep_alive_of(request, body.get("keep_alive")))
        answer = Answer(asked, model)

        def keep() -> None:
            if asked.stores and answer.response["status"] != "failed":
                self._store.keep(caller, answer.response, before, own)

        opening = self._context.gateway.corridor.chat(caller, model, chat, options=options)
        if body.get("stream") is True:
            return await self._stream(request, opening, answer, keep)
        run = await opening
        try:
            if run.status >= 400:
                return _refusal(run, await run.read())
            async for piece in pieces(run):
                list(answer.take(piece))
            list(answer.end())
        finally:
            await run.close()
        keep()
        return web.json_response(answer.response, headers=headers_of(run))

    async def _stream(
        self, request: web.Request, opening: Awaitable[ChatRunPort], answer: Answer, keep: Callable[[], None]
    ) -> web.StreamResponse:
        limits = self._context.limits
        stream = PassedStream(request, limits.chat_headers_after, limits.sse_keepalive)
        run: ChatRunPort | None = None
        try:
            run = await opening
            if run.status >= 400:
                data = await run.read()
                if not await stream.opened():
                    return _refusal(run, data)
                await stream.write(encoded(refusal_of(data, run.status).body(), "error"))
                return await stream.finish()
            await stream.begin_events(headers_of(run), answer.begin())
            try:
                async for piece in pieces(run):
                    await stream.send(answer.take(piece))
                await stream.send(answer.end())
            except VoiceGatewayError as error:
                await stream.send(answer.fail(error))
        except VoiceGatewayError as error:
            if not await stream.opened():
                raise
            return await stream.fail(error.body())
        finally:
            stream.rest()
            if run is not None:
                await run.close()
        keep()
        return await stream.finish(closing_comment(run))

    async def retrieve(self, request: web.Request) -> web.Response:
        auth.require(request, auth.INFERENCE)
        return web.json_response(self._store.get(auth.caller(request, DOOR.name), request.match_info["id"]).response)

    async def delete(self, request: web.Request) -> web.Response:
        auth.require(request, auth.INFERENCE)
        self._store.delete(auth.caller(request, DOOR.name), request.match_info["id"])
        return web.json_response({"id": request.match_info["id"], "object": "response", "deleted": True})

    async def input_items(self, request: web.Request) -> web.Response:
        auth.require(request, auth.INFERENCE)
        kept = self._store.get(auth.caller(request, DOOR.name), request.match_info["id"])
        whole = kept.items[: len(kept.items) - len(records(kept.response["output"]))]
        data = list(reversed(whole))
        ids = [item.get("id") for item in data]
        return web.json_response(
            {
                "object": "list",
                "data": data,
                "first_id": ids[0] if ids else None,
                "last_id": ids[-1] if ids else None,
                "has_more": False,
            }
        )


def _refusal(run: ChatRunPort, data: bytes) -> web.Response:
    """The upstream's own refusal, with its status."""
    kind = run.headers.get("content-type", "application/json")
    return web.Response(body=data, status=run.status, headers={"Content-Type": kind, **headers_of(run)})
