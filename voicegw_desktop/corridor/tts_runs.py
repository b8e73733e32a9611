"""An utterance that outlives its targets: text that was not heard yet is spoken by the next one, and nothing twice."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from dataclasses import replace

from voicegw_desktop.core.errors import (
    BudgetError,
    BudgetThrottleSignal,
    EngineCrashed,
    EngineTimeout,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Audio, SpeechNote, TtsEvent, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions, TtsStream, Zone
from voicegw_desktop.core.reasoning import Thoughts
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.core.text import shown
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.failover import LostHedgeRace
from voicegw_desktop.corridor.kept_audio import BYTES_A_SAMPLE
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.corridor.runs import can_fall_back, died_early
from voicegw_desktop.corridor.speech_end import first_sound
from voicegw_desktop.corridor.speech_run import SpeechRun
from voicegw_desktop.corridor.spoken import Spoken
from voicegw_desktop.corridor.tts_leg import TtsLeg
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.plan import Plan

log = logging.getLogger(__name__)

NOTHING_TO_SAY_S = 0.1  # of silence for a text without a sound: clients and players fail on audio without a sample
SILENT_RATE = 24_000  # Hz of that silence where neither the client nor the target chose a rate
QUEUED_EVENTS = 256  # of audio that the client has not taken yet
SLOWEST_SPEECH, USUAL_SPEECH = 10.0, 15.0  # characters a second
SPEECH_AHEAD_S = 2.0
"""Speech that is paid for in advance where its length costs, not its text."""
TEXT_AHEAD = 500
"""Characters that are paid for in advance where text comes in pieces: an answer of an agent."""
CLAUSE = re.compile(r"[.!?;:,\n]")


class TtsRun(SpeechRun[TtsEvent, TtsLeg]):
    """A TtsStream. `served` is the target that speaks; the sample rate is the first Audio's throughout."""

    modality = Modality.TTS
    last = UtteranceDone
    afterwards = "The utterance was ended; open another one to say more."

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, options: TtsOptions) -> None:
        super().__init__(context, caller, plan, QUEUED_EVENTS)
        self.options = options
        self._text = self.part.text
        self._thoughts = Thoughts()
        self._rate = options.rate
        self._samples = 0
        """Delivered, at `_rate`."""
        self._others: list[Cleared] = []
        self._audible = False

    def _characters(self) -> int:
        # a price that grows with text to come is not known yet
        return len(self._text) if self._ended else 0

    # -- what the client does -------------------------------------------------------------------------------------

    async def push(self, text: str) -> None:
        """Add text to speak; raises when the text was ended."""
        self._check()
        if not text:
            return
        self._asked()
        said, _ = self._thoughts.feed(text)
        self._text.add(said)
        self._more.set()

    async def end(self) -> None:
        """No more text."""
        self._check()
        self._text.add(self._thoughts.finish()[0])
        self._ended = True
        self._asked()
        self._more.set()

    def _asked(self) -> None:
        if not self.part.asked_ns:
            self.part.asked_ns = self.context.clock.monotonic_ns()

    # -- targets --------------------------------------------------------------------------------------------------

    async def _open_one(self, candidates: list[Cleared]) -> TtsLeg:
        return await self._open(candidates, Spoken(0, 0.0, 0.0))

    async def _open(self, candidates: list[Cleared], spoken: Spoken, cause: BaseException | None = None) -> TtsLeg:
        limit = self.context.router.config.routing.tts.ttfb_limit_ms
        patience = limit / 1000 if limit else self.context.patience.stall_s
        stream, permit, bill = await self._open_first(candidates, self._opener, patience_s=patience, cause=cause)
        tried = {leg.target.name for leg in self.legs}
        self._others = [p for p in self.plan.targets if p.target.name not in tried]
        return TtsLeg(stream, permit, bill, self.context.egress.entry(permit, self.id, "tts"), spoken)

    async def _opener(self, permit: Cleared) -> TtsStream:
        router, backends, target = self.context.router, self.context.backends, permit.target
        voice = router.voice_for(self.plan, target, self.options.voice, backends.knows_voice)
        asked = self.options.voice or (self.plan.literal.variant if self.plan.literal is not None else None)
        if asked and (voice or "").lower() != asked.lower():
            note = f'{target.name} has no voice "{shown(asked)}"; {voice or "its own"} speaks'
            if note not in self.notes:
                self.notes.append(note)
        return await backends.open_tts(permit, replace(self.options, voice=voice, rate=self._rate))

    # -- the race -------------------------------------------------------------------------------------------------

    def begin(self, leg: TtsLeg) -> tuple[asyncio.Task[None], ...]:
        """Give the leg the text, and listen to it."""
        loop = asyncio.get_running_loop()
        feed, listen = loop.create_task(self._feed(leg)), loop.create_task(self._listen(leg))
        self._watch(leg)
        return listen, feed

    async def join(self, slow: TtsLeg) -> TtsLeg | None:
        """Another target that is given the whole text: none of it was heard yet."""
        try:
            return await self._open(self._others, Spoken(0, 0.0, 0.0))
        except Exception as e:
            log.info("No target joins %s: %s", slow.permit.target, type(e).__name__)
            return None
        finally:
            # opening it made it `served`, which it is only once it wins
            self.served = slow.permit.target

    def _falls_back(self, error: Exception) -> bool:
        return can_fall_back(error)

    def _broke(self, leg: TtsLeg, error: BaseException) -> None:
        super()._broke(leg, error)
        if leg.bill.audio_out_s and not isinstance(error, (EngineTimeout, BudgetError)):
            # about as much of the text as was spoken
            leg.bill.characters = min(leg.bill.characters, math.ceil(leg.bill.audio_out_s * USUAL_SPEECH))

    def _gave_nothing(self, leg: Leg, unreached: bool) -> bool:
        # a provider that answers with an error has spoken nothing
        return not leg.audio_out_s

    def _end(self) -> UtteranceDone:
        return UtteranceDone(len(self._text), self._samples / self._rate if self._rate else 0.0)

    # -- text -----------------------------------------------------------------------------------------------------

    async def _feed(self, leg: TtsLeg) -> None:
        stall = self.context.patience.stall_s
        while True:
            text = self._text.since(leg.spoken.text_from + leg.sent)
            if not text and not self._ended:
                self._more.clear()
                await self._more.wait()
                continue
            if text:
                self._pay(leg, characters=len(text))
            try:
                async with asyncio.timeout(stall):
                    if text:
                        leg.egress.add(len(text.encode()))
                        await leg.stream.push(text)
                    else:
                        await leg.stream.end()
            except TimeoutError as e:
                raise EngineTimeout(f"{leg.permit.target} took no text for {stall:g} s.") from e
            if not text:
                leg.ended = True
                self._watch(leg)
                return
            leg.sent += len(text)
            leg.bill.characters += len(text)
            if CLAUSE.search(text):
                self._watch(leg)

    def _pay(self, leg: TtsLeg, characters: int = 0) -> None:
        """Set aside what the target's text will cost with `characters` more of it; raises BudgetError."""
        bill = leg.bill
        if bill.held is None:
            return
        text = bill.characters + characters
        # where audio is paid for: as long as slow speech takes, and more where the target takes still longer
        seconds = max(text / SLOWEST_SPEECH, bill.audio_out_s)
        least = replace(bill, characters=text, audio_out_s=seconds)
        most = replace(least, audio_out_s=seconds + SPEECH_AHEAD_S)
        meters = self.context.meters
        meters.reserve(self.modality, self.caller.project, least, most, bill.held, self.caller.key_id)
        leg.paid_s = seconds + meters.covers(self.modality, bill.held, least, most) * SPEECH_AHEAD_S

    def _set_aside(self, permit: Cleared, leg: Leg) -> ReservationPort | None:
        known = self.options.characters
        text = max(len(self._text), known or 0)
        least = replace(leg, characters=text, audio_out_s=text / SLOWEST_SPEECH)
        ahead = text + TEXT_AHEAD
        most = replace(leg, characters=ahead, audio_out_s=ahead / SLOWEST_SPEECH) if known is None else None
        return self.context.meters.reserve(self.modality, self.caller.project, least, most, key=self.caller.key_id)

    async def _listen(self, leg: TtsLeg) -> None:
        async for event in leg.stream:
            if leg.lost:
                # it is about to be closed; what it says would be heard twice
                raise LostHedgeRace
            if isinstance(event, UtteranceDone):
                if not leg.ended:
                    raise died_early(leg.permit.target)
                # also one that found nothing to say has answered
                self._failover.won(leg)
                return
            leg.stop_counting()
            if isinstance(event, SpeechNote):
                if event.text not in self.notes:
                    self.notes.append(event.text)
            elif isinstance(event, Audio):
                if not leg.heard and event.pcm:
                    leg.heard = True
                    # before the first sample is delivered: a second target must not be heard as well
                    self._failover.won(leg)
                    held, leg.held = leg.held, []
                    for words in held:
                        await self._events.put(words)
                await self._deliver(leg, event)
            elif found := leg.spoken.place(event, self._text):
                if leg.heard:
                    await self._events.put(found)
                else:
                    leg.held.append(found)
            self._watch(leg)
        raise died_early(leg.permit.target)

    def _watch(self, leg: TtsLeg) -> None:
        """Count the silence of a target that has something to say."""
        leg.stop_counting()
        if not (leg.ended or (not leg.heard and self._has_clause(leg))):
            return
        target, routing = leg.permit.target, self.context.router.config.routing.tts
        limit = routing.ttfb_limit_ms
        serves = leg is self._failover.now and not leg.hedged
        if limit and serves and not self._samples and not leg.heard and self._others:
            if routing.hedge:
                leg.count(limit / 1000, self._slow, leg)
            else:
                error = EngineTimeout(f"{target} sent no audio within {limit:g} ms.")
                leg.count(limit / 1000, leg.fail, error)
            return
        if not leg.ended:
            # a text that is not complete may be a clause that the target waits to go on with
            return
        if self.context.backends.supervised(self.modality, target):
            # on a busy machine a clause takes its time: the supervisor counts its steps, from when it begins
            return
        stall = self.context.patience.stall_s
        error = EngineTimeout(f"{target} sent no audio for {stall:g} s before its text was spoken.")
        leg.count(stall, leg.fail, error)

    def _has_clause(self, leg: TtsLeg) -> bool:
        """Whether the text for the target has a clause that it can speak; each character is looked at once."""
        if not leg.has_clause:
            more = self._text.since(leg.spoken.text_from + leg.looked_at)
            leg.looked_at += len(more)
            leg.has_clause = CLAUSE.search(more) is not None
        return leg.has_clause

    def _slow(self, leg: TtsLeg) -> None:
        leg.is_slow()
        # it is still given up when it stalls
        self._watch(leg)

    # -- audio ----------------------------------------------------------------------------------------------------

    async def _deliver(self, leg: TtsLeg, event: Audio) -> None:
        if len(event.pcm) % BYTES_A_SAMPLE or event.rate <= 0:
            raise UpstreamError(f"{leg.permit.target} sent audio that is not 16-bit samples.")
        if self._rate is None:
            self._rate = event.rate
        if leg.resampler is None:
            leg.resampler = Resampler(event.rate, self._rate)
        pcm = leg.resampler.feed(event.pcm)
        leg.bill.audio_out_s += len(event.pcm) / BYTES_A_SAMPLE / event.rate
        if leg.bill.audio_out_s > leg.paid_s:
            self._pay(leg)
        drop = min(len(pcm) // BYTES_A_SAMPLE, round(leg.spoken.skip_s * self._rate) - leg.skipped)
        if drop > 0:
            leg.skipped += drop
            pcm = pcm[drop * BYTES_A_SAMPLE :]
        if not pcm:
            return
        if not self._samples:
            self._first_byte(self.part.asked_ns or self._entered)
        now = self.context.clock.monotonic_ns()
        if not self._audible and (sound := first_sound(pcm)) is not None:
            self._audible = True
            self.part.audible_ns = max(now, self.part.until_ns) + sound * 1_000_000_000 // self._rate
        self.part.delivered(len(pcm) / BYTES_A_SAMPLE / self._rate, now)
        # counted before the wait: what is in the queue will be heard
        self._samples += len(pcm) // BYTES_A_SAMPLE
        await self._events.put(Audio(pcm, self._rate))

    async def _complete(self) -> None:
        """Deliver a short silence for a text such as "..." or an emoji, of which the target made no sound."""
        if self._samples or not len(self._text):
            return
        self._rate = self._rate or SILENT_RATE
        self._samples = round(NOTHING_TO_SAY_S * self._rate)
        await self._events.put(Audio(bytes(BYTES_A_SAMPLE * self._samples), self._rate))

    # -- moving ---------------------------------------------------------------------------------------------------

    async def replace(self, old: TtsLeg, error: Exception) -> TtsLeg:
        """Open another target for the text that was not heard yet."""
        if isinstance(error, BudgetThrottleSignal):
            # what costs nothing may say the rest; the target that was to be paid has not failed
            self.let_go(old)
            old.bill.status = "refused" if not old.sent else "cancelled"
            return await self._go_on(old, [c for c in self._others if self.context.meters.free(c.target)], error)
        if not can_fall_back(error):
            raise error
        self.let_go(old)
        self.leg_failed(old, error)
        candidates = list(self._others)
        target = old.permit.target
        if target.zone is Zone.LOCAL and isinstance(error, EngineCrashed) and target.name not in self._retried:
            # a crashed engine is started again once: it keeps the voice
            self._retried.add(target.name)
            candidates.insert(0, old.permit)
        if isinstance(error, EngineTimeout) and not self._samples and target.zone is not Zone.LOCAL:
            # the slow call may still be billed: only a target that costs nothing may follow it
            candidates = [c for c in candidates if c.target.zone is Zone.LOCAL]
        return await self._go_on(old, candidates, error)

    async def _go_on(self, old: TtsLeg, candidates: list[Cleared], error: Exception) -> TtsLeg:
        if not candidates:
            raise error
        heard = self._samples / self._rate if self._rate else 0.0
        given = self._text.since(old.spoken.text_from, old.sent)
        text_from, skip_s = old.spoken.resume_at(heard, given)
        try:
            fresh = await self._open(candidates, Spoken(text_from, heard, skip_s), error)
        except VoiceGatewayError as e:
            raise error from e
        self.fallback_from = self.fallback_from or str(old.permit.target)
        return fresh
