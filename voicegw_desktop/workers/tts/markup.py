"""Markdown, SSML-like tags, emoji and addresses turned into what a person would read aloud."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping

TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>", re.DOTALL)
BREAK = re.compile(r"<break\b([^<>]*)>", re.IGNORECASE)
_SUB = re.compile(r"<sub\b[^<>]*\balias\s*=\s*([\"'])(.*?)\1[^<>]*>.*?</sub\s*>", re.IGNORECASE | re.DOTALL)
_TIME = re.compile(r"\btime\s*=\s*[\"']?\s*(\d+(?:\.\d+)?)\s*(ms|s)\b", re.IGNORECASE)
_STRENGTH = re.compile(r"\bstrength\s*=\s*[\"']?([a-z-]+)", re.IGNORECASE)
STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
LONGEST_BREAK_S = 10.0

_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"(?:^|(?<=\n))[ \t]*(?:```|~~~)[^\s`~]*[ \t]*(?=\n|$)|```")
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+|[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*[-*+•‣◦▪][ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_CODE = re.compile(r"`+([^`\n]*)`+")
_STRONG = re.compile(r"(\*\*\*|\*\*|__|~~|==)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])|(?<![\w_])_(?=[^\s_])([^_\n]+?)(?<=\S)_(?![\w_])"
)
_LONE_MARKS = re.compile(r"\*{2,}|_{2,}|~{2,}|`+|(?<![\d\s])\*|\*(?![\d\s])|\\(?=[\\`*_{}\[\]()#+.!|~-])")

_PICTURE = (
    "[\U0001f000-\U0001faff\U0001fb00-\U0001fbff\U000e0020-\U000e007f"
    "\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff\u3030\u303d\u3297\u3299\u20e3\ufe0e\ufe0f]+"
)
EMOJI = re.compile(f"{_PICTURE}(?:\u200d{_PICTURE})*")
_KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")
_LATIN = "[A-Za-z\u00c0-\u024f]"
_IN_LATIN = re.compile(
    rf"(?<={_LATIN})[\x00-\x08\x0e-\x1f\x7f-\x9f]+(?={_LATIN})|(?<={_LATIN})[\u200c\u200d]+|[\u200c\u200d]+(?={_LATIN})"
)
"""Joiners and control characters in words of Latin letters; Hindi and Persian spell with joiners."""
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")

URL = re.compile(r"\b(?:https?|ftp|wss?)://[^\s<>\"'`]+|\bwww\.[^\s<>\"'`]+", re.IGNORECASE)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
LONGEST_SPOKEN_PATH = 40
"""Characters; a longer path is left out, as a reader would leave it out too."""
ENGLISH: Mapping[str, str] = {
    ".": "dot",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    "@": "at",
    "+": "plus",
    ":": "colon",
}
"""What the marks in addresses are called."""


def break_seconds(attributes: str) -> float:
    """How long `<break …>` asks to be silent; half a second when it does not say."""
    if found := _TIME.search(attributes):
        seconds = float(found.group(1)) * (0.001 if found.group(2).lower() == "ms" else 1.0)
        return min(seconds, LONGEST_BREAK_S)
    if found := _STRENGTH.search(attributes):
        return STRENGTHS_S.get(found.group(1).lower(), 0.5)
    return 0.5


def plain(text: str, marks: Mapping[str, str] | None = ENGLISH) -> str:
    """`text` without markup: tags and emoji gone, markdown unmarked, addresses spelled as they are spoken.

    `marks`: what those in addresses are called; None: they only part the words.
    """
    text = _SUB.sub(lambda m: m.group(2), text)
    text = TAG.sub(" ", text)
    text = html.unescape(text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _IN_LATIN.sub("", text)))
    text = _unmark(text)
    text = EMAIL.sub(lambda m: spoken_address(m.group(), marks), text)
    text = URL.sub(lambda m: _spoken_url(m.group(), marks), text)
    text = _KEYCAP.sub(r"\1", text)
    return EMOJI.sub(" ", text)


def _unmark(text: str) -> str:
    text = _FENCE.sub("", text)
    text = _TABLE_RULE.sub("", text)
    text = _RULE.sub("", text)
    text = _HEADING.sub("", text)
    text = _QUOTE.sub("", text)
    text = _BULLET.sub("", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    for _ in range(3):
        text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(lambda m: m.group(1) or m.group(2), text)
    text = _LONE_MARKS.sub("", text)
    if text.count("|") > 1:
        text = re.sub(r"^[ \t]*\|[ \t]*", "", text, flags=re.MULTILINE)
        text = re.sub(r"[ \t]*\|[ \t]*$", ".", text, flags=re.MULTILINE)
        text = re.sub(r"[ \t]*\|[ \t]*", ", ", text)
    return text


def spoken_address(address: str, marks: Mapping[str, str] | None = ENGLISH) -> str:
    """`ann.lee@example.com` → "ann dot lee at example dot com"; without `marks` these only part the words."""
    words = []
    for part in re.split(r"([^\w]|_)", address):
        if marks is not None and part in marks:
            words.append(f" {marks[part]} ")
        elif part == "@":
            words.append(" @ ")
        elif part.isalnum():
            words.append(part)
        else:
            words.append(" ")
    return " ".join("".join(words).split())


def _spoken_url(url: str, marks: Mapping[str, str] | None) -> str:
    body = url.rstrip(".,;:!?)]}*'\"")
    tail = url[len(body) :].lstrip(")]}*'\"")
    bare = re.sub(r"^[a-z]+://", "", body, flags=re.IGNORECASE)
    bare = re.sub(r"^(?:[^/@]*@)?(?:www\.)?", "", bare, flags=re.IGNORECASE)
    address = re.split(r"[?#]", bare, maxsplit=1)[0].rstrip("/")
    host, slash, path = address.partition("/")
    if slash and (len(path) > LONGEST_SPOKEN_PATH or path.count("/") > 2 or "%" in path):
        path = ""
    return spoken_address(host + (slash + path if path else ""), marks) + tail
