"""The results of an agent that ran and of one that did not; and the chat server in place of a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conformance.examples import TITLE, Call, agents, markdown, reason
from tests.support import quick_chat
from voicegw_desktop.cli.conformance_page import write

TOOL = {
    "name": "book",
    "parameters": {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}, "size": {"enum": ["small", "large"]}, "note": {}},
        "required": ["day", "size"],
    },
}


def asked(*roles: str, **options: Any) -> dict[str, Any]:
    tools = [{"type": "function", "function": TOOL}, {"type": "function", "function": {"name": "end_call"}}]
    messages: list[dict[str, Any]] = [{"role": role, "content": "Hello."} for role in roles]
    return {"model": "chat", "messages": messages, "tools": tools, **options}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("Traceback\nModuleNotFoundError: No module named 'apsw'\n", "needs the package apsw"),
        ("ValueError: XAI_API_KEY must be set", "needs XAI_API_KEY"),
        ("aiohttp: Cannot connect to host api.cartesia.ai:443 ssl", "asks api.cartesia.ai"),
        ("RuntimeError: no room", "RuntimeError: no room"),
        ("", "no reason in what it printed"),
    ],
)
def test_why_an_agent_did_not_run(log: str, told: str) -> None:
    assert reason(log) == told


@pytest.mark.unit
def test_only_files_that_run_a_session_are_agents(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("AgentSession()\ncli.run_app(server)")
    (tmp_path / "two.py").write_text("AgentSession()")
    assert [path.name for path in agents(tmp_path)] == ["one.py"]


@pytest.mark.unit
def test_the_table_of_clients_leaves_the_sections_below_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("old\n\n" + markdown([Call("a.py", True, "heard"), Call("b.py", False, "asks x")], "agents 1"))
    write(page, [], [])
    text = page.read_text()
    assert "0 of 0 checks passed" in text.partition(TITLE)[0]
    assert "1 of 2 files ran unmodified (agents 1)" in text
    assert "| b.py | not run | asks x |" in text
    assert "old" not in text


@pytest.mark.unit
def test_the_server_calls_a_tool_once_and_never_one_that_hangs_up() -> None:
    name, arguments = quick_chat.chosen(asked("user")) or ("", "")
    assert (name, json.loads(arguments)) == ("book", {"day": "2026-12-01", "size": "small"})
    assert quick_chat.chosen(asked("user", "tool")) is None
    again = asked("user")
    again["messages"].insert(0, {"role": "assistant", "tool_calls": [{"function": {"name": "book"}}]})
    assert quick_chat.chosen(again) is None
    assert (quick_chat.chosen(asked("tool", tool_choice="required")) or ("",))[0] == "book"


@pytest.mark.socket
@pytest.mark.parametrize("stream", [True, False])
async def test_its_answers_whole_and_streamed(stream: bool) -> None:
    runner, url = await quick_chat.serve()
    try:
        async with (
            ClientSession() as http,
            http.post(f"{url}/chat/completions", json=asked("user", "tool", stream=stream)) as answer,
        ):
            told = await answer.text()
    finally:
        await runner.cleanup()
    if not stream:
        assert json.loads(told)["choices"][0]["message"]["content"] == quick_chat.ANSWER
        return
    events = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: {")]
    words = "".join(c["delta"].get("content", "") for e in events for c in e["choices"])
    assert words.strip() == quick_chat.ANSWER
    assert told.rstrip().endswith("[DONE]")
