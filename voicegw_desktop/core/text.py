"""The one rule for text and JSON from outside: what may come in, however it came, and what a name may look like.

Text is Unicode that UTF-8 can hold, without NUL. A label (a model, a session, a project that a caller names) is
printable and short. A name that is stored (a project, key, stack, provider, model) also fits into a path.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

from voicegw_desktop.core.errors import BadRequest

LABEL_LIMIT = 256  # characters of a name that a caller sends with a request
NAME_LIMIT = 64  # characters of a name that is stored; one with slashes may be as long as a label
TEXT_LIMIT = 4096  # characters of a value that an operation takes
FORMULAS = frozenset("=+-@＝＋－＠")
"""What a formula begins with in a spreadsheet."""
NUMBER_DIGITS = 20  # digits of a whole number in JSON; 2^64 has 20

_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_SUSPECT_BYTES = re.compile(_SUSPECT.pattern.encode())


def text_problem(text: str) -> str | None:
    """Why `text` may not come in, as the end of a sentence; None when it may."""
    if "\0" in text:
        return "holds a NUL character"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not Unicode text: it holds a lone surrogate, or bytes that are not UTF-8"
    return None


def label_problem(text: str, limit: int = LABEL_LIMIT) -> str | None:
    """What is wrong with a name that a caller sends: it must be printable and at most `limit` characters long."""
    if len(text) > limit:
        return f"has {len(text)} characters; at most {limit} are taken"
    if problem := text_problem(text):
        return problem
    return None if text.isprintable() else "holds a control, format or line-break character"


def name_problem(text: str, *, slashes: bool = False) -> str | None:
    """What is wrong with a name that is stored; `slashes`: parts between slashes are allowed, as in `local/base`."""
    parts = text.split("/") if slashes else [text]
    if not text.strip():
        return "is empty"
    if problem := label_problem(text, LABEL_LIMIT if slashes else NAME_LIMIT):
        return problem
    for part in parts:
        if not part or part != part.strip():
            return "begins or ends with a space" if part else "has an empty part between its slashes"
        if part in (".", ".."):
            return f'is or holds "{part}", which a path reads as a folder'
        if "/" in part or "\\" in part:
            return "holds a slash"
    return None


def printable(text: str, *, lines: bool = False) -> str:
    """`text` for a terminal, a log, a label or a metric: what controls a display becomes an escape, as in `\\x1b`.

    That is every control and format character (bidirectional marks too), line and paragraph separators, and halves of
    characters. The two joiners stay, which Persian words and emoji need. `lines`: line breaks stay too.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or (lines and c == "\n") or _harmless(c) else _escape(c) for c in text)


def _harmless(character: str) -> bool:
    return character in "\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def spreadsheet_cell(text: str) -> str:
    """`text` for a cell of a CSV file: printable, and never the beginning of a formula."""
    safe = printable(text)
    return f"'{safe}" if safe.lstrip()[:1] in FORMULAS else safe


def json_text(value: object) -> str:
    """`value` as indented JSON for a terminal: letters stay, what `printable` escapes becomes a JSON escape."""
    return escaped_json(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def escaped_json(made: str) -> str:
    """JSON in which what `printable` escapes is a JSON escape: the same value, that controls no display."""
    if made.isascii():
        # the control characters below U+0020 are escaped already
        return made.replace("\x7f", "\\u007f")
    if made.replace("\n", "").isprintable():
        return made
    kept = (c if c.isprintable() or c == "\n" or _harmless(c) else json.dumps(c)[1:-1] for c in made)
    return "".join(kept).replace("\x7f", "\\u007f")


def shown(text: str) -> str:
    """The beginning of `text`, safe to quote in a message."""
    kept = text if len(text) <= 40 else text[:40] + "…"
    return kept if kept.isprintable() else ascii(kept)[1:-1]


def counted(count: object, word: str) -> str:
    """The number and the word, in the plural unless it is one: "1 request", "2 requests"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def check_text(text: str, what: str, *, limit: int = TEXT_LIMIT) -> str:
    """`text` as it is; BadRequest names `what` when it may not come in or is longer than `limit` characters."""
    if len(text) > limit:
        raise BadRequest(f'"{what}" has {len(text)} characters; at most {limit} are taken.', param=what)
    if problem := text_problem(text):
        raise BadRequest(f'"{what}" {problem}.', param=what, code="invalid_text")
    return text


def check_texts(value: Any) -> None:
    """BadRequest when a key or text anywhere in `value`, which came as JSON, may not come in."""
    if problem := text_problem(_characters(value)):
        raise BadRequest(f"A text in the message {problem}.", code="invalid_text")


def check_label(text: str, what: str) -> str:
    """`text` as it is; BadRequest when it is no label."""
    if problem := label_problem(text):
        raise BadRequest(f'"{what}" {problem}.', param=what, code="invalid_name")
    return text


def check_name(text: str, what: str, *, slashes: bool = False) -> str:
    """`text` as it is; BadRequest when it cannot be the name of something stored."""
    if problem := name_problem(text, slashes=slashes):
        raise BadRequest(f'"{what}" is "{shown(text)}", which {problem}; choose another name.', param=what)
    return text


def check_path_name(text: str, what: str) -> str:
    """Check a name in parts, as in `local/whisper-base`. Raises BadRequest."""
    return check_name(text, what, slashes=True)


def cleaned(text: str) -> str:
    """`text` with what may not be stored replaced by `?`: for words of upstreams, which cannot be refused."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def loads(raw: str | bytes) -> object:
    """Strict JSON. Raises ValueError (RecursionError for deep nesting) with the reason.

    NaN, Infinity, numbers that no float or 64-bit integer holds, lone surrogates and NUL are refused.
    """
    text = raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "surrogatepass")
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0)
    value: object = _DECODER.decode(text)
    # only an escape can bring such a character into text that was UTF-8
    suspect = _SUSPECT.search(raw) if isinstance(raw, str) else _SUSPECT_BYTES.search(raw)
    if suspect and (problem := text_problem(_characters(value))):
        raise ValueError(f"a text in it {problem}")
    return value


def _characters(value: Any) -> str:
    """All keys and texts in `value`, one after the other."""
    found, todo = [], [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            found += item.keys()
            todo += item.values()
        elif isinstance(item, list):
            todo += item
    # a space between them, so that two halves of a pair do not become one character
    return " ".join(found)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{shown(digits)} is too large a number")
    return value


def _whole(digits: str) -> int:
    if len(digits) > NUMBER_DIGITS:
        raise ValueError(f"{shown(digits)} is too large a number")
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
"""Made once: `json.loads` makes one for each text."""
