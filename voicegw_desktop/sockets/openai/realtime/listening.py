"""The input audio buffer of a Realtime session: audio in, turns found or committed, their words as they come."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from voicegw_desktop.core.errors import BadRequest, NotFound, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller, CorridorPort, SttRunPort
from voicegw_desktop.core.typed import records
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.items import Conversation, new_id

Send = Callable[[dict[str, Any]], Awaitable[None]]
PUSH_BYTES = 32 * 1024  # bytes of PCM handed to an engine at a time
LEAST_COMMIT_MS = 100  # the published minimum of a commit
HEARD = "conversation.item.input_audio_transcription"


class Turns(Protocol):
    """The session, which is told of turns."""

    async def voice_began(self) -> None:
        """The detector heard speech begin."""
        ...

    async def turn_ended(self, text: str) -> None:
        """The words of a turn that was found here are in the conversation."""
        ...

    def turn_paused(self, text: str) -> None:
        """The person paused after these words; whether the turn is over shows later. Empty: nothing was said."""
        ...

    def turn_goes_on(self, heard: str) -> None:
        """The person speaks; these are the words of the turn until now, of which the last may change."""
        ...

    async def error(self, e: VoiceGatewayError, event_id: Any = None) -> None:
        """Nothing more is heard of this audio."""
        ...


class _Recording:
    """One transcription stream, and the items that its words belong to."""

    def __init__(self, run: SttRunPort, begins_ms: float, automatic: bool) -> None:
        self.run = run
        self.begins_ms = begins_ms
        """Milliseconds of audio written to the buffer before it."""
        self.automatic = automatic
        self.item_id = new_id("item")
        """Id of the item of the present turn."""
        self.announced = False
        self.owed: deque[str] = deque()
        """Items that were committed and wait for their words."""
        self.by_client: str | None = None
        """The item of the client's own commit: everything up to the end of the stream."""
        self.texts: list[str] = []
        self.said = ""
        self.task: asyncio.Task[None] | None = None

    @property
    def speaks_for(self) -> str:
        """The item that the next words are about."""
        return self.owed[0] if self.owed else self.item_id

    def next_item(self) -> str:
        item_id, self.item_id = self.item_id, new_id("item")
        self.announced = False
        return item_id


