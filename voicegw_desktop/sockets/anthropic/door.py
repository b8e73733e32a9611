"""`/v1/messages` and `/v1/messages/count_tokens`, with errors in Anthropic's shape."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from aiohttp import web

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import STREAMED, ChatRunPort, Modality
from voicegw_desktop.core.typed import text
from voicegw_desktop.corridor.chat_usage import text_size, tokens_of
from voicegw_desktop.sockets.anthropic.answer import Answer, error_of
from voicegw_desktop.sockets.anthropic.request import chat_of, thinks
from voicegw_desktop.sockets.chat.answer import pieces, refusal_of
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import closing_comment, headers_of
from voicegw_desktop.sockets.http.sse import PassedStream
from voicegw_desktop.sockets.provider_form import ProviderForm

FORM = ProviderForm("anthropic")


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/messages, /v1/messages/count_tokens."""
    door = _Messages(context)
    return [
        web.post("/v1/messages", door.create),
        web.post("/v1/messages/count_tokens", door.count),
    ]


class _Messages:
    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def create(self, request: web.Request) -> web.StreamResponse:
        caller = FORM.caller_of(request)
        body = await read_json(request, self._context.limits)
        chat = chat_of(body)
        options = replace(STREAMED, keep_alive=keep_alive_of(request, body.get("keep_alive")))
        # names of Anthropic's own models are Anthropic's, unless an alias says otherwise
        named = model = text(chat["model"])
        if model.startswith("claude"):
            model = FORM.target_of(self._context.gateway, Modality.LLM, model)
        opening = self._context.gateway.corridor.chat(caller, model, chat, options=options)
        answer = Answer(named, thinks(body))
        if body.get("stream") is True:
            return await self._stream(request, opening, answer)
        run = await opening
        try:
            await _check(run)
            async for piece in pieces(run):
                list(answer.take(piece))
            list(answer.end())
        finally:
            await run.close()
        return web.json_response(answer.message, headers=headers_of(run))

    async def _stream(
        self, request: web.Request, opening: Awaitable[ChatRunPort], answer: Answer
    ) -> web.StreamResponse:
        limits = self._context.limits
        stream = PassedStream(request, limits.chat_headers_after, limits.sse_keepalive)
        run: ChatRunPort | None = None
        try:
            run = await opening
            await _check(run)
            await stream.begin_events(headers_of(run), answer.begin())
            async for piece in pieces(run):
                await stream.send(answer.take(piece))
            await stream.send(answer.end())
        except VoiceGatewayError as error:
            if not await stream.opened():
                raise
            await stream.send([error_of(error)])
        finally:
            stream.rest()
            if run is not None:
                await run.close()
        return await stream.finish(b"" if run is None else closing_comment(run))

    async def count(self, request: web.Request) -> web.Response:
        caller = FORM.caller_of(request)
        body = await read_json(request, self._context.limits)
        chat = chat_of(body, counted=True)
        self._context.gateway.router.check_modality(Modality.LLM, text(chat["model"]), caller.project)
        note = {"X-VoiceGW-Note": "input_tokens is estimated from the number of characters"}
        return web.json_response({"input_tokens": tokens_of(text_size(chat))}, headers=note)


async def _check(run: ChatRunPort) -> None:
    """Raise what the model's server refuses."""
    if run.status >= 400:
        raise refusal_of(await run.read(), run.status)
