"""A transcript cut into paragraphs, as Deepgram's `paragraphs` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from voicegw_desktop.core.events import Final, Word

SENTENCES = 5  # of one paragraph, at most
PAUSE_S = 2.0  # s of silence that begin a new one
ENDS = (".", "?", "!", "。", "？", "！")  # the last three are Chinese and Japanese


def paragraphs_of(finals: Iterable[Final]) -> dict[str, Any]:
    """`transcript` with an empty line between paragraphs, and each paragraph's sentences with their times."""
    paragraphs: list[list[list[Word]]] = []
    last_end = 0.0
    for sentence in _sentences(finals):
        changed = paragraphs and paragraphs[-1][-1][-1].speaker != sentence[0].speaker
        if not paragraphs or changed or len(paragraphs[-1]) >= SENTENCES or sentence[0].start_s - last_end >= PAUSE_S:
            paragraphs.append([])
        paragraphs[-1].append(sentence)
        last_end = sentence[-1].end_s
    texts = [_named(sentences[0][0]) + " ".join(_text(s) for s in sentences) for sentences in paragraphs]
    return {
        "transcript": "\n" + "\n\n".join(texts) if texts else "",
        "paragraphs": [
            {
                "sentences": [
                    {"text": _text(s), "start": round(s[0].start_s, 3), "end": round(s[-1].end_s, 3)} for s in sentences
                ],
                "num_words": sum(len(s) for s in sentences),
                **_speaker(sentences[0][0]),
                "start": round(sentences[0][0].start_s, 3),
                "end": round(sentences[-1][-1].end_s, 3),
            }
            for sentences in paragraphs
        ],
    }


def _sentences(finals: Iterable[Final]) -> Iterator[list[Word]]:
    # a target that tells no words has one sentence, with the times of the whole
    words = [w for f in finals for w in f.words or (Word(f.text, f.start_s, f.end_s),) if w.text.strip()]
    sentence: list[Word] = []
    for word in words:
        last = sentence[-1] if sentence else word
        if sentence and (
            last.text.strip().endswith(ENDS) or word.start_s - last.end_s >= PAUSE_S or word.speaker != last.speaker
        ):
            yield sentence
            sentence = []
        sentence.append(word)
    if sentence:
        yield sentence


def _speaker(word: Word) -> dict[str, int]:
    return {} if word.speaker is None else {"speaker": word.speaker}


def _named(word: Word) -> str:
    return "" if word.speaker is None else f"Speaker {word.speaker}: "


def _text(sentence: list[Word]) -> str:
    return " ".join(word.text.strip() for word in sentence)
