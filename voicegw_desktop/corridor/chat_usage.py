"""How much a chat used: the tokens its upstream tells at the end of an answer, and the text that a request carries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.events import Usage

USAGE = re.compile(rb'"usage"\s*:\s*\{')


def usage_in(tail: bytes) -> Usage | None:
    """The last usage object in an answer's end; None when the upstream did not say."""
    matches = list(USAGE.finditer(tail))
    if not matches:
        return None
    try:
        data, _ = json.JSONDecoder().raw_decode(tail[matches[-1].end() - 1 :].decode("utf-8", "replace"))
    except ValueError:
        return None
    prompt_details = data.get("prompt_tokens_details") or data.get("input_tokens_details") or {}
    answer_details = data.get("completion_tokens_details") or data.get("output_tokens_details") or {}

    def count(*names: str, source: Any = data) -> int:
        return next((int(source[n]) for n in names if isinstance(source.get(n), (int, float))), 0)

    # Anthropic's own form leaves what was read from and written to its cache out of the input
    outside = count("cache_read_input_tokens") + count("cache_creation_input_tokens") if "input_tokens" in data else 0
    return Usage(
        prompt_tokens=count("prompt_tokens", "input_tokens") + outside,
        completion_tokens=count("completion_tokens", "output_tokens"),
        cached_tokens=count("cached_tokens", source=prompt_details) or count("cache_read_input_tokens"),
        cache_write_tokens=count("cache_write_tokens", source=prompt_details) or count("cache_creation_input_tokens"),
        reasoning_tokens=count("reasoning_tokens", source=answer_details),
        audio_prompt_tokens=count("audio_tokens", source=prompt_details),
        audio_completion_tokens=count("audio_tokens", source=answer_details),
    )


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
