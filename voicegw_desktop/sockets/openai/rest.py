"""OpenAI's text routes: chat, completions and embeddings by bytes, and the model list."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.ports import ChatOptions, ChatRunPort, Modality
from voicegw_desktop.core.text import shown
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.gateway.listings import ModelEntry
from voicegw_desktop.sockets.chat.checks import check_chat, check_input, check_prompt
from voicegw_desktop.sockets.doors import models_for
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import closing_comment, headers_of
from voicegw_desktop.sockets.http.sse import PassedStream
from voicegw_desktop.sockets.openai.descriptor import DOOR

log = logging.getLogger(__name__)

PASSED_HEADERS = ("content-type", "retry-after", "openai-processing-ms", "openai-model", "openai-version")
"""Upstream answer headers a client may see; rate limits of the gateway's keys are left out."""

UNSERVED = (404, 405, 501)
"""How upstreams say that they do not have a route."""
INSTEAD = {
    "/embeddings": "Name a model that makes embeddings: ollama/nomic-embed-text, openai/text-embedding-3-small, …",
    "/responses": "Use /v1/chat/completions, or name a model of OpenAI or of a newer Ollama or llama.cpp.",
    "/completions": "Use /v1/chat/completions, or name a model of llama.cpp or Ollama.",
}
"""Route → what to do where the target does not have it."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """Chat, completions and embeddings; the lists of models and voices."""
    return [
        web.post("/v1/chat/completions", Passed(context, "/chat/completions", check_chat).handle),
        web.post("/v1/completions", Passed(context, "/completions", check_prompt).handle),
        web.post("/v1/embeddings", Passed(context, "/embeddings", check_input).handle),
        web.get("/v1/models", _Models(context).every),
        web.get("/v1/audio/models", _Models(context).speaking),
        web.get("/v1/audio/voices", _Models(context).voices),
        web.get("/v1/models/{id:.+}", _Models(context).one),
    ]


class NotServed(VoiceGatewayError):
    """The target does not have this route."""

    status = 501
    type = "invalid_request_error"
    default_code = "not_served_by_target"


def model_of(body: Mapping[str, Any]) -> str:
    """The `model` that a chat request names. Raises BadRequest."""
    model = body.get("model")
    if not isinstance(model, str) or not model.strip():
        raise BadRequest(
            '`model` is missing; give a name from GET /v1/models, as in "llamacpp/smollm2-135m".',
            param="model",
            code="missing_model",
        )
    return model


class Passed:
    """One route whose body goes to an upstream almost as it came, and whose answer comes back by bytes."""

    def __init__(self, context: SocketContext, path: str, check: Callable[[dict[str, Any]], None]) -> None:
        self._context = context
        self._path = path
        self._check = check

    async def handle(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        model_of(body)
        self._check(body)
        return await self.answer(request, body)

    async def answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """Pass a checked body on."""
        model = body["model"]
        stay = keep_alive_of(request, body.pop("keep_alive", None))
        asked = self._context.gateway.corridor.chat(
            auth.caller(request, DOOR.name),
            model,
            body,
            path=self._path,
            options=ChatOptions(stay, _asked_headers(request.headers)),
        )
        if body.get("stream") is True:
            return await self._stream(request, asked)
        return await self._whole(await asked)

    async def _whole(self, reply: ChatRunPort) -> web.Response:
        try:
            data = await reply.read()
        finally:
            await reply.close()
        self._check_served(reply, data)
        return self._answer(reply, data)

    @staticmethod
    def _answer(reply: ChatRunPort, data: bytes) -> web.Response:
        headers = {**_answer_headers(reply), **headers_of(reply)}
        return web.Response(body=data, status=reply.status, headers=headers)

    def _check_served(self, reply: ChatRunPort, data: bytes) -> None:
        """Raise NotServed for a route that the target does not have; other refusals are passed on unchanged."""
        if reply.status in UNSERVED and self._path in INSTEAD and b"model_not_found" not in data:
            log.info("%s answered %s with status %s: %.200r", reply.served, self._path, reply.status, data)
            raise NotServed(f"{reply.served} has no /v1{self._path}. {INSTEAD[self._path]}")

    async def _stream(self, request: web.Request, asked: Awaitable[ChatRunPort]) -> web.StreamResponse:
        limits = self._context.limits
        stream = PassedStream(request, limits.chat_headers_after, limits.sse_keepalive)
        reply: ChatRunPort | None = None
        try:
            reply = await asked
            if reply.status >= 400:
                data = await reply.read()
                self._check_served(reply, data)
                if not await stream.opened():
                    return self._answer(reply, data)
                await stream.write(b"data: " + b" ".join(data.splitlines()) + b"\n\n")
                return await stream.finish()
            await stream.begin(reply.status, {**_answer_headers(reply), **headers_of(reply)}, begun=reply.begun)
            async for chunk in reply:
                await stream.write(chunk)
            return await stream.finish(closing_comment(reply))
        except VoiceGatewayError as e:
            if not await stream.opened():
                raise
            return await stream.fail(e.body())
        finally:
            stream.rest()
            if reply is not None:
                await reply.close()


def _asked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Request headers worth passing on; never the caller's key."""
    wanted = ("openai-beta", "x-livekit-inference-provider", "x-livekit-inference-priority")
    return {name: headers[name] for name in wanted if name in headers}


