"""A transcription stream that outlives its targets: audio is kept until its words are final, and replayed elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.egress import Cleared
from voicegw_desktop.core.errors import BadRequest, EgressDenied, EngineCrashed, EngineTimeout, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, SttEvent
from voicegw_desktop.core.kept_audio import BYTES_A_SAMPLE, KeptAudio
from voicegw_desktop.core.metering import Leg
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, SttStream, Zone
from voicegw_desktop.core.routing import Plan
from voicegw_desktop.core.runs import died_early, forgivable, quietly
from voicegw_desktop.core.speech_run import SpeechRun, fail, watch_no_more
from voicegw_desktop.core.utterances import Part, Utterances

if TYPE_CHECKING:
    from voicegw_desktop.core.corridor import Corridor


class _Moved(Exception):
    """Not a failure: the route changed."""


class _Stream:
    """One target's part of the run."""

    def __init__(self, stream: SttStream, permit: Cleared, leg: Leg, base: int, cursor: int, finals: int) -> None:
        self.stream, self.permit, self.leg = stream, permit, leg
        self.part = Part(base, finals)
        """What it has told; its own stream begins at `part.base`."""
        self.cursor = cursor
        """Number of the next entry to give it."""
        self.fed = base
        """Samples of the client's stream it has been given."""
        self.over = False
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None


