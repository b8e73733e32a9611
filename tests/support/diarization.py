"""Conversations put together from single recordings, and how far labels of speakers are from the truth."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np

from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.speakers import Span
from voicegw_desktop.workers.whisper.vad import CHUNK, VoiceDetector, open_session

Truth = list[tuple[float, float, str]]
"""Start and end in seconds, and who speaks."""
FRAMES = 100  # a second


@cache
def _session() -> Any:
    return open_session()


def voiced(samples: Samples) -> list[tuple[float, float]]:
    """Stretches of speech in seconds, by the detector."""
    found: list[tuple[float, float]] = []
    for at, prob in enumerate(VoiceDetector(_session())(np.pad(samples, (0, -len(samples) % CHUNK)))):
        start, end = at * CHUNK / RATE, (at + 1) * CHUNK / RATE
        if prob >= 0.5 and found and start - found[-1][1] < 0.2:
            found[-1] = (found[-1][0], end)
        elif prob >= 0.5:
            found.append((start, end))
    return found


def mixed(chance: random.Random, said: Mapping[str, Sequence[Samples]], pause_s: float) -> tuple[Samples, Truth]:
    """All that is said, in an order in which no speaker follows himself while others are left."""
    left = {name: list(clips) for name, clips in said.items()}
    parts: list[Samples] = []
    truth: Truth = []
    at, last = 0.0, ""
    while any(left.values()):
        can = [name for name, clips in sorted(left.items()) if clips and name != last] or [last]
        last = chance.choice(can)
        clip = left[last].pop(chance.randrange(len(left[last])))
        truth += [(at + start, at + end, last) for start, end in voiced(clip)]
        parts += [clip, np.zeros(int(chance.uniform(0.5, 1.5) * pause_s * RATE), np.float32)]
        at += (len(clip) + len(parts[-1])) / RATE
    return np.concatenate(parts), truth


@dataclass(frozen=True)
class Errors:
    """Errors as shares of the speech that is scored."""

    confused: float
    missed: float
    invented: float

    @property
    def rate(self) -> float:
        """The diarization error rate."""
        return self.confused + self.missed + self.invented


def error_rate(truth: Truth, spans: Sequence[Span], collar: float = 0.25) -> Errors:
    """Frame by frame under the best pairing of labels, without `collar` seconds at each side of a true border."""
    names = sorted({name for *_, name in truth})
    size = int(FRAMES * max([end for _, end, _ in truth] + [s.end_s for s in spans])) + 1
    want, got, scored = np.full(size, -1), np.full(size, -1), np.ones(size, bool)
    for start, end, name in truth:
        want[int(start * FRAMES) : int(end * FRAMES)] = names.index(name)
        for border in (start, end):
            scored[max(0, int((border - collar) * FRAMES)) : int((border + collar) * FRAMES)] = False
    for span in spans:
        got[int(span.start_s * FRAMES) : int(span.end_s * FRAMES)] = span.speaker
    both: Any = scored & (want >= 0) & (got >= 0)
    labels = int(got.max()) + 1
    together = np.zeros((max(len(names), labels), max(len(names), labels)), int)
    np.add.at(together, (want[both], got[both]), 1)
    # every set of labels that can be paired with the speakers, each speaker with one
    best = max(
        sum(int(together[n, label]) for n, label in enumerate(chosen))
        for chosen in permutations(range(len(together)), len(names))
    )
    speech = max(1, int((scored & (want >= 0)).sum()))
    missed = int((scored & (want >= 0) & (got < 0)).sum())
    invented = int((scored & (want < 0) & (got >= 0)).sum())
    return Errors((int(both.sum()) - best) / speech, missed / speech, invented / speech)
