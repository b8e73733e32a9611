"""One LiveKit Inference speech connection: pooled by its client, one utterance after the other."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.errors import BadRequest, BudgetExceededError, VoiceGatewayError
from voicegw_desktop.core.events import Alignment, Audio, UtteranceDone
from voicegw_desktop.core.ports import Caller, CorridorPort, TtsOptions, TtsRunPort, Zone
from voicegw_desktop.sockets.audio.utterances import check_waiting
from voicegw_desktop.sockets.livekit.stt import _mapping, _models, _rate

Send = Callable[[dict[str, Any]], Awaitable[None]]

RUN_AHEAD = 3.0  # s of audio ahead of real time within a job: an interruption is invisible until the next request
TEXT_LIMIT = 20_000  # characters in one message
_STAGE_DIRECTION = re.compile(r"\[[A-Za-z][A-Za-z ,'-]{1,30}\]\s?")
"""`[laughter]`: expressive mark-up that local voices would read aloud; tags in angle brackets the voices strip."""
_FREE_DIRECTION = re.compile(r"\[[A-Za-z][^\[\]\d]{1,200}\]\s?")
TIMES = ("add_timestamps", "timestamp_type", "word_timestamps")
"""Where the providers' option sets ask for the times of words."""
TIMED = ("assemblyai/",)
"""For these the client counts on times unless it has switched them off."""
FREE_WRITERS = ("inworld/", "fishaudio/")
"""For these the client writes directions in free words: `[soft, sorry their week was rough; quieter now]`."""


def without_directions(text: str, wanted: str) -> str:
    """The text as a voice without expression should read it; `wanted` is the model for which the client wrote it."""
    pattern = _FREE_DIRECTION if wanted.startswith(FREE_WRITERS) else _STAGE_DIRECTION
    return pattern.sub("", text)


@dataclass
class Utterance:
    """Text on its way to the corridor."""

    id: str
    wanted: str
    options: TtsOptions
    texts: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    run: TtsRunPort | None = None
    characters: int = 0


