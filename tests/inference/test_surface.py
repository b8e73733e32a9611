"""inference.STT, LLM and TTS in front of the fakes: sessions, tools, interruption, fallback, keys, records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

import aiohttp
import yaml
from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectOptions, APIStatusError, function_tool, llm, stt, tts

from tests.conftest import ROOT
from tests.support.agent import Microphone, Speaker, speech
from tests.support.cloud import Cloud, surface
from voicegw_desktop import inference
from voicegw_desktop.core.errors import ConfigError, EgressDenied, ModelResolutionError

pytestmark = pytest.mark.socket

LIMIT = 120.0  # s, on a busy machine
ONCE = APIConnectOptions(max_retry=0, timeout=30.0)


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with surface(tmp_path, projects={"shop": {}, "lab": {}}) as made:
        yield made


async def records(sky: Cloud) -> list[dict[str, Any]]:
    await inference.aclose()
    await sky.gateway.start()
    rows: list[dict[str, Any]] = await sky.gateway.storage.get_recent_requests(limit=100)
    return rows


async def ask(model: llm.LLM, text: str = "Hello") -> str:
    context = llm.ChatContext()
    context.add_message(role="user", content=text)
    async with model.chat(chat_ctx=context, conn_options=ONCE) as stream:
        return "".join([(c.delta and c.delta.content) or "" async for c in stream])


async def test_they_are_livekits_own_kinds(sky: Cloud) -> None:
    made = inference.STT("deepgram/nova-3:en"), inference.LLM("openai/gpt-4o-mini"), inference.TTS("cartesia/sonic-3")
    for one, kind in zip(made, (stt.STT, llm.LLM, tts.TTS), strict=True):
        assert isinstance(one, kind)
    assert [m.model for m in made] == ["deepgram/nova-3", "openai/gpt-4o-mini", "cartesia/sonic-3"]
    assert [m.provider for m in made] == ["deepgram", "openai", "cartesia"]
    assert made[2].sample_rate == 24_000
    assert made[2].capabilities.streaming
    made[1].prewarm(loop=asyncio.get_running_loop())
    made[2].prewarm()
    await sky["openai"].until(lambda: sky["openai"].requests)
    for one in made:
        await one.aclose()


async def test_a_session_calls_tools_and_costs_are_recorded(sky: Cloud) -> None:
    called: list[str] = []

    class Clerk(Agent):
        def __init__(self) -> None:
            super().__init__(instructions="You sell shoes.")

        @function_tool
        async def stock(self, size: int) -> str:
            """How many shoes of a size there are."""
            called.append(str(size))
            return "three"

    inference.set_project("shop")
    for provider, name in (("openai", "openai/gpt-4o-mini"), ("anthropic", "anthropic/claude-haiku-4-5")):
        sky[provider].tool_calls.append(("stock", {"size": 42}))
        model = inference.LLM(name)
        async with AgentSession(llm=model) as session:
            await session.start(Clerk())
            result = await asyncio.wait_for(session.run(user_input="Is there a 42?"), LIMIT)
        kinds = [e.type for e in result.events]
        assert kinds == ["function_call", "function_call_output", "message"]
        await model.aclose()
    assert called == ["42", "42"]
    rows = [r for r in await records(sky) if r["modality"] == "llm"]
    assert len(rows) == 4
    assert {r["project"] for r in rows} == {"shop"}
    assert {r["model_id"] for r in rows} == {"openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"}
    assert all(r["cost_usd"] and r["cost_usd"] > 0 for r in rows)
    assert all(r["input_units"] == 12 for r in rows)


async def test_an_interruption_stops_the_voice_at_the_provider(sky: Cloud) -> None:
    sky["openai"].reply = "This is a long answer that nobody wants to hear to its end. " * 5
    # the stream would not end by itself
    sky["cartesia"].fault("stall_mid_stream", after=25, path="/tts/")
    voice = inference.TTS("cartesia/sonic-3")
    session = AgentSession(llm=inference.LLM("openai/gpt-4o-mini"), tts=voice, stt=inference.STT("cartesia/ink-2"))
    speaker = Speaker(paced=True)
    session.input.audio, session.output.audio = Microphone(), speaker
    await session.start(Agent(instructions="Talk."))
    session.generate_reply(user_input="Talk to me.")
    async with asyncio.timeout(LIMIT):
        await speaker.started.wait()
        await session.interrupt()
        await sky["cartesia"].until(lambda: sky["cartesia"].hangups, LIMIT)
    assert speaker.interrupted == 1
    await session.aclose()
    for part in (session.stt, session.llm, voice):
        await part.aclose()


async def test_a_spoken_turn_through_cloud_plugins(sky: Cloud) -> None:
    session = AgentSession(
        stt=inference.STT("deepgram/nova-3", language="en"),
        llm=inference.LLM("groq/llama-3.3-70b-versatile"),
        tts=inference.TTS("elevenlabs/eleven_turbo_v2_5", voice="fake-voice"),
        turn_detection="stt",
    )
    microphone, speaker = Microphone(), Speaker()
    session.input.audio, session.output.audio = microphone, speaker
    await session.start(Agent(instructions="Talk."))
    microphone.say(speech(ROOT / "tests" / "data" / "jfk.wav", 1.5))
    async with asyncio.timeout(LIMIT):
        await speaker.ended.wait()
    await session.aclose()
    for part in (session.stt, session.llm, session.tts):
        await part.aclose()
    rows = await records(sky)
    by = {r["modality"]: r for r in rows}
    assert set(by) == {"stt", "llm", "tts"}
    # one record for one stream, however often usage was told
    assert len([r for r in rows if r["modality"] == "stt"]) == 1
    assert by["tts"]["input_units"] == len(sky["groq"].reply)


@pytest.mark.parametrize("name", ["deepgram/aura-2-andromeda-en", "cartesia/sonic-3", "openai/gpt-4o-mini-tts"])
async def test_one_shot_speech_is_one_record(sky: Cloud, name: str) -> None:
    async with aiohttp.ClientSession() as http:
        voice = inference.TTS(name, http_session=http)
        async for _ in voice.synthesize("Good morning."):
            pass
        await voice.aclose()
    (row,) = await records(sky)
    assert row["input_units"] == len("Good morning.")
    assert row["model_id"] == name


async def test_plugins_that_count_too_much_are_not_believed(sky: Cloud) -> None:
    # shorter than any connection lives: the plugin tells the rest of that life as audio, too
    pcm = speech(ROOT / "tests" / "data" / "jfk.wav", 1.2)[-640:]
    ears = inference.STT("deepgram/nova-3:en")
    async with ears.stream(conn_options=ONCE) as stream:
        stream.push_frame(rtc.AudioFrame(pcm, 16_000, 1, len(pcm) // 2))
        stream.end_input()
        async for event in stream:
            if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                break
    await ears.aclose()
    brain = inference.LLM("anthropic/claude-haiku-4-5")
    said = await ask(brain)
    await brain.aclose()
    rows = {row["modality"]: row for row in await records(sky)}
    assert rows["stt"]["input_units"] * 60 == pytest.approx(len(pcm) / 2 / 16_000)
    assert rows["stt"]["cost_usd"] == pytest.approx(0.02 / 60 * 0.0048, rel=1e-3)
    assert rows["llm"]["output_units"] == len(said.split())


async def test_a_stream_only_provider_transcribes_recordings(sky: Cloud) -> None:
    pcm = speech(ROOT / "tests" / "data" / "jfk.wav", 1.5)
    for name in ("cartesia/ink-2", "assemblyai/universal-streaming"):
        ears = inference.STT(name)
        assert ears.capabilities.offline_recognize
        event = await ears.recognize([rtc.AudioFrame(pcm, 16_000, 1, len(pcm) // 2)], conn_options=ONCE)
        assert event.alternatives[0].text == "hello from the fake"
        await ears.aclose()


async def test_each_project_has_its_own_key(sky: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "voicegw.yaml"
    config = yaml.safe_load(path.read_text())
    config["providers"]["openai"]["api_key"] = "wrong"
    config["projects"]["lab"] = {"providers": {"openai": {"api_key": "fake-key"}}}
    path.write_text(yaml.safe_dump(config))
    await sky.gateway.refresh_config()
    model = inference.LLM("openai/gpt-4o-mini")
    with pytest.raises(APIStatusError):
        await ask(model)
    inference.set_project("lab")
    assert await ask(model)
    await model.aclose()


async def test_fallbacks_take_over_and_are_recorded(sky: Cloud) -> None:
    sky["openai"].fault("500")
    model = inference.LLM("openai/gpt-4o-mini", fallback=["groq/llama-3.3-70b-versatile"])
    assert await ask(model) == sky["groq"].reply
    adapter = llm.FallbackAdapter([inference.LLM("openai/gpt-4o-mini"), inference.LLM("anthropic/claude-haiku-4-5")])
    assert await ask(adapter) == sky["anthropic"].reply
    for one in (model, *adapter._llm_instances):
        await one.aclose()
    good = [r for r in await records(sky) if r["status"] == "success"]
    assert {r["model_id"] for r in good} == {"groq/llama-3.3-70b-versatile", "anthropic/claude-haiku-4-5"}


async def test_a_budget_that_is_spent_refuses(sky: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "voicegw.yaml"
    config = yaml.safe_load(path.read_text())
    config["projects"]["shop"] = {"daily_budget": 0, "budget_action": "block"}
    path.write_text(yaml.safe_dump(config))
    await sky.gateway.refresh_config()
    await sky.gateway.start()
    inference.set_project("shop")
    model = inference.LLM("openai/gpt-4o-mini")
    with pytest.raises(APIStatusError) as caught:
        await ask(model)
    assert not caught.value.retryable
    assert not sky["openai"].requests
    await model.aclose()
    voice, ear = inference.TTS("openai/tts-1"), inference.STT("deepgram/nova-3")
    for refused in (lambda: voice.synthesize("Hello."), voice.stream, ear.stream):
        with pytest.raises(APIStatusError) as caught:
            refused()
        assert caught.value.status_code == 429
    await voice.aclose()
    await ear.aclose()


async def test_eight_calls_at_once_cannot_pass_a_cap_of_one(sky: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "voicegw.yaml"
    written = yaml.safe_load(path.read_text())
    written["projects"]["shop"] = {"daily_budget": 0.0004, "budget_action": "block"}
    path.write_text(yaml.safe_dump(written))
    await sky.gateway.start()
    await sky.gateway.refresh_config()
    inference.set_project("shop")
    model = inference.LLM("openai/gpt-4o-mini")
    said = await asyncio.gather(*(ask(model) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in said) == 1
    refused = [one for one in said if isinstance(one, BaseException)]
    assert all(isinstance(one, APIStatusError) and one.status_code == 429 for one in refused)
    # what was set aside came back with the record
    assert sky.gateway.budget_enforcer is not None
    assert sky.gateway.budget_enforcer.get_budget_status("shop").reserved_nanos == 0
    assert await ask(model)
    await model.aclose()


async def test_options_change_for_what_comes_next(sky: Cloud) -> None:
    model = inference.LLM("openai/gpt-4o-mini", extra_kwargs={"temperature": 0.1})
    await ask(model)
    model.update_options(model="groq/llama-3.3-70b-versatile", extra_kwargs={"temperature": 0.9})
    await ask(model)
    assert sky["openai"].requests[-1].body["temperature"] == 0.1
    assert sky["groq"].requests[-1].body["temperature"] == 0.9
    assert model.model == "groq/llama-3.3-70b-versatile"
    await model.aclose()


async def test_what_is_not_honoured_is_said(sky: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "voicegw_desktop"):
        inference.LLM("openai/gpt-4o-mini", api_secret="x" * 32, inference_class="priority", provider="azure")
        inference.STT("deepgram/nova-3", encoding="opus", extra_kwargs={"punctuat": True})
    text = caplog.text
    for word in ("api_secret", "inference_class", "provider", "encoding", "punctuat", 'Did you mean "punctuate"'):
        assert word in text
    assert "x" * 32 not in text


async def test_offline_mode_and_wrong_names_refuse_at_once(sky: Cloud, tmp_path: Path) -> None:
    with pytest.raises(ModelResolutionError, match="deepgram"):
        inference.STT("deepgran/nova-3")
    path = tmp_path / "voicegw.yaml"
    config = yaml.safe_load(path.read_text())
    config["routing"] = {"offline": True}
    config["providers"]["elevenlabs"]["zone"] = "cloud"
    path.write_text(yaml.safe_dump(config))
    await sky.gateway.start()
    await sky.gateway.refresh_config()
    with pytest.raises((EgressDenied, ModelResolutionError)):
        inference.TTS("elevenlabs/eleven_turbo_v2_5", voice="v")


async def test_a_missing_key_is_told_when_the_object_is_made(
    sky: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    (tmp_path / "voicegw.yaml").write_text("providers: {groq: {base_url: 'https://api.groq.example/v1'}}\n")
    await sky.gateway.refresh_config()
    with pytest.raises((ConfigError, ModelResolutionError)) as caught:
        inference.LLM("groq/llama-3.3-70b-versatile")
    assert "key" in str(caught.value)
    assert "groq" in str(caught.value)
