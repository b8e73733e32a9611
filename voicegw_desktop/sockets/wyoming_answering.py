"""Conversation agent of one Wyoming connection: a sentence in, the model's answer out in pieces and whole."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wyoming.event import Event
from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled

from voicegw_desktop.core.errors import NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.ports import STREAMED, Caller, Modality
from voicegw_desktop.core.tasks import finished
from voicegw_desktop.core.typed import record, text
from voicegw_desktop.sockets.audio.installed import default_of, installed
from voicegw_desktop.sockets.audio.languages import NAMES, asked_language
from voicegw_desktop.sockets.chat.answer import Text, pieces, refusal_of
from voicegw_desktop.sockets.wyoming_speaking import event_text

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

log = logging.getLogger(__name__)

PROGRAM = "voicegateway"
"""The program of each domain in `info` that the routes serve."""
MOST_TALKS = 256  # conversations remembered, of all connections together
MOST_MESSAGES = 40  # of one conversation
MOST_CHARACTERS = 24_000  # of one conversation

Message = dict[str, str]


class Talks:
    """What was said in each conversation. Home Assistant opens a connection for each sentence and sends no history."""

    def __init__(self) -> None:
        self._talks: OrderedDict[str, list[Message]] = OrderedDict()

    def before(self, name: str) -> list[Message]:
        """The messages of a conversation, oldest first; none for one that is new or forgotten."""
        return list(self._talks.get(name, ())) if name else []

    def keep(self, name: str, messages: list[Message]) -> None:
        """Remember a conversation from its newest messages; the one longest unused leaves when there are too many."""
        if not name:
            return
        kept, size = [], 0
        for message in reversed(messages[-MOST_MESSAGES:]):
            size += len(message["content"])
            if size > MOST_CHARACTERS:
                break
            kept.append(message)
        self._talks[name] = kept[::-1]
        self._talks.move_to_end(name)
        if len(self._talks) > MOST_TALKS:
            self._talks.popitem(last=False)


class Answering:
    """One answer at a time."""

    def __init__(
        self, gateway: SocketGateway, caller: Caller, talks: Talks, write: Callable[[Event], Awaitable[None]]
    ) -> None:
        self._gateway, self._caller, self._talks, self._write = gateway, caller, talks, write
        self._model: str | None = None
        self.task: asyncio.Task[None] | None = None
        """The answer that is being made."""

    def select(self, name: str) -> None:
        """`select-program`: a model of its own, or the usual one. Raises NotFound for a name that `info` lacks."""
        models = programs(self._gateway)
        if name != PROGRAM and name not in models:
            known = [PROGRAM, *models]
            raise NotFound(
                f'There is no program "{name[:60]}".{did_you_mean(name, known)} Known are {", ".join(known)}.',
                code="program_not_found",
            )
        self._model = None if name == PROGRAM else name

    async def take(self, event: Event) -> None:
        """`transcript`: the answer follows. A sentence that comes before the last one's answer waits for it."""
        said, context = event_text(event), record(event.data.get("context"))
        language = asked_language(event.data.get("language"))
        if self.task is not None:
            await finished(self.task)
        self.task = asyncio.create_task(self._answer(said, text(context.get("conversation_id"))[:200], language))

    async def drop(self) -> None:
        """Stop what still runs; idempotent."""
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _answer(self, said: str, talk: str, language: str | None) -> None:
        begun = False
        heard: list[str] = []
        context = {"conversation_id": talk} if talk else None
        messages: list[Message] = [*self._talks.before(talk), {"role": "user", "content": said}]
        try:
            async for piece in self._pieces(messages, talk, language):
                if not begun:
                    begun = True
                    await self._write(HandledStart(context=context).event())
                heard.append(piece)
                await self._write(HandledChunk(piece).event())
            answer = "".join(heard).strip()
            if answer:
                self._talks.keep(talk, [*messages, {"role": "assistant", "content": answer}])
                # for clients that do not read streams, and those wait for it
                await self._write(Handled(text=answer, context=context).event())
            else:
                await self._write(NotHandled(text="The model answered nothing.", context=context).event())
        except VoiceGatewayError as e:
            await self._write(NotHandled(text=e.message, context=context).event())
        except (ConnectionError, TimeoutError):
            return
        except Exception:
            log.exception("A Wyoming answer failed")
            await self._write(NotHandled(text="The gateway failed; its log says why.", context=context).event())
        if begun:
            await self._write(HandledStop().event())

    async def _pieces(self, messages: list[Message], talk: str, language: str | None) -> AsyncIterator[str]:
        """The answer's text as it comes. Raises VoiceGatewayError for whatever stands in its way."""
        gateway, caller = self._gateway, replace(self._caller, session=talk or None)
        spoken = NAMES.get(language or "")
        order = gateway.config.serve.wyoming_instructions + (f" Answer in {spoken.title()}." if spoken else "")
        model = self._model or default_of(gateway, Modality.LLM, caller.project)
        chat = {
            "model": model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [*([{"role": "system", "content": order.strip()}] if order.strip() else []), *messages],
        }
        run = await gateway.corridor.chat(caller, model, chat, options=STREAMED)
        try:
            if run.status >= 400:
                raise refusal_of(await run.read(), run.status)
            async for piece in pieces(run):
                if isinstance(piece, Text):
                    yield piece.text
        finally:
            await run.close()


def programs(gateway: SocketGateway) -> list[str]:
    """The installed chat models, each a program that `select-program` may name."""
    return [entry.id for entry in installed(gateway, Modality.LLM.value)]
