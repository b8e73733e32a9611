"""How much a chat used: the tokens its upstream tells at the end of an answer, and the text that a request carries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from voicegw_desktop.core.counted import tier, usage_of
from voicegw_desktop.core.events import Usage

LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
"""The names that requests give the longest answer by."""
CHARACTERS_A_TOKEN = 4
"""Characters of English a token, by the rule of thumb that providers give."""
WRITTEN = re.compile(
    rb'"(?:content|reasoning_content|reasoning|refusal|arguments|text)"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
USAGE = re.compile(rb'"usage"\s*:\s*\{')
TIER = re.compile(rb'"service_tier"\s*:\s*"(\w*)"')

TEXTS = ("messages", "prompt", "input", "tools")
"""Where a request carries text."""


def usage_in(tail: bytes, asked: object = None) -> Usage | None:
    """The last usage object in an answer's end; None when the upstream did not say, or told what cannot be true.

    `asked`: the request's `service_tier`, which holds where the answer names none; a busy provider may serve another.
    """
    matches = list(USAGE.finditer(tail))
    if not matches:
        return None
    try:
        data, _ = json.JSONDecoder().raw_decode(tail[matches[-1].end() - 1 :].decode("utf-8", "replace"))
    except ValueError:
        return None
    usage = usage_of(data)
    if usage is None or usage.tier:
        return usage
    told = TIER.findall(tail)
    served = tier(told[-1].decode() if told else asked)
    return replace(usage, tier=served) if served else usage


def answer_size(body: bytes) -> int:
    """Characters that a model wrote in a piece of an answer: content, reasoning and arguments, without the JSON."""
    size = 0
    for match in WRITTEN.finditer(body):
        text = match[1].decode("utf-8", "replace")
        # an escape is one character; a pair of surrogates, which is two of them, is rare enough
        size += len(ESCAPE.sub("_", text)) if "\\" in text else len(text)
    return size


def tokens_of(characters: int) -> int:
    """An estimate of the tokens of a text; at least one when there is any."""
    return -(-characters // CHARACTERS_A_TOKEN)


def text_size(body: Mapping[str, Any]) -> int:
    """Characters of text a request carries, without the JSON around them."""
    size, todo = 0, [part for name in TEXTS if (part := body.get(name))]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            # an image or a recording inside the text is not counted by its letters
            size += len(item) if not item.startswith("data:") else 1000
        # as JSON has them; the class of every mapping takes longer to ask for
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, (list, tuple)):
            todo.extend(item)
        elif isinstance(item, Mapping):
            todo.extend(item.values())
    return size


def tokens_at_most(body: Mapping[str, Any]) -> int:
    """Tokens of a request's text, rather too many than too few: three bytes a token, and some for each part."""
    size, todo = 48, [body.get("messages"), body.get("prompt"), body.get("input"), body.get("tools")]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if item.startswith("data:"):
                # an image or a recording: a large image costs about so much
                size += 6000
            else:
                size += len(item) if item.isascii() else len(item.encode("utf-8", "surrogatepass"))
        elif isinstance(item, Mapping):
            # a role and the marks around a message
            size += 12
            todo.extend(item.values())
        elif isinstance(item, (list, tuple)):
            if item and isinstance(item[0], int):
                # a prompt in tokens
                size += 3 * len(item)
            else:
                todo.extend(item)
    return size // 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chat's body says about the length of its answer."""

    limit: int | None
    """Tokens of one answer; None: the request names no limit."""
    answers: int
    """0: the route gives none, as for embeddings."""
    spoken: bool
    """Whether the answer is audio."""
    tier: str = ""
    """The service tier, where another price than the usual one goes with it."""


def asked_of(path: str, body: Mapping[str, Any]) -> Asked:
    """The length of the answer that a request to `path` asks for."""
    if path.endswith(("embeddings", "moderations")):
        return Asked(None, 0, False)
    # a target that does not know one of the names goes by another
    limit = max((n for name in LIMITS if (n := _whole(body.get(name)))), default=None)
    answers = max(_whole(body.get("n")), _whole(body.get("best_of")), 1)
    prompts = body.get("prompt")
    if isinstance(prompts, (list, tuple)) and prompts and not isinstance(prompts[0], int):
        answers *= len(prompts)
    modalities = body.get("modalities")
    spoken = isinstance(modalities, (list, tuple)) and "audio" in modalities
    return Asked(limit, answers, spoken, tier(body.get("service_tier")))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
