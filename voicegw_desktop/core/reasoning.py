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
_OPEN = re.compile(r"<(think|thinking|thought)>", re.IGNORECASE)
_LONGEST = len("</thinking>")
_BEGINNINGS = tuple(f"<{slash}{name}>" for name in ("think", "thinking", "thought") for slash in ("", "/"))


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
    """Parts text that comes in pieces into what is thought (between `<think>` and `</think>`) and what is said.

    Holds text back only while it may be the beginning of such a tag.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""
        """The name of the open tag."""
        self._begins = False
        """Whether what is said has not begun since a thought ended: blank lines are left out there."""

    def feed(self, text: str) -> tuple[str, str]:
        """(said, thought) of what is known now."""
        if not self._held and not self._inside and not self._begins and "<" not in text:
            return text, ""
        said, thought = [], []
        rest = self._held + text
        self._held = ""
        while rest:
            if self._inside:
                close = re.search(rf"</{self._inside}>", rest, re.IGNORECASE)
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
            rest, self._inside = rest[opened.end() :], opened[1].lower()
        return "".join(said), "".join(thought)

    def finish(self) -> tuple[str, str]:
        """(said, thought) of what was held back."""
        held, self._held = self._held, ""
        return ("", held) if self._inside else (held, "")


def _tail(text: str) -> int:
    """How many of the last characters may be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - _LONGEST))
    if at < 0:
        return 0
    tail = text[at:].lower()
    return len(tail) if any(known.startswith(tail) for known in _BEGINNINGS) else 0