def _answer_headers(reply: ChatRunPort) -> dict[str, str]:
    return {name: reply.headers[name] for name in PASSED_HEADERS if name in reply.headers}


# -- models ---------------------------------------------------------------------------------------------------------


class _Models:
    """The model list in OpenAI's form, with VoiceGateway's `models` beside it."""

    def __init__(self, context: SocketContext) -> None:
        self._gateway = context.gateway

    async def every(self, request: web.Request) -> web.Response:
        if (theirs := models_for(request, self._gateway)) is not None:
            return web.json_response(theirs)
        known = _chat_first(self._gateway.list_models())
        if wanted := request.query.get("capability", "").strip().lower():
            if wanted not in CAPABILITIES.values():
                known_words = ", ".join(CAPABILITIES.values())
                raise BadRequest(f'There is no capability "{shown(wanted)}"; known: {known_words}.', param="capability")
            known = [m for m in known if CAPABILITIES.get(str(m.get("modality"))) == wanted]
        return web.json_response({"object": "list", "data": [_entry(m) for m in known], "models": known})

    async def speaking(self, request: web.Request) -> web.Response:
        """The models that speak, as Open WebUI and other readers ask for them."""
        models = [m for m in self._gateway.list_models() if m.get("modality") == "tts"]
        return web.json_response({"models": [{"id": m["id"], "name": m["id"]} for m in models]})

    async def voices(self, request: web.Request) -> web.Response:
        """Every installed voice; `?model=` for those of one model."""
        from voicegw_desktop.sockets.audio.installed import voices

        serves = None
        if asked := request.query.get("model", "").strip():
            # what speaks when this name is asked for
            serves = self._gateway.router.plan(Modality.TTS, asked, auth.caller(request, DOOR.name)).first.name
        found = [
            {"id": voice.name, "name": voice.description or voice.name, "language": voice.language, "model": target}
            for target, voice in voices(self._gateway)
            if serves in (None, target)
        ]
        return web.json_response({"voices": found})

    async def one(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        # Anthropic's clients ask for one model, too
        data = records(record(models_for(request, self._gateway)).get("data"))
        data = data or [_entry(m) for m in self._gateway.list_models()]
        for name in (wanted, *self._meant(request, wanted)):
            for model in data:
                if model["id"] == name:
                    return web.json_response(model)
        raise NotFound(
            f'There is no model "{shown(wanted[:80])}".{did_you_mean(wanted, (str(m["id"]) for m in data))}',
            code="model_not_found",
            param="model",
        )

    def _meant(self, request: web.Request, name: str) -> Iterator[str]:
        """What a bare or a hub's name of an installed model means, as the other routes read it."""
        for modality in Modality:
            with contextlib.suppress(VoiceGatewayError):
                plan = self._gateway.router.plan(modality, name, auth.caller(request, DOOR.name))
                if plan.literal is not None:
                    yield plan.literal.name


CAPABILITIES = {"llm": "chat", "stt": "transcription", "tts": "speech"}
"""Modality → what a model of it can do, in the words of `?capability=`."""


def _chat_first(models: Sequence[ModelEntry]) -> list[ModelEntry]:
    """Chat models first: clients preselect the first one for a chat."""
    return sorted(models, key=lambda model: model.get("modality") != "llm")


def _entry(model: Mapping[str, Any]) -> dict[str, Any]:
    name = str(model["id"])
    return {
        "id": name,
        "object": "model",
        "created": int(model.get("created") or 0),
        "owned_by": str(model.get("provider") or name.partition("/")[0]),
        "capabilities": [CAPABILITIES[str(model.get("modality"))]] if model.get("modality") in CAPABILITIES else [],
        **{k: v for k, v in model.items() if k not in ("id", "created")},
    }
