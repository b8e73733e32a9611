"""A Live session: its events in both directions, around a Realtime session that hears, answers and speaks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Caller, CorridorPort
from voicegw_desktop.core.typed import Record, record, text, whole
from voicegw_desktop.sockets.openai.live.config import LiveConfig, renamed
from voicegw_desktop.sockets.openai.live.delegated import Delegated
from voicegw_desktop.sockets.openai.live.playing import Playing, Sleep
from voicegw_desktop.sockets.openai.realtime.config import Named, RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.fields import only
from voicegw_desktop.sockets.openai.realtime.items import new_id
from voicegw_desktop.sockets.openai.realtime.listening import HEARD, samples
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

Send = Callable[[Record], Awaitable[None]]
OWN = "live"
"""The event id of what this session tells the Realtime session by itself; the client is not told of errors about it."""
MOST_APPENDED = 256 * 1024  # characters of instructions that came after the start
MOST_ASKS = 16  # answers that the client asked for and that wait for the one before
SILENT = {"audio/pcm": b"\0\0", "audio/pcmu": b"\xff", "audio/pcma": b"\xd5"}


class LiveSession:
    """Feed it client events with `receive`; it sends server events. The first must be `session.start`."""

    def __init__(
        self,
        corridor: CorridorPort,
        caller: Caller,
        send: Send,
        clock: Clock,
        named: Named | None = None,
        *,
        lasts_s: float = 14_400.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`named`: what to ask for where a client writes a bare name; `lasts_s`: the longest that it may be open."""
        self._corridor, self._caller, self._clock, self._named = corridor, caller, clock, named
        self._raw_send, self._sleep = send, sleep
        self.id = caller.session or new_id("sess")
        self._began_ns = clock.monotonic_ns()
        self._expires_at = int(clock.time() + lasts_s)
        self._config: LiveConfig | None = None
        self._settings: RealtimeConfig | None = None
        self._inner: RealtimeSession | None = None
        self._playing: Playing | None = None
        self._delegated = Delegated(self._send)
        self._muted = False
        self._heard_ms: dict[str, int] = {}
        """Where the words of an item went on, by its id."""
        self._spoke_ms = 0
        self._words_of: str | None = None
        """The item that the last words belonged to."""
        self._asks: set[asyncio.Task[None]] = set()
        self.closed = False
        """The client asked for the end."""
        self._handlers: dict[str, tuple[tuple[str, ...], Callable[[Record], Awaitable[None]]]] = {
            "session.update": (("session",), self._update),
            "session.input_audio.append": (("audio",), self._append),
            "session.input_audio.mute": ((), self._mute),
            "session.input_audio.unmute": ((), self._mute),
            "session.instructions.append": (("delegation_id", "content"), self._add),
            "session.thinking.append": (("delegation_id", "content"), self._add),
            "session.commentary.append": (("delegation_id", "content"), self._add),
            "response.item.create": (("item",), self._give),
            "response.create": ((), self._respond),
            "session.close": ((), self._end),
        }

    # -- what the client says -------------------------------------------------------------------------------------

    async def receive(self, event: Mapping[str, object]) -> None:
        """Take one client event; a bad one is answered with `error` and changes nothing."""
        kind = event.get("type")
        try:
            if self._inner is None:
                await self._begin(event)
                return
            fields, handler = self._handlers.get(kind if isinstance(kind, str) else "", ((), None))
            if not isinstance(kind, str):
                raise BadRequest('An event needs a "type", which is a text.', param="type", code="invalid_event")
            if handler is None:
                raise BadRequest(f'There is no client event "{str(kind)[:60]}".', param="type", code="unknown_event")
            given = only(dict(event), ("type", "event_id", *fields), "")
            for name in fields:
                if name not in given:
                    raise BadRequest(f"{name} is required.", param=name, code="missing_required_parameter")
            await handler(given)
        except VoiceGatewayError as e:
            await self.error(e, event.get("event_id"))

    async def error(self, e: VoiceGatewayError, event_id: object = None) -> None:
        """Tell the client what went wrong; the session goes on."""
        detail: Record = {"type": e.type, "code": e.code or e.type, "message": e.message}
        await self._tell_error({**detail, **({"param": e.param} if e.param else {})}, event_id)

    async def close(self) -> None:
        """Stop what still runs; idempotent."""
        for task in tuple(self._asks):
            task.cancel()
        await asyncio.gather(*self._asks, return_exceptions=True)
        if self._playing is not None:
            await self._playing.close()
        if self._inner is not None:
            await self._inner.close()

    async def _begin(self, event: Mapping[str, object]) -> None:
        if event.get("type") != "session.start":
            raise BadRequest(
                "The first event must be session.start, and others wait for session.started.",
                param="type",
                code="session_not_started",
            )
        given = only(dict(event), ("type", "event_id", "session"), "")
        config = LiveConfig(given.get("session"))
        check = partial(self._corridor.check_model, self._caller)
        settings = RealtimeConfig("realtime", config.answered_by, self.id, self._named, check)
        _apply(settings, config)
        try:
            await self._corridor.check_chat(self._caller, settings.llm_model, {})
        except VoiceGatewayError as e:
            e.param = config.model_path
            raise
        kind = str(config.format["type"])
        self._playing = Playing(
            self._send, self._clock, settings.rate(config.format) * len(SILENT[kind]), SILENT[kind][:1], self._sleep
        )
        inner = RealtimeSession(self._corridor, self._caller, settings, self._told)
        for item in config.items:
            await inner.receive({"type": "conversation.item.create", "item": item, "event_id": event.get("event_id")})
        self._config, self._settings, self._inner = config, settings, inner
        shown = config.public(self.id, self._expires_at)
        await self._send({"type": "session.started", "session": shown, **_cause(event)})

    async def _update(self, event: Record) -> None:
        config, settings = self._started()
        before = (config.target, config.backend)
        try:
            config.update(event["session"])
            _apply(settings, config)
        except VoiceGatewayError:
            config.target, config.backend = before
            raise
        shown = config.public(self.id, self._expires_at)
        await self._send({"type": "session.updated", "session": shown, **_cause(event)})

    async def _append(self, event: Record) -> None:
        audio = event["audio"]
        if self._muted:
            _, settings = self._started()
            # silence of the same length, so that the engine receives a pause
            quiet = len(samples(audio, settings)) // 2
            kind = str(settings.input["format"]["type"])
            audio = base64.b64encode(SILENT[kind] * quiet).decode("ascii")
        await self._within({"type": "input_audio_buffer.append", "audio": audio}, event)

    async def _mute(self, event: Record) -> None:
        self._muted = event["type"] == "session.input_audio.mute"
        await self._send({"type": f"{event['type']}d", **_cause(event)})

    async def _add(self, event: Record) -> None:
        """More instructions, something to know, or something to say now."""
        config, settings = self._started()
        content = event["content"]
        if not isinstance(content, str) or not content.strip():
            raise BadRequest("content must be text.", param="content")
        if event["delegation_id"] is not None:
            raise BadRequest(
                "delegation_id must be null: no work is handed to the client here.",
                param="delegation_id",
                code="delegation_not_found",
            )
        kind = text(event["type"])
        if kind == "session.instructions.append":
            if sum(map(len, config.appended)) + len(content) > MOST_APPENDED:
                raise BadRequest(
                    f"Instructions that are added to a session may have {MOST_APPENDED} characters together.",
                    param="content",
                    code="instructions_too_long",
                )
            config.appended.append(content)
            _apply(settings, config)
        elif kind == "session.thinking.append":
            part = {"type": "input_text", "text": content}
            item = {"type": "message", "role": "system", "content": [part]}
            await self._within({"type": "conversation.item.create", "item": item}, event)
        else:
            await self._ask(f"{config.spoken_as}\n\n{content}".strip(), event)
        at = self._now_ms
        await self._send({"type": f"{kind}ed", "start_ms": at, "end_ms": at, **_cause(event)})

    async def _give(self, event: Record) -> None:
        """A tool's result, or a message, for the model that answers."""
        self._needs_backend()
        item = event["item"]
        if is_output := record(item).get("type") == "function_call_output":
            self._delegated.check(record(item).get("call_id"))
        await self._within({"type": "conversation.item.create", "item": item}, event)
        if is_output:
            self._delegated.answered(record(item).get("call_id"))

    async def _respond(self, event: Record) -> None:
        self._needs_backend()
        self._delegated.ready()
        await self._ask(None, event)

    async def _end(self, event: Record) -> None:
        await self.close()
        self.closed = True
        config, _ = self._started()
        await self._send(
            {
                "type": "session.closed",
                "reason": "close_requested",
                "session": config.public(self.id, self._expires_at),
                "usage": {"seconds": self._now_ms / 1000},
                **_cause(event),
            }
        )

    def _needs_backend(self) -> None:
        if self._started()[0].target != "responses":
            raise BadRequest('This needs session.delegation.type "responses".', code="invalid_delegation_type")

    def _started(self) -> tuple[LiveConfig, RealtimeConfig]:
        assert self._config is not None
        assert self._settings is not None
        return self._config, self._settings

    async def _ask(self, instructions: str | None, event: Record) -> None:
        """Let the model answer as soon as no other answer is being made."""
        assert self._inner is not None
        if not self._asks and not self._inner.answers:
            await self._answer_next(instructions, event)
            return
        if len(self._asks) >= MOST_ASKS:
            raise BadRequest(
                f"{MOST_ASKS} answers wait for the one that is being made; wait for one.", code="too_many_responses"
            )
        task = asyncio.create_task(self._answer_next(instructions, event))
        self._asks.add(task)
        task.add_done_callback(self._asks.discard)

    async def _answer_next(self, instructions: str | None, event: Record) -> None:
        assert self._inner is not None
        await self._inner.quiet()
        self._delegated.asked_by_client = instructions is None
        answer = {} if instructions is None else {"response": {"instructions": instructions}}
        with contextlib.suppress(ConnectionError):
            await self._within({"type": "response.create", **answer}, event)

    async def _within(self, event: Record, cause: Record) -> None:
        assert self._inner is not None
        given = cause.get("event_id")
        await self._inner.receive({**event, **({"event_id": given} if isinstance(given, str) else {})})

    # -- what the Realtime session tells --------------------------------------------------------------------------

    async def _told(self, event: Record) -> None:
        playing = self._playing
        assert playing is not None
        item = text(event.get("item_id"))
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._heard_ms[item] = self._spoke_ms = whole(event.get("audio_start_ms")) or 0
                await self._interrupted()
            case "response.output_audio_transcript.delta":
                playing.text(item, text(event.get("delta")))
            case "response.output_audio.delta":
                await playing.sound(item, base64.b64decode(text(event.get("delta"))))
            case "response.output_audio.done":
                playing.done(item)
            case "response.created":
                await self._delegated.began(record(event.get("response")), self._model)
            case "response.output_item.done":
                await self._delegated.called(record(event.get("item")), self._now_ms)
            case "response.done":
                await self._answered(record(event.get("response")))
            case "error":
                detail = record(event.get("error"))
                cause = detail.pop("event_id", None)
                if cause != OWN:
                    await self._tell_error(detail, cause)
            case kind if kind == f"{HEARD}.delta":
                await self._words(item, text(event.get("delta")))
            case kind if kind == f"{HEARD}.failed":
                await self._tell_error(record(event.get("error")), None)

    async def _words(self, item: str, words: str) -> None:
        if self._words_of not in (None, item):
            # a client puts the fragments of all turns one behind the other
            words = f" {words.lstrip()}"
        self._words_of = item
        start = self._heard_ms.get(item, self._spoke_ms)
        end = max(start, self._now_ms)
        self._heard_ms = {item: end}
        await self._send({"type": "session.input_transcript.delta", "delta": words, "start_ms": start, "end_ms": end})

    async def _interrupted(self) -> None:
        """The person speaks: what of the answer was not sent is dropped, and leaves the conversation."""
        assert self._inner is not None
        assert self._playing is not None
        cut = self._playing.stop()
        if cut is not None:
            item, heard_ms = cut
            await self._inner.receive(
                {
                    "type": "conversation.item.truncate",
                    "item_id": item,
                    "content_index": 0,
                    "audio_end_ms": heard_ms,
                    "event_id": OWN,
                }
            )

    async def _answered(self, response: Record) -> None:
        await self._delegated.ended(response, self._model)
        if response.get("status") == "failed":
            await self._tell_error(record(record(response.get("status_details")).get("error")), None)
        await self._send({"type": "session.usage.updated", "usage": {"seconds": self._now_ms / 1000}})

    async def _tell_error(self, detail: Record, cause: object) -> None:
        told = {name: value for name, value in detail.items() if value is not None}
        told.setdefault("type", "invalid_request_error")
        told.setdefault("code", told["type"])
        told.setdefault("message", "The gateway failed; its log says why.")
        if isinstance(cause, str):
            told["client_event_id"] = cause
        await self._send({"type": "error", "error": told})

    @property
    def _model(self) -> str:
        return self._started()[0].answered_by

    @property
    def _now_ms(self) -> int:
        return (self._clock.monotonic_ns() - self._began_ns) // 1_000_000

    async def _send(self, event: Record) -> None:
        # the sound comes often, and the protocol gives it no id
        named = {} if event["type"] == "session.output_audio.delta" else {"event_id": new_id("event")}
        await self._raw_send({**named, **event})


def _apply(settings: RealtimeConfig, config: LiveConfig) -> None:
    try:
        settings.update({**config.realtime(), "model": config.answered_by})
    except VoiceGatewayError as e:
        raise renamed(e, config) from e


def _cause(event: Mapping[str, object]) -> Record:
    given = event.get("event_id")
    return {"client_event_id": given} if isinstance(given, str) else {}
