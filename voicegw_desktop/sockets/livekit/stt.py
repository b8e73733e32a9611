"""One LiveKit Inference transcription session: its messages to and from the corridor's speech events."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from voicegw_desktop.core.errors import BadRequest, BudgetExceededError, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechStarted, Word
from voicegw_desktop.core.late import Behind
from voicegw_desktop.core.parameters import OFF
from voicegw_desktop.core.ports import CLIENT_TURNS, Caller, CorridorPort, SttOptions, SttRunPort
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.tasks import stop_task
from voicegw_desktop.core.typed import is_record, record
from voicegw_desktop.sockets.audio.languages import asked_tag

Send = Callable[[dict[str, object]], Awaitable[None]]

RATES = range(8_000, 48_001)  # samples per second taken
AFTER_COMMIT = 1.5  # s without audio after a finalize that then counts as the end
STILL = 1.0  # s between messages to a client that waits for the last words
DIARIZE = ("diarize", "speaker_labels", "diarization")
"""By which of them the providers' option sets ask who speaks."""
KEYTERMS = ("keyterm", "keyterms", "keyterms_prompt", "additional_vocab", "keywords")
"""Where the providers' option sets carry words to listen for."""


def turns_are_the_clients(model: str) -> bool:
    """For these models LiveKit's client finalizes each utterance itself; for all others the server finds the end."""
    provider, _, name = model.partition("/")
    entry = PROVIDERS.get(provider)
    if entry is not None:
        return entry.client_finalizes
    return provider == "speechmatics" and not name.startswith("linden-1")


