"""A spoken conversation over Realtime, seen from the person's side: turns with their words and their times."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import record
from voicegw_desktop.core.unanswered import why
from voicegw_desktop.sound import wire

if TYPE_CHECKING:
    import aiohttp

HEARD = "conversation.item.input_audio_transcription"
ASSISTANT = "You are a voice assistant. Answer the person in one or two short, friendly sentences."
LONGEST = 1024  # tokens of one answer, some five minutes of speech
"""A small model may repeat itself to the end of its context, which takes minutes."""
COMMIT_EMPTY = "input_audio_buffer_commit_empty"
"""The code of the error that answers a commit of no audio, or of too little."""
NOTHING_HEARD = "No words were heard; check the microphone and its level, then try again."
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Choice:
    """What serves a conversation, and how; None leaves it to the routes and aliases."""

    stt: str | None = None
    llm: str | None = None
    tts: str | None = None
    voice: str | None = None
    instructions: str = ASSISTANT
    hands_free: bool = True
    """The gateway finds the end of a turn and a person may interrupt; False: `commit` ends it."""
    answers: bool = True
    """False: only the words of what is said are wanted."""
    language: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """Parameters of the WebSocket's address."""
        if not self.answers:
            return {"intent": "transcription"}
        return {"model": self.llm} if self.llm else {}

    def session(self) -> dict[str, Any]:
        """The session.update that asks for it."""
        listen: dict[str, Any] = {
            "format": {"type": "audio/pcm", "rate": wire.RATE},
            "transcription": {"model": self.stt or "whisper-1"}
            | ({"language": self.language} if self.language else {}),
            "turn_detection": {"type": "server_vad"} if self.hands_free else None,
        }
        if not self.answers:
            return {"type": "transcription", "audio": {"input": listen}}
        voice = ":".join(filter(None, (self.tts, self.voice))) or "alloy"
        return {
            "type": "realtime",
            "instructions": self.instructions,
            "max_output_tokens": LONGEST,
            "audio": {"input": listen, "output": {"format": {"type": "audio/pcm", "rate": wire.RATE}, "voice": voice}},
        }


@dataclass
class Turn:
    """What was said and answered; times are seconds of the conversation's clock, None until they come."""

    said: str = ""
    answer: str = ""
    quiet_at: float | None = None
    """The person stopped speaking."""
    ended_at: float | None = None
    """The turn was taken to be over: after a pause, or at once where a button ends it."""
    words_at: float | None = None
    token_at: float | None = None
    audio_at: float | None = None
    done_at: float | None = None
    typed: bool = False
    interrupted: bool = False
    error: str = ""
    audio: bytearray = field(default_factory=bytearray, repr=False)
    """The answer's samples."""
    item: str = ""
    """The gateway's id of what was said, where the gateway found the turn."""

    @property
    def stages(self) -> list[tuple[str, float]]:
        """What the person waited for so far, in order: name and milliseconds."""
        marks = (("pause", self.ended_at), ("words", self.words_at), ("token", self.token_at), ("audio", self.audio_at))
        found, before = [], self.quiet_at
        for name, at in marks:
            if at is not None and before is not None:
                if at > before or not (name == "pause" or self.typed):
                    found.append((name, max(0.0, at - before) * 1000))
                before = max(before, at)
        return found


KEPT_ANSWERS = 8
"""Responses whose turn is remembered."""
STOP = "stop"
"""Event id of what stops an answer. The answer may have ended meanwhile: its refusal is no fault of the turn."""


