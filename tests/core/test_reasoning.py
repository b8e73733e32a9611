"""Thoughts separated from the spoken answer, and chats told to think less."""

from __future__ import annotations

import random

import pytest

from voicegw_desktop.core.reasoning import Thoughts, ruled
from voicegw_desktop.core.registry import PROVIDERS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("Hello.", "Hello.", ""),
        ("<think>Hm, a greeting.</think>\n\nHello.", "Hello.", "Hm, a greeting."),
        ("<think>\n\n</think>\n\nHello.", "Hello.", "\n\n"),
        ("<THINKING>no</Thinking> Yes.", "Yes.", "no"),
        ("One. <think>two</think>Three.", "One. Three.", "two"),
        ("<think>a </thi b</think>c", "c", "a </thi b"),
        ("a < b, <thin ice>", "a < b, <thin ice>", ""),
        ("the end <thi", "the end <thi", ""),
        ("<think>cut off", "", "cut off"),
        ("", "", ""),
    ],
)
def test_thoughts_are_told_apart_however_the_text_is_cut(text: str, said: str, thought: str) -> None:
    dice = random.Random(7)
    for size in (1, 2, 5, 1000, 0):
        parts, spoken, inner = Thoughts(), "", ""
        at = 0
        while at < len(text):
            step = size or dice.randint(1, 6)
            more = parts.feed(text[at : at + step])
            spoken, inner, at = spoken + more[0], inner + more[1], at + step
        more = parts.finish()
        assert (spoken + more[0], inner + more[1]) == (said, thought)


def test_ordinary_text_is_not_held_back() -> None:
    parts = Thoughts()
    assert [parts.feed(piece)[0] for piece in ("It", " is", " 3 < ", "5.")] == ["It", " is", " 3 < ", "5."]


@pytest.mark.parametrize(
    ("provider", "model", "off", "low"),
    [
        ("openai", "gpt-5.4-mini", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
        ("openai", "gpt-5-nano", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        ("openai", "o3-mini", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ("openai", "gpt-4.1-mini", {}, {}),
        ("groq", "qwen/qwen3-32b", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ("ollama", "qwen3:4b", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
        ("anthropic", "claude-sonnet-4-5", {}, {}),
    ],
)
def test_each_provider_is_told_in_its_own_words(
    provider: str, model: str, off: dict[str, object], low: dict[str, object]
) -> None:
    rules = PROVIDERS[provider].thinking
    body = {"messages": [], "reasoning_effort": "high", "thinking": {"type": "enabled"}}
    assert ruled("off", rules, model, body) == {"messages": [], **off}
    assert ruled("low", rules, model, body) == {"messages": [], **low}
    assert ruled("as_requested", rules, model, body) == body


def test_switches_of_a_template_keep_the_clients_own() -> None:
    body: dict[str, object] = {"chat_template_kwargs": {"enable_thinking": True, "style": "short"}}
    for provider in ("llamacpp", "openai_compatible"):
        made = ruled("off", PROVIDERS[provider].thinking, "any", body)["chat_template_kwargs"]
        assert isinstance(made, dict)
        assert (made["enable_thinking"], made["style"]) == (False, "short")