def split_language(name: str) -> tuple[str, str | None]:
    """`deepgram/nova-3:en` → (`deepgram/nova-3`, `en`); a name without a language stays."""
    model, _, last = name.rpartition(":")
    if model and (last == "multi" or re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", last)):
        return model, last
    return name, None


class SttSession:
    """Feed it the client's messages with `receive`; it sends the server's."""

    def __init__(self, corridor: CorridorPort, caller: Caller, model: str, send: Send) -> None:
        self._corridor = corridor
        self._caller = caller
        self._model = model
        self._send = send
        self._id = "stt_" + secrets.token_hex(8)
        self._fallback: list[str] = []
        self._options: SttOptions | None = None
        self._run: SttRunPort | None = None
        self._events: asyncio.Task[None] | None = None
        self._pushed = 0
        self._base_s = 0.0
        self._ended = False
        self._end_timer: asyncio.TimerHandle | None = None
        self._late_end: asyncio.Task[None] | None = None
        self._still: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        """Set when nothing more will be sent."""

    # -- from the client ----------------------------------------------------------------------------------------------

    async def receive(self, message: Mapping[str, object]) -> None:
        """Take one client message; unknown types are ignored, as the client ignores those of servers."""
        kind = str(message["type"])
        if kind == "session.create":
            await self._create(message)
        elif kind == "session.close":
            self.over.set()
        elif self._options is None:
            raise BadRequest(f'The first message must be session.create, not "{kind[:40]}".')
        elif kind == "input_audio":
            await self._audio(message)
        elif kind == "session.update":
            await self._update(message)
        elif kind == "session.finalize":
            await self._finalize()
        elif kind == "session.commit" and self._run is not None:
            # this gateway's addition to the protocol: end the utterance now and continue
            await self._run.commit()

    async def _create(self, message: Mapping[str, object]) -> None:
        if self._options is not None:
            raise BadRequest("This session is created already.")
        settings = _mapping(message, "settings")
        encoding = settings.get("encoding", "pcm_s16le")
        if encoding != "pcm_s16le":
            raise BadRequest(f'settings.encoding "{str(encoding)[:40]}" is not served; send pcm_s16le.')
        name = message.get("model")
        if isinstance(name, str) and name and name != "auto":
            # clients up to 1.2 leave the language in the model's name
            self._model, spoken = split_language(name)
            if spoken and "language" not in settings:
                settings = {**settings, "language": spoken}
        self._fallback = _models(message.get("fallback"))
        self._options = self._with(
            SttOptions(
                rate=_rate(settings.get("sample_rate", "16000")),
                endpointing_ms=CLIENT_TURNS if turns_are_the_clients(self._model) else None,
            ),
            settings,
        )
        await self._send({"type": "session.created", "session_id": self._id})
        await self._open()

    def _with(self, options: SttOptions, settings: Mapping[str, object]) -> SttOptions:
        language = settings.get("language")
        if isinstance(language, str) and language:
            options = replace(options, language=asked_tag(language))
        extra = settings.get("extra")
        if isinstance(extra, dict):
            if any(str(extra.get(key, "")).lower() not in OFF for key in DIARIZE):
                options = replace(options, diarize=True)
            terms = [t for key in KEYTERMS for t in _words(extra.get(key))]
            options = replace(options, keyterms=tuple(terms)[:100])
        return options

    async def _audio(self, message: Mapping[str, object]) -> None:
        audio = message.get("audio")
        if not isinstance(audio, str):
            raise BadRequest('input_audio needs "audio": base64 of int16 samples.')
        try:
            pcm = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError) as e:
            raise BadRequest("input_audio.audio is not base64.") from e
        if len(pcm) % 2:
            raise BadRequest("input_audio.audio holds half a sample: int16 takes two bytes each.")
        self._stop_timer()
        if self._run is not None and not self._ended and pcm:
            self._pushed += len(pcm)
            await self._run.push(pcm)

    async def _update(self, message: Mapping[str, object]) -> None:
        assert self._options is not None
        settings = _mapping(message, "settings")
        changed = self._with(self._options, settings)
        name = settings.get("model")
        if isinstance(name, str) and name and name != self._model:
            self._model = name
        elif changed == self._options:
            return
        self._options = changed
        finalized = self._stop_timer()
        await self._finish_run()
        self._base_s += self._pushed / 2 / changed.rate
        self._pushed = 0
        await self._open()
        if finalized:
            # what the client finalized is over all the same, unless it sends more
            self._start_timer()

    async def _finalize(self) -> None:
        if self._run is None:
            return
        if turns_are_the_clients(self._model):
            await self._run.commit()
            self._start_timer()
        else:
            await self._end()

    def _start_timer(self) -> None:
        self._stop_timer()
        self._end_timer = asyncio.get_running_loop().call_later(AFTER_COMMIT, self._end_later)

    def _stop_timer(self) -> bool:
        """Whether it ran."""
        timer, self._end_timer = self._end_timer, None
        if timer is not None:
            timer.cancel()
        return timer is not None

    def _end_later(self) -> None:
        self._end_timer = None
        self._late_end = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        if not self._ended and self._run is not None:
            self._ended = True
            self._still = asyncio.get_running_loop().create_task(self._more_to_come())
            await self._run.end()

    async def _more_to_come(self) -> None:
        """Keep a client that said all waiting until the last words are sent.

        After the end of its input a client leaves when no transcript came for 30 s, or for 3 s once it has had a final
        one: on a busy machine, before the rest is recognised. An empty interim is no words to it, but counts.
        """
        with contextlib.suppress(ConnectionError):
            while not self.over.is_set():
                await self._send(self._transcript("interim_transcript", "", None, 0.0, 0.0))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STILL):
                        await self.over.wait()

    # -- to the client ------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        assert self._options is not None
        failure: VoiceGatewayError | None = None
        for model in (self._model, *self._fallback):
            try:
                self._run = await self._corridor.open_stt(self._caller, model, self._options)
            except BudgetExceededError:
                # another model costs, too
                raise
            except VoiceGatewayError as e:
                failure = failure or e
                continue
            if self.over.is_set():
                await self._run.close()
                return
            self._events = asyncio.get_running_loop().create_task(self._forward(self._run))
            return
        assert failure is not None
        raise failure

    async def _finish_run(self) -> None:
        """End the run under way and send its last words before the next begins."""
        run, task = self._run, self._events
        self._run = self._events = None
        if run is not None and task is not None:
            await run.end()
            await task

    async def _forward(self, run: SttRunPort) -> None:
        try:
            async for event in run:
                await self._say(event)
        except VoiceGatewayError as e:
            await self.fail(e)
        except ConnectionError:
            self.over.set()

    async def _say(self, event: Any) -> None:
        if isinstance(event, SpeechStarted):
            await self._send({"type": "start_of_speech", "session_id": self._id})
        elif isinstance(event, Interim):
            if event.text:
                # at a pause: an agent may prepare its answer to it, and drops it when other words follow
                kind = "preflight_transcript" if event.pause else "interim_transcript"
                await self._send(self._transcript(kind, event.text, event.language, event.start_s, 0.0))
        elif isinstance(event, Final):
            # an empty final would still start and end a turn at the client
            if event.text.strip():
                message = self._transcript(
                    "final_transcript", event.text, event.language, event.start_s, event.end_s - event.start_s
                )
                message["confidence"] = event.confidence
                if event.speaker is not None:
                    message["speaker_id"] = f"S{event.speaker}"
                message["words"] = [self._word(w) for w in event.words]
                await self._send(message)
        elif isinstance(event, Behind):
            # this gateway's addition to the protocol: clients ignore types that they do not know
            await self._send({"type": "session.behind", "session_id": self._id, "seconds": event.seconds})
        elif isinstance(event, EndOfStream) and self._ended:
            await self._send({"type": "session.finalized", "session_id": self._id})
            await self._send({"type": "session.closed", "session_id": self._id})
            self.over.set()

    def _transcript(
        self, kind: str, text: str, language: str | None, start_s: float, duration_s: float
    ) -> dict[str, object]:
        assert self._options is not None
        return {
            "type": kind,
            "session_id": self._id,
            "request_id": getattr(self._run, "id", self._id),
            "transcript": text,
            "language": language or self._options.language or "en",
            "start": round(self._base_s + start_s, 3),
            "duration": round(max(0.0, duration_s), 3),
            "confidence": 1.0,
        }

    def _word(self, word: Word) -> dict[str, object]:
        return {
            "word": word.text,
            "start": round(self._base_s + word.start_s, 3),
            "end": round(self._base_s + word.end_s, 3),
            "confidence": round(word.confidence, 3),
            **({} if word.speaker is None else {"speaker_id": f"S{word.speaker}"}),
        }

    async def refuse(self, sentence: str) -> None:
        """Tell the client that its message cannot be used; the session goes on."""
        await self._send({"type": "error", "code": 400, "message": sentence, "session_id": self._id})

    async def fail(self, error: VoiceGatewayError) -> None:
        """Tell the client why the session cannot go on; a malformed message alone does not end it."""
        await self._send({"type": "error", "code": error.status, "message": error.message, "session_id": self._id})
        if self._run is None or not isinstance(error, BadRequest):
            self.over.set()

    async def drain(self) -> None:
        """Wait until the last words are sent."""
        if self._events is not None and self._ended:
            await self._events

    async def close(self) -> None:
        """Stop what still runs; idempotent."""
        self.over.set()
        self._stop_timer()
        run, task = self._run, self._events
        self._run = self._events = None
        if run is not None:
            await run.close()
        await stop_task(task)
        await stop_task(self._still)
        await stop_task(self._late_end)


def _mapping(message: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = message.get(key, {})
    if not is_record(value):
        raise BadRequest(f'"{key}" must be an object.')
    return value


def _rate(value: object) -> int:
    try:
        rate = int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        rate = 0
    if rate not in RATES:
        raise BadRequest(f'settings.sample_rate "{str(value)[:40]}" is not served; send 8000 to 48000.')
    return rate


def _models(fallback: object) -> list[str]:
    """The model strings of a `fallback` object."""
    entries = record(fallback).get("models")
    if not isinstance(entries, list):
        return []
    return [e["model"] for e in entries if isinstance(e, dict) and isinstance(e.get("model"), str)][:8]


def _words(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    found = []
    for item in value:
        word = item.get("content") if isinstance(item, dict) else item[0] if isinstance(item, list) and item else item
        if isinstance(word, str) and word.strip():
            found.append(word.strip()[:100])
    return found
