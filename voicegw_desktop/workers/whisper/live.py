"""Live transcription: voice detection, interims whose committed words stay, and finals ready at the endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import RATE, Resampler, Samples
from voicegw_desktop.workers.whisper.ending import Ending, closing
from voicegw_desktop.workers.whisper.endpoint import FAINT_MOST, Endpointer, Sign
from voicegw_desktop.workers.whisper.hearing import CONTEXT_GAP_S, Hearing
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis, TimedWord
from voicegw_desktop.workers.whisper.pieces import GUESS_MS, PIECE_S, Pieces
from voicegw_desktop.workers.whisper.queue import Unwanted, Urgency, Wish
from voicegw_desktop.workers.whisper.segments import cut_point, group, shifted, word_data
from voicegw_desktop.workers.whisper.showing import Emit, Showing
from voicegw_desktop.workers.whisper.streams import ENDPOINT_MS, Engine, StreamOptions
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.turn import WINDOW
from voicegw_desktop.workers.whisper.utterance import AGREEING, AMPLE, AMPLE_S, Utterance, agreed
from voicegw_desktop.workers.whisper.vad import CHUNK, VoiceDetector

Clock = Callable[[], float]

BEFORE = int(0.3 * RATE)  # samples kept before the voice
AFTER = int(0.3 * RATE)  # samples decoded after it
PUT_OFF = int(0.3 * RATE)  # samples that an interim is put off, at most, for speech that is fading
CONTEXT_MOST_S = 20.0  # of context and utterance together; beyond it the utterance has enough of its own
SURER_MS = 120.0  # of silence after which a pause is decoded where the one before it lies close
LONG_S = 27.0  # an utterance longer than this is transcribed in parts
LONGEST_S = 40.0  # of a part without any pause, where the recogniser hears piece by piece
ROLL_FROM_S = 12.0  # a part is not cut before this
BEHIND_S = 1.5  # from the end of speech without its final: the stream is behind
HELD_S = 45.0  # of undecoded audio at which the sender must wait


class LiveStream:
    """One stream with endpointing. Feed it from one task; it decodes and emits in another."""

    def __init__(self, engine: Engine, options: StreamOptions, emit: Emit, clock: Clock = time.monotonic) -> None:
        self._engine, self._options, self._emit, self._clock = engine, options, emit, clock
        self._is_behind = False
        self._resampler = Resampler(options.rate)
        self._detector = VoiceDetector(engine.vad)
        self._ends = Endpointer(options.endpointing_ms or ENDPOINT_MS, speech=options.vad_threshold)
        self._ending = Ending(engine.turn, self._ends) if options.adaptive and engine.turn else None
        self._speakers = engine.live_speakers(options)
        self._tape = Tape()
        self._hearing = Hearing(engine, options, self._tape)
        self._heard = 0  # samples the detector has seen
        self._rest: Samples = np.zeros(0, np.float32)
        self._chunks_told = 1
        self._probs: deque[float] = deque(maxlen=int(HELD_S * 2 * RATE / CHUNK))
        self._open: Utterance | None = None
        self._owed: deque[Utterance] = deque()
        self._floor = 0  # an utterance does not reach back before the end of the one before
        self._showing = Showing(engine, options, emit)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LiveStream:
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._ending is not None:
            self._ending.close()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def push(self, pcm: bytes) -> None:
        """Take int16 audio; waits while decoding is far behind."""
        await self._take(self._resampler.push(pcm))
        await self._tell_late()
        while self._behind():
            self._moved.clear()
            await self._alive(self._moved.wait())

    async def commit(self) -> None:
        """End the open utterance now."""
        await self._take(np.zeros(-len(self._rest) % CHUNK, np.float32), whole=True)
        if self._open is not None:
            self._ends.close()
            await self._close()

    async def end(self) -> None:
        """No more audio: emit what is owed, then `end-of-stream`."""
        await self._take(self._resampler.flush())
        await self.commit()
        while self._owed:
            self._moved.clear()
            await self._alive(self._moved.wait())
        await self._emit("end-of-stream", {"audio_s": round(self._resampler.received_s, 3)})

    async def _alive(self, waiting: Any) -> None:
        """Wait for `waiting`, or raise what ended the decoding task."""
        assert self._worker is not None
        waiter = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait((waiter, self._worker), return_when=asyncio.FIRST_COMPLETED)
            if self._worker.done():
                self._worker.result()
        finally:
            waiter.cancel()

    def _behind(self) -> bool:
        oldest = self._owed[0] if self._owed else self._open
        return oldest is not None and self._tape.end - oldest.first > HELD_S * RATE

    async def _tell_late(self) -> None:
        """Say when the words of the oldest utterance are overdue, and when none are any more."""
        late_s = self._clock() - self._owed[0].stopped_s if self._owed else 0.0
        if (late_s >= BEHIND_S) != self._is_behind:
            self._is_behind = not self._is_behind
            await self._emit("behind", {"seconds": round(late_s, 3) if self._is_behind else 0.0})

    # -- hearing ------------------------------------------------------------------------------------------------------

    async def _take(self, fresh: Samples, *, whole: bool = False) -> None:
        """Hear `fresh`; `whole`: all of it, now. What is left over waits for more."""
        # padding is heard by the detector but is no part of the recording's length
        self._tape.append(fresh)
        piece = np.concatenate((self._rest, fresh))
        # a run of the detector costs much the same for three chunks as for one
        if not whole and len(piece) < self._ends.unchanged * CHUNK:
            self._rest = piece
            return
        size = len(piece) // CHUNK * CHUNK
        piece, self._rest = piece[:size], piece[size:]
        if not len(piece):
            return
        levels = np.sqrt(np.mean(np.square(piece.reshape(-1, CHUNK)), axis=1)).tolist()
        for prob, level in zip(self._detector(piece, resting=self._ends.resting), levels, strict=True):
            self._heard += CHUNK
            self._probs.append(prob)
            await self._step(prob, level)
        await self._tell_chunk()
        if self._open is None and not self._owed:
            oldest = self._heard - BEFORE - FAINT_MOST * CHUNK
            previous = self._hearing.previous
            if previous is not None and oldest - previous.voiced_until < CONTEXT_GAP_S * RATE:
                oldest = min(oldest, previous.context_first)
            self._tape.forget(oldest)
        self._wake.set()

    async def _tell_chunk(self) -> None:
        """Say how much audio at a time is enough, when that changed: each piece wakes this process."""
        if self._ends.unchanged != self._chunks_told:
            self._chunks_told = self._ends.unchanged
            await self._emit("chunk-length", {"ms": self._chunks_told * CHUNK * 1000 // RATE})

    async def _step(self, prob: float, level: float) -> None:
        sign = self._ends.feed(prob, level)
        if sign is Sign.STARTED:
            first = max(self._floor, self._ends.faint_from * CHUNK - BEFORE, self._tape.start)
            self._open = Utterance(first, self._ends.voiced_until * CHUNK, self._ends.evidence, started=first)
            await self._emit("voice-started", {"timestamp": self._ends.started_at * CHUNK * 1000 // RATE})
        elif sign is Sign.ENDED:
            await self._close()
        elif self._open is not None:
            self._open.voiced_until = self._ends.voiced_until * CHUNK
            if sign is Sign.RESUMED:
                await self._showing.resumed(self._open)
        if self._ending is not None and self._open is not None:
            if sign is Sign.PAUSED:
                first = max(self._open.started, self._tape.start, self._heard - WINDOW)
                # where decodes of other streams wait, theirs come first and the words of this pause come late
                self._ending.paused(self._tape.cut(first, self._heard), busy=self._engine.queue.held > 1)
            elif sign in (Sign.STARTED, Sign.RESUMED):
                self._ending.voiced()
            elif self._ends.paused:
                self._ending.silent()

    async def _close(self) -> None:
        utterance, self._open = self._open, None
        assert utterance is not None
        utterance.closed = True
        utterance.voiced_until = self._ends.voiced_until * CHUNK
        utterance.stopped_at, utterance.stopped_s = self._heard, self._clock()
        self._floor = min(self._heard, utterance.voiced_until + AFTER)
        self._owed.append(utterance)
        await self._emit("voice-stopped", {"timestamp": self._heard * 1000 // RATE})
        self._wake.set()

    # -- decoding -----------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while await self._once():
                self._moved.set()
            self._moved.set()

    async def _once(self) -> bool:
        """Do the most urgent thing for this stream; False when there is nothing to do."""
        utterance = self._owed[0] if self._owed else self._open
        if utterance is None:
            return False
        end = min(self._heard, utterance.voiced_until + AFTER)
        if (pieces := self._hearing.pieces) is not None and not utterance.closed:
            return await self._piece(pieces, utterance, end)
        if utterance.context and end - utterance.context_first > CONTEXT_MOST_S * RATE:
            utterance.context, utterance.context_first = (), utterance.first
        if end - utterance.first > LONG_S * RATE and pieces is None:
            utterance.context, utterance.context_first = (), utterance.first
            await self._roll(utterance)
            return True
        if utterance.closed:
            if not utterance.finished:
                await self._prepare(utterance, end, Urgency.FINAL)
            await self._final(utterance)
            return True
        if self._ends.paused:
            # two pauses that follow each other at once lie within a word more often than behind the last one
            if utterance.finished or (utterance.just_heard(end) and self._ends.silence_ms < SURER_MS):
                return False
            with contextlib.suppress(Unwanted):
                await self._prepare(utterance, end, lambda: utterance.urgency(end))
            return True
        if not self._options.interim or not self._engine.queue.idle or self._heard > utterance.voiced_until:
            return False  # in what may become a pause the thread stays free for the final
        continues = self._engine.recogniser.continues
        # at the end of speech an interim would keep the decode of the pause waiting
        due = self._heard - (PUT_OFF if self._ends.fading else 0)
        if not utterance.interim_due(due, steady=self._options.steady, continues=continues):
            return False
        await self._interim(utterance, self._heard)
        return True

    async def _piece(self, pieces: Pieces, utterance: Utterance, end: int) -> bool:
        """`_once` within an utterance, where the recogniser hears piece by piece."""
        if utterance.finished and self._ends.paused:
            return False
        length = end - utterance.first
        if (length > LONG_S * RATE and self._ends.paused) or length >= LONGEST_S * RATE:
            await self._close_part(utterance, min(end, utterance.first + int(LONGEST_S * RATE)))
            return True
        if self._ends.paused and self._ends.silence_ms >= GUESS_MS and pieces.may_guess(utterance, end):
            with contextlib.suppress(Unwanted):
                await self._prepare(utterance, end, lambda: utterance.urgency(end))
            return True
        if pieces.waiting(utterance, end) < PIECE_S * RATE:
            return False
        await self._interim(utterance, pieces.next_end(utterance, end))
        return True

    async def _prepare(self, utterance: Utterance, end: int, urgency: Wish) -> None:
        """Decode as for a final. Speech may go on meanwhile; then the result serves as an interim."""
        words = self._options.words or self._ending is not None
        early: list[asyncio.Task[None]] = []

        def told(said: Hypothesis) -> None:
            # a client prepares its answer from the words alone: where they lie is looked for meanwhile
            waits = not utterance.closed and self._ends.paused and end >= utterance.voiced_until
            if (
                waits
                and closing(said.text, said.language)
                and not guards.repeats(said.text)
                and utterance.believes(said)
            ):
                early.append(asyncio.create_task(self._showing.show(utterance, said, pause=True)))

        prepares = told if self._ending is not None and self._options.interim else None
        try:
            heard = await self._hearing.decode(utterance, end, urgency, final=True, words=words, told=prepares)
            await asyncio.gather(*early)
        finally:
            for task in early:
                task.cancel()
        if utterance.context and (not heard.text or guards.repeats(heard.text)):
            # the model repeated only the context, or goes on repeating its end: then the utterance is heard without it
            utterance.context, utterance.context_first = (), utterance.first
            utterance.whole()
            heard = await self._hearing.decode(utterance, end, urgency, final=True, words=words)
        utterance.ready, utterance.ready_end = heard, end
        if not utterance.closed:
            pause = self._ends.paused and utterance.finished
            if pause and self._ending is not None:
                self._ending.read(heard.ending)
                # in the middle of a sentence there is no answer to prepare
                pause = bool(heard.ending)
            await self._agree(utterance, heard, end, pause=pause)

    async def _interim(self, utterance: Utterance, end: int) -> None:
        def wish() -> Urgency:
            # a piece is needed for the final as well
            needed = utterance.closed and self._hearing.pieces is not None
            return Urgency.FINAL if needed else Urgency.INTERIM

        began_s = self._clock()
        heard = await self._hearing.decode(utterance, end, wish, final=False, words=False)
        utterance.interim_took_s = self._clock() - began_s
        if end < utterance.last_end:
            return  # heard again
        if heard.doubtful or guards.repeats(heard.text):
            # an interim is not tried again; the next one hears all
            utterance.whole()
            utterance.last_end = end
        elif not utterance.closed:
            await self._agree(utterance, heard, end)

    async def _agree(self, utterance: Utterance, heard: Hypothesis, end: int, *, pause: bool = False) -> None:
        """Promise the words on which successive results agree, and show the rest."""
        earlier = list(utterance.recent)
        utterance.recent.append(heard)
        utterance.last_end = end
        if not utterance.believes(heard):
            return
        vocabulary = self._engine.recogniser.vocabulary
        utterance.ample += end - utterance.first >= AMPLE_S * RATE
        promised = len(utterance.committed)
        if self._hearing.pieces is not None:
            # of what was heard piece by piece every result has the words of the one before; where silence was put
            # behind it, its last ones may be others than if the person goes on
            kept = () if heard is utterance.ready else agreed(vocabulary, heard, ())
            utterance.committed = max(utterance.committed, kept, key=len)
        elif utterance.ample >= AMPLE and len(earlier) == AGREEING - 1 and self._hearing.language is not None:
            kept = agreed(vocabulary, heard, earlier)
            if len(kept) > len(utterance.committed):
                utterance.committed = kept
        await self._showing.show(utterance, heard, pause=pause, promised=promised)

    async def _roll(self, utterance: Utterance) -> None:
        """Finish the first part of a long utterance and move its start to a pause."""
        oldest = self._heard - len(self._probs) * CHUNK
        offset = max(0, (utterance.first - oldest) // CHUNK)
        window = list(self._probs)[offset : offset + int(LONG_S * RATE) // CHUNK]
        place = cut_point(window, int(ROLL_FROM_S * RATE) // CHUNK, len(window)) * CHUNK
        continues = self._engine.recogniser.continues
        # without the places of its words only what lies before the cut is decoded
        end = utterance.first + (int(LONG_S * RATE) if continues else place)
        heard = await self._hearing.decode(utterance, end, Urgency.SPECULATIVE, final=True, words=True)
        kept = [w for w in heard.words if (w.start_s + w.end_s) / 2 * RATE < place]
        size = sum(w.tokens for w in kept) if continues else len(heard.tokens)
        self._next_part(utterance, heard, kept, size, utterance.first + place)

    async def _close_part(self, utterance: Utterance, end: int) -> None:
        """Finish the first part of a long utterance, all of it up to `end`, where it is heard piece by piece."""
        heard = await self._hearing.decode(utterance, end, Urgency.SPECULATIVE, final=True, words=True)
        self._next_part(utterance, heard, heard.words, len(heard.tokens), end)

    def _next_part(
        self, utterance: Utterance, heard: Hypothesis, kept: Sequence[TimedWord], size: int, first: int
    ) -> None:
        """Keep the first `size` tokens of `heard`, and the words `kept`; the utterance then begins at `first`."""
        text = self._engine.recogniser.vocabulary.text(heard.tokens[:size])
        if text and utterance.believes(heard):
            utterance.parts.append((text, heard.confidence))
            utterance.words.extend(shifted(kept, utterance.first / RATE))
        utterance.begin_at(first, size)
        self._tape.forget(utterance.first)

    async def _final(self, utterance: Utterance) -> None:
        heard = utterance.ready
        assert heard is not None
        texts, scores, words = [t for t, _ in utterance.parts], [s for _, s in utterance.parts], [*utterance.words]
        if heard.text and utterance.believes(heard):
            texts.append(heard.text)
            scores.append(heard.confidence)
            words.extend(shifted(heard.words, utterance.first / RATE))
        text = " ".join(texts)
        start, stop = utterance.started / RATE, utterance.voiced_until / RATE
        if words:
            start, stop = words[0].start_s, max(words[-1].end_s, words[0].start_s)
        whole = [{"text": text, "start_s": round(start, 3), "end_s": round(stop, 3)}][: bool(text)]
        who: int | None = None
        if text and self._speakers is not None:
            voiced = self._tape.cut(utterance.first, utterance.voiced_until)
            who = await asyncio.to_thread(self._speakers.label, voiced)
            words = [replace(word, speaker=who) for word in words]
        data = {
            "text": text,
            "speaker": who,
            "language": heard.language if text else self._hearing.language,
            "start_s": round(start, 3),
            "end_s": round(stop, 3),
            "confidence": round(sum(scores) / len(scores), 4) if scores else 0.0,
            "words": word_data(words) if self._options.words else [],
            "segments": group(words) if words and self._options.words else whole,
        }
        self._hearing.previous = utterance if text and not utterance.parts else None
        self._owed.popleft()
        if not self._owed:
            self._tape.forget(utterance.context_first)
        await self._emit("transcript", data)
        await self._tell_late()
