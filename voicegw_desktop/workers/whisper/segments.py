"""Group timed words into subtitle-sized segments, and choose where long audio may be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from voicegw_desktop.workers.whisper.endpoint import SILENCE
from voicegw_desktop.workers.whisper.guards import ENDINGS, TITLES
from voicegw_desktop.workers.whisper.hypothesis import TimedWord

LONGEST_S = 7.0  # of one subtitle
LONGEST_CHARS = 84  # two lines of 42
GAP_S = 0.8  # of silence that starts a new subtitle


def shifted(words: Sequence[TimedWord], by_s: float) -> list[TimedWord]:
    """The words, `by_s` later."""
    return [replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in words]


def word_data(words: Sequence[TimedWord]) -> list[dict[str, Any]]:
    """Words as the wire carries them."""
    return [
        {"text": w.text, "start_s": round(w.start_s, 2), "end_s": round(w.end_s, 2), "confidence": w.confidence}
        | _said_by(w)
        for w in words
    ]


def _said_by(word: TimedWord) -> dict[str, int]:
    return {} if word.speaker is None else {"speaker": word.speaker}


def group(words: Sequence[TimedWord]) -> list[dict[str, Any]]:
    """Subtitles: they end with a sentence, at a pause, with a change of speaker, or when they get too long."""
    groups: list[list[TimedWord]] = []
    for word in words:
        open_group = groups[-1] if groups else []
        if not open_group or _breaks(open_group, word):
            groups.append([word])
        else:
            open_group.append(word)
    return [
        {
            "text": " ".join(w.text for w in g),
            "start_s": round(g[0].start_s, 2),
            "end_s": round(g[-1].end_s, 2),
            **_said_by(g[0]),
        }
        for g in groups
    ]


def _breaks(so_far: Sequence[TimedWord], word: TimedWord) -> bool:
    if word.speaker != so_far[-1].speaker:
        return True
    last = so_far[-1].text
    if last.endswith(ENDINGS) and last.lower() not in TITLES:
        return True
    if word.start_s - so_far[-1].end_s > GAP_S or word.end_s - so_far[0].start_s > LONGEST_S:
        return True
    return sum(len(w.text) + 1 for w in so_far) + len(word.text) > LONGEST_CHARS


def cut_point(probs: Sequence[float], lowest: int, highest: int) -> int:
    """The chunk index in lowest..highest where a cut harms least.

    The middle of the longest silence (later ones win ties); without any, the least likely voice.
    """
    highest = min(highest, len(probs))
    best, best_length, run = -1, 0, 0
    for index in range(lowest, highest + 1):
        if index < highest and probs[index] < SILENCE:
            run += 1
            continue
        if run >= max(2, best_length):
            best, best_length = index - run // 2, run
        run = 0
    if best >= 0:
        return best
    late = max(lowest, highest - (highest - lowest) // 2)
    return min(range(late, highest), key=lambda i: probs[i], default=highest)
