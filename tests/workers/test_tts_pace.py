"""Speech that has begun does not starve: chunks are only as long as what was made before them lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.tts import ANSWERS, REPLIES, SENTENCES
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.tts.boundaries import End, weight
from voicegw_desktop.workers.tts.chunker import NEXT_WORDS, PAUSES_S, UNHEARD_S, WORD_S, Chunker, Pace
from voicegw_desktop.workers.tts.onnx import Stop
from voicegw_desktop.workers.tts.speak import SLOWEST, Speaker, Voice

pytestmark = pytest.mark.unit

TEXTS = (*REPLIES, *SENTENCES, *ANSWERS)
KOKORO = 0.85
"""What kokoro's chunks cost besides their speech, as seconds of speech."""
RATE = 8000


def gaps(text: str, pace: Pace, first_words: int = 4) -> list[tuple[End, float]]:
    """For each chunk after the first: what came before it, and how long a player waited for it, in seconds."""
    chunker = Chunker(first_words, pace=pace)
    made = played = 0.0
    found: list[tuple[End, float]] = []
    before: End | None = None
    for chunk in chunker.feed(text) + chunker.finish():
        speech_s = sum(weight(word) for word in chunk.text.split()) * WORD_S
        made += pace.cost_s(speech_s)
        if before is not None:
            found.append((before, max(0.0, made - played)))
        played = max(made, played) + speech_s + PAUSES_S[chunk.end]
        before = chunk.end
    return found


@pytest.mark.parametrize("rtf", [0.1, 0.2, 0.3, 0.4])
@pytest.mark.parametrize("text", TEXTS)
def test_no_gap_is_heard(text: str, rtf: float) -> None:
    """At 0.4 a reply of ten words takes half as long to make as to say, the overhead counted."""
    for end, gap in gaps(text, Pace(rtf, KOKORO)):
        assert gap <= (0.02 if end is End.NONE else UNHEARD_S + 0.01), gaps(text, Pace(rtf, KOKORO))


def test_a_slower_engine_is_given_finer_chunks() -> None:
    text = ANSWERS[1]
    counts = []
    for rtf in (0.1, 0.4, 0.7):
        chunker = Chunker(4, pace=Pace(rtf, KOKORO))
        counts.append(len(chunker.feed(text) + chunker.finish()))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_no_chunk_but_the_last_is_cut_to_a_word() -> None:
    for text in TEXTS:
        chunker = Chunker(4, pace=Pace(0.7, KOKORO))
        for chunk in (chunker.feed(text) + chunker.finish())[:-1]:
            assert chunk.end is not End.NONE or len(chunk.text.split()) >= min(2, NEXT_WORDS), chunk


class Engine:
    """Takes a given time for its speech."""

    rate = RATE
    first_words = 4
    pace = Pace(rtf=0.2, overhead_s=0.5)
    speeds = (0.5, 2.0)
    version = "1"

    def __init__(self, rtf: float) -> None:
        self.now, self.rtf = 0.0, rtf
        self.texts: list[str] = []

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        return Voice("v", "en-us")

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> Any:
        self.texts.append(text)
        speech_s = len(text.split()) * WORD_S
        self.now += self.rtf * (speech_s + self.pace.overhead_s)
        return np.full(int(speech_s * RATE), 0.5, np.float32)


class Sink:
    async def write(self, event: Event) -> None:
        pass


async def chunks_of(rtf: float, text: str, times: int) -> tuple[list[str], Callable[[], Pace]]:
    engine = Engine(rtf)
    speaker = Speaker(engine, now=lambda: engine.now)
    for _ in range(times):
        engine.texts.clear()
        await speaker.handle(Event("synthesize", {"text": text}), Sink())  # type: ignore[arg-type]
    return engine.texts, speaker._pace


async def test_the_pace_is_measured() -> None:
    text = ANSWERS[1]
    fast, pace = await chunks_of(0.2, text, 8)
    assert pace().rtf == pytest.approx(0.2, abs=0.11)
    slow, pace = await chunks_of(0.6, text, 8)
    assert pace().rtf == pytest.approx(0.6, abs=0.11)
    assert len(slow) > len(fast)
    _, pace = await chunks_of(9.0, text, 8)
    assert pace().rtf == SLOWEST
