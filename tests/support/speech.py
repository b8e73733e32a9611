"""What the recordings in tests/data say, and how far a transcript is from it."""

from __future__ import annotations

import re

WORDS = {
    "jfk.wav": (
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
    ),
    "austen-0870.wav": (
        "And Mr. John Dashwood had then leisure to consider how much there might be "
        "prudently in his power to do for them."
    ),
    "austen-0880.wav": "He was not an ill-disposed young man.",
    "austen-0920.wav": (
        "Had he married a more amiable woman, he might have been made still more respectable than he was."
    ),
}


def normalise(text: str) -> list[str]:
    """Lower-case words without punctuation; `Mister` and `Mr.` are one word."""
    text = text.lower().replace("mister", "mr").replace("-", " ")
    return re.sub(r"[^a-z0-9' ]+", " ", text).split()


def word_errors(expected: str, heard: str) -> tuple[int, int]:
    """(edits, words expected) by Levenshtein distance over words."""
    want, got = normalise(expected), normalise(heard)
    row = list(range(len(got) + 1))
    for i, w in enumerate(want, 1):
        previous, row[0] = row[0], i
        for j, g in enumerate(got, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (w != g))
    return row[-1], len(want)
