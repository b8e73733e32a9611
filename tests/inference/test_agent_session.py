"""A LiveKit AgentSession on this package's STT, LLM and TTS with local engines; no room, no network, no app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import Agent, AgentSession, utils

import voicegw_desktop
from tests.support.agent import Microphone, Speaker, speech
from voicegw_desktop import inference
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.observed import Observed
from voicegw_desktop.inference._told import Told

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


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Gateway]:
    """Another gateway, which the agent does not speak through and is attached to."""
    folder = tmp_path / "office"
    folder.mkdir()
    async with Gateway(paths=paths_below(folder), config=GatewayConfig({})) as made:
        yield made


async def test_a_spoken_turn_completes_and_is_recorded(gateway: Gateway, office: Gateway, speech_dir: Path) -> None:
    observed = Observed(office)

    async def post(report: Told) -> int:
        observed.take(Caller("default", "attached"), report)
        return 200

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
    attached = voicegw_desktop.attach(session, name="seen-call", post=post)
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
    await attached.aclose()
    assert attached.dropped == 0
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

    seen = await office.storage.get_recent_requests(limit=20, session_id="seen-call")
    assert {r["modality"] for r in seen} == {"stt", "llm", "tts"}
    assert {r["model_id"] for r in seen} == {r["model_id"] for r in rows}
    assert {r["wire"] for r in seen} == {"attached"}
    # what the session told of its use is what its own gateway measured; what runs here is known to cost nothing
    for modality in ("llm", "tts"):
        told_of, used = (
            {r["input_units"] for r in each if r["modality"] == modality and r["status"] == "success"}
            for each in (seen, rows)
        )
        assert told_of, seen
        assert told_of <= used
    assert {r["cost_nanos"] for r in seen} == {0}
    turn, *_ = [t for t in await office.storage.get_turns(session_id="seen-call") if t.llm and t.tts]
    assert (turn.stt, turn.llm, turn.tts) == (
        "whisper/tiny.en", "llamacpp/smollm2-135m", "piper/en_US-joe-medium",
    )  # fmt: skip
    # the endpoint has no place among them: the session asks the model before the person's end is decided
    assert turn.endpoint_ms is not None
    assert turn.first_token_ms is not None
    assert turn.first_audio_ms is not None
    assert turn.first_token_ms <= turn.first_audio_ms
    assert {"llm", "tts"} <= {r["modality"] for r in seen if r["id"] in turn.requests}
