"""One answer of a Realtime session: the model's words as they come, spoken clause by clause, with its tool calls."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Audio, Usage, UtteranceDone
from voicegw_desktop.core.ports import STREAMED, Caller, ChatRunPort, CorridorPort, TtsOptions, TtsRunPort
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.chat.answer import Call, Finish, Piece, Text, pieces, refusal_of
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig, voice_name
from voicegw_desktop.sockets.openai.realtime.items import Conversation, new_id

Send = Callable[[dict[str, Any]], Awaitable[None]]
CONTENT_REFUSED, CONTEXT_EXCEEDED = "unsupported_content", "context_length_exceeded"
KEPT_SHARE = 0.5
"""Share that is kept of a conversation that has become too long, unless the session sets one."""
SPEECH_MODEL = "openai/gpt-4o-mini-tts"
"""What the answer's voice is asked for as; aliases say what speaks."""


def speech_target(voice: str | None) -> tuple[str, str | None]:
    """Target and voice to ask for: `provider/model` and `provider/model:voice` name a target, other names a voice."""
    if voice is not None and "/" in voice:
        return voice, None
    return SPEECH_MODEL, voice


class Response:
    """Runs once; `cancel` ends it early and lets what was said so far stand in the conversation."""

    def __init__(
        self,
        corridor: CorridorPort,
        caller: Caller,
        config: RealtimeConfig,
        conversation: Conversation,
        send: Send,
        asked: Mapping[str, Any],
        heard: Callable[[], Awaitable[None]],
    ) -> None:
        self._corridor, self._caller, self._config = corridor, caller, config
        self._conversation, self._send, self._asked = conversation, send, asked
        self._heard = heard
        """Waits for the words of what was said before this answer."""
        self._aside = asked.get("conversation") == "none"
        spoken = asked.get("audio") or {}
        self._voice = {**config.output, **{k: v for k, v in (spoken.get("output") or {}).items() if v is not None}}
        self.id = new_id("resp")
        self._output: list[dict[str, Any]] = []
        self._usage = {"prompt_tokens": 0, "completion_tokens": 0}
        self._cached = 0
        modalities = asked.get("output_modalities") or config.data.get("output_modalities") or ["audio"]
        self.speaks = "audio" in modalities
        """Whether its words are spoken."""
        self._modalities = ["audio"] if self.speaks else ["text"]
        self._item: dict[str, Any] | None = None
        self._text = ""
        self._calls: dict[int, dict[str, Any]] = {}
        self._tts: TtsRunPort | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._reason = ""
        self.audio_ms: dict[str, float] = {}
        """Milliseconds of audio sent by item id."""
        self._sounding_since = 0.0
        self.completed = False
        """Whether the whole answer was made."""
        self._begun = asyncio.Event()
        self._settling: asyncio.Future[None] | None = None

    # -- life -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Answer; always ends with response.done."""
        status = "completed"
        details: dict[str, Any] | None = None
        try:
            self._begun.set()
            await self._send({"type": "response.created", "response": self._public("in_progress")})
            await self._answer()
            self.completed = True
            if self._reason == "length":
                status, details = "incomplete", {"type": "incomplete", "reason": "max_output_tokens"}
        except asyncio.CancelledError:
            status, details = "cancelled", {"type": "cancelled", "reason": self._reason or "client_cancelled"}
        except VoiceGatewayError as e:
            error = {"type": e.type, "code": e.code, "message": e.message}
            status, details = "failed", {"type": "failed", "error": error}
        finally:
            self._settling = asyncio.ensure_future(self._settle(status, details))
            await asyncio.shield(self._settling)

    async def stop(self, task: asyncio.Task[None]) -> None:
        """Cancel the task that runs it, not before it began: it would end without a word."""
        await self._begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if self._settling is not None:
            # its end is still told where the task was cancelled once more
            await asyncio.wait({self._settling})

    def because(self, reason: str) -> None:
        """Why it will be cancelled: client_cancelled or turn_detected."""
        self._reason = reason

    def makes(self, item_id: str) -> bool:
        """Whether this is the message that is being made now."""
        return self._item is not None and self._item["id"] == item_id

    @property
    def playing_ms(self) -> float:
        """How much longer a client plays what it was sent."""
        if not self._sounding_since:
            return 0.0
        return max(0.0, sum(self.audio_ms.values()) - (time.monotonic() - self._sounding_since) * 1000)

    async def _settle(self, status: str, details: dict[str, Any] | None) -> None:
        if self._speaking is not None and not self._speaking.done():
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
        if self._tts is not None:
            await self._tts.cancel()
        if self._item is not None:
            await self._finish_message("completed" if status == "completed" else "incomplete")
        for item in self._output:
            if item["status"] == "in_progress":
                item["status"] = "incomplete"
                await self._finish_item(item)
        response = self._public(status)
        response["status_details"] = details
        await self._send({"type": "response.done", "response": response})

    def _public(self, status: str) -> dict[str, Any]:
        prompt, completion = self._usage["prompt_tokens"], self._usage["completion_tokens"]
        limit = self._asked.get("max_output_tokens") or self._config.data.get("max_output_tokens") or "inf"
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": None,
            "output": [dict(item) for item in self._output],
            "conversation_id": None if self._aside else self._conversation.id,
            "output_modalities": self._modalities,
            "max_output_tokens": limit,
            "audio": {"output": {"format": self._voice.get("format"), "voice": self._voice_name}},
            "usage": None
            if status == "in_progress"
            else {
                "total_tokens": prompt + completion,
                "input_tokens": prompt,
                "output_tokens": completion,
                "input_token_details": {"text_tokens": prompt, "audio_tokens": 0, "cached_tokens": self._cached},
                "output_token_details": {"text_tokens": completion, "audio_tokens": 0},
            },
            "metadata": self._asked.get("metadata"),
        }

    @property
    def _voice_name(self) -> str | None:
        return voice_name(self._voice)

    # -- words ----------------------------------------------------------------------------------------------------

    async def _answer(self) -> None:
        await self._heard()
        run = await self._asked_model()
        try:
            async for piece in pieces(run):
                await self._take(piece)
        finally:
            await run.close()
        if self._tts is not None and self._speaking is not None:
            await self._tts.end()
            await self._speaking
            self._tts = None
        if self._item is not None:
            await self._finish_message("completed")
        for index in sorted(self._calls):
            await self._finish_call(self._calls[index])

    async def _asked_model(self) -> ChatRunPort:
        """The model's answer. Raises its refusal; what it can never take is left in the conversation no longer."""
        while True:
            run = await self._corridor.chat(self._caller, self._config.llm_model, self.body(), options=STREAMED)
            if run.status < 400:
                return run
            try:
                refused = refusal_of(await run.read(), run.status)
            finally:
                await run.close()
            if refused.code == CONTENT_REFUSED:
                for item_id in self._conversation.without_images():
                    await self._send({"type": "conversation.item.deleted", "item_id": item_id})
            if refused.code != CONTEXT_EXCEEDED or not self._shorten():
                raise refused

    def _shorten(self) -> bool:
        """Leave the oldest items out, as `truncation` says; False when that is not wanted or does not help."""
        how = self._config.data.get("truncation")
        if how == "disabled" or self._asked.get("input") is not None:
            return False
        share = how.get("retention_ratio") if isinstance(how, dict) else None
        return self._conversation.forget_oldest(share if isinstance(share, float) and 0 < share < 1 else KEPT_SHARE)

    def body(self, more: Sequence[dict[str, object]] = ()) -> dict[str, Any]:
        """The chat it asks for; `more`: messages behind those of the conversation."""
        data, asked = self._config.data, self._asked
        asked_words = asked.get("instructions")
        instructions = str(data.get("instructions") or "") if asked_words is None else asked_words
        body: dict[str, Any] = {
            "model": self._config.llm_model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [*self._conversation.messages(instructions, asked.get("input")), *more],
        }
        tools = [
            {"type": "function", "function": {k: t[k] for k in ("name", "description", "parameters") if k in t}}
            for t in (data.get("tools") if asked.get("tools") is None else asked["tools"]) or ()
        ]
        if tools:
            choice = asked.get("tool_choice") or data.get("tool_choice") or "auto"
            if isinstance(choice, dict) and "name" in choice:
                choice = {"type": "function", "function": {"name": choice["name"]}}
            body |= {"tools": tools, "tool_choice": choice}
            parallel = asked.get("parallel_tool_calls", data.get("parallel_tool_calls"))
            if isinstance(parallel, bool):
                body["parallel_tool_calls"] = parallel
        reasoning = asked.get("reasoning") or data.get("reasoning")
        if isinstance(reasoning, dict) and isinstance(reasoning.get("effort"), str):
            body["reasoning_effort"] = reasoning["effort"]
        limit = asked.get("max_output_tokens") or data.get("max_output_tokens")
        if isinstance(limit, int) and not isinstance(limit, bool):
            body["max_tokens"] = limit
        return body

    async def _take(self, piece: Piece) -> None:
        match piece:
            case Text():
                await self._say(piece.text)
            case Call():
                await self._call(piece)
            case Finish(reason="length"):
                self._reason = "length"
            case Usage():
                self._usage = {"prompt_tokens": piece.prompt_tokens, "completion_tokens": piece.completion_tokens}
                self._cached = piece.cached_tokens

    async def _say(self, text: str) -> None:
        if self._item is None:
            await self._begin_message()
        assert self._item is not None
        self._text += text
        kind = "response.output_audio_transcript.delta" if self.speaks else "response.output_text.delta"
        await self._send({"type": kind, **self._place(self._item), "content_index": 0, "delta": text})
        if self._tts is not None:
            await self._tts.push(text)

    def _place(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": item["id"], "output_index": self._output.index(item)}  # type: ignore[arg-type]

    async def _begin_item(self, item: dict[str, Any]) -> None:
        self._output.append(item)
        index = len(self._output) - 1
        await self._send(
            {"type": "response.output_item.added", "response_id": self.id, "output_index": index, "item": dict(item)}
        )
        if self._aside:
            return
        follows = self._conversation.add(item)
        await self._send({"type": "conversation.item.added", "previous_item_id": follows, "item": dict(item)})

    async def _begin_message(self) -> None:
        self._item = {
            "id": new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        await self._begin_item(self._item)
        part = {"type": "audio", "transcript": ""} if self.speaks else {"type": "text", "text": ""}
        await self._send(
            {"type": "response.content_part.added", **self._place(self._item), "content_index": 0, "part": part}
        )
        if self.speaks:
            await self._begin_speech(self._item)

    async def _finish_message(self, status: str) -> None:
        item, self._item = self._item, None
        text, self._text = self._text, ""
        assert item is not None
        # whole before anything is sent: a client may truncate it while the last events are on their way
        item["status"] = status
        item["content"] = [
            {"type": "output_audio", "transcript": text} if self.speaks else {"type": "output_text", "text": text}
        ]
        place = {**self._place(item), "content_index": 0}
        if self.speaks:
            await self._send({"type": "response.output_audio.done", **place})
            await self._send({"type": "response.output_audio_transcript.done", **place, "transcript": text})
            part = {"type": "audio", "transcript": text}
        else:
            await self._send({"type": "response.output_text.done", **place, "text": text})
            part = {"type": "text", "text": text}
        await self._send({"type": "response.content_part.done", **place, "part": part})
        await self._finish_item(item)

    async def _finish_item(self, item: dict[str, Any]) -> None:
        await self._send(
            {
                "type": "response.output_item.done",
                "response_id": self.id,
                "output_index": self._output.index(item),
                "item": dict(item),
            }
        )
        if not self._aside:
            follows = self._conversation.before(item["id"])
            await self._send({"type": "conversation.item.done", "previous_item_id": follows, "item": dict(item)})

    # -- tool calls -----------------------------------------------------------------------------------------------

    async def _call(self, call: Call) -> None:
        item = self._calls.get(call.index)
        if item is None:
            item = self._calls[call.index] = {
                "id": new_id("item"),
                "object": "realtime.item",
                "type": "function_call",
                "status": "in_progress",
                "call_id": call.id or new_id("call"),
                "name": call.name or "",
                "arguments": "",
            }
            await self._begin_item(item)
        if call.arguments:
            item["arguments"] += call.arguments
            await self._send(
                {
                    "type": "response.function_call_arguments.delta",
                    **self._place(item),
                    "call_id": item["call_id"],
                    "delta": call.arguments,
                }
            )

    async def _finish_call(self, item: dict[str, Any]) -> None:
        item["status"] = "completed"
        await self._send(
            {
                "type": "response.function_call_arguments.done",
                **self._place(item),
                "call_id": item["call_id"],
                "name": item["name"],
                "arguments": item["arguments"],
            }
        )
        await self._finish_item(item)

    # -- sound ----------------------------------------------------------------------------------------------------

    def speech(self) -> tuple[str, TtsOptions]:
        """What speaks it, and how."""
        target, voice = speech_target(self._voice_name)
        rate = self._config.rate(self._voice.get("format") or {})
        return target, TtsOptions(voice=voice, speed=float(self._voice.get("speed") or 1.0), rate=rate)

    async def _begin_speech(self, item: dict[str, Any]) -> None:
        fmt = self._voice.get("format") or {}
        run = self._tts = await self._corridor.open_tts(self._caller, *self.speech())
        self._speaking = asyncio.create_task(self._speak(run, item, self._config.law(fmt), self._config.rate(fmt)))

    async def _speak(self, run: TtsRunPort, item: dict[str, Any], law: g711.Law | None, rate: int) -> None:
        async for event in run:
            if isinstance(event, Audio) and event.pcm:
                self._sounding_since = self._sounding_since or time.monotonic()
                self.audio_ms[item["id"]] = self.audio_ms.get(item["id"], 0.0) + len(event.pcm) / 2 / rate * 1000
                sound = g711.encode(event.pcm, law) if law else event.pcm
                await self._send(
                    {
                        "type": "response.output_audio.delta",
                        **self._place(item),
                        "content_index": 0,
                        "delta": base64.b64encode(sound).decode("ascii"),
                    }
                )
            elif isinstance(event, UtteranceDone):
                return
