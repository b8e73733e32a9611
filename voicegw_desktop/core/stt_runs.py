"""A transcription stream that outlives its targets: audio is kept until its words are final, and replayed elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.egress import Cleared
from voicegw_desktop.core.errors import BadRequest, EgressDenied, EngineCrashed, EngineTimeout, VoiceGatewayError
from voicegw_desktop.core.events import (
    EndOfStream,
    Final,
    Interim,
    Progress,
    SpeechEnded,
    SpeechStarted,
    SttEvent,
)
from voicegw_desktop.core.metering import Leg
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, SttStream, Zone
from voicegw_desktop.core.routing import Plan
from voicegw_desktop.core.runs import Run, died_early, forgivable, quietly

if TYPE_CHECKING:
    from voicegw_desktop.core.corridor import Corridor

BYTES_A_SAMPLE = 2
END_SLACK_S = 3.0  # an endpoint this long after the last word still belongs to its utterance


class _Moved(Exception):
    """Not a failure: the route changed."""


@dataclass(slots=True)
class _Entry:
    """Audio, or one of the marks `commit` and `end`, at its place in the client's stream."""

    at: int
    """Samples before it."""
    pcm: bytes = b""
    mark: str = ""


class _Stream:
    """One target's part of the run."""

    def __init__(self, stream: SttStream, permit: Cleared, leg: Leg, base: int, cursor: int, finals: int) -> None:
        self.stream, self.permit, self.leg = stream, permit, leg
        self.base = base
        """Where in the client's stream this one begins, in samples."""
        self.cursor = cursor
        """Number of the next entry to give it."""
        self.fed = base
        self.finals_before = finals
        self.started = self.ended = 0
        self.endpoints: deque[int] = deque()
        """Of utterances whose words are still owed, in the client's samples."""
        self.finals = 0
        self.over = False
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None

    def fail(self, error: Exception) -> None:
        if not self.broken.done():
            self.broken.set_exception(error)


