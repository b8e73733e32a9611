"""`/v1/responses`: every chat target answers it; OpenAI's own models answer it themselves."""

from __future__ import annotations

import contextlib
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
from voicegw_desktop.sockets.http.sse import open_sse, patiently, send_event, send_typed
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
        opening = self._context.gateway.corridor.chat(caller, model, chat, options=options)
        if body.get("stream") is True:
            run, response = await patiently(request, opening, self._context.limits)
            if run is None:
                assert response is not None
                return response
        else:
            run, response = await opening, None
        try:
            if run.status >= 400:
                return await _refused(run, response)
            answer = Answer(asked, model)
            if body.get("stream") is True:
                response = response or await open_sse(request, headers_of(run))
                await self._stream(response, run, answer)
            else:
                async for piece in pieces(run):
                    list(answer.take(piece))
                list(answer.end())
        finally:
            await run.close()
        if asked.stores and answer.response["status"] != "failed":
            self._store.keep(caller, answer.response, before, own)
        if response is None:
            return web.json_response(answer.response, headers=headers_of(run))
        await response.write(closing_comment(run))
        await response.write_eof()
        return response

    @staticmethod
    async def _stream(response: web.StreamResponse, run: ChatRunPort, answer: Answer) -> None:
        await send_typed(response, answer.begin())
        try:
            async for piece in pieces(run):
                await send_typed(response, answer.take(piece))
            await send_typed(response, answer.end())
        except VoiceGatewayError as error:
            await send_typed(response, answer.fail(error))

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


async def _refused(run: ChatRunPort, response: web.StreamResponse | None) -> web.StreamResponse:
    """The upstream's own refusal, with its status while that can still be told."""
    data = await run.read()
    if response is None:
        kind = run.headers.get("content-type", "application/json")
        return web.Response(body=data, status=run.status, headers={"Content-Type": kind, **headers_of(run)})
    await send_event(response, refusal_of(data, run.status).body(), "error")
    await response.write_eof()
    return response
