"""Calls that small models write as text, in the forms in which they write them; everything else stays text."""

from __future__ import annotations

import json

import pytest

from voicegw_desktop.engines.offered_tools import calls_in, may_be_call

pytestmark = pytest.mark.unit
NAMES = frozenset({"stop", "get_weather"})
ROME = '{"name": "get_weather", "arguments": {"city": "Rome"}}'


@pytest.mark.parametrize(
    ("text", "called"),
    [
        # a tool without parameters
        ('{"name": "stop"}', ["stop"]), ('{"name": "stop", "arguments": null}', ["stop"]),
        ('{"name": "stop", "arguments": ""}', ["stop"]), ('{"name": "functions.stop", "arguments": {}}', ["stop"]),
        # other keys
        ('{"name": "stop", "args": {}}', ["stop"]), ('{"tool": "stop", "tool_input": {}}', ["stop"]),
        ('{"tool_name": "stop", "arguments": {}}', ["stop"]), ('{"action": "stop", "action_input": {}}', ["stop"]),
        ('{"tool_call": {"name": "stop"}}', ["stop"]),
        ('{"tool_calls": [{"name": "stop"}, ' + ROME + "]}", ["stop", "get_weather"]),
        # several
        (ROME + '{"name": "stop"}', ["get_weather", "stop"]), (ROME + '; {"name": "stop"}', ["get_weather", "stop"]),
        (ROME + '\n{"name": "stop"}', ["get_weather", "stop"]), (ROME + ";", ["get_weather"]),
        # other marks
        ("<tools>\n" + ROME + "\n</tools>", ["get_weather"]),
        ("<function_call>" + ROME + "</function_call>", ["get_weather"]),
        ("<|python_tag|>" + ROME, ["get_weather"]), ("<|tool_call|>[" + ROME + "]", ["get_weather"]),
        ("[TOOL_CALLS][" + ROME + "]", ["get_weather"]), ("<function=stop>{}</function>", ["stop"]),
        ("<tool_call>" + ROME + "</tool_call>\n<tool_call>{\"name\": \"stop\"}", ["get_weather", "stop"]),
    ],
)  # fmt: skip
def test_each_form_is_held_back_and_becomes_calls(text: str, called: list[str]) -> None:
    calls = calls_in(text, NAMES)
    assert [call["function"]["name"] for call in calls] == called
    wanted = {"get_weather": {"city": "Rome"}, "stop": {}}
    assert all(json.loads(c["function"]["arguments"]) == wanted[c["function"]["name"]] for c in calls)
    assert all(may_be_call(text[:size]) for size in range(1, len(text)))


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "other"}', '{"name": "stop", "age": 3}', '{"name": "stop", "arguments": 3}', "[]", "5",
        "<tool_call>", "```",
        ROME + " is the call.", '{"name": "stop"} {"name": "other"}', "[" * 3000, '{"tool_call":' * 3000,
        '{"tool_call":' * 400 + "{}" + "}" * 400, '{"tool_calls": []}', "<function=stop>", "[Laughs] Stop.",
    ],
)  # fmt: skip
def test_everything_else_is_text(text: str) -> None:
    assert calls_in(text, NAMES) == []


def test_ordinary_text_is_held_back_for_its_first_characters_only() -> None:
    for text in ("[Laughs] Well", "[Note] write", "<table>", "<function name", '{"city": "Rome"}', "Rome"):
        assert not may_be_call(text), text
