"""Whole recordings: cut at pauses as the audio arrives, decode window by window, one transcript at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import RATE, Resampler, Samples
from voicegw_desktop.workers.whisper.endpoint import SILENCE, SPEECH, Evidence
from voicegw_desktop.workers.whisper.hypothesis import TimedWord
from voicegw_desktop.workers.whisper.queue import Urgency
from voicegw_desktop.workers.whisper.segments import cut_point, group, word_data
from voicegw_desktop.workers.whisper.showing import Emit
from voicegw_desktop.workers.whisper.speakers import Span, said_by, spread
from voicegw_desktop.workers.whisper.streams import LANGUAGE_SURE, LANGUAGE_TRIES, Engine, StreamOptions
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.vad import CHUNK, VoiceDetector

PER_S = RATE / CHUNK  # chunks a second
LONGEST = int(28.0 * PER_S)  # chunks of one window
SHORTEST_CUT = int(12.0 * PER_S)
STREAMED_LONGEST = int(8.0 * PER_S)  # for a client that reads along: shorter, so that words come sooner
STREAMED_SHORTEST = int(3.0 * PER_S)
SILENCE_CUT = int(2.0 * PER_S)  # chunks of silence that end a window
MARGIN = int(0.35 * PER_S)  # chunks kept before and after the voice
START = 3  # voiced chunks before a window is believed
RUN_GAP = 5  # chunks of silence between two stretches of speech, 0.16 s
BLOCK = 32 * CHUNK  # samples gathered before the detector runs, 1 s
WAITING = 2  # windows held before the sender must wait


@dataclass(frozen=True)
class Window:
    """Chunks first..end of the recording, with how much of them was voice."""

    first: int
    end: int
    evidence: Evidence
    voiced: tuple[tuple[float, float], ...] = ()
    """Stretches of speech without a pause, as (begin, end) in seconds of the recording."""


class Windower:
    """Turns voice probabilities into windows of bounded length that start and end in silence where there is any."""

    def __init__(self, longest: int = LONGEST, shortest_cut: int = SHORTEST_CUT) -> None:
        self._longest, self._shortest_cut = longest, shortest_cut
        self.position = 0
        self._probs: list[float] = []
        self._first: int | None = None
        self._voiced_until = 0
        self._floor = 0

    @property
    def needed_from(self) -> int:
        """The oldest chunk that a later window may still want."""
        return self._first if self._first is not None else max(self._floor, self.position - MARGIN)

    def feed(self, prob: float) -> Window | None:
        """Take the next chunk; returns a window when one is complete."""
        here = self.position
        self.position += 1
        if self._first is None:
            if prob < SPEECH:
                return None
            self._first = max(self._floor, here - MARGIN)
            self._probs = [0.0] * (here - self._first)
        self._probs.append(prob)
        if prob >= SPEECH or (prob >= SILENCE and self._voiced_until == here):
            self._voiced_until = here + 1
        if self.position - self._voiced_until >= SILENCE_CUT:
            return self._finish(self._voiced_until + MARGIN)
        if self.position - self._first >= self._longest:
            at = self._first + cut_point(self._probs, self._shortest_cut, self._longest)
            rest = self._probs[at - self._first :]
            window = self._make(at)
            self._first, self._probs = at, rest
            return window
        return None

    def flush(self) -> Window | None:
        """The last window, if a voice is in it."""
        return None if self._first is None else self._finish(min(self.position, self._voiced_until + MARGIN))

    def _finish(self, end: int) -> Window | None:
        window = self._make(end)
        self._first, self._probs, self._floor = None, [], end
        return window

    def _make(self, end: int) -> Window | None:
        assert self._first is not None
        voiced = [p for p in self._probs[: end - self._first] if p >= SPEECH]
        if len(voiced) < START:
            return None
        return Window(self._first, end, Evidence(len(voiced), sum(voiced)), tuple(self._runs(end)))

    def _runs(self, end: int) -> Iterator[tuple[float, float]]:
        assert self._first is not None
        begun = last = -1
        for at, prob in enumerate(self._probs[: end - self._first], self._first):
            if prob >= SPEECH:
                begun = at if begun < 0 else begun
                last = at + 1
            elif begun >= 0 and at - last >= RUN_GAP:
                yield begun / PER_S, last / PER_S
                begun = -1
        if begun >= 0:
            yield begun / PER_S, last / PER_S


class RecordingStream:
    """One recording. Same calls as LiveStream; `commit` ends this transcript and starts the next."""

    def __init__(self, engine: Engine, options: StreamOptions, emit: Emit) -> None:
        self._engine, self._options, self._emit = engine, options, emit
        self._resampler = Resampler(options.rate)
        self._detector = VoiceDetector(engine.vad)
        self._windower = Windower(STREAMED_LONGEST, STREAMED_SHORTEST) if options.interim else Windower()
        self._tape = Tape()
        self._rest: Samples = np.zeros(0, np.float32)
        self._windows: asyncio.Queue[tuple[Window, Samples] | None] = asyncio.Queue(WAITING)
        self._language = options.decode.language
        self._heard_in = self._language
        """Language of the last words; another one than the client named where they are clearly in it."""
        self._tries = 0
        self._texts: list[str] = []
        self._words: list[TimedWord] = []
        self._segments: list[dict[str, Any]] = []
        self._parts: list[tuple[list[TimedWord], dict[str, float]]] = []
        """The words of each window and what was measured of it, for segments by speaker."""
        self._speakers = engine.speakers(options)
        self._scores: list[float] = []
        self._begun = 0.0
        self._voice_known = False
        self._worker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> RecordingStream:
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def push(self, pcm: bytes) -> None:
        """Take int16 audio; waits while two windows are still to be decoded."""
        await self._take(self._resampler.push(pcm), BLOCK)

    async def commit(self) -> None:
        """Emit the transcript of everything since the last one; its text is empty when there was no speech."""
        await self._take(np.zeros(-len(self._rest) % CHUNK, np.float32), CHUNK)
        if (window := self._windower.flush()) is not None:
            await self._hand_over(window)
        assert self._worker is not None
        joined = asyncio.ensure_future(self._windows.join())
        try:
            await asyncio.wait((joined, self._worker), return_when=asyncio.FIRST_COMPLETED)
            if self._worker.done():
                self._worker.result()
        finally:
            joined.cancel()
        if self._speakers is not None and self._parts:
            self._say_who(await asyncio.to_thread(self._speakers.spans))
        await self._emit("transcript", self._transcript())

    async def end(self) -> None:
        """No more audio: the transcript, then `end-of-stream`."""
        length = self._resampler.flush()
        await self._take(length, CHUNK)
        await self.commit()
        await self._emit("end-of-stream", {"audio_s": round(self._resampler.received_s, 3)})

    async def _take(self, fresh: Samples, block: int) -> None:
        self._tape.append(fresh)
        self._rest = np.concatenate((self._rest, fresh))
        if len(self._rest) < block:
            return
        whole = len(self._rest) // CHUNK * CHUNK
        piece, self._rest = self._rest[:whole], self._rest[whole:]
        for window in self._found(piece):
            await self._hand_over(window)
        self._tape.forget(self._windower.needed_from * CHUNK)

    def _found(self, piece: Samples) -> Iterator[Window]:
        for prob in self._detector(piece):
            if (window := self._windower.feed(prob)) is not None:
                yield window

    async def _hand_over(self, window: Window) -> None:
        audio = self._tape.cut(window.first * CHUNK, window.end * CHUNK)
        assert self._worker is not None
        put = asyncio.ensure_future(self._windows.put((window, audio)))
        try:
            await asyncio.wait((put, self._worker), return_when=asyncio.FIRST_COMPLETED)
            if self._worker.done():
                self._worker.result()
        finally:
            put.cancel()

    async def _work(self) -> None:
        while (item := await self._windows.get()) is not None:
            await self._window(*item)
            self._windows.task_done()

    async def _window(self, window: Window, audio: Samples) -> None:
        start_s = window.first / PER_S
        if not self._voice_known:
            self._voice_known = True
            await self._emit("voice-started", {"timestamp": int(start_s * 1000)})
        heard = await self._engine.queue.run(
            Urgency.RECORDING,
            self._engine.recogniser.decode,
            audio,
            replace(self._options.decode, language=self._language),
            final=True,
            words=self._options.words,
        )
        problem = guards.invented(
            heard.text,
            avg_logprob=heard.avg_logprob,
            no_speech=heard.no_speech,
            voiced_s=window.evidence.voiced_s,
            voice_prob=window.evidence.mean_prob,
        )
        if not problem:
            if self._language is None:
                self._tries += 1
                if heard.language_prob >= LANGUAGE_SURE or self._tries >= LANGUAGE_TRIES:
                    self._language = heard.language
            self._heard_in = heard.language
            if not self._texts:
                self._begun = start_s
            timed = [replace(w, start_s=w.start_s + start_s, end_s=w.end_s + start_s) for w in heard.words]
            if self._speakers is not None and heard.text:
                await asyncio.to_thread(self._speakers.hear, audio, start_s, window.voiced)
                timed = timed or spread(heard.text, window.voiced)
            self._texts.append(heard.text)
            self._words.extend(timed)
            end_s = window.end / PER_S
            measured = (
                {
                    "avg_logprob": round(heard.avg_logprob, 4),
                    "no_speech": round(heard.no_speech, 4),
                    "temperature": heard.temperature,
                }
                if heard.scored
                else {}
            )
            self._parts.append((timed, measured))
            whole = [{"text": heard.text, "start_s": round(start_s, 2), "end_s": round(end_s, 2)}]
            self._segments.extend({**segment, **measured} for segment in group(timed) or whole)
            self._scores.append(heard.confidence)
            if self._options.interim:
                said = " ".join(self._texts)
                await self._emit(
                    "interim",
                    {"text": said, "committed": said, "language": self._language, "start_s": round(self._begun, 3)},
                )
        done = {"done_s": round(window.end / PER_S, 2), "total_s": self._options.total_s}
        await self._emit("progress", done)

    def _say_who(self, spans: list[Span]) -> None:
        """Give the words their speakers, and cut segments where these change."""
        parts = [(said_by(words, spans), measured) for words, measured in self._parts]
        self._words = [word for words, _ in parts for word in words]
        self._segments = [{**segment, **measured} for words, measured in parts for segment in group(words)]

    def _transcript(self) -> dict[str, Any]:
        data = {
            "text": " ".join(self._texts),
            "language": self._heard_in if self._texts else self._language,
            "start_s": self._segments[0]["start_s"] if self._segments else 0.0,
            "end_s": self._segments[-1]["end_s"] if self._segments else 0.0,
            "confidence": round(sum(self._scores) / len(self._scores), 4) if self._scores else 0.0,
            "words": word_data(self._words) if self._options.words else [],
            "segments": self._segments,
        }
        self._texts, self._words, self._segments, self._scores, self._parts = [], [], [], [], []
        return data
