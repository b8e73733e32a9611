"""Which agent files are tried and why one cannot run; and the chat server in place of a model."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import ClientSession

from voicegw_desktop.cli.conformance import CLIENTS, EXAMPLES, SCRIPTS, everywhere, whereabouts
from voicegw_desktop.testing.clients import quick_chat
from voicegw_desktop.testing.clients.__main__ import Where

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


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The client, as it runs: with its neighbours beside it."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("livekit_examples_client")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("Traceback\nModuleNotFoundError: No module named 'apsw'\n", "needs the package apsw"),
        ("ValueError: XAI_API_KEY must be set", "needs XAI_API_KEY"),
        (
            "ValueError: Deepgram API key is required, either as argument or set DEEPGRAM_API_KEY",
            "needs DEEPGRAM_API_KEY",
        ),
        (
            "API key is required for Google API either via api_key or GOOGLE_API_KEY environment variable",
            "needs GOOGLE_API_KEY",
        ),
        (
            "Ultravox API key is required. Provide it via api_key parameter or ULTRAVOX_API_KEY environment variable.",
            "needs ULTRAVOX_API_KEY",
        ),
        ("ImportError: librosa is required to run this example, install it", "needs the package librosa"),
        ("aiohttp: Cannot connect to host api.cartesia.ai:443 ssl", "asks api.cartesia.ai"),
        ("Cannot connect to host 127.0.0.1:9 ssl", "needs a LiveKit room, which the console has not"),
        (
            "RuntimeError: `tts_node` called but no TTS node is available.",
            "has no voice, and LiveKit's console always plays audio",
        ),
        (
            "CLIError: Could not find AgentServer in module, try to define the `server` variable",
            "makes its server where LiveKit's console does not find it",
        ),
        # what is no need of the agent's is a failure
        ("RuntimeError: something", ""),
        ("KeyError: 'choices'", ""),
        ("", ""),
    ],
)
def test_what_an_agent_needs_that_is_not_here(examples: ModuleType, log: str, told: str) -> None:
    assert examples.need(log) == told


@pytest.mark.unit
def test_only_files_that_run_a_session_are_agents(examples: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("AgentSession()\ncli.run_app(server)")
    (tmp_path / "two.py").write_text("AgentSession()")
    assert [path.name for path in examples.agents(tmp_path)] == ["one.py"]
    assert [path.name for path in examples.agents(tmp_path / "one.py")] == ["one.py"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("source", "silent"),
    [
        ("raise StopResponse()", True),
        ("RoomOptions(audio_output=False)", True),
        # it translates by a service, and speaks what that answers
        ("self.session.say(translated)\nraise StopResponse()", False),
        ("raise StopResponse()\nroom.local_participant.register_rpc_method('start', start)", False),
        ("AgentSession()", False),
    ],
)
def test_an_agent_that_speaks_by_itself_has_to_answer(examples: ModuleType, source: str, silent: bool) -> None:
    assert examples.listens_only(source) is silent


@pytest.mark.unit
def test_a_name_in_two_folders_is_one_check(examples: ModuleType, tmp_path: Path) -> None:
    told = dict.fromkeys(("url", "key", "key_id", "secret", "socket", "wyoming", "clip", "words", "program"), "")
    for folder, name in (("new", "an-agent.py"), ("old", "an_agent.py"), ("old", "other.py")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text("AgentSession()\ncli.run_app(server)")
    folders = os.pathsep.join(str(tmp_path / name) for name in ("new", "old"))
    where = Where({**told, "home": "", "origin": "", "wyoming_port": "", "examples": folders})
    (first, call), (second, _) = examples.checks(where)
    assert (first, second, call.args) == ("an_agent.py", "other.py", (tmp_path / "new" / "an-agent.py",))


@pytest.mark.unit
async def test_without_a_folder_of_examples_they_are_not_run() -> None:
    client = next(client for client in CLIENTS if client.module == EXAMPLES)
    where = whereabouts("http://127.0.0.1:1", "key", "id", None, None)
    (found,) = await everywhere(client, [sys.executable], None, where)
    assert (found.not_run, found.checks) == ("needs --examples FOLDER with agent files", [])


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
