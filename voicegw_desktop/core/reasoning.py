"""How much a model thinks before it answers, as `routing.llm.reasoning` sets it; thoughts that stand in text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from voicegw_desktop.core.descriptor import Thinking
from voicegw_desktop.core.typed import record

Reasoning = Literal["as_requested", "off", "low"]
ASKED = ("reasoning_effort", "reasoning", "thinking", "enable_thinking", "think")
"""Fields by which clients ask for reasoning; they are removed where the setting rules."""
TEMPLATE = "chat_template_kwargs"
_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
"""What opens a thought, in small letters, and what closes it, as models of several makers write it."""
_OPEN = re.compile("|".join(map(re.escape, _TAGS)), re.IGNORECASE)
_FIRST = re.compile(r"[<\[◁]")
_EVERY = (*_TAGS, *_TAGS.values())
_LONGEST = max(map(len, _EVERY))


def ruled(setting: Reasoning, rules: Iterable[Thinking], model: str, body: Mapping[str, object]) -> dict[str, object]:
    """The chat with what makes the model think as little as `setting` wants, by the first rule that fits its name."""
    if setting == "as_requested":
        return dict(body)
    out = {name: value for name, value in body.items() if name not in ASKED}
    rule = next((rule for rule in rules if re.fullmatch(rule.models, model, re.IGNORECASE)), None)
    for name, value in (rule.off if setting == "off" else rule.low).items() if rule else ():
        out[name] = {**record(body.get(name)), **record(value)} if name == TEMPLATE else value
    return out


class Thoughts:
    """Parts text that comes in pieces into what is thought (between tags such as `<think>`) and what is said.

    Holds text back only while it may be the beginning of such a tag.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""
        """What closes the open thought; empty outside of one."""
        self._begins = False
        """Whether what is said has not begun since a thought ended: blank lines are left out there."""

    def feed(self, text: str) -> tuple[str, str]:
        """(said, thought) of what is known now."""
        if not self._held and not self._inside and not self._begins and not _FIRST.search(text):
            return text, ""
        said, thought = [], []
        rest = self._held + text
        self._held = ""
        while rest:
            if self._inside:
                close = re.search(re.escape(self._inside), rest, re.IGNORECASE)
                if close is None:
                    keep = _tail(rest)
                    thought.append(rest[: len(rest) - keep])
                    self._held = rest[len(rest) - keep :]
                    break
                thought.append(rest[: close.start()])
                rest, self._inside, self._begins = rest[close.end() :], "", True
                continue
            if self._begins:
                rest = rest.lstrip()
                self._begins = not rest
            opened = _OPEN.search(rest)
            if opened is None:
                keep = _tail(rest)
                said.append(rest[: len(rest) - keep])
                self._held = rest[len(rest) - keep :]
                break
            said.append(rest[: opened.start()])
            rest, self._inside = rest[opened.end() :], _TAGS[opened[0].lower()]
        return "".join(said), "".join(thought)

    def finish(self) -> tuple[str, str]:
        """(said, thought) of what was held back."""
        held, self._held = self._held, ""
        return ("", held) if self._inside else (held, "")


def _tail(text: str) -> int:
    """How many of the last characters may be the beginning of a tag."""
    tail = text[-_LONGEST:].lower()
    for first in _FIRST.finditer(tail):
        if any(tag.startswith(tail[first.start() :]) for tag in _EVERY):
            return len(tail) - first.start()
    return 0