class SttRun(SpeechRun[SttEvent, _Stream]):
    """An SttStream. `served` says who transcribes now; it may change between utterances, or when a target dies."""

    modality = Modality.STT
    last = EndOfStream
    afterwards = "The stream was ended; open another one to send more audio."

    def __init__(self, corridor: Corridor, caller: Caller, plan: Plan, options: SttOptions) -> None:
        super().__init__(corridor, caller, plan)
        self._streamed = options.endpointing_ms != 0
        self.options = options
        self._rate = options.rate
        self._kept = KeptAudio(options.rate)
        self._told = Utterances(options.rate, corridor.clock.monotonic_ns)
        self._lost_voice = False
        self._room = asyncio.Event()
        self._asked_end = 0
        self._reroute = False
        self._failed: set[str] = set()

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
        limit = self.corridor.patience.backlog_s * self._rate
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
        self._asked_end = self.corridor.clock.monotonic_ns()
        self._more.set()

    async def cancel(self) -> None:
        await super().cancel()
        self._room.set()

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _trim(self) -> None:
        kept, patience = self._kept, self.corridor.patience
        # silence is only dropped when a target that reports voices has heard it
        if self._told.voices and self._told.quiet and kept.kept_s > patience.idle_replay_s:
            self._cut_to(min(kept.received - int(patience.idle_replay_s / 2 * self._rate), self._fed))
        elif kept.kept_s > patience.longest_replay_s:
            self._lost_voice = True
            self._cut_to(min(kept.received - int(patience.longest_replay_s * self._rate), self._fed))

    @property
    def _fed(self) -> int:
        return self._now.fed if self._now is not None else 0

    def _cut_to(self, sample: int) -> None:
        self._kept.cut_to(sample, self._now.cursor if self._now is not None else 0)

    # -- targets --------------------------------------------------------------------------------------------------

    async def _open(self, candidates: list[Cleared], base: int) -> _Stream:
        limit = self.corridor.router.config.routing.stt.ttfb_limit_ms
        opened = await self._open_first(
            candidates, self._opener, patience_s=limit / 1000 if limit else self.corridor.patience.stall_s
        )
        return self._from(base, *opened)

    def _from(self, base: int, stream: SttStream, permit: Cleared, leg: Leg) -> _Stream:
        leg.language = self._language(permit)
        return _Stream(stream, permit, leg, base, self._kept.first, self._told.finals)

    def _language(self, permit: Cleared) -> str | None:
        return self.corridor.router.language_for(self.plan, permit.target, self.options.language)

    async def _opener(self, permit: Cleared) -> SttStream:
        options = replace(self.options, language=self._language(permit))
        return await self.corridor.backends.open_stt(permit, options)

    def _let_go(self, stream: _Stream) -> None:
        watch_no_more(stream)
        if not stream.over:
            stream.over = True
            stream.leg.close(self.corridor.clock.monotonic_ns())
            seconds = stream.leg.audio_in_s
            self.corridor.egress.note(
                stream.permit, self.id, "stt", round(seconds * self._rate) * BYTES_A_SAMPLE, seconds
            )
            self.corridor.background(quietly(stream.stream.cancel()))

    async def _drive(self) -> None:
        assert self._now is not None
        stream = self._now
        try:
            while True:
                try:
                    await self._serve(stream)
                    break
                except Exception as e:
                    stream = await self._replace(stream, e)
                    self._now = stream
                    self._room.set()
            self._let_go(stream)
            self.corridor.router.breaker.success(self.served.name)
            self._finish("ok")
            self._events.put_nowait(EndOfStream(self._kept.received / self._rate))
        except asyncio.CancelledError:
            stream.leg.status = "cancelled"
            self._finish("cancelled")
            raise
        except BaseException as e:
            self._error = e
            stream.leg.status = "error"
            self._let_go(stream)
            self._finish("error", e)
            self._events.put_nowait(e)
            self._room.set()

    async def _serve(self, stream: _Stream) -> None:
        """Until everything was said; raises what went wrong, or `_Moved`."""
        loop = asyncio.get_running_loop()
        feed, listen = loop.create_task(self._feed(stream)), loop.create_task(self._listen(stream))
        watched: set[asyncio.Future[Any]] = {feed, listen, stream.broken}
        try:
            self._watch(stream)
            if self._reroute:
                self._consider_move(stream)
            while True:
                done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                # what the target said goes before how its connection ended
                for task in (listen, stream.broken, feed):
                    if task in done:
                        task.result()
                if listen in done:
                    return
        finally:
            for task in (feed, listen):
                task.cancel()
            await asyncio.gather(feed, listen, return_exceptions=True)
            if stream.timer is not None:
                stream.timer.cancel()

    async def _feed(self, stream: _Stream) -> None:
        stall = self._stall
        # not one more sample for a target that is being left: it may have just been forbidden
        while not stream.broken.done():
            entry = self._kept.entry(stream.cursor)
            if entry is None:
                self._more.clear()
                await self._more.wait()
                continue
            try:
                async with asyncio.timeout(stall):
                    if entry.mark == "commit":
                        await stream.stream.commit()
                    elif entry.mark == "end":
                        await stream.stream.end()
                    elif pcm := entry.after(stream.part.base):
                        await stream.stream.push(pcm)
                        stream.leg.audio_in_s += len(pcm) / BYTES_A_SAMPLE / self._rate
            except TimeoutError as e:
                raise EngineTimeout(f"{stream.permit.target} took no audio for {stall:g} s.") from e
            stream.cursor += 1
            stream.fed = max(stream.fed, entry.until)
            self._room.set()
            if entry.mark:
                self._watch(stream)
            if entry.mark == "end":
                return

    async def _listen(self, stream: _Stream) -> None:
        async for event in stream.stream:
            if isinstance(event, EndOfStream):
                if not (self._ended and self._kept.given_all(stream.cursor)):
                    raise died_early(stream.permit.target)
                return
            self._take(stream, event)
        raise died_early(stream.permit.target)

    @property
    def _stall(self) -> float:
        patience = self.corridor.patience
        return patience.whole_recording_stall_s if self.options.endpointing_ms == 0 else patience.stall_s

    def _watch(self, stream: _Stream) -> None:
        """Begin, go on or stop counting the silence of a target that owes something."""
        if stream.timer is not None:
            stream.timer.cancel()
            stream.timer = None
        told, given_all = self._told, self._kept.given_all(stream.cursor)
        committing = given_all and self._kept.last_mark == "commit"
        owes = told.stopped > told.finals or (told.started > told.stopped and committing)
        if not (owes or (self._ended and given_all)):
            return
        stall, limit = self._stall, self.corridor.router.config.routing.stt.ttfb_limit_ms
        if limit and len(self.plan.targets) > 1 and self.options.endpointing_ms != 0:
            stall = min(stall, limit / 1000)
        error = EngineTimeout(f"{stream.permit.target} owes a transcript and said nothing for {stall:g} s.")
        stream.timer = asyncio.get_running_loop().call_later(stall, fail, stream, error)

    def _take(self, stream: _Stream, event: SttEvent) -> None:
        told = self._told.tell(stream.part, event)
        stream.leg.utterances += isinstance(event, Final)
        if isinstance(told, Final):
            self._first_byte(self._told.answered() or self._asked_end or self._entered)
            self._failed.clear()
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
        if self._now is not None:
            self._consider_move(self._now)

    def _consider_move(self, stream: _Stream) -> None:
        if self.outcome is not None or (self._ended and self._told.quiet):
            return
        router, permit = self.corridor.router, stream.permit
        try:
            router.policy.clear(permit.target, project=self.caller.project, asked=permit.asked)
        except EgressDenied:
            fail(stream, _Moved())
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
        whole = self.options.endpointing_ms == 0
        if (
            self._told.quiet
            and (self._told.voices or self._told.finals or not self._kept.received)
            and not (whole and self._kept.received)
        ):
            fail(stream, _Moved())

    async def _replace(self, old: _Stream, error: Exception) -> _Stream:
        """Another target, given all audio whose words are not final."""
        moved = isinstance(error, _Moved)
        if not moved and not forgivable(error):
            raise error
        self._let_go(old)
        if moved:
            permitted_overlap = int(self.corridor.patience.route_overlap_s * self._rate)
            if self._told.voices and self._told.quiet:
                self._cut_to(old.fed - permitted_overlap)
        else:
            old.leg.status = "error"
            self._note_failure(old.permit.target, error)
            self._failed.add(old.permit.target.name)
        self._reroute = False
        if self._lost_voice and not self._told.quiet:
            raise error
        candidates = self._candidates(old, error)
        if not candidates:
            raise error
        before = self.served
        fresh = await self._open_again(candidates, error)
        if not moved:
            self.fallback_from = self.fallback_from or str(before)
            self._told.replays += 1
        return fresh

    async def _open_again(self, candidates: list[Cleared], error: Exception) -> _Stream:
        limit = self.corridor.patience.stall_s
        try:
            opened = await self._open_first(candidates, self._opener, patience_s=limit)
        except Exception as e:
            if isinstance(error, _Moved) or isinstance(e, VoiceGatewayError):
                raise
            raise error from e
        return self._from(self._kept.cut, *opened)

    def _candidates(self, old: _Stream, error: Exception) -> list[Cleared]:
        try:
            plan = self.corridor.router.plan(self.modality, self.plan.requested, self.caller)
        except VoiceGatewayError:
            if isinstance(error, _Moved):
                raise
            return []
        self.plan = plan
        fresh = [p for p in plan.targets if p.target.name not in self._failed]
        if isinstance(error, _Moved):
            return fresh or list(plan.targets)
        target = old.permit.target
        # a crashed engine is started again once; that costs nothing and keeps the person's choice
        if target.zone is Zone.LOCAL and isinstance(error, EngineCrashed) and target.name not in self._retried:
            self._retried.add(target.name)
            return [old.permit, *fresh]
        return fresh