class Conversation:
    """Takes samples and the gateway's events; keeps the turns, plays answers, stops playing when interrupted."""

    def __init__(
        self,
        choice: Choice,
        send: Send,
        changed: Callable[[Turn], None],
        *,
        play: Callable[[bytes], None] = lambda pcm: None,
        hush: Callable[[], Awaitable[float]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`changed` is called for each change of the newest turn; `hush` stops the sound, gives milliseconds played."""
        self._choice, self._send, self._changed = choice, send, changed
        self._play, self._hush, self._clock = play, hush, clock
        self.turns: list[Turn] = []
        self.session_id = ""
        """Under it the gateway records what each request cost and what served it."""
        self.speaking = False
        """True while the gateway hears the person speak."""
        self.answering = False
        self._sent_octets = 0
        self._answered: dict[str, Turn] = {}
        """Id of a response: the turn that it answers; the newest responses only."""
        self._answer_item = ""
        self._answer_ms = 0.0
        self._before_ms = 0.0  # of answers before it, since the speaker last began to count

    @property
    def turn(self) -> Turn:
        """The newest one; made when there is none."""
        if not self.turns:
            self.turns.append(Turn())
        return self.turns[-1]

    # -- what the person does -----------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Say what is wanted."""
        await self._send({"type": "session.update", "session": self._choice.session()})

    async def hear(self, pcm: bytes) -> None:
        """The next samples of the microphone, at wire.RATE."""
        self._sent_octets += len(pcm)
        await self._send({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

    async def commit(self) -> None:
        """The person released the button: the turn is over."""
        turn = self._open_turn()
        turn.quiet_at = turn.ended_at = self._clock()
        self._changed(turn)
        await self._send({"type": "input_audio_buffer.commit"})

    async def write(self, text: str) -> None:
        """A typed turn."""
        await self.interrupt()
        now = self._clock()
        self._new_turn(Turn(said=text, quiet_at=now, ended_at=now, words_at=now, typed=True))
        content = [{"type": "input_text", "text": text}]
        await self._send(
            {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}}
        )
        await self._send({"type": "response.create"})

    def heard_out(self) -> None:
        """The speaker has played everything and counts from 0 again: nothing is left to interrupt."""
        self._answer_item = ""
        self._answer_ms = self._before_ms = 0.0

    async def interrupt(self) -> None:
        """Stop the answer; the conversation remembers only what was heard of it."""
        item, made_ms = self._answer_item, self._answer_ms
        if not item and not self.answering:
            return
        played = await self._hush() if self._hush is not None else 0.0
        # the speaker counts since it was last silenced: answers before this one are in its sum
        played = max(0.0, played - self._before_ms)
        self.heard_out()
        if not self.answering and played >= made_ms:
            return
        self.turn.interrupted = True
        if self.answering and not made_ms:
            await self._send({"type": "response.cancel", "event_id": STOP})
            return
        await self._send(
            {
                "type": "conversation.item.truncate", "event_id": STOP, "item_id": item, "content_index": 0,
                "audio_end_ms": int(min(played, made_ms)),
            }
        )  # fmt: skip

    def _open_turn(self) -> Turn:
        """The turn that waits for its words; a new one when the newest has them, as when a button is held again."""
        newest = self.turns[-1] if self.turns else None
        if newest is None or newest.words_at is not None or newest.error:
            newest = Turn()
            self.turns.append(newest)
        return newest

    def _new_turn(self, turn: Turn) -> None:
        self.turns.append(turn)
        self._changed(turn)

    # -- what the gateway says ----------------------------------------------------------------------------------------

    async def take(self, event: Mapping[str, Any]) -> None:
        """One server event."""
        match event.get("type"):
            case "session.created":
                self.session_id = str(event["session"]["id"])
            case "input_audio_buffer.speech_started":
                self.speaking = True
                await self.interrupt()
                self._new_turn(Turn(item=str(event.get("item_id") or "")))
            case "input_audio_buffer.speech_stopped":
                self.speaking = False
                now = self._clock()
                late = wire.milliseconds(self._sent_octets) - float(event.get("audio_end_ms") or 0)
                turn = self._turn_of(event)
                turn.ended_at, turn.quiet_at = now, now - max(0.0, late) / 1000
                self._changed(turn)
            case "conversation.item.input_audio_transcription.delta":
                turn = self._open_turn()
                turn.said += str(event["delta"])
                self._changed(turn)
            case "conversation.item.input_audio_transcription.completed":
                await self._words(self._turn_of(event), str(event["transcript"]))
            case "conversation.item.input_audio_transcription.failed":
                self._fail(event.get("error"))
            case "response.created":
                self.answering = True
                self._begin_answer(event.get("response") or {})
                self._before_ms += self._answer_ms
                self._answer_ms = 0.0
            case "response.output_audio_transcript.delta":
                self._token(event)
            case "response.output_audio.delta":
                self._sound(event)
            case "response.done":
                self._done(event["response"])
            case "error":
                error = event.get("error") or {}
                if error.get("code") == COMMIT_EMPTY:
                    self._nothing_to_commit()
                elif error.get("event_id") != STOP:
                    self._fail(error)

    def _turn_of(self, event: Mapping[str, Any]) -> Turn:
        """The turn that an event is about: the words of one may come when the next has begun."""
        item = event.get("item_id")
        return next((turn for turn in reversed(self.turns) if item and turn.item == item), self.turn)

    async def _words(self, turn: Turn, text: str) -> None:
        turn.said, turn.words_at = text, self._clock()
        if not text and self._choice.hands_free:
            # a cough or a door was taken for speech
            self.turns.remove(turn)
        elif not text:
            turn.error = NOTHING_HEARD
        elif not self._choice.hands_free and self._choice.answers:
            await self._send({"type": "response.create"})
        self._changed(turn)

    def _nothing_to_commit(self) -> None:
        """The button was held too briefly; hands free the detector ended the turn first, and its words still come."""
        if not self._choice.hands_free:
            self._fail({"message": NOTHING_HEARD})

    def _begin_answer(self, response: Mapping[str, Any]) -> None:
        """Remember which turn a response answers: the newest that is over, since the next may have begun already."""
        over = next((turn for turn in reversed(self.turns) if turn.ended_at is not None), self.turn)
        self._answered[str(response.get("id"))] = over
        while len(self._answered) > KEPT_ANSWERS:
            del self._answered[next(iter(self._answered))]

    def _token(self, event: Mapping[str, Any]) -> None:
        turn = self._answered.get(str(event.get("response_id")), self.turn)
        self._answer_item = str(event["item_id"])
        if turn.token_at is None:
            turn.token_at = self._clock()
        turn.answer += str(event["delta"])
        self._changed(turn)

    def _sound(self, event: Mapping[str, Any]) -> None:
        turn = self._answered.get(str(event.get("response_id")), self.turn)
        if event["item_id"] != self._answer_item:
            # the answer was interrupted while this event was on its way
            return
        pcm = base64.b64decode(event["delta"])
        self._answer_ms += wire.milliseconds(len(pcm))
        turn.audio += pcm
        self._play(pcm)
        if turn.audio_at is None:
            turn.audio_at = self._clock()
            self._changed(turn)

    def _done(self, response: Mapping[str, Any]) -> None:
        self.answering = False
        details = response.get("status_details") or {}
        turn = self._answered.get(str(response.get("id")), self.turn)
        if response.get("status") == "failed":
            self._fail(details.get("error"), turn)
            return
        # an answer of the longest length is cut off and over, a cancelled one belongs to a turn that was interrupted
        if response.get("status") in ("completed", "incomplete"):
            turn.done_at = self._clock()
        self._changed(turn)

    def _fail(self, error: Mapping[str, Any] | None, turn: Turn | None = None) -> None:
        turn = turn or self.turn
        turn.error = str((error or {}).get("message") or "The gateway could not do it.")
        turn.done_at = self._clock()
        self._changed(turn)


class Line:
    """The WebSocket under a conversation: `async with Line(http, choice, changed) as line`, then `await line.run()`."""

    def __init__(
        self, http: aiohttp.ClientSession, choice: Choice, changed: Callable[[Turn], None], **more: Any
    ) -> None:
        """`http`: an aiohttp session whose base address is the gateway's `/v1/`."""
        self._http = http
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self.choice = choice
        self.talk = Conversation(choice, self._send, changed, **more)

    async def __aenter__(self) -> Line:
        import aiohttp

        try:
            self._ws = await self._http.ws_connect("realtime", params=self.choice.query, max_msg_size=0)
            await self.talk.take(await self._next())
            await self.talk.begin()
        except aiohttp.WSServerHandshakeError as e:
            raise VoiceGatewayError(f"The gateway refused the conversation with status {e.status}.") from e
        except aiohttp.ClientError as e:
            raise VoiceGatewayError(f"The gateway does not answer: {why(e)}.") from e
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._ws is not None:
            await self._ws.close()

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Take events until `until()` holds; VoiceGatewayError when the gateway ends the conversation."""
        while not until():
            await self.talk.take(await self._next())

    async def _next(self) -> dict[str, Any]:
        assert self._ws is not None
        data: object = (await self._ws.receive()).data
        if not isinstance(data, str):
            raise VoiceGatewayError("The gateway ended the conversation; start again when it serves.", code="ended")
        return record(loads(data))

    async def _send(self, event: dict[str, Any]) -> None:
        if self._ws is None or self._ws.closed:
            raise VoiceGatewayError("The gateway ended the conversation; start again when it serves.", code="ended")
        await self._ws.send_str(json.dumps(event))
