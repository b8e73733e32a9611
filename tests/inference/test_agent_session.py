"""A LiveKit AgentSession on this package's STT, LLM and TTS with local engines; no room, no network, no app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import Agent, AgentSession, utils

from tests.support.agent import Microphone, Speaker, speech
from voicegw_desktop import inference
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.gateway.gateway import Gateway

pytestmark = pytest.mark.real_engine

TURN_LIMIT = 150.0  # s, on a busy machine


@pytest.fixture
async def gateway(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_MODELS_DIR", str(models_dir))
    path = tmp_path / "voicegw.yaml"
    path.write_text("projects: {shop: {daily_budget: 1}}\nengines: {cores: 2}\n")
    made = Gateway(path, paths=paths_below(tmp_path))
    set_gateway(made)
    try:
        yield made
    finally:
        await inference.aclose()
        await made.aclose()
        set_gateway(None)


async def test_a_spoken_turn_completes_and_is_recorded(gateway: Gateway, speech_dir: Path) -> None:
    inference.set_project("shop")
    heard: list[str] = []
    told = asyncio.Event()
    spoke = asyncio.Event()
    session = AgentSession(
        stt=inference.STT("whisper/tiny.en"),
        llm=inference.LLM("llamacpp/smollm2-135m", extra_kwargs={"max_tokens": 12, "temperature": 0}),
        tts=inference.TTS("piper/en_US-joe-medium"),
        turn_detection="vad",
    )
    microphone, speaker = Microphone(), Speaker()
    session.input.audio, session.output.audio = microphone, speaker

    @session.on("user_input_transcribed")
    def transcribed(event: object) -> None:
        if event.is_final:
            heard.append(event.transcript)
            told.set()

    @session.on("conversation_item_added")
    def added(event: object) -> None:
        if getattr(event.item, "role", "") == "assistant":
            spoke.set()

    with inference.start_session("call-1"):
        async with utils.http_context.open():
            await session.start(Agent(instructions="You are helpful. Answer in five words."))
            microphone.say(speech(speech_dir / "jfk.wav", 3.0))
            async with asyncio.timeout(TURN_LIMIT):
                await told.wait()
                await spoke.wait()
            usage = {u.type: u for u in session.usage.model_usage}
            await session.aclose()
    assert "fellow" in " ".join(heard).lower()
    assert speaker.heard_s > 0.3
    assert {"llm_usage", "stt_usage", "tts_usage"} <= set(usage)
    for part in (session.stt, session.llm, session.tts):
        await part.aclose()
    await inference.aclose()
    await gateway.start()
    rows = await gateway.storage.get_recent_requests(limit=20)
    assert {r["modality"] for r in rows} == {"stt", "llm", "tts"}
    assert {r["project"] for r in rows} == {"shop"}
    assert {r["session_id"] for r in rows} == {"call-1"}
    assert {r["model_id"] for r in rows} == {"whisper/tiny.en", "llamacpp/smollm2-135m", "piper/en_US-joe-medium"}
    assert all(r["cost_usd"] == 0 for r in rows)
