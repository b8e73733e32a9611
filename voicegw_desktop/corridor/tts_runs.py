"""An utterance that outlives its targets: text that was not heard yet is spoken by the next one, and nothing twice."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from voicegw_desktop.core.errors import (
    BudgetError,
    BudgetThrottleSignal,
    EngineCrashed,
    EngineTimeout,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Audio, TtsEvent, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions, TtsStream, Zone
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.kept_audio import BYTES_A_SAMPLE
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.corridor.runs import can_fall_back, died_early, quietly
from voicegw_desktop.corridor.speech_run import SpeechRun, fail, watch_no_more
from voicegw_desktop.corridor.spoken import Spoken
from voicegw_desktop.corridor.stt_leg import LostHedgeRace
from voicegw_desktop.routing.egress import Cleared, EgressEntry
from voicegw_desktop.routing.router import Plan

NOTHING_TO_SAY_S = 0.1  # of silence for a text without a sound: clients and players fail on audio without a sample
SILENT_RATE = 24_000  # Hz of that silence where neither the client nor the target chose a rate
QUEUED_EVENTS = 256  # of audio that the client has not taken yet
SLOWEST_SPEECH, USUAL_SPEECH = 10.0, 15.0  # characters a second
SPEECH_AHEAD_S = 2.0
"""Speech that is paid for in advance where its length costs, not its text."""
TEXT_AHEAD = 500
"""Characters that are paid for in advance where text comes in pieces: an answer of an agent."""
CLAUSE = re.compile(r"[.!?;:,\n]")


@dataclass(eq=False)
class _Stream:
    """One target's part of the run."""

    stream: TtsStream
    permit: Cleared
    leg: Leg
    egress: EgressEntry
    spoken: Spoken
    sent: int = 0
    ended: bool = False
    over: bool = False
    skipped: int = 0
    heard: bool = False
    resampler: Resampler | None = None
    paid_s: float = 0.0
    """Seconds of speech that are set aside for, where they cost anything."""
    broken: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    timer: asyncio.TimerHandle | None = None


