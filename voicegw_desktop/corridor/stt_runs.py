"""A transcription stream that outlives its targets: audio is kept until its words are final, and replayed elsewhere."""

from __future__ import annotations

import asyncio
import logging

from voicegw_desktop.core.errors import BadRequest, BudgetThrottleSignal, EngineTimeout, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, Progress, SpeechStarted, SttEvent
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, SttStream, Zone
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.corridor.behind import LateWords
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.kept_audio import BYTES_A_SAMPLE, KeptAudio
from voicegw_desktop.corridor.metering import Leg, Measured
from voicegw_desktop.corridor.runs import can_fall_back, died_early
from voicegw_desktop.corridor.speech_activity import Unanswered
from voicegw_desktop.corridor.speech_end import Waits
from voicegw_desktop.corridor.speech_run import SpeechRun
from voicegw_desktop.corridor.stt_leg import Rerouted, StalledOnSpeech, SttLeg
from voicegw_desktop.corridor.stt_money import SttMoney
from voicegw_desktop.corridor.stt_targets import Move, SttTargetSelector
from voicegw_desktop.corridor.utterances import Utterances
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.plan import Plan

log = logging.getLogger(__name__)

UNHEARD_S = 0.5  # of audio on its way to the target when a client leaves: too little to have been waited for


