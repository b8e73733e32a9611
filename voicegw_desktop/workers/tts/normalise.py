"""Text as written turned into text as spoken: in English numbers, money, dates, units and abbreviations in words.

Other languages only lose their markup; their numbers are left to the phonemiser, which knows them.
"""

from __future__ import annotations

import re

from voicegw_desktop.workers.tts import english
from voicegw_desktop.workers.tts.markup import plain

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
    is_english = language.lower().startswith("en")
    text = _CONTROL.sub(" ", plain(text, is_english))
    for pattern, with_ in _PUNCTUATION[:1]:
        text = pattern.sub(with_, text)
    text = _lines(text)
    if is_english:
        text = english.expand(text, british="gb" in language.lower())
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
