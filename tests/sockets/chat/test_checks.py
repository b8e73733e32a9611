"""What is refused of a chat request before a budget is reserved, and what odd spellings become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.chat.checks import check_chat, check_prompt, token_limit

pytestmark = pytest.mark.unit

HI = {"role": "user", "content": "Hi."}
TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": {}}, "messages"),
        ({"messages": [{"role": "user", "content": ["Hi."]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": None}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].image_url"),
        (
            {"messages": [HI, {"role": "user", "content": [{"type": "image_url", "image_url": {"url": 5}}]}]},
            "messages[1].content[0].image_url",
        ),
        ({"messages": [HI, {"role": "assistant", "tool_calls": ["f"]}]}, "messages[1].tool_calls"),
        ({"messages": [HI, {"role": "assistant", "tool_calls": {"f": 1}}]}, "messages[1].tool_calls"),
        ({"tools": ["f"]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
        ({"tools": [TOOL, {"type": "function", "function": {"name": 5}}]}, "tools[1]"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "f"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": True}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": [{}]}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": []}}}, "tool_choice"),
        ({"response_format": "json_object"}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"stream_options": 5}, "stream_options"),
        ({"stop": 5}, "stop"),
        ({"stop": ["a", 5]}, "stop"),
        ({"n": 0}, "n"),
        ({"n": 1.5}, "n"),
        ({"seed": "1"}, "seed"),
        ({"top_logprobs": 30}, "top_logprobs"),
        ({"logprobs": 5}, "logprobs"),
        ({"logit_bias": "x"}, "logit_bias"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
    ],
)
def test_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check_chat({"model": "m", "messages": [HI], **fields})
    assert (refused.value.status, refused.value.param) == (400, param)


def test_odd_spellings_are_read() -> None:
    body: dict[str, Any] = {
        "messages": [{"role": "USER", "content": "Hi."}, {"role": "ipython", "content": "1"}],
        "response_format": {"type": "JSON_OBJECT"},
        "n": 1.0,
        "max_tokens": 10**12,
        "max_completion_tokens": 20.0,
        "stop": ["", "x"],
        "logprobs": None,
        "tool_choice": None,
    }
    check_chat(body)
    assert [message["role"] for message in body["messages"]] == ["user", "ipython"]
    assert body["response_format"] == {"type": "json_object"}
    assert (body["n"], body["max_completion_tokens"], body["stop"]) == (1, 20, ["x"])
    assert "max_tokens" not in body


@pytest.mark.parametrize(("written", "read"), [(None, None), (-1, None), (-1.0, None), (2**31, None), (5.0, 5), (7, 7)])
def test_a_limit_of_tokens(written: object, read: int | None) -> None:
    assert token_limit(written) == read


@pytest.mark.parametrize("written", [0, -2, 5.5, "5", True, float("nan")])
def test_no_limit_of_tokens(written: object) -> None:
    with pytest.raises(ValueError, match="whole number above 0"):
        token_limit(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [("", None), ([""], None), ([], None), (["", "x"], ["x"]), ("x", "x"), ("\n", "\n"), (["\n"], ["\n"])],
)
@pytest.mark.parametrize("check", [check_chat, check_prompt])
def test_an_empty_stop_ends_no_answer(check: Callable[[dict[str, Any]], None], written: object, read: object) -> None:
    body = {"messages": [HI], "prompt": "Hi.", "stop": written}
    check(body)
    assert body.get("stop") == read
    assert ("stop" in body) == (read is not None)


@pytest.mark.parametrize("written", [5, ["a", 5], [None]])
def test_a_stop_of_a_prompt_is_text(written: object) -> None:
    with pytest.raises(BadRequest) as refused:
        check_prompt({"prompt": "Hi.", "stop": written})
    assert refused.value.param == "stop"
