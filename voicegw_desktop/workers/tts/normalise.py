"""Text as written turned into text as spoken: numbers, money, dates, units and abbreviations in words.

English is wholly in words; the six languages of `tongues` keep their figures, which the phonemiser reads. Other
languages only lose their markup.
"""

from __future__ import annotations

import re

from voicegw_desktop.workers.tts import english, tongue_words, tongues
from voicegw_desktop.workers.tts.markup import ENGLISH, plain

_PUNCTUATION = (
    (re.compile(r"[‘’ʼ′`]"), "'"),
    (re.compile(r"[“”„«»\"]"), ""),
    (re.compile(r"(?<!\w)'|'(?!\w)"), ""),
    (re.compile(r"[™®©†‡§¶]"), ""),
    (re.compile(r"\s+[-–—]+\s+|[—]|(?<=[^\W\d])–(?=[^\W\d])|--+"), ", "),
    (re.compile(r"[(\[{]\s*"), ", "),
    (re.compile(r"\s*[)\]}]"), ", "),
    (re.compile(r"[<>|\\^~_*#=+]+"), " "),
    (re.compile(r"…|\.{2,}"), "… "),
)
_TIDY = (
    (re.compile(r"…\s*(?=[.!?,;:])"), ""),
    (re.compile(r"…\s*$"), "."),
    (re.compile(r"…\s*"), ", "),
    (re.compile(r"!?\?[!?]*"), "?"),
    (re.compile(r"!+"), "!"),
    (re.compile(r"\s+(?=[,.;:!?])"), ""),
    (re.compile(r"[,;:]+(?:\s*[,;:]+)+"), ","),
    (re.compile(r"[,;:]\s*(?=[.!?])"), ""),
    (re.compile(r"(?<=[.!?])\s*,|(?<=[!?])\.+"), ""),
    (re.compile(r"^[\s,;:.!?…-]+"), ""),
    (re.compile(r",(?=[^\s\d])"), ", "),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def spoken(text: str, language: str = "en") -> str:
    """What to say for `text`, on one line; empty when there is nothing to say."""
    tongue = re.split(r"[-_]", language.lower())[0]
    is_english = tongue == "en"
    text = _CONTROL.sub(" ", plain(text, ENGLISH if is_english else tongue_words.MARKS.get(tongue)))
    for pattern, with_ in _PUNCTUATION[:1]:
        text = pattern.sub(with_, text)
    text = _lines(text)
    if is_english:
        text = english.expand(text, british="gb" in language.lower())
    elif tongue in tongues.TONGUES:
        text = tongues.TONGUES[tongue].expand(text)
    for pattern, with_ in (*_PUNCTUATION[1:], *_TIDY):
        text = pattern.sub(with_, text)
    text = " ".join(text.split())
    return text if any(c.isalnum() for c in text) else ""


def _lines(text: str) -> str:
    """Lines joined, with a comma where one ended without punctuation and the next does not go on."""
    parts = [part.strip() for part in text.splitlines() if part.strip()]
    out = ""
    for part in parts:
        if out:
            out += " " if out[-1] in ",.;:!?…" or part[0].islower() else ", "
        out += part
    return out