class SttRun(Run):
    """An SttStream. `served` says who transcribes now; it may change between utterances, or when a target dies."""

    modality = Modality.STT

    def __init__(self, corridor: Corridor, caller: Caller, plan: Plan, options: SttOptions) -> None:
        super().__init__(corridor, caller, plan)
        self._streamed = options.endpointing_ms != 0
        self.options = options
        self._rate = options.rate
        self._entries: deque[_Entry] = deque()
        self._first = 0
        """Number of the first entry kept."""
        self._received = 0
        self._cut = 0
        """Everything before this sample is final, or was silence too long ago to keep."""
        self._lost_voice = False
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._events: asyncio.Queue[SttEvent | BaseException | None] = asyncio.Queue()
        self._now: _Stream | None = None
        self._driver: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._started = self._stopped = self._finals = 0
        self._owed_since: int | None = None
        self._committed = ""
        self._asked_end = 0
        self._voices = False
        self._reroute = False
        self._failed: set[str] = set()
        self._retried: set[str] = set()
        self._replays = 0

    async def start(self) -> None:
        """Open the first target that answers."""
        self._now = await self._open(list(self.plan.targets), 0)
        self._driver = asyncio.get_running_loop().create_task(self._drive())

    # -- what the client does -------------------------------------------------------------------------------------

    async def push(self, pcm: bytes) -> None:
        """Int16 mono little-endian samples at `options.rate`; waits while the target is far behind."""
        self._check()
        if len(pcm) % BYTES_A_SAMPLE:
            raise BadRequest("A frame of int16 audio has an even number of bytes.", param="audio")
        if not pcm:
            return
        self._entries.append(_Entry(self._received, bytes(pcm)))
        self._received += len(pcm) // BYTES_A_SAMPLE
        self._trim()
        self._more.set()
        limit = self.corridor.patience.backlog_s * self._rate
        while self._error is None and self._now is not None and self._received - self._now.fed > limit:
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

    async def cancel(self) -> None:
        """Stop; idempotent, also after the end."""
        driver, self._driver = self._driver, None
        if driver is not None and not driver.done():
            driver.cancel()
            await asyncio.wait({driver})
        if self._now is not None:
            self._let_go(self._now)
        self._finish("cancelled")
        self._events.put_nowait(None)
        self._room.set()

    async def __aiter__(self) -> AsyncIterator[SttEvent]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event
            if isinstance(event, EndOfStream):
                return

    def headers(self) -> dict[str, str]:
        """`X-VoiceGW-*` headers."""
        return self.gateway_headers()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise BadRequest("The stream was ended; open another one to send more audio.", code="stream_ended")

    def _mark(self, mark: str) -> None:
        self._entries.append(_Entry(self._received, mark=mark))
        self._asked_end = self.corridor.clock.monotonic_ns()
        self._more.set()

    # -- what is kept ---------------------------------------------------------------------------------------------

    @property
    def _quiet(self) -> bool:
        """Is no utterance open that a target still owes words for?"""
        return self._started <= self._stopped <= self._finals

    def _trim(self) -> None:
        kept = (self._received - self._cut) / self._rate
        patience = self.corridor.patience
        # silence is only dropped when a target that reports voices has heard it
        if self._voices and self._quiet and kept > patience.idle_replay_s:
            self._cut_to(min(self._received - int(patience.idle_replay_s / 2 * self._rate), self._fed))
        elif kept > patience.longest_replay_s:
            self._lost_voice = True
            self._cut_to(min(self._received - int(patience.longest_replay_s * self._rate), self._fed))

    @property
    def _fed(self) -> int:
        return self._now.fed if self._now is not None else 0

    def _cut_to(self, sample: int) -> None:
        """Forget the audio before `sample`, and the marks before it."""
        self._cut = max(self._cut, sample)
        while self._entries:
            entry = self._entries[0]
            end = entry.at + len(entry.pcm) // BYTES_A_SAMPLE
            fed = self._now is not None and self._first < self._now.cursor
            if end > self._cut or entry.mark == "end" or not fed:
                break
            self._entries.popleft()
            self._first += 1

    def _slice(self, entry: _Entry, base: int) -> bytes:
        return entry.pcm[max(0, base - entry.at) * BYTES_A_SAMPLE :]

    # -- targets --------------------------------------------------------------------------------------------------

    async def _open(self, candidates: list[Cleared], base: int) -> _Stream:
        limit = self.corridor.router.config.routing.stt.ttfb_limit_ms
        stream, permit, leg = await self._open_first(
            candidates, self._opener, patience_s=limit / 1000 if limit else self.corridor.patience.stall_s
        )
        return _Stream(stream, permit, leg, base, self._first, self._finals)

    async def _opener(self, permit: Cleared) -> SttStream:
        router, target = self.corridor.router, permit.target
        language = router.language_for(self.plan, target, self.options.language)
        return await self.corridor.backends.open_stt(permit, replace(self.options, language=language))

    def _let_go(self, stream: _Stream) -> None:
        if stream.timer is not None:
            stream.timer.cancel()
        if stream.broken.done() and not stream.broken.cancelled():
            stream.broken.exception()
        if not stream.over:
            stream.over = True
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
            self._events.put_nowait(EndOfStream(self._received / self._rate))
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
            index = stream.cursor - self._first
            if index >= len(self._entries):
                self._more.clear()
                await self._more.wait()
                continue
            entry = self._entries[index]
            try:
                async with asyncio.timeout(stall):
                    if entry.mark == "commit":
                        await stream.stream.commit()
                    elif entry.mark == "end":
                        await stream.stream.end()
                    elif pcm := self._slice(entry, stream.base):
                        await stream.stream.push(pcm)
                        stream.leg.audio_in_s += len(pcm) / BYTES_A_SAMPLE / self._rate
            except TimeoutError as e:
                raise EngineTimeout(f"{stream.permit.target} took no audio for {stall:g} s.") from e
            stream.cursor += 1
            stream.fed = max(stream.fed, entry.at + len(entry.pcm) // BYTES_A_SAMPLE)
            self._room.set()
            if entry.mark:
                self._watch(stream)
            if entry.mark == "end":
                return

    async def _listen(self, stream: _Stream) -> None:
        async for event in stream.stream:
            if isinstance(event, EndOfStream):
                if not self._ended or (self._entries and stream.cursor - self._first < len(self._entries)):
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
        marks = self._ended and stream.cursor - self._first >= len(self._entries)
        if not (self._stopped > self._finals or marks or (self._started > self._stopped and self._committing(stream))):
            return
        stall, limit = self._stall, self.corridor.router.config.routing.stt.ttfb_limit_ms
        if limit and len(self.plan.targets) > 1 and self.options.endpointing_ms != 0:
            stall = min(stall, limit / 1000)
        error = EngineTimeout(f"{stream.permit.target} owes a transcript and said nothing for {stall:g} s.")
        stream.timer = asyncio.get_running_loop().call_later(stall, stream.fail, error)

    def _committing(self, stream: _Stream) -> bool:
        fed_all = stream.cursor - self._first >= len(self._entries)
        return fed_all and bool(self._entries) and self._entries[-1].mark == "commit"

    # -- events ---------------------------------------------------------------------------------------------------

    def _take(self, stream: _Stream, event: SttEvent) -> None:
        shift = stream.base / self._rate
        deliver: SttEvent | None
        if isinstance(event, SpeechStarted):
            deliver = self._voice_began(stream, event.at_s + shift)
        elif isinstance(event, SpeechEnded):
            deliver = self._voice_ended(stream, event.at_s + shift)
        elif isinstance(event, Interim):
            text = _joined(self._committed, event.text) if stream.base and self._committed else event.text
            committed = event.committed
            if len(self._committed) > len(committed):
                committed = self._committed
            self._committed = committed
            deliver = replace(event, text=text, committed=committed, start_s=event.start_s + shift)
        elif isinstance(event, Final):
            deliver = self._final(stream, _shifted(event, shift))
        elif isinstance(event, Progress):
            deliver = replace(event, done_s=event.done_s + shift)
        else:
            deliver = event
        if deliver is not None:
            self._events.put_nowait(deliver)
        self._watch(stream)
        if isinstance(event, Final) and self._reroute:
            self._consider_move(stream)

    def _voice_began(self, stream: _Stream, at_s: float) -> SttEvent | None:
        self._voices = True
        stream.started += 1
        number = stream.finals_before + stream.started
        if number <= self._started:
            return None
        self._started = number
        return SpeechStarted(at_s)

    def _voice_ended(self, stream: _Stream, at_s: float) -> SttEvent | None:
        stream.ended += 1
        stream.endpoints.append(round(at_s * self._rate))
        number = stream.finals_before + stream.ended
        if number <= self._stopped:
            return None
        self._stopped = number
        self._owed_since = self.corridor.clock.monotonic_ns()
        return SpeechEnded(at_s)

    def _final(self, stream: _Stream, event: Final) -> Final:
        if self._committed and stream.base + stream.finals_before and stream.finals == 0 and self._replays:
            event = replace(event, text=_joined(self._committed, event.text))
        self._committed = ""
        stream.finals += 1
        self._finals = stream.finals_before + stream.finals
        self._started, self._stopped = max(self._started, self._finals), max(self._stopped, self._finals)
        since = self._owed_since or self._asked_end or self._entered
        self._owed_since = None if self._stopped <= self._finals else self._owed_since
        self._first_byte(since)
        self._failed.clear()
        self._lost_voice = False
        self._cut_to(self._safe_point(stream, event))
        return event

    def _safe_point(self, stream: _Stream, event: Final) -> int:
        """Up to which sample everything has been said."""
        end = round(event.end_s * self._rate)
        endpoint = stream.endpoints.popleft() if stream.endpoints else 0
        if end <= self._cut:
            # a target without times: what it had heard when it spoke
            end = endpoint if endpoint > self._cut else stream.fed
        elif end < endpoint <= end + END_SLACK_S * self._rate:
            end = endpoint
        return min(end, stream.fed)

    # -- moving ---------------------------------------------------------------------------------------------------

    def rerouted(self) -> None:
        """Move at the next boundary; at once when the present target is no longer permitted."""
        self._reroute = True
        if self._now is not None:
            self._consider_move(self._now)

    def _consider_move(self, stream: _Stream) -> None:
        if self.outcome is not None or (self._ended and self._quiet):
            return
        router, permit = self.corridor.router, stream.permit
        try:
            router.policy.clear(permit.target, project=self.caller.project, asked=permit.asked)
        except EgressDenied:
            stream.fail(_Moved())
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
        if self._quiet and (self._voices or self._finals or not self._received) and not (whole and self._received):
            stream.fail(_Moved())

    async def _replace(self, old: _Stream, error: Exception) -> _Stream:
        """Another target, given all audio whose words are not final."""
        moved = isinstance(error, _Moved)
        if not moved and not forgivable(error):
            raise error
        self._let_go(old)
        if moved:
            permitted_overlap = int(self.corridor.patience.route_overlap_s * self._rate)
            if self._voices and self._quiet:
                self._cut_to(old.fed - permitted_overlap)
        else:
            old.leg.status = "error"
            self._note_failure(old.permit.target, error)
            self._failed.add(old.permit.target.name)
        self._reroute = False
        if self._lost_voice and not self._quiet:
            raise error
        candidates = self._candidates(old, error)
        if not candidates:
            raise error
        before = self.served
        fresh = await self._open_again(candidates, error)
        if not moved:
            self.fallback_from = self.fallback_from or str(before)
            self._replays += 1
        return fresh

    async def _open_again(self, candidates: list[Cleared], error: Exception) -> _Stream:
        limit = self.corridor.patience.stall_s
        try:
            stream, permit, leg = await self._open_first(candidates, self._opener, patience_s=limit)
        except Exception as e:
            if isinstance(error, _Moved) or isinstance(e, VoiceGatewayError):
                raise
            raise error from e
        return _Stream(stream, permit, leg, self._cut, self._first, self._finals)

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


def _shifted(event: Final, by_s: float) -> Final:
    if not by_s:
        return event
    return replace(
        event,
        start_s=event.start_s + by_s,
        end_s=event.end_s + by_s if event.end_s else 0.0,
        words=tuple(replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in event.words),
        segments=tuple(replace(s, start_s=s.start_s + by_s, end_s=s.end_s + by_s) for s in event.segments),
    )


def _joined(committed: str, text: str) -> str:
    """`text` with its beginning replaced by words that were promised not to change."""
    said, heard = committed.split(), text.split()
    if heard[: len(said)] == said:
        return text
    match = SequenceMatcher(None, [w.lower() for w in said], [w.lower() for w in heard], autojunk=False)
    blocks = [b for b in match.get_matching_blocks() if b.size]
    # words after the last common one are as many as were promised after it
    skip = blocks[-1].b + len(said) - blocks[-1].a if blocks else len(said)
    return " ".join([*said, *heard[skip:]])
