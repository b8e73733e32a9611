"""An agent as VoiceGateway's users write it runs with only its import changed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from tests.support.cloud import cloud

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300)]

LIMIT = 200.0  # s for a process that imports LiveKit, on a busy machine
AGENT = """
import asyncio

from livekit.agents import Agent, AgentSession, utils
from voicegateway import inference


async def main():
    inference.set_project("shop")
    async with utils.http_context.open():
        with inference.start_session("call-7"):
            session = AgentSession(
                stt=inference.STT("deepgram/nova-3", language="en"),
                llm=inference.LLM("openai/gpt-4o-mini"),
                tts=inference.TTS("cartesia/sonic-3", voice="a-voice"),
            )
            async with session:
                await session.start(Agent(instructions="Be brief."))
                result = await session.run(user_input="Hello")
                print(result.events[-1].item.text_content)
        gateway = inference._factory.get_gateway()
        print(inference.get_active_project(), sorted(gateway.costs("today", project="shop"))[:1])


asyncio.run(main())
"""


async def test_only_the_import_changes(tmp_path: Path) -> None:
    source = AGENT.replace("from voicegateway import", "from voicegw_desktop import")
    async with cloud(tmp_path, more={"projects": {"shop": {"name": "Shop"}}}) as sky:
        env = {**os.environ, "VOICEGW_HOME": str(tmp_path), "VOICEGW_CONFIG": str(tmp_path / "voicegw.yaml")}
        agent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", source, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(LIMIT):
            out, err = await agent.communicate()
        assert agent.returncode == 0, err.decode()[-2000:]
        said, paid = out.decode().splitlines()
        assert said == sky["openai"].reply
        assert paid.startswith("shop [")
        (asked,) = [r for r in sky["openai"].requests if r.path.endswith("/chat/completions")]
        assert asked.body["messages"][-1]["content"] == "Hello"
        async with sky.gateway as gateway:
            rows = await gateway.storage.get_recent_requests(limit=10)
        (row,) = [r for r in rows if r["modality"] == "llm"]
        assert (row["project"], row["session_id"], row["status"]) == ("shop", "call-7", "success")
        assert row["cost_nanos"] > 0
