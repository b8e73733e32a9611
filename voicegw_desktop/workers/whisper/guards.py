"""Tell speech from what whisper invents on silence, noise, music and clicks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

NO_SPEECH = 0.6  # probability of the no-speech token that, with a poor score, means nothing was said
POOR_LOGPROB = -0.8  # mean log probability of a token
HOPELESS_LOGPROB = -1.3
REPETITIVE = 2.4  # bytes of text for one byte compressed
WEAK_PROB = 0.75  # mean voice probability under which the audio is doubtful
WEAK_VOICE_S = 0.45
ENDINGS = (".", "!", "?", "。", "！", "？", "…")
TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "prof."})
FASTEST_CHARS = 45.0  # characters a second; speech is slower

_PHANTOMS = """
you | thank you | thanks | thank you very much | thank you so much | thank you for watching | thanks for watching
thanks for watching everyone | thank you for watching this video | please subscribe | subscribe | bye | bye bye
okay | i'm sorry | so | oh | the end | the | hmm | mm | uh | yeah | i | silence | music | applause | ♪
subtitles by the amara org community | amara org | transcription by castingwords | see you next time
see you in the next video | we'll be right back | vielen dank | untertitel der amara org community
untertitel im auftrag des zdf | merci | sous titrage st 501 | sous titres réalisés par la communauté d'amara org
gracias | suscríbete | subtítulos por la comunidad de amara org | ご視聴ありがとうございました | 谢谢观看 | 字幕by索兰娅
продолжение следует | спасибо | субтитры сделал dimatorzok
"""
PHANTOMS = frozenset(name.strip() for name in re.split(r"[|\n]", _PHANTOMS) if name.strip())
"""What whisper writes for audio without speech; believed to be said when the evidence is strong."""

_WORDS_AGAIN = re.compile(r"(?<!\S)(\S+(?:\s+\S+)?)(?:\s+\1){7,}(?!\S)", re.IGNORECASE)
_LETTERS_AGAIN = re.compile(r"([^\W\d]{1,4}?-?)\1{9,}")
_MARKS = re.compile(r"[^\w'♪]+")
_ANNOTATION = re.compile(r"^\s*[\[(*♪].*[\])*♪]\s*$", re.DOTALL)


def plain(text: str) -> str:
    """Lower case, words only, single spaces."""
    return _MARKS.sub(" ", text.lower()).strip()


def compression(text: str) -> float:
    """Bytes of `text` for one byte of it compressed: over 2.4 it repeats itself."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def repeats(text: str) -> bool:
    """Whether the words repeat in a loop, or the text can be compressed too well.

    A loop is one or two words or a few letters many times, or more words three times at the text's end.
    """
    if compression(text) > REPETITIVE or shortened(text) != text:
        return True
    words = plain(text).split()
    for size in range(3, len(words) // 2 + 1):
        times = 3 if size < 6 else 2
        if len(words) >= size * times and all(
            words[-size * k - size : len(words) - size * k] == words[-size:] for k in range(1, times)
        ):
            return True
    return False


def goes_round(words: Sequence[str], tokens: Sequence[int]) -> bool:
    """Whether a text repeats itself as a person does seldom and a model in a short window often.

    That is: two words or more twice in a row, its first words again at its end, or the same few tokens three times.
    """
    twice = any(
        words[at : at + size] == words[at + size : at + 2 * size]
        for size in range(2, len(words) // 2 + 1)
        for at in range(len(words) - 2 * size + 1)
    )
    begins_again = any(words[:size] == words[-size:] for size in range(2, len(words)))
    thrice = any(
        tokens[at : at + size] == tokens[at + size : at + 2 * size] == tokens[at + 2 * size : at + 3 * size]
        for size in range(1, 5)
        for at in range(len(tokens) - 3 * size + 1)
    )
    return twice or begins_again or thrice


def copies_of(words: Sequence[str]) -> int:
    """How many words are all that is said, over and over, the last time perhaps in part; `len(words)`: nothing is.

    Of the last time there are two words at least, or all; where the text was cut off, its last word may be a part.
    """
    for size in range(1, max(len(words) // 2 + 1, len(words) - 1)):
        again = all(word == before for word, before in zip(words[size:-1], words, strict=False))
        if again and words[-1 - size].startswith(words[-1]):
            return size
    return len(words)


def shortened(text: str) -> str:
    """`text` with one or two words that come eight times in a row or more, or letters ten times, also with hyphens,
    left twice.

    People may say a word several times; where the model loops, the rest carries no meaning.
    """
    return _LETTERS_AGAIN.sub(r"\1\1", _WORDS_AGAIN.sub(r"\1 \1", text))


def invented(text: str, *, avg_logprob: float, no_speech: float, voiced_s: float, voice_prob: float) -> str | None:
    """Why `text` should not be believed, or None.

    `voiced_s` seconds in which the detector heard voice, `voice_prob` its mean probability over them.
    """
    said = plain(text)
    if not said:
        return "no words"
    if _ANNOTATION.match(text):
        return "an annotation, not words"
    if no_speech > NO_SPEECH and avg_logprob < POOR_LOGPROB:
        return "no speech, poor score"
    if avg_logprob < HOPELESS_LOGPROB and voice_prob < 0.9:
        return "hopeless score"
    if len(said) > FASTEST_CHARS * (voiced_s + 0.3):
        return "more text than can be said in that time"
    weak = voice_prob < WEAK_PROB or voiced_s < WEAK_VOICE_S or no_speech > 0.5 or avg_logprob < POOR_LOGPROB
    if weak and said in PHANTOMS:
        sure = voiced_s >= 0.2 and voice_prob >= WEAK_PROB and no_speech < 0.3 and avg_logprob > -0.5
        if not sure:
            return "a known phantom on weak evidence"
    if voice_prob < 0.65 and avg_logprob < -0.6:
        return "doubtful voice, poor score"
    return None
