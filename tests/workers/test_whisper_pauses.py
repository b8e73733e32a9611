"""The words of a pause are told as soon as they are known, for a client that prepares its answer from them."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Recogniser
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.utterance import Utterance

pytestmark = pytest.mark.unit

LONG_S = 20.0
"""After so much a test fails that waits for what does not come."""


class Heard:
    """A stream in a pause whose decode tells `first`, waits for what the client is told of it, and ends with `last`."""

    def __init__(self, first: str, last: str, *, resumed: bool = False) -> None:
        self.told: list[tuple[str, bool]] = []
        self.before_the_places: list[tuple[str, bool]] = []
        """What had been told when the places of the words were looked for."""
        shown, gone_on = threading.Event(), threading.Event()

        async def emit(kind: str, data: dict[str, Any]) -> None:
            self.told.append((data["text"], data["pause"]))
            shown.set()
            if resumed and data["pause"]:
                self.stream._ends._paused = False
                await self.stream._showing.resumed(self.speech)
                gone_on.set()

        def decode(audio: Any, options: Any, *, told: Any = None, **how: Any) -> Hypothesis:
            heard = Hypothesis(first, (1, 2), "en")
            if told is not None:
                told(heard)
                shown.wait(LONG_S if first.endswith(".") else 0)
                if resumed:
                    gone_on.wait(LONG_S)
            self.before_the_places = [*self.told]
            return replace(heard, text=last, ending=0.9 if last.endswith(".") else 0.0)

        vocabulary = SimpleNamespace(
            text=lambda tokens: "", words=lambda tokens, language: [], without_final_marks=list
        )
        recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
        judge = SimpleNamespace(finished=lambda speech: 0.5)
        engine = Engine(recogniser, DecodeQueue(), None, turn=cast("Any", judge))
        self.stream = LiveStream(engine, StreamOptions(DecodeOptions("en"), adaptive=True), emit)
        self.stream._tape.append(np.zeros(2 * RATE, np.float32))
        self.stream._open = self.speech = Utterance(
            0, 2 * RATE, Evidence(voiced_chunks=500, sum_prob=500.0), context=()
        )
        self.stream._ends.speaking = self.stream._ends._paused = True

    async def prepare(self) -> None:
        """Decode the pause."""
        await self.stream._prepare(self.speech, 2 * RATE, Urgency.SPECULATIVE)


async def test_the_words_of_a_pause_are_told_before_it_is_known_where_they_lie() -> None:
    heard = Heard("That is all.", "That is all.")
    await heard.prepare()
    assert heard.before_the_places == [("That is all.", True)]
    assert heard.told == [("That is all.", True)], "the same words are told once"


async def test_other_words_that_the_places_bring_are_told_too() -> None:
    heard = Heard("That is all.", "That is all he has.")
    await heard.prepare()
    assert heard.told == [("That is all.", True), ("That is all he has.", True)]


async def test_in_the_middle_of_a_sentence_nothing_is_told_early() -> None:
    heard = Heard("That is", "That is")
    await heard.prepare()
    assert heard.before_the_places == []
    assert heard.told == [("That is", False)]


async def test_who_speaks_on_meanwhile_has_said_it() -> None:
    heard = Heard("That is all.", "That is all.", resumed=True)
    await heard.prepare()
    assert heard.before_the_places == [("That is all.", True), ("That is all.", False)]
    assert not heard.told[-1][1]


async def test_the_next_utterance_is_told_too_when_it_says_the_same() -> None:
    heard = Heard("Yes.", "Yes.")
    await heard.prepare()
    heard.speech = replace(heard.speech, ready=None, ready_end=0)
    heard.stream._open = heard.speech
    await heard.prepare()
    assert heard.told == [("Yes.", True), ("Yes.", True)]


async def test_who_speaks_on_before_the_words_are_known_is_not_told_those_of_the_utterance_before() -> None:
    heard = Heard("Yes.", "Yes.")
    await heard.prepare()
    await heard.stream._showing.resumed(replace(heard.speech))
    assert heard.told == [("Yes.", True)]