class TtsRun(SpeechRun[TtsEvent, _Stream]):
    """A TtsStream. `served` says who speaks; the sample rate is the first Audio's throughout."""

    modality = Modality.TTS
    last = UtteranceDone
    afterwards = "The utterance was ended; open another one to say more."

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, options: TtsOptions) -> None:
        super().__init__(context, caller, plan, QUEUED_EVENTS)
        self.options = options
        self._text = ""
        self._rate = options.rate
        self._samples = 0
        """Delivered, at `_rate`."""
        self._others: list[Cleared] = []
        self._asked_at: int | None = None

    def _characters(self) -> int:
        # a price that grows with text to come is not known yet
        return len(self._text) if self._ended else 0

    async def start(self) -> None:
        """Open the first target that answers."""
        self._now = await self._open(list(self.plan.targets), 0, 0.0, 0.0)
        self._drive_on()

    # -- what the client does -------------------------------------------------------------------------------------

    async def push(self, text: str) -> None:
        """More text."""
        self._check()
        if not text:
            return
        if self._asked_at is None:
            self._asked_at = self.context.clock.monotonic_ns()
        self._text += text
        self._more.set()

    async def end(self) -> None:
        """No more text."""
        self._check()
        self._ended = True
        if self._asked_at is None:
            self._asked_at = self.context.clock.monotonic_ns()
        self._more.set()

    # -- targets --------------------------------------------------------------------------------------------------

    async def _open(
        self,
        candidates: list[Cleared],
        text_from: int,
        begun_s: float,
        skip_s: float,
        cause: BaseException | None = None,
    ) -> _Stream:
        limit = self.context.router.config.routing.tts.ttfb_limit_ms
        patience = limit / 1000 if limit else self.context.patience.stall_s
        stream, permit, leg = await self._open_first(candidates, self._opener, patience_s=patience, cause=cause)
        tried = {s.target.name for s in self.legs}
        self._others = [p for p in self.plan.targets if p.target.name not in tried]
        egress = self.context.egress.entry(permit, self.id, "tts")
        return _Stream(stream, permit, leg, egress, Spoken(text_from, begun_s, skip_s))

    async def _opener(self, permit: Cleared) -> TtsStream:
        router, backends, target = self.context.router, self.context.backends, permit.target
        voice = router.voice_for(self.plan, target, self.options.voice, backends.knows_voice)
        return await backends.open_tts(permit, replace(self.options, voice=voice, rate=self._rate))

    def _let_go(self, stream: _Stream) -> None:
        watch_no_more(stream)
        if stream.over:
            return
        stream.over = True
        stream.egress.close()
        self.context.spawn(quietly(stream.stream.cancel()))

    async def _drive(self) -> None:
        assert self._now is not None
        stream = self._now
        try:
            while True:
                try:
                    stream = await self._serve(stream)
                    break
                except Exception as e:
                    stream = await self._replace(self._now, e)
                    self._now = stream
            self._let_go(stream)
            self.context.router.breaker.success(self.served.name)
            await self._stay_silent()
            self._finish("ok")
            seconds = self._samples / self._rate if self._rate else 0.0
            await self._events.put(UtteranceDone(len(self._text), seconds))
        except asyncio.CancelledError:
            if self._now is not None:
                self._now.leg.status = "cancelled"
            self._finish("cancelled")
            raise
        except BaseException as e:
            self._error = e
            self._broke(self._now, e)
            self._let_go(self._now)
            self._finish("error", e)
            await self._events.put(e)

    async def _serve(self, stream: _Stream) -> _Stream:
        """Until the utterance is spoken; returns who spoke it. Raises what went wrong."""
        loop = asyncio.get_running_loop()
        rivals: dict[_Stream, tuple[asyncio.Task[None], asyncio.Task[None]]] = {}

        def enter(one: _Stream) -> None:
            rivals[one] = (loop.create_task(self._feed(one)), loop.create_task(self._listen(one)))
            self._watch(one)

        enter(stream)
        failure: BaseException | None = None
        try:
            while rivals:
                watched: set[asyncio.Future[Any]] = set()
                for one, (feed, listen) in rivals.items():
                    watched |= {listen, one.broken}
                    if not feed.done():
                        watched.add(feed)
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                for one, (feed, listen) in list(rivals.items()):
                    try:
                        if listen.done():
                            listen.result()
                            return one
                        if feed.done():
                            feed.result()
                        if one.broken.done():
                            one.broken.result()
                    except _SlowError as e:
                        one.broken = loop.create_future()
                        if not self._may_hedge():
                            raise EngineTimeout(str(e)) from e
                        enter(await self._open([self._others.pop(0)], 0, 0.0, 0.0))
                        self.served = stream.permit.target
                    except LostHedgeRace:
                        await self._stop(one, rivals.pop(one), "lost")
                    except Exception as e:
                        if len(rivals) == 1:
                            raise
                        failure = e
                        await self._stop(one, rivals.pop(one), "error")
                        self._broke(one, e)
                        self._note_failure(one.permit.target, e)
            assert failure is not None
            raise failure
        finally:
            for one, tasks in list(rivals.items()):
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                watch_no_more(one)
                if one is not self._now:
                    self._let_go(one)

    async def _stop(self, one: _Stream, tasks: tuple[asyncio.Task[None], asyncio.Task[None]], status: str) -> None:
        one.leg.status = status
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._let_go(one)

    def _broke(self, one: _Stream, error: BaseException) -> None:
        self._failed(one.leg, error)
        if one.leg.audio_out_s and not isinstance(error, (EngineTimeout, BudgetError)):
            # about as much of the text as was spoken
            one.leg.characters = min(one.leg.characters, math.ceil(one.leg.audio_out_s * USUAL_SPEECH))

    def _gave_nothing(self, leg: Leg, unreached: bool) -> bool:
        # a provider that answers with an error has spoken nothing
        return not leg.audio_out_s

    def _may_hedge(self) -> bool:
        return self.context.router.config.routing.tts.hedge and bool(self._others)

    async def _feed(self, stream: _Stream) -> None:
        stall = self.context.patience.stall_s
        while True:
            text = self._text[stream.spoken.text_from + stream.sent :]
            if not text and not self._ended:
                self._more.clear()
                await self._more.wait()
                continue
            if text:
                self._pay(stream, characters=len(text))
            try:
                async with asyncio.timeout(stall):
                    if text:
                        stream.egress.add(len(text.encode()))
                        await stream.stream.push(text)
                    else:
                        await stream.stream.end()
            except TimeoutError as e:
                raise EngineTimeout(f"{stream.permit.target} took no text for {stall:g} s.") from e
            if not text:
                stream.ended = True
                self._watch(stream)
                return
            stream.sent += len(text)
            stream.leg.characters += len(text)
            if CLAUSE.search(text):
                self._watch(stream)

    def _pay(self, stream: _Stream, characters: int = 0) -> None:
        """Set aside what the target's text will cost with `characters` more of it; raises BudgetError."""
        leg = stream.leg
        if leg.held is None:
            return
        text = leg.characters + characters
        # where audio is paid for: as long as slow speech takes, and more where the target takes still longer
        seconds = max(text / SLOWEST_SPEECH, leg.audio_out_s)
        least = replace(leg, characters=text, audio_out_s=seconds)
        most = replace(least, audio_out_s=seconds + SPEECH_AHEAD_S)
        meters = self.context.meters
        meters.reserve(self.modality, self.caller.project, least, most, leg.held)
        stream.paid_s = seconds + meters.covers(self.modality, leg.held, least, most) * SPEECH_AHEAD_S

    def _set_aside(self, permit: Cleared, leg: Leg) -> Any:
        known = self.options.characters
        text = max(len(self._text), known or 0)
        least = replace(leg, characters=text, audio_out_s=text / SLOWEST_SPEECH)
        ahead = text + TEXT_AHEAD
        most = replace(leg, characters=ahead, audio_out_s=ahead / SLOWEST_SPEECH) if known is None else None
        return self.context.meters.reserve(self.modality, self.caller.project, least, most)

    async def _listen(self, stream: _Stream) -> None:
        async for event in stream.stream:
            if isinstance(event, UtteranceDone):
                if not stream.ended:
                    raise died_early(stream.permit.target)
                return
            if stream.timer is not None:
                stream.timer.cancel()
                stream.timer = None
            if isinstance(event, Audio):
                if not stream.heard and event.pcm:
                    stream.heard = True
                    self._won(stream)
                await self._deliver(stream, event)
            elif words := stream.spoken.place(event, self._text):
                await self._events.put(words)
            self._watch(stream)
        raise died_early(stream.permit.target)

    def _won(self, stream: _Stream) -> None:
        """The first to be heard is who speaks; the others leave."""
        loser = self._now
        self._now, self.served = stream, stream.permit.target
        if loser is not None and loser is not stream and not loser.over:
            self.fallback_from = self.fallback_from or str(loser.permit.target)
            fail(loser, LostHedgeRace())

    def _watch(self, stream: _Stream) -> None:
        """Count the silence of a target that has something to say."""
        if stream.timer is not None:
            stream.timer.cancel()
            stream.timer = None
        text = self._text[stream.spoken.text_from :]
        if not (stream.ended or (not stream.heard and CLAUSE.search(text))):
            return
        loop, target = asyncio.get_running_loop(), stream.permit.target
        limit = self.context.router.config.routing.tts.ttfb_limit_ms
        if limit and not self._samples and not stream.heard and self._others:
            error: Exception = _SlowError(f"{target} sent no audio within {limit:g} ms.")
            stream.timer = loop.call_later(limit / 1000, fail, stream, error)
            return
        if not stream.ended:
            return
        stall = self.context.patience.stall_s
        error = EngineTimeout(f"{target} sent no audio for {stall:g} s before its text was spoken.")
        stream.timer = loop.call_later(stall, fail, stream, error)

    # -- audio ----------------------------------------------------------------------------------------------------

    async def _deliver(self, stream: _Stream, event: Audio) -> None:
        if len(event.pcm) % BYTES_A_SAMPLE or event.rate <= 0:
            raise UpstreamError(f"{stream.permit.target} sent audio that is not 16-bit samples.")
        if self._rate is None:
            self._rate = event.rate
        if stream.resampler is None:
            stream.resampler = Resampler(event.rate, self._rate)
        pcm = stream.resampler.feed(event.pcm)
        stream.leg.audio_out_s += len(event.pcm) / BYTES_A_SAMPLE / event.rate
        if stream.leg.audio_out_s > stream.paid_s:
            self._pay(stream)
        drop = min(len(pcm) // BYTES_A_SAMPLE, round(stream.spoken.skip_s * self._rate) - stream.skipped)
        if drop > 0:
            stream.skipped += drop
            pcm = pcm[drop * BYTES_A_SAMPLE :]
        if not pcm:
            return
        if not self._samples:
            self._first_byte(self._asked_at or self._entered)
        # counted before the wait: what is in the queue will be heard
        self._samples += len(pcm) // BYTES_A_SAMPLE
        await self._events.put(Audio(pcm, self._rate))

    async def _stay_silent(self) -> None:
        """Deliver a short silence for a text such as "..." or an emoji, of which the target made no sound."""
        if self._samples or not self._text:
            return
        self._rate = self._rate or SILENT_RATE
        self._samples = round(NOTHING_TO_SAY_S * self._rate)
        await self._events.put(Audio(bytes(BYTES_A_SAMPLE * self._samples), self._rate))

    # -- moving ---------------------------------------------------------------------------------------------------

    async def _replace(self, old: _Stream, error: Exception) -> _Stream:
        if isinstance(error, BudgetThrottleSignal):
            return await self._throttled(old, error)
        if not can_fall_back(error):
            raise error
        self._let_go(old)
        self._broke(old, error)
        self._note_failure(old.permit.target, error)
        candidates = list(self._others)
        target = old.permit.target
        if target.zone is Zone.LOCAL and isinstance(error, EngineCrashed) and target.name not in self._retried:
            # a crashed engine is started again once: it keeps the voice
            self._retried.add(target.name)
            candidates.insert(0, old.permit)
        if isinstance(error, EngineTimeout) and not self._samples and target.zone is not Zone.LOCAL:
            # the slow call may still be billed: only a target that costs nothing may follow it
            candidates = [c for c in candidates if c.target.zone is Zone.LOCAL]
        return await self._move(old, candidates, error)

    async def _throttled(self, old: _Stream, error: BudgetThrottleSignal) -> _Stream:
        """What costs nothing may say the rest; the target that was to be paid has not failed."""
        self._let_go(old)
        old.leg.status = "refused" if not old.sent else "cancelled"
        return await self._move(old, [c for c in self._others if self.context.meters.free(c.target)], error)

    async def _move(self, old: _Stream, candidates: list[Cleared], error: Exception) -> _Stream:
        target = old.permit.target
        if not candidates:
            raise error
        heard = self._samples / self._rate if self._rate else 0.0
        given = self._text[old.spoken.text_from : old.spoken.text_from + old.sent]
        text_from, skip_s = old.spoken.resume_at(heard, given)
        try:
            fresh = await self._open(candidates, text_from, heard, skip_s, error)
        except VoiceGatewayError as e:
            raise error from e
        self.fallback_from = self.fallback_from or str(target)
        return fresh


class _SlowError(Exception):
    """No sound within the limit."""
