"""The Python blocks of the pages do what the text around them says.

README's runs in tests/sockets/test_real_engines.py.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import AgentSession, inference
from livekit.plugins import cartesia, deepgram, openai

import voicegw_desktop
from tests.docs.pages import ROOT, Block, blocks
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operate.table import OPERATIONS, Param, operation
from voicegw_desktop.inference._told import Told

EXAMPLE = {"ENGINE": "voicegw_morse", "PROVIDER": "voicegw_morse.telegraph", "DOOR": "voicegw_morse.telegraph"}
"""What a block declares → the module of the example package that has it, which tests/e2e/test_extension.py uses."""


def block(page: str, word: str) -> Block:
    """The Python block of a page with this word in it."""
    (found,) = (block for block in blocks("python") if block.page.name == page and word in block.text)
    return found


def run(block: Block, **names: object) -> dict[str, Any]:
    """The names that the block leaves behind, where it begins with these."""
    namespace: dict[str, Any] = dict(names)
    exec(compile(block.text, str(block), "exec"), namespace)  # noqa: S102
    return namespace


def test_every_block_runs_here_or_elsewhere() -> None:
    pages = [block.page.name for block in blocks("python")]
    here = ["conversations.md"] * 2 + ["extending.md"] * (len(EXAMPLE) + 1) + ["livekit.md"]
    assert sorted(pages) == sorted([*here, "README.md"])


@pytest.fixture
def _example(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "example_engine"))
    yield
    for module in set(EXAMPLE.values()):
        monkeypatch.delitem(sys.modules, module, raising=False)


@pytest.mark.usefixtures("_example")
@pytest.mark.parametrize("name", EXAMPLE)
def test_a_declaration_is_that_of_the_example(name: str) -> None:
    module = importlib.import_module(EXAMPLE[name])
    written = block("extending.md", f"{name} = ")
    declared = run(written, **vars(module))[name]
    (call,) = (node.value for node in ast.parse(written.text).body if isinstance(node, ast.Assign))
    assert isinstance(call, ast.Call)
    for keyword in call.keywords:
        field = str(keyword.arg)
        assert getattr(declared, field) == getattr(getattr(module, name), field), field


async def test_an_operation_is_one_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = GatewayConfig({"projects": {"shop": {}, "hotline": {}}})
    try:
        run(block("extending.md", "@operation"), operation=operation, Param=Param, Gateway=Gateway)
        assert (OPERATIONS["list_names"].verb, OPERATIONS["list_names"].path) == ("names list", "/v1/names")
        async with Gateway(paths=paths_below(tmp_path), config=config) as gateway:
            assert await operations.run(gateway, "list_names", {"limit": 2}) == {"names": ["default", "hotline"]}
    finally:
        OPERATIONS.pop("list_names", None)


@pytest.mark.process  # a client asks `uname`
async def test_a_livekit_agent_keeps_its_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "livekit.md").read_text("utf-8")
    for name, value in re.findall(r"^export (LIVEKIT_INFERENCE_\w+)=(\S+)", page, re.MULTILINE):
        monkeypatch.setenv(name, value.replace("…", "a secret of this test, long enough"))
    session: AgentSession[None] = run(block("livekit.md", "AgentSession"), AgentSession=AgentSession)["session"]
    parts = (session.stt, session.llm, session.tts)
    assert [type(part) for part in parts] == [inference.STT, inference.LLM, inference.TTS]
    assert [part.model for part in parts if part] == ["deepgram/nova-3", "openai/gpt-4o-mini", "cartesia/sonic-3"]
    assert {str(part._opts.base_url) for part in (session.stt, session.tts)} == {"http://127.0.0.1:7717/v1"}  # type: ignore[union-attr]


@pytest.mark.process  # a plugin asks `uname`
async def test_an_agent_with_plugins_of_its_own_is_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[Told] = []
    attached: list[Any] = []
    attach = voicegw_desktop.attach

    async def post(report: Told) -> int:
        reports.append(report)
        return 200

    monkeypatch.setattr(voicegw_desktop, "attach", lambda it, **more: attached.append(attach(it, post=post, **more)))
    for provider in ("DEEPGRAM", "OPENAI", "CARTESIA"):
        monkeypatch.setenv(f"{provider}_API_KEY", "no key")
    from tests.inference.test_attach import NOW, converse

    ctx = SimpleNamespace(room=SimpleNamespace(name="room-7"))
    written = block("conversations.md", "AgentSession")
    made = run(written, AgentSession=AgentSession, deepgram=deepgram, openai=openai, cartesia=cartesia, ctx=ctx)
    converse(made["session"], NOW - 20)
    await attached[0].aclose()
    assert {report["session"] for report in reports} == {"room-7"}


async def test_a_pipecat_task_is_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.inference.test_attach_pipecat import Task, modules

    modules(monkeypatch)
    given: list[object] = []

    def task(pipeline: object, params: object) -> Task:
        given.append(params)
        return Task()

    made = run(block("conversations.md", "PipelineTask"), PipelineTask=task, PipelineParams=dict, pipeline=None)
    assert given == [{"enable_metrics": True, "enable_usage_metrics": True}]
    assert len(made["task"].observers) == 1
