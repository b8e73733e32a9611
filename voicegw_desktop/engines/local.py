"""The local workers as the gateway's backends: speech by streams, chat by bytes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, ChatReply, Sent, SttOptions, Target, TtsOptions
from voicegw_desktop.core.typed import whole
from voicegw_desktop.engines.chat_order import Begun, ChatOrder, gives_way_to
from voicegw_desktop.engines.client import WorkerSttStream, WorkerTtsStream
from voicegw_desktop.engines.content import check_text
from voicegw_desktop.engines.forced_tools import ForcedReply, forced
from voicegw_desktop.engines.lease import Lease, Leases
from voicegw_desktop.engines.llama_parameters import check_parameters
from voicegw_desktop.engines.llama_requests import Told, prepared
from voicegw_desktop.engines.llm_http import HttpClient, HttpReply
from voicegw_desktop.engines.offered_tools import OfferedReply, offered

S = TypeVar("S")


class Workers(Leases, Protocol):
    """The part of EnginePool that serves requests."""

    http: HttpClient

    @abstractmethod
    def check(self, provider: str, model: str) -> None:
        """Raise ModelResolutionError or ModelNotInstalled for a model that cannot be loaded."""


async def _open(pool: Leases, target: Target, keep_alive: str | None, start: Callable[[Lease], Awaitable[S]]) -> S:
    lease = await pool.acquire(target.provider, target.model, keep_alive)
    try:
        return await start(lease)
    except EngineCrashed:
        # the worker ended between two requests, so nothing of this request was lost; one that ends while it loads
        # raises its own error
        return await start(await pool.acquire(target.provider, target.model, keep_alive))


class LocalStt:
    """Opens transcription streams on local workers."""

    supervised = True
    """A worker that hangs is found and ended by its supervisor."""

    def __init__(self, pool: Workers) -> None:
        self._pool = pool

    def check_model(self, target: Target) -> None:
        """Raise ModelResolutionError or ModelNotInstalled where the target's model is not here."""
        self._pool.check(target.provider, target.model)

    async def open_stt(self, target: Target, options: SttOptions) -> WorkerSttStream:
        """A stream on the target's engine, loaded when needed; the variant is the language unless one is given."""
        if target.variant and not options.language:
            options = replace(options, language=target.variant)
        return await _open(self._pool, target, options.keep_alive, lambda lease: WorkerSttStream.open(lease, options))


class LocalTts:
    """Opens utterances on local workers."""

    supervised = True
    """A worker that hangs is found and ended by its supervisor."""

    def __init__(self, pool: Workers) -> None:
        self._pool = pool

    def check_model(self, target: Target) -> None:
        """Raise ModelResolutionError or ModelNotInstalled where the target's model is not here."""
        self._pool.check(target.provider, target.model)

    async def open_tts(self, target: Target, options: TtsOptions) -> WorkerTtsStream:
        """An utterance on the target's engine, loaded when needed; the variant is the voice unless one is given."""
        if target.variant and not options.voice:
            options = replace(options, voice=target.variant)
        return await _open(self._pool, target, options.keep_alive, lambda lease: WorkerTtsStream.open(lease, options))


class LocalLlm:
    """Passes OpenAI-shaped requests to local workers by bytes."""

    supervised = True
    """A worker that hangs is found and ended by its supervisor."""

    def __init__(self, pool: Workers) -> None:
        self._pool = pool
        # each for as long as a chat is under way: clients may name any number of models
        self._orders: WeakValueDictionary[str, ChatOrder] = WeakValueDictionary()

    def check_model(self, target: Target) -> None:
        """Raise ModelResolutionError or ModelNotInstalled where the target's model is not here."""
        self._pool.check(target.provider, target.model)

    async def check(self, target: Target, body: Mapping[str, Any]) -> None:
        """BadRequest for what a model of text cannot take."""
        check_text(body, target.name)

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> ChatReply:
        """POST to the target's engine, loaded when needed; BadRequest for what it cannot take."""
        check_parameters(path, body)
        asked = prepared(body, target.name)
        chat = path == "/chat/completions"
        must_call = forced(asked) if chat else None
        before_it = gives_way_to(body, options.headers, options.session)
        sent_body = must_call or asked
        if before_it and body.get("stream"):
            sent_body = {**sent_body, "return_progress": True}
        loaded: Mapping[str, Any] = {}

        async def ask() -> HttpReply:
            nonlocal loaded
            lease = await self._pool.acquire(target.provider, target.model, options.keep_alive)
            loaded = lease.info
            key = str(lease.info.get("api_key") or "") or None
            return await self._pool.http.post(
                f"{lease.address}/v1{path}",
                sent_body,
                options.headers,
                key=key,
                lease=lease,
                who=target.name,
            )

        answer: ChatReply
        order = self._orders.get(target.model)
        if order is None:
            order = self._orders[target.model] = ChatOrder()
        if before_it:

            async def begun() -> Begun:
                return await Begun.of(await ask())

            side: Begun = await order.side_pass(begun, before_it, Begun.close)
            answer = side
        else:
            waited_for = order.begin(options.session)
            try:
                answer = asked_reply = await ask()
            except BaseException:
                waited_for.over()
                raise
            asked_reply.on_first, asked_reply.on_close = waited_for.begun, waited_for.over
        reply: ChatReply = answer
        if answer.status >= 400:
            reply = await Told.of(answer, target.name, whole(loaded.get("trained_context")))
        streams = bool(body.get("stream"))
        if must_call:
            return ForcedReply(reply, streams)
        names = offered(asked) if chat else frozenset()
        return OfferedReply(reply, names, streams) if names else reply
