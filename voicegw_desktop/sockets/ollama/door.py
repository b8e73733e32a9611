"""Ollama's routes below `/api`, with errors in Ollama's shape."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from aiohttp import web

from voicegw_desktop import __version__
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import STREAMED, Caller, ChatOptions
from voicegw_desktop.gateway.prewarm import hold_model
from voicegw_desktop.sockets.chat.answer import pieces, refusal_of
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import headers_of
from voicegw_desktop.sockets.ollama.answer import Answer, Line
from voicegw_desktop.sockets.ollama.descriptor import DOOR
from voicegw_desktop.sockets.ollama.models import Models
from voicegw_desktop.sockets.ollama.request import chat_of, embed_of, generate_of, model_of, shows_thoughts, streams

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
UNSERVED = (404, 405, 501)
"""How upstreams say that they make no embeddings."""
NDJSON = "application/x-ndjson"


class NoEmbeddings(VoiceGatewayError):
    """The target makes no embeddings."""

    status = 501
    type = "invalid_request_error"
    default_code = "not_served_by_target"


def routes(context: SocketContext) -> list[web.RouteDef]:
    """Ollama's routes; models are pulled, copied and removed by operations, not here."""
    door = _Ollama(context)
    return [
        web.get("/", _for_inference(door.alive)),
        web.get("/api/version", _for_inference(door.version)),
        web.get("/api/tags", _for_inference(door.tags)),
        web.get("/api/ps", _for_inference(door.running)),
        web.post("/api/show", _for_inference(door.show)),
        web.post("/api/chat", _for_inference(door.chat)),
        web.post("/api/generate", _for_inference(door.generate)),
        web.post("/api/embed", _for_inference(partial(door.embed, field="input"))),
        web.post("/api/embeddings", _for_inference(partial(door.embed, field="prompt"))),
    ]


def _for_inference(handler: Handler) -> Handler:
    """The handler, for keys with that scope."""

    async def handle(request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        return await handler(request)

    return handle


def _told(error: VoiceGatewayError) -> Line:
    return {"error": error.message, "code": error.code, "param": error.param}


class _Ollama:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._models = Models(context.gateway)

    # -- lists ------------------------------------------------------------------------------------------------------

    async def alive(self, request: web.Request) -> web.Response:
        return web.Response(text="Ollama is running")

    async def version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": __version__})

    async def tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": await self._models.tags()})

    async def running(self, request: web.Request) -> web.Response:
        return web.json_response({"models": await self._models.running()})

    async def show(self, request: web.Request) -> web.Response:
        body = await read_json(request, self._context.limits)
        return web.json_response(await self._models.show(model_of(body), auth.caller(request, DOOR.name)))

    # -- answers ----------------------------------------------------------------------------------------------------

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request, self._context.limits)
        return await self._answer(request, body, "/chat/completions", chat_of(body), chats=True)

    async def generate(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request, self._context.limits)
        path, chat = generate_of(body)
        return await self._answer(request, body, path, chat, chats=False)

    async def _answer(
        self, request: web.Request, body: dict[str, object], path: str, chat: dict[str, object], *, chats: bool
    ) -> web.StreamResponse:
        caller, streamed = auth.caller(request, DOOR.name), streams(body)
        stay = keep_alive_of(request, body.get("keep_alive"))
        asked = model_of(body)
        answer = Answer(asked, self._context.clock, chats=chats, thinks=shows_thoughts(body))
        model = self._models.known(asked)
        if "messages" not in chat and "prompt" not in chat:
            kept = await hold_model(self._context.gateway, caller, model, stay)
            return web.json_response(answer.nothing("load" if kept else "unload"))
        run = await self._context.gateway.corridor.chat(
            caller, model, chat, path=path, options=replace(STREAMED, keep_alive=stay)
        )
        response: web.StreamResponse | None = None
        try:
            if run.status >= 400:
                raise refusal_of(await run.read(), run.status)
            answer.answered()
            if not streamed:
                async for piece in pieces(run):
                    list(answer.take(piece))
                list(answer.end())
                return web.json_response(answer.whole(), headers=headers_of(run))
            response = web.StreamResponse(headers={**headers_of(run), "Content-Type": NDJSON})
            await response.prepare(request)
            async for piece in pieces(run):
                await _send(response, answer.take(piece))
            await _send(response, answer.end())
        except VoiceGatewayError as error:
            if response is None:
                raise
            with contextlib.suppress(ConnectionError):
                await _send(response, [_told(error)])
        finally:
            await run.close()
        await response.write_eof()
        return response

    # -- embeddings -------------------------------------------------------------------------------------------------

    async def embed(self, request: web.Request, field: str) -> web.Response:
        caller = auth.caller(request, DOOR.name)
        body = await read_json(request, self._context.limits)
        asked = embed_of(body, field)
        name, began = asked["model"], self._context.clock.monotonic_ns()
        vectors, tokens = await self._vectors(
            caller,
            {**asked, "model": self._models.known(name)},
            ChatOptions(keep_alive_of(request, body.get("keep_alive"))),
        )
        if field == "prompt":
            return web.json_response({"embedding": vectors[0]})
        spent = self._context.clock.monotonic_ns() - began
        return web.json_response(
            {
                "model": name,
                "embeddings": vectors,
                "total_duration": spent,
                "load_duration": 0,
                "prompt_eval_count": tokens,
            }
        )

    async def _vectors(
        self, caller: Caller, asked: dict[str, object], options: ChatOptions
    ) -> tuple[list[object], int]:
        """(one vector a text, tokens of all texts). Raises NoEmbeddings where the target makes none."""
        corridor = self._context.gateway.corridor
        run = await corridor.chat(caller, str(asked["model"]), asked, path="/embeddings", options=options)
        try:
            data = await run.read()
        finally:
            await run.close()
        if run.status in UNSERVED and b"model_not_found" not in data:
            raise NoEmbeddings(
                f"{run.served} makes no embeddings. Name a model of Ollama that does, such as ollama/nomic-embed-text."
            )
        if run.status >= 400:
            raise refusal_of(data, run.status)
        try:
            told = json.loads(data)
            vectors: list[object] = [entry["embedding"] for entry in told["data"]]
        except (ValueError, KeyError, TypeError) as error:
            raise NoEmbeddings(f"{run.served} answered with something that is no embedding.") from error
        usage = told.get("usage")
        tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        return vectors, tokens if isinstance(tokens, int) else 0


async def _send(response: web.StreamResponse, lines: Iterable[Line]) -> None:
    for line in lines:
        await response.write(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        )