class TtsSession:
    """Feed it the client's messages with `receive`; it sends the server's."""

    def __init__(self, corridor: CorridorPort, caller: Caller, model: str, send: Send, *, in_job: bool) -> None:
        self._corridor = corridor
        self._caller = caller
        self._model = model
        self._send = send
        self._in_job = in_job
        self._id = "tts_" + secrets.token_hex(8)
        self._voice: str | None = None
        self._language: str | None = None
        self._rate: int | None = None
        self._aligned: bool | None = None
        """Whether the client asked for the times of words; None: it did not say."""
        self._fallback: list[str] = []
        self._current: Utterance | None = None
        self._last: asyncio.Task[None] | None = None
        self._active: Utterance | None = None
        self._under_way = self._characters = 0
        """Utterances that are not spoken to their end, and the characters of their texts."""
        self.on_speaking: Callable[[bool], object] = lambda on: None
        """Told when there is something to be spoken, and when there is nothing more."""
        self.over = asyncio.Event()
        """Set when the connection should end."""

    # -- from the client ----------------------------------------------------------------------------------------------

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one client message; unknown types are ignored."""
        kind = message["type"]
        if kind == "session.create":
            await self._create(message)
        elif kind == "session.close":
            await self._send({"type": "session.closed", "session_id": self._id})
            self.over.set()
        elif self._rate is None:
            raise BadRequest(f'The first message must be session.create, not "{kind[:40]}".')
        elif kind == "input_transcript":
            self._speak(message)
        elif kind == "session.flush":
            await self._flush()

    async def _create(self, message: Mapping[str, Any]) -> None:
        if self._rate is not None:
            raise BadRequest("This session is created already.")
        encoding = message.get("encoding", "pcm_s16le")
        if encoding != "pcm_s16le":
            raise BadRequest(f'encoding "{str(encoding)[:40]}" is not served; ask for pcm_s16le.')
        self._rate = _rate(message.get("sample_rate", "24000"))
        self._configure(message)
        self._fallback = _models(message.get("fallback"))
        extra = message.get("extra")
        if isinstance(extra, dict):
            asked = [extra[name] for name in TIMES if extra.get(name) is not None]
            self._aligned = any(asked) if asked else None
        await self._send({"type": "session.created", "session_id": self._id})
        transcript = message.get("transcript")
        if isinstance(transcript, str) and transcript:
            self._speak({"transcript": transcript})

    def _configure(self, settings: Mapping[str, Any]) -> None:
        for key, attribute in (("model", "_model"), ("voice", "_voice"), ("language", "_language")):
            value = settings.get(key)
            if isinstance(value, str) and value and value != "auto":
                setattr(self, attribute, value)

    def _speak(self, message: Mapping[str, Any]) -> None:
        text = message.get("transcript")
        if not isinstance(text, str):
            raise BadRequest('input_transcript needs "transcript": the text to speak.')
        if len(text) > TEXT_LIMIT:
            raise BadRequest(f"input_transcript.transcript is over {TEXT_LIMIT} characters; send it in pieces.")
        check_waiting(self._characters + len(text))
        if self._current is None:
            self._configure(_mapping(message, "generation_config"))
            self._current = self._begin()
        self._current.characters += len(text)
        self._characters += len(text)
        self._current.texts.put_nowait(text)

    def _begin(self) -> Utterance:
        wanted = self._model if self._voice is None or ":" in self._model else f"{self._model}:{self._voice}"
        aligned = self._model.startswith(TIMED) if self._aligned is None else self._aligned
        extra: dict[str, Any] = {"alignment": aligned}
        if self._in_job:
            extra["run_ahead_s"] = RUN_AHEAD
        options = TtsOptions(language=self._language, rate=self._rate, extra=extra)
        utterance = Utterance(f"{self._id}_{secrets.token_hex(4)}", wanted, options)
        self._under_way += 1
        self._last = asyncio.get_running_loop().create_task(self._utter(utterance, self._last))
        self._last.add_done_callback(lambda _: self._uttered(utterance))
        self.on_speaking(True)
        return utterance

    def _uttered(self, utterance: Utterance) -> None:
        self._under_way -= 1
        self._characters -= utterance.characters
        if not self._under_way:
            self.on_speaking(False)

    async def _flush(self) -> None:
        utterance, self._current = self._current, None
        if utterance is None:
            # an utterance without text: only its end is announced
            await self._send({"type": "done", "session_id": f"{self._id}_{secrets.token_hex(4)}"})
        else:
            utterance.texts.put_nowait(None)

    # -- to the client ------------------------------------------------------------------------------------------------

    async def _utter(self, utterance: Utterance, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        self._active = utterance
        try:
            run = await self._open(utterance)
            feeding = asyncio.get_running_loop().create_task(self._feed(run, utterance))
            try:
                await self._deliver(run, utterance)
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
            await self._send({"type": "done", "session_id": utterance.id})
        except VoiceGatewayError as e:
            await self._error(e, utterance.id)
        except ConnectionError:
            self.over.set()
        finally:
            if utterance.run is not None:
                await utterance.run.cancel()
            self._active = None

    async def _open(self, utterance: Utterance) -> TtsRunPort:
        failure: VoiceGatewayError | None = None
        for wanted in (utterance.wanted, *self._fallback):
            try:
                utterance.run = await self._corridor.open_tts(self._caller, wanted, utterance.options)
                return utterance.run
            except BudgetExceededError:
                # another model costs, too
                raise
            except VoiceGatewayError as e:
                failure = failure or e
        assert failure is not None
        raise failure

    async def _feed(self, run: TtsRunPort, utterance: Utterance) -> None:
        try:
            while (text := await utterance.texts.get()) is not None:
                if run.served.zone is Zone.LOCAL:
                    text = without_directions(text, utterance.wanted)
                await run.push(text)
            await run.end()
        except VoiceGatewayError:
            # the audio side raises this failure too and tells the client
            return

    async def _deliver(self, run: TtsRunPort, utterance: Utterance) -> None:
        loop = asyncio.get_running_loop()
        sent_s, began = 0.0, 0.0
        async for event in run:
            if isinstance(event, Audio) and event.pcm:
                if self._in_job and sent_s and (ahead := sent_s - (loop.time() - began)) > RUN_AHEAD:
                    await asyncio.sleep(ahead - RUN_AHEAD)
                began = began or loop.time()
                sent_s += len(event.pcm) / 2 / event.rate
                await self._audio(utterance.id, event.pcm)
            elif isinstance(event, Alignment):
                words = [{"word": w.text, "start": w.start_s, "end": w.end_s} for w in event.words]
                await self._send({"type": "output_alignment", "session_id": utterance.id, "words": words})
            elif isinstance(event, UtteranceDone):
                break

    async def _audio(self, session_id: str, pcm: bytes) -> None:
        await self._send(
            {"type": "output_audio", "session_id": session_id, "audio": base64.b64encode(pcm).decode("ascii")}
        )

    async def _error(self, error: VoiceGatewayError, session_id: str) -> None:
        await self._send({"type": "error", "code": error.status, "message": error.message, "session_id": session_id})

    async def refuse(self, sentence: str) -> None:
        """Tell the client that its message cannot be used; the connection goes on."""
        await self._send({"type": "error", "code": 400, "message": sentence, "session_id": self._id})

    async def fail(self, error: VoiceGatewayError) -> None:
        """Tell the client why this cannot be done."""
        await self._error(error, self._id)

    async def drain(self) -> None:
        """Nothing is owed once the client closed."""

    async def close(self) -> None:
        """Stop what still runs; idempotent."""
        self.over.set()
        task, self._last = self._last, None
        self._current = None
        if self._active is not None and self._active.run is not None:
            await self._active.run.cancel()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
