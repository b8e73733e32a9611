"""A transcription stream that outlives its targets: audio is kept until its words are final, and replayed elsewhere."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from voicegw_desktop.core.errors import (
    BadRequest,
    BudgetThrottleSignal,
    EgressDenied,
    EngineTimeout,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import EndOfStream, Final, Interim, Progress, SttEvent
from voicegw_desktop.core.ports import Caller, SttOptions
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.kept_audio import BYTES_A_SAMPLE
from voicegw_desktop.corridor.runs import can_fall_back, died_early, quietly
from voicegw_desktop.corridor.speech_run import fail, watch_no_more
from voicegw_desktop.corridor.stt_leg import LostHedgeRace, Rerouted, StalledOnSpeech, SttLeg
from voicegw_desktop.corridor.stt_opening import OpensHearings
from voicegw_desktop.routing.router import Plan

log = logging.getLogger(__name__)

UNHEARD_S = 0.5  # of audio on its way to the target when a client leaves: too little to have been waited for


class SttRun(OpensHearings):
    """An SttStream. `served` says who transcribes now; it may change between utterances, or when a target dies."""

    last = EndOfStream
    afterwards = "The stream was ended; open another one to send more audio."

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, options: SttOptions) -> None:
        super().__init__(context, caller, plan, options)
        self._lost_voice = False
        self._room = asyncio.Event()
        self._asked_end = 0
        self._reroute = False
        self._guesses = 0
        """Targets left for hearing nothing since one last heard something."""
        self._growing = False
        """Were there words since the last Final?"""

    async def start(self) -> None:
        """Open the first target that answers."""
        self._now = await self._open(list(self.plan.targets), 0)
        self._drive_on()

    # -- what the client does -------------------------------------------------------------------------------------

    async def push(self, pcm: bytes) -> None:
        """Int16 mono little-endian samples at `options.rate`; waits while the target is far behind."""
        self._check()
        if len(pcm) % BYTES_A_SAMPLE:
            raise BadRequest("A frame of int16 audio has an even number of bytes.", param="audio")
        if not pcm:
            return
        self._kept.add(pcm)
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
        self._room.set()

    def _owes(self) -> bool:
        if not self._kept.received:
            return False
        late = self._kept.received - self._fed
        return (
            not self._streamed
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
        given = [one.cursor for one in (self._now, self._beside) if one is not None]
        self._kept.cut_to(sample, min(given, default=0))

    # -- targets --------------------------------------------------------------------------------------------------

    def _let_go(self, stream: SttLeg) -> None:
        watch_no_more(stream)
        if stream.unanswered is not None:
            stream.unanswered.close()
        if not stream.over:
            stream.over = True
            stream.leg.close(self.context.clock.monotonic_ns())
            stream.egress.close()
            self.context.spawn(quietly(stream.stream.cancel()))

    async def _drive(self) -> None:
        assert self._now is not None
        try:
            while True:
                try:
                    await self._serve(self._now)
                    break
                except Exception as e:
                    self._now = await self._replace(self._now, e)
                    self._room.set()
            self._let_go(self._now)
            self.context.router.breaker.success(self.served.name)
            self._finish("ok")
            self._events.put_nowait(EndOfStream(self._kept.received / self._rate))
        except asyncio.CancelledError:
            self._now.leg.status = self._parting
            self._finish(self._parting)
            raise
        except BaseException as e:
            self._error = e
            self._failed(self._now.leg, e)
            self._let_go(self._now)
            self._finish("error", e)
            self._events.put_nowait(e)
            self._room.set()

    async def _serve(self, stream: SttLeg) -> None:
        """Until everything was said, by this one or by who joins it; raises what went wrong, or `Rerouted`."""
        loop = asyncio.get_running_loop()
        here: dict[SttLeg, tuple[asyncio.Task[None], asyncio.Task[None]]] = {}

        def enter(one: SttLeg) -> None:
            here[one] = (loop.create_task(self._feed(one)), loop.create_task(self._listen(one)))

        joining: asyncio.Task[SttLeg | None] | None = None
        enter(stream)
        try:
            self._watch(stream)
            if self._reroute:
                self._consider_move(stream)
            while True:
                watched: set[asyncio.Future[Any]] = set()
                for one, (feed, listen) in here.items():
                    watched |= {listen, one.broken, one.slow, *(() if feed.done() else (feed,))}
                if joining is not None:
                    watched.add(joining)
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                if joining is not None and joining.done():
                    joined, joining = joining.result(), None
                    if joined is not None:
                        enter(joined)
                for one, (feed, listen) in list(here.items()):
                    if one.slow.done():
                        one.slow = loop.create_future()
                        if joining is None and self._beside is None:
                            joining = loop.create_task(self._join(one))
                    try:
                        # what the target said goes before how its connection ended
                        for task in (listen, one.broken, feed):
                            if task.done():
                                task.result()
                        if listen.done():
                            if one is self._now:
                                return
                            raise LostHedgeRace
                    except Exception as e:
                        if one is self._now:
                            raise
                        await self._leave(one, here.pop(one), e)
        finally:
            if joining is not None:
                joining.cancel()
                await asyncio.wait({joining})
            for one, tasks in here.items():
                await self._leave(one, tasks)
            if self._beside is not None:
                # it joined in the last moment
                await self._leave(self._beside, ())

    async def _leave(self, one: SttLeg, tasks: tuple[asyncio.Task[None], ...], error: Exception | None = None) -> None:
        """Stop serving with one; who is not `_now` is closed, and paid for what it did."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if one.timer is not None:
            one.timer.cancel()
        if one is self._now:
            return
        if self._beside is one:
            self._beside = None
        one.leg.status = "lost"
        if error is not None and not isinstance(error, LostHedgeRace):
            self._failed(one.leg, error)
            self._note_failure(one.permit.target, error)
        self._let_go(one)

    async def _feed(self, stream: SttLeg) -> None:
        # not one more sample for a target that is being left: it may have just been forbidden
        while not stream.broken.done():
            entry = self._kept.entry(stream.cursor)
            if entry is None:
                self._more.clear()
                await self._wait_for_more(stream)
                continue
            stall = self._stall
            if stream.leg.held is not None and not entry.mark:
                self._pay(stream, len(entry.after(stream.part.base)) / BYTES_A_SAMPLE / self._rate)
            try:
                async with asyncio.timeout(stall):
                    if entry.mark == "commit":
                        await stream.stream.commit()
                    elif entry.mark == "end":
                        await stream.stream.end()
                    elif pcm := entry.after(stream.part.base):
                        seconds = len(pcm) / BYTES_A_SAMPLE / self._rate
                        stream.egress.add(len(pcm), seconds)
                        await stream.stream.push(pcm)
                        stream.leg.audio_in_s += seconds
                        if stream.unanswered is not None:
                            stream.unanswered.hear(pcm, stall * 2**self._guesses)
            except TimeoutError as e:
                raise EngineTimeout(f"{stream.permit.target} took no audio for {stall:g} s.") from e
            stream.cursor += 1
            stream.fed = max(stream.fed, entry.until)
            self._room.set()
            if entry.mark:
                stream.committed |= entry.mark == "commit" and self._told.started > self._told.stopped
                if stream is self._now:
                    self._watch(stream)
            if entry.mark == "end":
                return

    async def _listen(self, stream: SttLeg) -> None:
        async for event in stream.stream:
            if isinstance(event, EndOfStream):
                if not (self._ended and self._kept.given_all(stream.cursor)):
                    raise died_early(stream.permit.target)
                return
            self._take(stream, event)
        raise died_early(stream.permit.target)

    def _unheard(self, stream: SttLeg) -> bool:
        """Somebody talks, and the target gives no sign of it: another one shall hear, if there is one."""
        if not (stream.stream.interims and self._has_another(stream)):
            return False
        limit = self._stall * 2**self._guesses
        self._guesses += 1
        fail(stream, StalledOnSpeech(f"{stream.permit.target} sent no response to speech for {limit:g} s."))
        return True

    def _watch(self, stream: SttLeg) -> None:
        """Begin, go on or stop counting the silence of a target that owes something."""
        if stream.timer is not None:
            stream.timer.cancel()
            stream.timer = None
        told, given_all = self._told, self._kept.given_all(stream.cursor)
        committing = stream.committed or (given_all and self._kept.last_mark == "commit")
        owes = told.stopped > told.finals or (told.started > told.stopped and committing)
        if not (owes or (self._ended and given_all)):
            return
        loop, routing = asyncio.get_running_loop(), self.context.router.config.routing.stt
        stall, limit = self._stall, routing.ttfb_limit_ms
        if limit and self._streamed and not stream.hedged and self._has_another(stream):
            # the last one may be slow: waiting for it beats having no words
            if routing.hedge and limit / 1000 < stall:
                stream.timer = loop.call_later(limit / 1000, self._slow, stream)
                return
            stall = min(stall, limit / 1000)
        error = EngineTimeout(f"{stream.permit.target} sent no transcript within {stall:g} s of the end of speech.")
        stream.timer = loop.call_later(stall, fail, stream, error)

    def _slow(self, stream: SttLeg) -> None:
        stream.hedged = True
        if not stream.slow.done():
            stream.slow.set_result(None)
        self._watch(stream)

    def _won(self, stream: SttLeg) -> None:
        """The one that joined has words: it serves from here, and what it said is told."""
        loser, self._now, self._beside = self._now, stream, None
        assert loser is not None
        loser.lost = True
        self.served = stream.permit.target
        self.fallback_from = self.fallback_from or str(loser.permit.target)
        self._told.replays += 1
        fail(loser, LostHedgeRace())
        held, stream.held = stream.held, []
        for event in held:
            self._take(stream, event)
        self._room.set()

    def _take(self, stream: SttLeg, event: SttEvent) -> None:
        stream.note_response()
        if stream.lost:
            return
        if stream is not self._now:
            stream.held.append(event)
            if isinstance(event, Final):
                self._won(stream)
            return
        if isinstance(event, Progress) and self._streamed:
            # it listens and has no words for what it hears; those it owes, it still owes
            return
        self._guesses = 0
        told = self._told.tell(stream.part, event)
        if isinstance(event, Interim | Final):
            self._growing = isinstance(event, Interim) and bool(event.text.strip())
        if isinstance(event, Final):
            stream.leg.utterances += 1
            # the next utterance has a shortest length that is billed, so look again
            stream.paid_s = min(stream.paid_s, stream.leg.audio_in_s)
        if isinstance(event, Final):
            stream.committed = stream.hedged = False
            if self._beside is not None:
                self._beside.lost = True
                fail(self._beside, LostHedgeRace())
        if isinstance(told, Final):
            self._first_byte(self._told.answered() or self._asked_end or self._entered)
            self._out.clear()
            self._lost_voice = False
            self._cut_to(self._told.said_until(stream.part, told, cut=self._kept.cut, fed=stream.fed))
        if told is not None:
            self._events.put_nowait(told)
        self._watch(stream)
        if isinstance(event, Final) and self._reroute:
            self._consider_move(stream)

    # -- moving ---------------------------------------------------------------------------------------------------

    def rerouted(self) -> None:
        """Move at the next boundary; at once when the present target is no longer permitted."""
        self._reroute = True
        if self._beside is not None:
            # it may have just been forbidden
            fail(self._beside, LostHedgeRace())
        if self._now is not None:
            self._consider_move(self._now)

    def _consider_move(self, stream: SttLeg) -> None:
        if self.outcome is not None or (self._ended and self._told.quiet):
            return
        router, permit = self.context.router, stream.permit
        try:
            router.policy.clear(permit.target, project=self.caller.project, asked=permit.asked)
        except EgressDenied:
            fail(stream, Rerouted())
            return
        try:
            plan = router.plan(self.modality, self.plan.requested, self.caller)
        except VoiceGatewayError:
            # nothing to move to; the present target is still permitted
            self._reroute = False
            return
        if plan.first == permit.target:
            self._reroute = False
            return
        whole = not self._streamed
        if (
            self._told.quiet
            and (self._told.voices or self._told.finals or not self._kept.received)
            and not (whole and self._kept.received)
        ):
            fail(stream, Rerouted())

    async def _replace(self, old: SttLeg, error: Exception) -> SttLeg:
        """Another target, given all audio whose words are not final."""
        moved = isinstance(error, Rerouted)
        throttled = isinstance(error, BudgetThrottleSignal)
        if not moved and not throttled and not can_fall_back(error):
            raise error
        self._let_go(old)
        if moved:
            permitted_overlap = int(self.context.patience.route_overlap_s * self._rate)
            if self._told.voices and self._told.quiet:
                self._cut_to(old.fed - permitted_overlap)
        elif throttled:
            # what costs nothing may hear the rest; the target that was to be paid has not failed
            old.leg.status = "cancelled"
            self._out.add(old.permit.target.name)
        else:
            self._failed(old.leg, error)
            self._note_failure(old.permit.target, error)
            self._out.add(old.permit.target.name)
        self._reroute = False
        if self._lost_voice and not self._told.quiet:
            raise error
        candidates = self._candidates(old, error)
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
