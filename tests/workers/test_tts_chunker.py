"""The clause chunker: where it cuts, where it must not, and that nothing is lost."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw_desktop.workers.tts.boundaries import End
from voicegw_desktop.workers.tts.chunker import Chunk, Chunker, Pace

pytestmark = pytest.mark.unit


def chunks(text: str, first_words: int = 6) -> list[Chunk]:
    chunker = Chunker(first_words)
    return chunker.feed(text) + chunker.finish()


def texts(text: str, first_words: int = 6) -> list[str]:
    return [chunk.text for chunk in chunks(text, first_words)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there. How are you?", ["Hello there.", "How are you?"]),
        ("Of course, that is fine.", ["Of course,", "that is fine."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ("Dr. Smith is here. Mr. Jones is not.", ["Dr. Smith is here.", "Mr. Jones is not."]),
        ("El Sr. García llegó. Bien.", ["El Sr. García llegó.", "Bien."]),
        ("Am 3. Mai kam er. Gut.", ["Am 3. Mai kam er.", "Gut."]),
        ("It was 3.5 percent. Fine.", ["It was 3.5 percent.", "Fine."]),
        ("Use tea, e.g. Earl Grey.", ["Use tea,", "e.g. Earl Grey."]),
        ("He left at 5 p.m. Then he slept.", ["He left at 5 p.m.", "Then he slept."]),
        ("See J. R. Smith now. Bye.", ["See J. R. Smith now.", "Bye."]),
        ("Go to https://a.example/b.html?x=1. Then stop.", ["Go to https://a.example/b.html?x=1.", "Then stop."]),
        ("One line\n\nNext paragraph", ["One line", "Next paragraph"]),
        ("1. Wash hands\n2. Dry them", ["1. Wash hands", "2. Dry them"]),
        ("- red\n- green", ["- red", "- green"]),
        ('He said "go." Then he went.', ['He said "go."', "Then he went."]),
        ("これは本です。あれは犬です。", ["これは本です。", "あれは犬です。"]),
        ("नमस्ते दोस्तों। आप कैसे हैं?", ["नमस्ते दोस्तों।", "आप कैसे हैं?"]),
        ("Sure. That is fine. Bye.", ["Sure. That is fine.", "Bye."]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_cuts_at_clauses_and_sentences(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    "whole",
    [
        "March 5, 2024",
        "$3.5 million",
        "Dr. Strangelove",
        "1 000 000",
        "10 km",
        "[a link of several words](https://a.example/x,y)",
        "https://a.example/a.b,c;d",
        "5 p.m.",
        '<say-as interpret-as="date" format="x y z">',
        "No. 10",
        "Sr. García",
        "3. Mai",
    ],
)
@pytest.mark.parametrize("first_words", [1, 2, 3, 4, 6])
def test_never_cuts_inside(whole: str, first_words: int) -> None:
    for before in ("", "so ", "it was ", "and now we have all of "):
        text = f"{before}{whole} and then a few more words follow"
        assert any(whole in chunk for chunk in texts(text, first_words)), texts(text, first_words)


def test_first_chunk_is_short_and_later_ones_grow() -> None:
    text = "the old man went down to the sea every morning with his dog " * 12
    lengths = [len(chunk.split()) for chunk in texts(text, first_words=5)]
    assert lengths[0] <= 5
    assert max(lengths) > 15
    assert all(later <= earlier * 4 for earlier, later in pairwise(lengths))


def test_one_word_is_no_first_chunk_when_more_follows() -> None:
    assert texts("Sure, I can help you with that today.")[0] != "Sure,"


def test_breaks_become_silence() -> None:
    found = chunks('Wait. <break time="500ms"/> Now go. <break time="2s"/><break strength="none"/>')
    assert [(c.text, c.break_s) for c in found] == [("Wait.", 0.5), ("Now go.", 2.0)]
    assert chunks('<break time="1s"/>Hello.')[0] == Chunk("", End.NONE, 1.0)


def test_ends_tell_the_pause() -> None:
    found = chunks("Well then, yes. Good.\n\nNew one")
    assert [c.end for c in found] == [End.CLAUSE, End.SENTENCE, End.PARAGRAPH, End.SENTENCE]


def test_a_sentence_is_out_as_soon_as_the_next_word_begins() -> None:
    chunker = Chunker()
    assert chunker.feed("Hello there.") == []
    assert [c.text for c in chunker.feed(" H")] == ["Hello there."]


def test_a_pause_in_the_stream_releases_a_whole_sentence_only() -> None:
    chunker = Chunker()
    chunker.feed("Let me look")
    assert chunker.flush_sentence() == []
    chunker.feed(" that up.")
    assert [c.text for c in chunker.flush_sentence()] == ["Let me look that up."]
    assert [c.text for c in chunker.feed("Here it is. Good") + chunker.finish()] == ["Here it is.", "Good"]


def test_a_first_chunk_is_short_where_the_engine_is_fast_enough() -> None:
    text = "The next train to Vienna leaves at noon from the second platform"
    first = [Chunker(3, pace=Pace(rtf, overhead)).feed(text)[0].text for rtf, overhead in ((0.1, 0.1), (0.9, 0.4))]
    assert first == ["The next train", "The next train to Vienna"]


FRAGMENTS = st.sampled_from(
    [
        *".,;:!?-—()[]<>*_`\"'$%。、語é\n",
        "abc", "XY", "12", "日本",
        " ", "  ", "\n\n", "Dr. ", "e.g. ", "3.5 ", "March 5, 2024 ", "https://a.example/b ", '<break time="1s"/>',
        "[a b](c d)", "<b>", "</b>", "word ", "words, ", "end. ", "and ", "million ", "p.m. ", "1. ", "...",
    ]
)  # fmt: skip
MESSY = st.one_of(st.text(max_size=80), st.lists(FRAGMENTS, max_size=60).map("".join))


def squeezed(text: str) -> str:
    return "".join(re.sub(r"<break\b[^<>]*>", "", text, flags=re.IGNORECASE).split())


@settings(deadline=None)
@given(MESSY, st.integers(1, 9))
def test_no_word_is_lost(text: str, first_words: int) -> None:
    assert squeezed("".join(texts(text, first_words))) == squeezed(text)


@settings(deadline=None)
@given(MESSY, st.integers(1, 9), st.data())
def test_pieces_give_the_same_chunks_as_the_whole(text: str, first_words: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    chunker, found = Chunker(first_words), []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        found += chunker.feed(text[start:end])
    assert found + chunker.finish() == chunks(text, first_words)


@settings(deadline=None)
@given(MESSY)
def test_letter_by_letter_gives_the_same_chunks(text: str) -> None:
    chunker = Chunker()
    found = [chunk for letter in text for chunk in chunker.feed(letter)]
    assert found + chunker.finish() == chunks(text)


def test_endless_words_are_cut_somewhere() -> None:
    assert max(len(t) for t in texts("a" * 5000)) <= 500
    assert max(len(t) for t in texts("語" * 900)) <= 200
    assert max(len(t) for t in texts("<" + "a " * 3000)) <= 500
