"""Morse code as a speech engine: the worker, which runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from voicegw_desktop.core.errors import NotFound, did_you_mean
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job
from voicegw_desktop.workers.tts.chunker import Pace
from voicegw_desktop.workers.tts.speak import Speaker, Stop, Voice
from voicegw_morse import TONES
from voicegw_morse.code import CODE

RAMP_S = 0.005  # s over which a tone rises and falls; a sudden edge is a click


class Morse:
    """`voicegw_desktop.workers.tts.speak.Engine`: one clause of text to samples."""

    rate = 8000
    first_words = 4
    pace = Pace(rtf=0.01)
    speeds = (0.25, 4.0)
    version = "morse 1"

    def __init__(self, words_per_minute: float) -> None:
        self._dot_s = 1.2 / words_per_minute

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """A tone by its name; NotFound for another one."""
        name = name or "middle"
        if name not in TONES:
            hint = did_you_mean(name, TONES)
            raise NotFound(f'morse has no voice "{name}".{hint}', code="voice_not_found", param="voice")
        return Voice(key=name, language="en", handle=TONES[name])

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> Any:
        """Float samples: a dot is one unit of tone, a dash three; gaps are one, three between letters, seven words."""
        units: list[int] = []  # positive: tone, negative: silence
        for word in text.lower().split():
            for letter in word:
                for sign in CODE.get(letter, ""):
                    units += [1 if sign == "." else 3, -1]
                if letter in CODE:
                    units[-1] = -3
            if units:
                units[-1] = -7
        dot = self._dot_s / speed * self.rate
        parts = [self._tone(round(u * dot), voice.handle) if u > 0 else np.zeros(round(-u * dot)) for u in units]
        return np.concatenate([*parts, np.zeros(0)]).astype(np.float32)

    def _tone(self, count: int, hertz: float) -> Any:
        edge = np.minimum(1.0, np.arange(count) / (RAMP_S * self.rate))
        return 0.5 * np.sin(2 * np.pi * hertz * np.arange(count) / self.rate) * np.minimum(edge, edge[::-1])


class Worker:
    """The harness's view."""

    def __init__(self, job: Job) -> None:
        # a model of the catalogue has its speed in its file; the one that comes with the package has none
        file = Path(job.dir) / f"{job.model}.json"
        told = json.loads(file.read_text("utf-8")) if file.exists() else job.options
        self._speaker = Speaker(Morse(float(told["words_per_minute"])))

    def load(self) -> Mapping[str, Any]:
        """Nothing to load."""
        return {"device": "cpu", "compute_type": "float32", "rate": Morse.rate}

    def work(self) -> tuple[int, int]:
        """(clauses synthesised, clauses that are synthesised or wait)."""
        return self._speaker.work()

    async def handle(self, first: Event, conn: Connection) -> None:
        """Speak one stream."""
        await self._speaker.handle(first, conn)


def create(job: Job) -> Worker:
    """The worker for `job`."""
    return Worker(job)