class Listening:
    """The session's input audio. `settled` waits for the words of everything that was committed."""

    def __init__(
        self,
        corridor: CorridorPort,
        caller: Caller,
        config: RealtimeConfig,
        conversation: Conversation,
        send: Send,
        turns: Turns,
    ) -> None:
        self._corridor, self._caller, self._config = corridor, caller, config
        self._conversation, self._send, self._turns = conversation, send, turns
        self._now: _Recording | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._owed: dict[str, asyncio.Future[None]] = {}
        self._uncommitted = 0
        self.written_ms = 0.0
        """Milliseconds of audio since the session began."""

    # -- what the client does -----------------------------------------------------------------------------------------

    async def append(self, audio: Any) -> None:
        """Take base64-coded audio in the session's format."""
        pcm = samples(audio, self._config)
        if not pcm:
            return
        if self._now is None:
            run = await self._corridor.open_stt(self._caller, self._config.stt_model, self._config.stt_options())
            self._now = _Recording(run, self.written_ms, bool(self._config.turn_detection))
            self._now.task = asyncio.create_task(self._hear(self._now))
        self.written_ms += len(pcm) / 2 / self._config.rate(self._config.input["format"]) * 1000
        self._uncommitted += len(pcm)
        await self._now.run.push(pcm)

    async def commit(self) -> None:
        """Make one item of all audio since the last turn; its words follow.

        Raises BadRequest for less than LEAST_COMMIT_MS of audio, which stays in the buffer.
        """
        recording = self._now
        held_ms = self._uncommitted / 2 / self._config.rate(self._config.input["format"]) * 1000
        if recording is None or held_ms < LEAST_COMMIT_MS:
            raise BadRequest(
                f"The input audio buffer holds {held_ms:.2f} ms of audio; a commit takes at least {LEAST_COMMIT_MS} ms."
                " Append more audio first.",
                code="input_audio_buffer_commit_empty",
            )
        recording.by_client = await self._committed(recording)
        await self._retire()

    async def clear(self) -> None:
        """Forget the audio that is in no turn yet."""
        await self._retire()

    async def settled(self) -> None:
        """Wait until everything committed so far has its transcript, or an error."""
        if self._owed:
            await asyncio.wait(set(self._owed.values()))

    async def close(self) -> None:
        """Stop everything; idempotent."""
        recording, self._now = self._now, None
        tasks = {*self._ending, *([recording.task] if recording is not None and recording.task is not None else [])}
        for task in tasks:
            task.cancel()
        if recording is not None:
            await recording.run.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        for item_id in tuple(self._owed):
            self._settle(item_id)

    def _settle(self, item_id: str) -> None:
        future = self._owed.pop(item_id, None)
        if future is not None and not future.done():
            future.set_result(None)

    async def _retire(self) -> None:
        """End the stream under way: what was committed is still transcribed, the rest is dropped."""
        recording, self._now = self._now, None
        self._uncommitted = 0
        if recording is None or recording.task is None:
            return
        if recording.owed and not recording.task.done():
            self._ending.add(recording.task)
            recording.task.add_done_callback(self._ending.discard)
            # the listening task reports why, when the engine is gone
            with contextlib.suppress(VoiceGatewayError):
                await recording.run.end()
            return
        recording.task.cancel()
        await recording.run.close()
        await asyncio.gather(recording.task, return_exceptions=True)

    # -- what is heard ------------------------------------------------------------------------------------------------

    async def _hear(self, recording: _Recording) -> None:
        try:
            async for event in recording.run:
                if isinstance(event, SpeechStarted):
                    await self._voice(recording, event.at_s)
                elif isinstance(event, SpeechEnded):
                    await self._silence(recording, event.at_s)
                elif isinstance(event, Interim):
                    if recording.automatic and recording is self._now and not self._owed:
                        if event.pause:
                            self._turns.turn_paused(event.text.strip())
                        else:
                            self._turns.turn_goes_on(event.text.strip())
                    await self._grow(recording, event.committed)
                elif isinstance(event, Final):
                    await self._final(recording, event)
                elif isinstance(event, EndOfStream):
                    if recording.by_client is not None:
                        await self._transcribed(recording, " ".join(recording.texts).strip(), event.audio_s)
                    return
        except VoiceGatewayError as e:
            await self._failed(recording, e)
        finally:
            for item_id in recording.owed:
                self._settle(item_id)

    async def _voice(self, recording: _Recording, at_s: float) -> None:
        if not recording.automatic or recording is not self._now:
            return
        if not recording.announced:
            recording.announced = True
            at_ms = max(0.0, recording.begins_ms + at_s * 1000 - self._config.prefix_ms)
            await self._send(
                {
                    "type": "input_audio_buffer.speech_started",
                    "item_id": recording.item_id,
                    "audio_start_ms": round(at_ms),
                }
            )
        await self._turns.voice_began()

    async def _silence(self, recording: _Recording, at_s: float) -> None:
        if not recording.automatic or recording is not self._now or not recording.announced:
            return
        await self._send(
            {
                "type": "input_audio_buffer.speech_stopped",
                "item_id": recording.item_id,
                "audio_end_ms": round(recording.begins_ms + at_s * 1000),
            }
        )
        await self._committed(recording)

    async def _committed(self, recording: _Recording) -> str:
        """Turn what was heard into an item, its words still to come."""
        item_id = recording.next_item()
        recording.owed.append(item_id)
        self._owed[item_id] = asyncio.get_running_loop().create_future()
        await self._commit_item(item_id)
        return item_id

    async def commit_silence(self, lasted_ms: float) -> None:
        """An empty item: the idle timeout has passed, so the model speaks."""
        item_id = new_id("item")
        await self._send(
            {
                "type": "input_audio_buffer.timeout_triggered",
                "item_id": item_id,
                "audio_start_ms": round(max(0.0, self.written_ms - lasted_ms)),
                "audio_end_ms": round(self.written_ms),
            }
        )
        await self._commit_item(item_id)

    async def _commit_item(self, item_id: str) -> None:
        self._uncommitted = 0
        item: dict[str, object] = {
            "id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }  # fmt: skip
        follows = self._conversation.add(item)
        await self._send({"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": follows})
        await self._send({"type": "conversation.item.added", "previous_item_id": follows, "item": item})
        await self._send({"type": "conversation.item.done", "previous_item_id": follows, "item": item})

    async def _final(self, recording: _Recording, event: Final) -> None:
        text = event.text.strip()
        turn = recording.automatic and (recording.by_client is None or recording.speaks_for != recording.by_client)
        if not turn:
            recording.texts.append(text)
            return
        if not recording.owed:
            # an engine that tells words but no ends; after a clear they belong to nothing
            if recording is not self._now or not text:
                return
            await self._committed(recording)
        await self._transcribed(recording, text, event.end_s - event.start_s)
        if text:
            await self._turns.turn_ended(text)
        else:
            self._turns.turn_paused("")

    async def _grow(self, recording: _Recording, sure: str) -> None:
        """Send the words that no later event rewrites."""
        if not self._wanted or (recording is not self._now and not recording.owed):
            return
        whole = " ".join([*recording.texts, sure]).strip()
        if len(whole) > len(recording.said) and whole.startswith(recording.said):
            await self._delta(recording.speaks_for, whole[len(recording.said) :])
            recording.said = whole

    async def _transcribed(self, recording: _Recording, text: str, seconds: float) -> None:
        item_id = recording.owed.popleft()
        rest = text[len(recording.said) :] if text.startswith(recording.said) else ""
        recording.said = ""
        with contextlib.suppress(NotFound):
            # the client may have deleted it meanwhile
            records(self._conversation.get(item_id)["content"])[0]["transcript"] = text
        self._settle(item_id)
        if not self._wanted:
            # not asked for; the words are still known to the conversation
            return
        if rest:
            await self._delta(item_id, rest)
        await self._send(
            {
                "type": f"{HEARD}.completed",
                "item_id": item_id,
                "content_index": 0,
                "transcript": text,
                "usage": {"type": "duration", "seconds": round(max(0.0, seconds), 3)},
            }
        )

    async def _delta(self, item_id: str, words: str) -> None:
        await self._send({"type": f"{HEARD}.delta", "item_id": item_id, "content_index": 0, "delta": words})

    @property
    def _wanted(self) -> bool:
        return self._config.kind == "transcription" or bool(self._config.input.get("transcription"))

    async def _failed(self, recording: _Recording, e: VoiceGatewayError) -> None:
        detail = {"type": e.type, "code": e.code, "message": e.message, "param": e.param}
        for item_id in recording.owed:
            await self._send({"type": f"{HEARD}.failed", "item_id": item_id, "content_index": 0, "error": detail})
        if recording is self._now:
            self._now = None
            self._uncommitted = 0
            await recording.run.cancel()
            if not recording.owed:
                await self._turns.error(e)

    # -- audio that comes in an item ----------------------------------------------------------------------------------

    def transcribe(self, item: Mapping[str, Any], part: dict[str, Any], pcm: bytes) -> None:
        """Find the words of a part's audio meanwhile; `settled` waits for them."""
        item_id = str(item["id"])
        self._owed[item_id] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._fill_in(item_id, part, pcm))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _fill_in(self, item_id: str, part: dict[str, Any], pcm: bytes) -> None:
        options = dataclasses.replace(self._config.stt_options(), endpointing_ms=0, interim=False)
        run = None
        try:
            run = await self._corridor.open_stt(self._caller, self._config.stt_model, options)
            for at in range(0, len(pcm), PUSH_BYTES):
                await run.push(pcm[at : at + PUSH_BYTES])
            await run.end()
            part["transcript"] = " ".join([e.text.strip() async for e in run if isinstance(e, Final)]).strip()
        except VoiceGatewayError as e:
            await self._turns.error(e)
        finally:
            self._settle(item_id)
            if run is not None:
                await run.cancel()


def samples(audio: Any, config: RealtimeConfig) -> bytes:
    """int16 samples of base64-coded audio in the session's input format; raises BadRequest."""
    if not isinstance(audio, str):
        raise BadRequest('"audio" must be base64.', param="audio")
    try:
        data = base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError) as e:
        raise BadRequest('"audio" is not base64.', param="audio") from e
    law = config.law(config.input["format"])
    pcm = g711.decode(data, law) if law else data
    if len(pcm) % 2:
        raise BadRequest('"audio" holds half a sample: pcm16 takes two bytes each.', param="audio")
    return pcm
