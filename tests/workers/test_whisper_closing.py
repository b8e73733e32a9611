"""How surely a text closes a sentence, by what the model might have written in place of its mark."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.workers.whisper.alignment import ANY_MARK, closed, placed
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.ending import PLAIN
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis

pytestmark = pytest.mark.unit


def written(odds: dict[int, float], *, over: bool = True) -> Any:
    """What the library returns of one token, 1, that was chosen among five."""
    step = np.log([odds.get(token, 1e-9) for token in range(5)])
    return SimpleNamespace(logits=[[step, step] if over else [step]], sequences_ids=[[1]])


MARKS = cast("Any", SimpleNamespace(closing=[1, 2], text=lambda tokens: "Is that all?"))


@pytest.mark.parametrize("over", [True, False])
def test_a_mark_that_might_be_another_closing_one_closes_plainly(over: bool) -> None:
    assert closed(written({1: 0.45, 2: 0.45, 3: 0.1}, over=over), (1,), MARKS, "en") == PLAIN


def test_a_mark_is_as_likely_as_the_model_found_it() -> None:
    assert closed(written({1: 0.9, 2: 0.05, 3: 0.05}), (1,), MARKS, "en") == pytest.approx(0.9)
    below = ANY_MARK - 0.45 - 0.01
    found = closed(written({1: 0.45, 2: below, 3: 1 - 0.45 - below}), (1,), MARKS, "en")
    assert found == pytest.approx(0.45)


def test_without_a_mark_the_sentence_is_open() -> None:
    absent = cast("Any", SimpleNamespace(closing=[1, 2], text=lambda tokens: "Is that"))
    assert closed(written({1: 0.9}), (1,), absent, "en") == 0.0


def test_without_probabilities_nothing_is_known() -> None:
    assert closed(SimpleNamespace(logits=[], sequences_ids=[[1]]), (1,), MARKS, "en") is None


@pytest.mark.parametrize(
    ("written", "aligned", "told"),
    [(PLAIN, 0.4, PLAIN), (0.9, 0.4, PLAIN), (0.9, 0.8, 0.8), (0.3, 0.4, 0.4), (None, 0.4, 0.4)],
)
def test_the_places_of_words_judge_the_mark_and_leave_plain_what_was_plain(
    written: float | None, aligned: float, told: float
) -> None:
    found = SimpleNamespace(alignments=[(0, 5)], text_token_probs=[0.9, aligned])
    words = cast("Any", SimpleNamespace(words=lambda tokens, language: [(" Yes.", 2)]))
    heard = Hypothesis("Yes.", (1, 2), "en", ending=written)
    assert placed(heard, found, words, 100, np.zeros(RATE, np.float32)).ending == pytest.approx(told)
