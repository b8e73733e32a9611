"""A Realtime session: client events in; turns, items and answers brought together; answers started and interrupted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import WORDS_READ, Caller, CorridorPort
from voicegw_desktop.core.typed import records
from voicegw_desktop.sockets.chat.ahead import Ahead
from voicegw_desktop.sockets.openai.realtime import beta
from voicegw_desktop.sockets.openai.realtime.beta import settings
from voicegw_desktop.sockets.openai.realtime.checks import check_answer, check_format, check_voice
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.fields import check_answer_fields, check_event
from voicegw_desktop.sockets.openai.realtime.items import Conversation, audio_of, checked, new_id, told
from voicegw_desktop.sockets.openai.realtime.listening import Listening, samples
from voicegw_desktop.sockets.openai.realtime.response import Response

Send = Callable[[dict[str, Any]], Awaitable[None]]
Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]
"""`loop.call_later`, or a test's own."""
MAX_ASIDE = 8  # responses outside of the conversation at a time


class RealtimeSession:
    """Feed it client events with `receive`; it sends server events."""

    def __init__(
        self,
        corridor: CorridorPort,
        caller: Caller,
        config: RealtimeConfig,
        send: Send,
        later: Later | None = None,
        *,
        old_names: bool = False,
    ) -> None:
        """`old_names`: events are told as the beta had them."""
        self._old_names = old_names
        self._corridor, self._caller, self._config = corridor, caller, config
        self._raw_send = send
        self._later = later or asyncio.get_running_loop().call_later
        self._conversation = Conversation()
        self._ahead = Ahead(corridor, caller)
        """Answers are asked of it, since one may be prepared."""
        self._listening = Listening(corridor, caller, config, self._conversation, self._send, self)
        self._response: Response | None = None
        self._answering: asyncio.Task[None] | None = None
        self._aside: dict[str, tuple[Response, asyncio.Task[None]]] = {}
        self._audio_ms: dict[str, float] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._prompting: asyncio.Task[None] | None = None
        self._read = 0
        """Words of the turn under way that the model was told to read."""
        self._handlers: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
            "transcription_session.update": self._update,
        }

    async def open(self) -> None:
        """Send the first events of the session."""
        await self._send({"type": "session.created", "session": self._config.public()})
        if self._old_names and self._config.kind == "realtime":
            conversation = {"id": self._conversation.id, "object": "realtime.conversation"}
            await self._send({"type": "conversation.created", "conversation": conversation})

    async def receive(self, event: Mapping[str, Any]) -> None:
        """Take one client event; a bad one is answered with `error` and changes nothing."""
        kind = event.get("type")
        try:
            handler = self._handlers.get(kind) if isinstance(kind, str) else None
            if not isinstance(kind, str):
                raise BadRequest('An event needs a "type", which is a text.', param="type", code="invalid_event")
            if handler is None:
                raise BadRequest(f'There is no client event "{str(kind)[:60]}".', param="type", code="unknown_event")
            check_event(event)
            await handler(event)
        except VoiceGatewayError as e:
            await self.error(e, event.get("event_id"))

    async def error(self, e: VoiceGatewayError, event_id: Any = None) -> None:
        """Tell the client what went wrong; the session goes on."""
        cause = event_id if isinstance(event_id, str) else None
        detail = {"type": e.type, "code": e.code, "message": e.message, "param": e.param, "event_id": cause}
        await self._send({"type": "error", "error": detail})

    async def close(self) -> None:
        """Stop what still runs; idempotent."""
        self._stay()
        tasks = {
            *(task for _, task in self._aside.values()),
            *([self._prompting] if self._prompting is not None else []),
        }
        for task in tasks:
            task.cancel()
        try:
            await self._stop_response("client_cancelled")
        finally:
            await self._listening.close()
            await self._ahead.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def quiet(self) -> None:
        """Wait until no answer of the conversation is being made."""
        while self._answering is not None and not self._answering.done():
            await asyncio.wait({self._answering})

    @property
    def answers(self) -> bool:
        """Whether an answer of the conversation is being made."""
        return self._answering is not None and not self._answering.done()

    async def _send(self, event: dict[str, Any]) -> None:
        told = beta.event(event) if self._old_names else event
        if told is not None:
            await self._raw_send({"event_id": new_id("event"), **told})

    # -- session and audio ----------------------------------------------------------------------------------------

    async def _update(self, event: Mapping[str, Any]) -> None:
        before = (self._config.stt_options(), self._config.stt_model)
        self._config.update(event.get("session"))
        if before != (self._config.stt_options(), self._config.stt_model):
            await self._listening.clear()
        self._stay()
        self._ahead.drop()
        await self._send({"type": "session.updated", "session": self._config.public()})

    async def _append(self, event: Mapping[str, Any]) -> None:
        await self._listening.append(event.get("audio"))

    async def _commit(self, event: Mapping[str, Any]) -> None:
        await self._listening.commit()

    async def _clear(self, event: Mapping[str, Any]) -> None:
        await self._listening.clear()
        await self._send({"type": "input_audio_buffer.cleared"})

    async def _clear_output(self, event: Mapping[str, Any]) -> None:
        response = self._response
        await self._stop_response("client_cancelled")
        if response is not None:
            await self._send({"type": "output_audio_buffer.cleared", "response_id": response.id})

    async def voice_began(self) -> None:
        """Speech began: interrupt the answer, when that is wanted."""
        self._stay()
        if self._config.turn("interrupt_response"):
            await self._stop_response("turn_detected")
        if self._config.turn("create_response") and (self._answering is None or self._answering.done()):
            self._read = 0
            self._ahead.warm(self._config.llm_model, self._made({}).body())

    def turn_goes_on(self, heard: str) -> None:
        """Throw away what was prepared for a pause, and let the model read the words that were heard."""
        self._ahead.drop()
        words = heard.count(" ") + 1 if heard else 0
        if words < self._read + WORDS_READ or not self._config.turn("create_response") or self.answers:
            return
        self._read = words
        self._ahead.warm(self._config.llm_model, self._made({}).body([{"role": "user", "content": heard}]))

    def turn_paused(self, text: str) -> None:
        """Prepare the answer to what was said before a pause; without words throw away what was prepared."""
        if not text:
            self._ahead.drop()
        elif self._config.turn("create_response") and (self._answering is None or self._answering.done()):
            response = self._made({})
            body = response.body([{"role": "user", "content": text}])
            self._ahead.prepare(self._config.llm_model, body, response.speech() if response.speaks else None)

    async def turn_ended(self, text: str) -> None:
        """A turn was found and its words are known: answer, when that is wanted."""
        if not self._config.turn("create_response"):
            return
        if self._answering is None or self._answering.done() or self._config.turn("interrupt_response"):
            # another turn, or the client, may begin one while this waits for the end of the last
            while self._answering is not None and not self._answering.done():
                await self._stop_response("turn_detected")
            self._begin({})

    # -- silence --------------------------------------------------------------------------------------------------

    def _stay(self) -> None:
        """Activity on the session: restart the idle timer."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _wait_for_word(self, playing_ms: float) -> None:
        """After an answer: count the silence from the end of its sound."""
        self._stay()
        timeout_ms = self._config.idle_timeout_ms
        if timeout_ms is not None:
            self._idle = self._later((playing_ms + timeout_ms) / 1000, self._idle_too_long)

    def _idle_too_long(self) -> None:
        self._idle = None
        self._prompting = asyncio.get_running_loop().create_task(self._prompt())

    async def _prompt(self) -> None:
        timeout_ms = self._config.idle_timeout_ms
        if timeout_ms is None or (self._answering is not None and not self._answering.done()):
            return
        try:
            await self._listening.commit_silence(timeout_ms)
        except VoiceGatewayError as e:
            await self.error(e)
            return
        # the client may have asked for one meanwhile
        if self._answering is None or self._answering.done():
            self._begin({})

    # -- conversation ---------------------------------------------------------------------------------------------

    async def _create_item(self, event: Mapping[str, Any]) -> None:
        item = checked(event.get("item"))
        # what the model cannot take is refused before it is in the conversation
        await self._corridor.check_chat(self._caller, self._config.llm_model, told(item))
        sounds = [(part, samples(audio, self._config)) for part, audio in audio_of(item)]
        previous = event.get("previous_item_id")
        follows = self._conversation.add(item, previous if isinstance(previous, str) else None)
        await self._send({"type": "conversation.item.added", "previous_item_id": follows, "item": item})
        await self._send({"type": "conversation.item.done", "previous_item_id": follows, "item": item})
        for part, pcm in sounds:
            self._listening.transcribe(item, part, pcm)

    async def _retrieve_item(self, event: Mapping[str, Any]) -> None:
        item = self._conversation.get(event.get("item_id"), "item_retrieve_invalid_item_id")
        await self._send({"type": "conversation.item.retrieved", "item": item})

    async def _delete_item(self, event: Mapping[str, Any]) -> None:
        self._conversation.delete(event.get("item_id"))
        await self._send({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    async def _truncate_item(self, event: Mapping[str, Any]) -> None:
        item = self._conversation.get(event.get("item_id"), "item_truncate_invalid_item_id")
        end_ms = event.get("audio_end_ms")
        if not isinstance(end_ms, int | float) or isinstance(end_ms, bool) or not 0 <= end_ms < math.inf:
            raise BadRequest('"audio_end_ms" must be a number of milliseconds.', param="audio_end_ms")
        response = self._response
        if response is not None and response.makes(str(item["id"])):
            # a client that truncates an answer that is still being made has stopped playing it
            await self._stop_response("client_cancelled")
        spoken = [part for part in records(item.get("content")) if part["type"] == "output_audio"]
        if item.get("role") != "assistant" or not spoken:
            raise BadRequest("Only an assistant message with audio can be truncated.", param="item_id")
        if event.get("content_index", 0) != 0:
            raise BadRequest('"content_index" must be 0: an answer has one part.', param="content_index")
        sent_ms = self._audio_ms | (response.audio_ms if response is not None else {})
        whole_ms = sent_ms.get(str(item["id"]))
        part = spoken[0]
        if not whole_ms:
            # nothing of it was heard
            part["transcript"] = ""
        else:
            if end_ms > math.ceil(whole_ms):
                raise BadRequest(
                    f'"audio_end_ms" is {end_ms:g}, but only {math.ceil(whole_ms)} ms were spoken.',
                    param="audio_end_ms",
                )
            # words are taken to be evenly spread: what the person did not hear must leave the conversation
            words = str(part.get("transcript") or "").split(" ")
            part["transcript"] = " ".join(words[: round(len(words) * min(1.0, end_ms / whole_ms))])
        await self._send(
            {
                "type": "conversation.item.truncated",
                "item_id": item["id"],
                "content_index": 0,
                "audio_end_ms": round(end_ms),
            }
        )

    # -- answers --------------------------------------------------------------------------------------------------

    async def _create_response(self, event: Mapping[str, Any]) -> None:
        if self._config.kind != "realtime":
            raise BadRequest("A transcription session gives no responses.", code="invalid_session_type")
        asked = self._asked(event.get("response"))
        for item in asked.get("input") or ():
            await self._corridor.check_chat(self._caller, self._config.llm_model, told(item))
        if asked.get("conversation") == "none":
            self._answer_aside(asked)
            return
        if self._answering is not None and not self._answering.done():
            raise BadRequest(
                "A response is under way; cancel it first.", code="conversation_already_has_active_response"
            )
        self._begin(asked)

    def _asked(self, given: Any) -> dict[str, Any]:
        """What a response.create asks for, checked, its input's references looked up."""
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise BadRequest('"response" must be an object.', param="response")
        asked = settings(given, "response")
        check_answer_fields(asked)
        check_answer(asked, "response")
        if asked.get("conversation") not in (None, "auto", "none"):
            raise BadRequest("response.conversation must be auto or none.", param="response.conversation")
        metadata = asked.get("metadata")
        if metadata is not None and not (
            isinstance(metadata, dict) and len(metadata) <= 16 and all(isinstance(v, str) for v in metadata.values())
        ):
            raise BadRequest("response.metadata must be at most 16 texts by name.", param="response.metadata")
        output: Any = asked
        for key in ("audio", "output"):
            output = output.get(key) or {}
            if not isinstance(output, dict):
                raise BadRequest(f"response.{key} must be an object.", param=f"response.{key}")
        check_voice(output, "response.audio.output")
        self._config.check_voice_target(output, "response.audio.output")
        if output.get("format") is not None:
            check_format(output["format"], "response.audio.output.format")
        items = asked.get("input")
        if items is None:
            return asked
        if not isinstance(items, list):
            raise BadRequest("response.input must be a list of items.", param="response.input")
        items = [self._conversation.referred(item, f"response.input[{i}]") for i, item in enumerate(items)]
        for item in items:
            for part, audio in audio_of(item):
                self._listening.transcribe(item, part, samples(audio, self._config))
        return {**asked, "input": items}

    def _made(self, asked: Mapping[str, Any]) -> Response:
        return Response(
            self._ahead, self._caller, self._config, self._conversation, self._send, asked, self._listening.settled
        )

    def _begin(self, asked: Mapping[str, Any]) -> None:
        self._stay()
        response = self._response = self._made(asked)
        self._answering = asyncio.create_task(self._answer(response))

    async def _answer(self, response: Response) -> None:
        await response.run()
        self._audio_ms |= response.audio_ms
        if response.completed:
            self._wait_for_word(response.playing_ms)

    def _answer_aside(self, asked: Mapping[str, Any]) -> None:
        """An answer that is no part of the conversation, beside what else goes on."""
        if len(self._aside) >= MAX_ASIDE:
            raise BadRequest(f"{MAX_ASIDE} responses outside of the conversation are under way; wait for one.")
        response = self._made(asked)
        task = asyncio.create_task(response.run())
        self._aside[response.id] = response, task
        task.add_done_callback(lambda _: self._aside.pop(response.id, None))

    async def _cancel_response(self, event: Mapping[str, Any]) -> None:
        wanted = event.get("response_id")
        if isinstance(wanted, str) and wanted in self._aside:
            aside, task = self._aside[wanted]
            await aside.stop(task)
            return
        running = self._response if self._answering is not None and not self._answering.done() else None
        if running is None or wanted not in (None, running.id):
            # clients know this error by its first words or by its code
            raise BadRequest("Cancellation failed: no active response found.", code="response_cancel_not_active")
        await self._stop_response("client_cancelled")

    async def _stop_response(self, reason: str) -> None:
        response, task = self._response, self._answering
        if response is None or task is None:
            return
        if not task.done():
            response.because(reason)
            await response.stop(task)
        self._audio_ms |= response.audio_ms
