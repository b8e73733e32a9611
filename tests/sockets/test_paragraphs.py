"""Deepgram's paragraphs: cut at long pauses and after five sentences."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.events import Final, Word
from voicegw_desktop.sockets.deepgram.paragraphs import paragraphs_of

pytestmark = pytest.mark.unit


def said(text: str, start_s: float) -> Final:
    words = tuple(Word(w, start_s + i, start_s + i + 0.5) for i, w in enumerate(text.split()))
    return Final(text, start_s=start_s, end_s=words[-1].end_s, words=words)


def test_paragraphs_are_cut_at_pauses_and_after_five_sentences() -> None:
    told = paragraphs_of([said("Hello there. How are", 0.0), said("you?", 4.0), said("Fine.", 10.0)])
    assert told["transcript"] == "\nHello there. How are you?\n\nFine."
    first, last = told["paragraphs"]
    assert [s["text"] for s in first["sentences"]] == ["Hello there.", "How are you?"]
    assert (first["num_words"], first["start"], first["end"]) == (5, 0.0, 4.5)
    assert last["sentences"] == [{"text": "Fine.", "start": 10.0, "end": 10.5}]
    assert [p["num_words"] for p in paragraphs_of([said("A. B. C. D. E. F.", 0.0)])["paragraphs"]] == [5, 1]


def test_without_words_there_is_one_sentence_and_of_nothing_none() -> None:
    told = paragraphs_of([Final("hello you", start_s=1.0, end_s=2.0)])
    assert told["paragraphs"][0]["sentences"] == [{"text": "hello you", "start": 1.0, "end": 2.0}]
    assert paragraphs_of([]) == {"transcript": "", "paragraphs": []}