class SttRun(SpeechRun[SttEvent, SttLeg]):
    """An SttStream. `served` is the target that transcribes now; it may change between utterances or after a fault."""

    modality = Modality.STT
    last = EndOfStream
    afterwards = "The stream was ended; open another one to send more audio."

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, options: SttOptions) -> None:
        super().__init__(context, caller, plan)
        self._streamed = options.endpointing_ms != 0
        self.options = options
        self._rate = options.rate
        self._kept = KeptAudio(options.rate)
        self._told = Utterances(options.rate, context.clock.monotonic_ns)
        known = options.length_s is not None
        self._waits = Waits(options.rate, self._entered, whole=not self._streamed, known_length=known)
        self._late = LateWords(context, self.id)
        self._targets = SttTargetSelector(self, options)
        self._money = SttMoney(context, caller, options, streamed=self._streamed)
        self._lost_voice = False
        """Whether audio was dropped whose words are not final: no other target can then give them."""
        self._room = asyncio.Event()
        self._asked_end = 0
        self._reroute = False
        self._guesses = 0
        """Targets in a row that were left because they sent no words for plain speech."""
        self._growing = False
        """Whether there were words since the last Final."""

    @property
    def _now(self) -> SttLeg | None:
        return self._failover.now

    # -- what the client does -------------------------------------------------------------------------------------

    async def push(self, pcm: bytes) -> None:
        """Int16 mono little-endian samples at `options.rate`; waits while the target is far behind."""
        self._check()
        if len(pcm) % BYTES_A_SAMPLE:
            raise BadRequest("A frame of int16 audio has an even number of bytes.", param="audio")
        if not pcm:
            return
        self._kept.add(pcm)
        self._waits.hear(pcm, self.context.clock.monotonic_ns())
        self._trim()
        self._more.set()
        limit = self.context.patience.backlog_s * self._rate
        while self._error is None and self._now is not None and self._kept.received - self._now.fed > limit:
            self._room.clear()
            await self._room.wait()
        if self._error is not None:
            raise self._error

    async def commit(self) -> None:
        """End the utterance now."""
        self._check()
        self._mark("commit")

    async def end(self) -> None:
        """No more audio."""
        self._check()
        self._ended = True
        self._mark("end")

    def _mark(self, mark: str) -> None:
        self._kept.mark(mark)
        self._asked_end = self.context.clock.monotonic_ns()
        self._more.set()

    async def cancel(self) -> None:
        await super().cancel()
        self._unblock()

    def _owes(self) -> bool:
        if not self._kept.received:
            return False
        late = self._kept.received - self._fed
        return (
            not self._streamed
            or (self._ended and not self._told.finals)
            or self._growing
            or not self._told.quiet
            or bool(self._now and (self._now.unheard or self._now.committed))
            or late > UNHEARD_S * self._rate
        )

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _trim(self) -> None:
        kept, patience = self._kept, self.context.patience
        # silence is only dropped when a target that reports voices has heard it
        quiet = self._told.voices and self._told.quiet and not (self._now is not None and self._now.unheard)
        if quiet and kept.kept_s > patience.idle_replay_s:
            self._cut_to(min(kept.received - int(patience.idle_replay_s / 2 * self._rate), self._fed))
        elif kept.kept_s > patience.longest_replay_s:
            self._lost_voice = True
            self._cut_to(min(kept.received - int(patience.longest_replay_s * self._rate), self._fed))

    @property
    def _fed(self) -> int:
        return self._now.fed if self._now is not None else 0

    def _cut_to(self, sample: int) -> None:
        given = [one.cursor for one in (self._now, self._failover.beside) if one is not None]
        self._kept.cut_to(sample, min(given, default=0))

    # -- targets --------------------------------------------------------------------------------------------------

    async def _open_one(self, candidates: list[Cleared]) -> SttLeg:
        limit = self.context.router.config.routing.stt.ttfb_limit_ms
        patience = limit / 1000 if limit else self.context.patience.stall_s
        return self._leg(0, *await self._open_first(candidates, self._targets.open, patience_s=patience))

    def _leg(self, base: int, stream: SttStream, permit: Cleared, bill: Leg) -> SttLeg:
        """A leg that is given what is kept, from the sample `base` of the client's stream on."""
        bill.language = self._targets.language(permit)
        egress = self.context.egress.entry(permit, self.id, "stt")
        leg = SttLeg(stream, permit, bill, egress, base, self._kept.first, self._told.finals)
        leg.paid_s = self._money.in_advance_s
        # an engine here may be loading its model, and its supervisor watches it
        if permit.target.zone is not Zone.LOCAL and self._streamed:
            leg.unanswered = Unanswered(self.context.speech_activity(self._rate), lambda: self._overdue(leg))
        return leg

    def _set_aside(self, permit: Cleared, leg: Leg) -> ReservationPort | None:
        leg.language = self._targets.language(permit)
        return self._money.set_aside(leg)

    def _gave_nothing(self, leg: Leg, unreached: bool) -> bool:
        # a recording is billed for its words; a live stream for what was heard until it broke
        return not leg.utterances and (unreached or not self._streamed)

    def begin(self, leg: SttLeg) -> tuple[asyncio.Task[None], ...]:
        """Feed the leg what is kept, and listen to it."""
        loop = asyncio.get_running_loop()
        feed, listen = loop.create_task(self._feed(leg)), loop.create_task(self._listen(leg))
        if leg is self._now:
            self._watch(leg)
            if self._reroute:
                self._consider_move(leg)
            # a client that waits for a slow target to catch up looks at the new one
            self._room.set()
        return listen, feed

    async def join(self, slow: SttLeg) -> SttLeg | None:
        """Another target for the words that this one owes; the first Final decides which of them serves."""
        try:
            opened = await self._open_first(self._targets.others(slow), self._targets.open)
        except Exception as e:
            log.info("No target joins %s: %s", slow.permit.target, type(e).__name__)
            return None
        finally:
            # opening it made it `served`, which it is only once it wins
            self.served = slow.permit.target
        return self._leg(self._kept.cut, *opened)

    def took_over(self, leg: SttLeg, before: SttLeg) -> None:
        """The target that joined serves from here; its events that were held are passed on."""
        super().took_over(leg, before)
        before.lost = True
        self._told.replays += 1
        held, leg.held = leg.held, []
        for event in held:
            self._take(leg, event)
        self._watch(leg)
        self._room.set()

    def leg_failed(self, leg: SttLeg, error: Exception) -> None:
        super().leg_failed(leg, error)
        self._targets.leave_out(leg.permit.target.name)

    def _falls_back(self, error: Exception) -> bool:
        # a changed route chooses again, and money that ran out may not pay for the one that joined either
        return can_fall_back(error) and not isinstance(error, Rerouted)

    def _end(self) -> EndOfStream:
        return EndOfStream(self._kept.received / self._rate)

    def _unblock(self) -> None:
        self._room.set()

    async def _feed(self, leg: SttLeg) -> None:
        # not one more sample for a target that is being left: it may have just been forbidden
        while not leg.broken.done():
            entry = self._kept.entry(leg.cursor)
            if entry is None:
                self._more.clear()
                await self._money.wait(self._more, leg)
                continue
            if leg.bill.held is not None and not entry.mark:
                self._money.pay(leg, len(entry.after(leg.part.base)) / BYTES_A_SAMPLE / self._rate)
            await leg.give(entry, self._rate, self._targets.limit_s(leg), self._targets.stall_s * 2.0**self._guesses)
            self._room.set()
            if entry.mark:
                leg.committed |= entry.mark == "commit" and self._told.started > self._told.stopped
                if leg is self._now:
                    self._watch(leg)
            if entry.mark == "end":
                return

    async def _listen(self, leg: SttLeg) -> None:
        async for event in leg.stream:
            if isinstance(event, EndOfStream):
                if not (self._ended and self._kept.given_all(leg.cursor)):
                    raise died_early(leg.permit.target)
                return
            self._take(leg, event)
        raise died_early(leg.permit.target)

    def _overdue(self, leg: SttLeg) -> bool:
        """The target was sent plain speech and does not respond: another target is given it, if there is one."""
        if not (leg.stream.interims and self._targets.others(leg)):
            return False
        # if it was no speech after all, the next target is silent too: with twice the time, the stream moves less often
        limit = self._targets.stall_s * 2.0**self._guesses
        self._guesses += 1
        leg.fail(StalledOnSpeech(f"{leg.permit.target} sent no response to speech for {limit:g} s."))
        return True

    def _watch(self, leg: SttLeg) -> None:
        """Begin, go on or stop counting the silence of a target that owes something."""
        leg.stop_counting()
        if not leg.owes(self._told, self._kept, ended=self._ended):
            return
        routing = self.context.router.config.routing.stt
        stall, limit = self._targets.limit_s(leg), routing.ttfb_limit_ms
        if stall is None:
            return
        if limit and self._streamed and not leg.hedged and self._targets.others(leg):
            # the last one may be slow: waiting for it beats having no words
            if routing.hedge and limit / 1000 < stall:
                leg.count(limit / 1000, self._slow, leg)
                return
            stall = min(stall, limit / 1000)
        error = EngineTimeout(f"{leg.permit.target} sent no transcript within {stall:g} s of the end of speech.")
        leg.count(stall, leg.fail, error)

    def _slow(self, leg: SttLeg) -> None:
        leg.is_slow()
        # it is still given up when it stalls
        self._watch(leg)

    def _take(self, leg: SttLeg, event: SttEvent) -> None:
        leg.note_response()
        if leg.lost:
            return
        if self._late.took(leg.permit.target, event):
            if leg is self._now:
                self._events.put_nowait(event)
            return
        if leg is not self._now:
            # not told before it wins: the client would see the words of two targets mixed
            leg.held.append(event)
            if isinstance(event, Final):
                self._failover.won(leg)
            return
        if isinstance(event, Progress) and self._streamed:
            return  # it listens and has no words for what it hears; those it owes, it still owes
        self._guesses = 0
        told = self._told.tell(leg.part, event)
        if isinstance(event, Interim | Final):
            self._growing = isinstance(event, Interim) and bool(event.text.strip())
        if isinstance(event, Final):
            leg.bill.utterances += 1
            # the next utterance has a shortest length that is billed, so look again
            leg.paid_s = min(leg.paid_s, leg.bill.audio_in_s)
            leg.committed = leg.hedged = False
            self._failover.won(leg)
        if isinstance(told, Final):
            self._words_came(leg, told)
            self._targets.allow_all()
            self._lost_voice = False
            self._cut_to(self._told.said_until(leg.part, told, cut=self._kept.cut, fed=leg.fed))
        if told is not None:
            self._events.put_nowait(told)
            self.context.prompts.heard(self.caller, told)
        if isinstance(told, SpeechStarted):
            self.context.turns.voice(self.caller, self._waits.spoken(told.at_s, self._kept.cut))
        self._watch(leg)
        if isinstance(event, Final) and self._reroute:
            self._consider_move(leg)

    def _words_came(self, leg: SttLeg, final: Final) -> None:
        endpoints = leg.part.endpoints
        answer = self._waits.answered(
            final,
            after=self._kept.cut,
            endpoint=endpoints[0] if endpoints else 0,
            fed=leg.fed,
            decided_ns=self._told.answered(),
            marked_ns=self._asked_end,
            now_ns=self.context.clock.monotonic_ns(),
        )
        self.context.router.breaker.success(self.served.name)
        self.part.target = str(self.served)
        self.context.turns.words(self.caller, self.part, answer, final.text, self._money.since_last(self.legs))
        if final.text.strip() or not self._streamed:
            # no person waits for words that are none
            self._announce_first_byte(answer.wait_ms, recorded=answer.recorded)

    def _measured(self) -> Measured:
        return self._waits.measured()

    # -- moving ---------------------------------------------------------------------------------------------------

    def rerouted(self) -> None:
        """Move at the next boundary; at once when the present target is no longer permitted."""
        self._reroute = True
        # the one that joined may have just been forbidden
        self._failover.drop_beside()
        if self._now is not None:
            self._consider_move(self._now)

    def _consider_move(self, leg: SttLeg) -> None:
        if self.outcome is not None or (self._ended and self._told.quiet):
            return
        move = self._targets.move_from(leg)
        if move is Move.NONE:
            self._reroute = False
            return
        # words of one utterance come from one target, so a permitted one keeps the utterance it has begun; and half a
        # recording is worth nothing to another target
        heard = bool(self._kept.received)
        between = self._told.quiet and (self._told.voices or self._told.finals or not heard)
        if move is Move.AT_ONCE or (between and (self._streamed or not heard)):
            leg.fail(Rerouted())

    async def replace(self, old: SttLeg, error: Exception) -> SttLeg:
        """Open another target and give it all audio whose words are not final."""
        moved, throttled = isinstance(error, Rerouted), isinstance(error, BudgetThrottleSignal)
        if not throttled and not can_fall_back(error):
            raise error
        # first, so that no two targets are paid for the same audio longer than they must
        self.let_go(old)
        if moved:
            overlap = int(self.context.patience.route_overlap_s * self._rate)
            if self._told.voices and self._told.quiet:
                self._cut_to(old.fed - overlap)
        elif throttled:
            # what costs nothing may hear the rest; the target that was to be paid has not failed
            old.bill.status = "cancelled"
            self._targets.leave_out(old.permit.target.name)
        else:
            self.leg_failed(old, error)
        self._reroute = False
        if self._lost_voice and not self._told.quiet:
            raise error
        candidates = self._targets.after(old, error)
        if throttled:
            candidates = [c for c in candidates if self.context.meters.free(c.target)]
        if not candidates:
            raise error
        before = self.served
        fresh = await self._open_again(candidates, error)
        if not moved:
            self.fallback_from = self.fallback_from or str(before)
            self._told.replays += 1
        return fresh

    async def _open_again(self, candidates: list[Cleared], error: Exception) -> SttLeg:
        cause = None if isinstance(error, Rerouted) else error
        patience = self.context.patience.stall_s
        try:
            opened = await self._open_first(candidates, self._targets.open, patience_s=patience, cause=cause)
        except Exception as e:
            if cause is None or isinstance(e, VoiceGatewayError):
                raise
            raise error from e
        return self._leg(self._kept.cut, *opened)
