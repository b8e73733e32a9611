"""How much a chat used: the tokens its upstream tells at the end of an answer, and the text that a request carries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.counted import usage_of
from voicegw_desktop.core.events import Usage

USAGE = re.compile(rb'"usage"\s*:\s*\{')


def usage_in(tail: bytes) -> Usage | None:
    """The last usage object in an answer's end; None when the upstream did not say, or told what cannot be true."""
    matches = list(USAGE.finditer(tail))
    if not matches:
        return None
    try:
        data, _ = json.JSONDecoder().raw_decode(tail[matches[-1].end() - 1 :].decode("utf-8", "replace"))
    except ValueError:
        return None
    return usage_of(data)


def text_size(body: Mapping[str, Any]) -> int:
    """Characters of text a request carries, without the JSON around them."""
    size, todo = 0, [body.get("messages"), body.get("prompt"), body.get("input"), body.get("tools")]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            # an image or a recording inside the text is not counted by its letters
            size += len(item) if not item.startswith("data:") else 1000
        elif isinstance(item, Mapping):
            todo.extend(item.values())
        elif isinstance(item, (list, tuple)):
            todo.extend(item)
    return size
