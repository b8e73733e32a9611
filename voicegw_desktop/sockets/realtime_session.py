"""A Realtime session: client events in, turns found in the audio, answers started and interrupted."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller, SttOptions
from voicegw_desktop.sockets import g711
from voicegw_desktop.sockets.realtime_config import RealtimeConfig, check_answer
from voicegw_desktop.sockets.realtime_items import Conversation, checked, new_id
from voicegw_desktop.sockets.realtime_response import Response

Send = Callable[[dict[str, Any]], Awaitable[None]]


class RealtimeSession:
    """Feed it client events with `receive`; it sends server events."""

    def __init__(self, corridor: Any, caller: Caller, config: RealtimeConfig, send: Send) -> None:
        self._corridor, self._caller, self._config = corridor, caller, config
        self._raw_send = send
        self._conversation = Conversation()
        self._run: Any = None
        self._hearing: asyncio.Task[None] | None = None
        self._pushed = 0
        self._uncommitted = 0
        self._item_id = new_id("item")
        self._said = ""
        self._announced = False
        self._manual_commits: list[str] = []
        self._response: Response | None = None
        self._answering: asyncio.Task[None] | None = None
        self._audio_ms: dict[str, float] = {}
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
        """Greet."""
        await self._send({"type": "session.created", "session": self._config.public()})

    async def receive(self, event: Mapping[str, Any]) -> None:
        """Take one client event; a bad one is answered with `error` and changes nothing."""
        kind = event.get("type")
        try:
            handler = self._handlers.get(kind) if isinstance(kind, str) else None
            if handler is None:
                raise BadRequest(f'There is no client event "{str(kind)[:60]}".', param="type", code="unknown_event")
            await handler(event)
        except VoiceGatewayError as e:
            await self.error(e, event.get("event_id"))

    async def error(self, e: VoiceGatewayError, event_id: Any = None) -> None:
        """Tell the client what went wrong; the session goes on."""
        detail = {"type": e.type, "code": e.code, "message": e.message, "param": e.param, "event_id": event_id}
        await self._send({"type": "error", "error": detail})

    async def close(self) -> None:
        """Stop what still runs; idempotent."""
        try:
            await self._stop_response("client_cancelled")
        finally:
            await self._stop_hearing()

    async def _send(self, event: dict[str, Any]) -> None:
        await self._raw_send({"event_id": new_id("event"), **event})

    # -- session and audio ----------------------------------------------------------------------------------------

    async def _update(self, event: Mapping[str, Any]) -> None:
        before = self._stt_options()
        model = self._config.stt_model
        self._config.update(event.get("session"))
        if self._run is not None and (before != self._stt_options() or model != self._config.stt_model):
            await self._stop_hearing()
        await self._send({"type": "session.updated", "session": self._config.public()})

    def _stt_options(self) -> SttOptions:
        listen = self._config.input
        asked = listen.get("transcription") or {}
        language, prompt = asked.get("language"), asked.get("prompt")
        return SttOptions(
            language=language if isinstance(language, str) and language else None,
            rate=self._config.rate(listen["format"]),
            endpointing_ms=self._config.endpointing_ms,
            prompt=prompt if isinstance(prompt, str) else None,
            words=False,
        )

    async def _append(self, event: Mapping[str, Any]) -> None:
        audio = event.get("audio")
        if not isinstance(audio, str):
            raise BadRequest('"audio" must be base64.', param="audio")
        try:
            data = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError) as e:
            raise BadRequest('"audio" is not base64.', param="audio") from e
        law = self._config.law(self._config.input["format"])
        pcm = g711.decode(data, law) if law else data
        if len(pcm) % 2:
            raise BadRequest('"audio" holds half a sample: pcm16 takes two bytes each.', param="audio")
        if not pcm:
            return
        if self._run is None:
            options = self._stt_options()
            self._run = await self._corridor.open_stt(self._caller, self._config.stt_model, options)
            self._pushed = 0
            self._hearing = asyncio.create_task(self._hear(self._run))
        self._pushed += len(pcm)
        self._uncommitted += len(pcm)
        await self._run.push(pcm)

    async def _commit(self, event: Mapping[str, Any]) -> None:
        if not self._uncommitted or self._run is None:
            raise BadRequest("The input audio buffer is empty.", code="input_audio_buffer_commit_empty")
        item_id = await self._committed()
        self._manual_commits.append(item_id)
        run, hearing = self._run, self._hearing
        # the words of a commit are those up to it: what comes later is another recording
        self._run = self._hearing = None
        await run.end()
        if hearing is not None:
            await hearing

    async def _committed(self) -> str:
        """Turn what was heard into an item, its words still to come."""
        item_id, self._item_id = self._item_id, new_id("item")
        self._uncommitted = 0
        self._announced = False
        item = {
            "id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }  # fmt: skip
        follows = self._conversation.add(item)
        await self._send({"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": follows})
        await self._send({"type": "conversation.item.added", "previous_item_id": follows, "item": item})
        await self._send({"type": "conversation.item.done", "previous_item_id": follows, "item": item})
        return item_id

    async def _clear(self, event: Mapping[str, Any]) -> None:
        await self._stop_hearing()
        await self._send({"type": "input_audio_buffer.cleared"})

    async def _clear_output(self, event: Mapping[str, Any]) -> None:
        await self._stop_response("client_cancelled")

    async def _stop_hearing(self) -> None:
        run, task = self._run, self._hearing
        self._run = self._hearing = None
        self._uncommitted = 0
        self._said = ""
        if task is not None:
            task.cancel()
        if run is not None:
            await run.cancel()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    # -- what is heard --------------------------------------------------------------------------------------------

    async def _hear(self, run: Any) -> None:
        automatic = bool(self._config.input.get("turn_detection"))
        heard: list[str] = []
        try:
            async for event in run:
                if isinstance(event, SpeechStarted) and automatic:
                    await self._voice(event.at_s)
                elif isinstance(event, SpeechEnded) and automatic:
                    await self._send(
                        {
                            "type": "input_audio_buffer.speech_stopped",
                            "item_id": self._item_id,
                            "audio_end_ms": round(event.at_s * 1000),
                        }
                    )
                elif isinstance(event, Interim):
                    await self._grow(event.committed)
                elif isinstance(event, Final):
                    if automatic and not self._manual_commits:
                        if event.text.strip():
                            await self._turn(event.text.strip(), event.end_s - event.start_s)
                    else:
                        heard.append(event.text.strip())
                elif isinstance(event, EndOfStream):
                    if self._manual_commits:
                        await self._transcribed(self._manual_commits.pop(0), " ".join(heard).strip(), event.audio_s)
                    return
        except VoiceGatewayError as e:
            if self._manual_commits:
                item_id = self._manual_commits.pop(0)
                detail = {"type": e.type, "code": e.code, "message": e.message, "param": e.param}
                await self._send(
                    {
                        "type": "conversation.item.input_audio_transcription.failed",
                        "item_id": item_id,
                        "content_index": 0,
                        "error": detail,
                    }
                )
            else:
                await self.error(e)
            if self._run is run:
                self._run = self._hearing = None

    async def _voice(self, at_s: float) -> None:
        if not self._announced:
            self._announced = True
            await self._send(
                {
                    "type": "input_audio_buffer.speech_started",
                    "item_id": self._item_id,
                    "audio_start_ms": round(at_s * 1000),
                }
            )
        if self._config.turn("interrupt_response"):
            await self._stop_response("turn_detected")

    async def _grow(self, sure: str) -> None:
        """Send the words that no later event rewrites."""
        if self._config.kind == "transcription" and len(sure) > len(self._said) and sure.startswith(self._said):
            await self._send(
                {
                    "type": "conversation.item.input_audio_transcription.delta",
                    "item_id": self._item_id,
                    "content_index": 0,
                    "delta": sure[len(self._said) :],
                }
            )
            self._said = sure

    async def _turn(self, text: str, seconds: float) -> None:
        item_id = await self._committed()
        await self._transcribed(item_id, text, seconds)
        if self._config.turn("create_response"):
            await self._stop_response("turn_detected")
            self._begin({})

    async def _transcribed(self, item_id: str, text: str, seconds: float) -> None:
        rest = text[len(self._said) :] if text.startswith(self._said) else text
        self._said = ""
        self._conversation.get(item_id)["content"][0]["transcript"] = text
        if self._config.kind == "realtime" and not self._config.input.get("transcription"):
            # not asked for; the words are still known to the conversation
            return
        place = {"item_id": item_id, "content_index": 0}
        if rest:
            await self._send({"type": "conversation.item.input_audio_transcription.delta", **place, "delta": rest})
        await self._send(
            {
                "type": "conversation.item.input_audio_transcription.completed",
                **place,
                "transcript": text,
                "usage": {"type": "duration", "seconds": round(max(0.0, seconds), 3)},
            }
        )

    # -- conversation ---------------------------------------------------------------------------------------------

    async def _create_item(self, event: Mapping[str, Any]) -> None:
        item = checked(event.get("item"))
        previous = event.get("previous_item_id")
        follows = self._conversation.add(item, previous if isinstance(previous, str) else None)
        await self._send({"type": "conversation.item.added", "previous_item_id": follows, "item": item})
        await self._send({"type": "conversation.item.done", "previous_item_id": follows, "item": item})

    async def _retrieve_item(self, event: Mapping[str, Any]) -> None:
        item = self._conversation.get(event.get("item_id"))
        await self._send({"type": "conversation.item.retrieved", "item": item})

    async def _delete_item(self, event: Mapping[str, Any]) -> None:
        self._conversation.delete(event.get("item_id"))
        await self._send({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    async def _truncate_item(self, event: Mapping[str, Any]) -> None:
        item = self._conversation.get(event.get("item_id"))
        end_ms = event.get("audio_end_ms")
        if not isinstance(end_ms, int | float) or isinstance(end_ms, bool) or end_ms < 0:
            raise BadRequest('"audio_end_ms" must be a number of milliseconds.', param="audio_end_ms")
        if item.get("role") != "assistant" or not item.get("content"):
            raise BadRequest("Only an assistant message with audio can be truncated.", param="item_id")
        whole_ms = self._audio_ms.get(item["id"]) or (
            self._response.audio_ms.get(item["id"]) if self._response else None
        )
        part = item["content"][0]
        words = str(part.get("transcript") or "").split(" ")
        if whole_ms:
            # words are taken to be evenly spread: what the person did not hear must leave the conversation
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
        if self._answering is not None and not self._answering.done():
            raise BadRequest(
                "A response is under way; cancel it first.", code="conversation_already_has_active_response"
            )
        asked = event.get("response") or {}
        if not isinstance(asked, dict):
            raise BadRequest('"response" must be an object.', param="response")
        check_answer(asked, "response")
        if isinstance(asked.get("input"), list):
            asked = {**asked, "input": [checked(item) for item in asked["input"]]}
        self._begin(asked)

    def _begin(self, asked: Mapping[str, Any]) -> None:
        self._response = Response(self._corridor, self._caller, self._config, self._conversation, self._send, asked)
        self._answering = asyncio.create_task(self._response.run())

    async def _cancel_response(self, event: Mapping[str, Any]) -> None:
        if self._answering is None or self._answering.done():
            raise BadRequest("There is no response under way.", code="response_cancel_not_active")
        await self._stop_response("client_cancelled")

    async def _stop_response(self, reason: str) -> None:
        response, task = self._response, self._answering
        if response is not None:
            self._audio_ms |= response.audio_ms
        if response is None or task is None or task.done():
            return
        response.because(reason)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._audio_ms |= response.audio_ms
