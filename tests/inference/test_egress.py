"""What an agent's own calls send away is in the egress log, as what goes through the socket is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, llm

from tests.conftest import ROOT
from tests.support.agent import speech
from tests.support.cloud import Cloud, surface
from tests.support.redirects import Redirecting
from voicegw_desktop import inference
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.socket

ONCE = APIConnectOptions(max_retry=0, timeout=30.0)
RATE = 16_000
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 1.5) + bytes(RATE)
TEXT = "Grüß dich."


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with surface(tmp_path, projects={"shop": {}}) as made:
        yield made


async def left(sky: Cloud) -> list[dict[str, Any]]:
    await inference.aclose()
    await sky.gateway.start()
    found: list[dict[str, Any]] = (await run(sky.gateway, "egress", {}))["egress"]
    return found


async def ask(name: str) -> None:
    model = inference.LLM(name)
    context = llm.ChatContext()
    context.add_message(role="user", content="Hello")
    try:
        async with model.chat(chat_ctx=context, conn_options=ONCE) as stream:
            async for _ in stream:
                pass
    finally:
        await model.aclose()


async def hear(name: str) -> None:
    ears = inference.STT(name)
    try:
        await ears.recognize([rtc.AudioFrame(VOICE, RATE, 1, len(VOICE) // 2)], conn_options=ONCE)
    finally:
        await ears.aclose()


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "groq/llama-3.3-70b-versatile", "anthropic/claude-haiku-4-5"])
async def test_a_chat_to_the_byte(sky: Cloud, name: str) -> None:
    inference.set_project("shop")
    await ask(name)
    (entry,) = await left(sky)
    provider = name.partition("/")[0]
    sent = [r for r in sky[provider].requests if r.method == "POST"]
    assert entry["sent_bytes"] == sum(int(r.headers["content-length"]) for r in sent) > 0
    assert (entry["target"], entry["host"], entry["zone"]) == (name, f"127.0.0.1:{sky[provider].port}", "cloud")
    assert (entry["project"], entry["modality"], entry["finished"]) == ("shop", "llm", True)


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "deepgram/nova-3"])
async def test_a_redirect_that_was_refused(tmp_path: Path, name: str) -> None:
    first, other = Redirecting(), Redirecting()
    runners = [await server.start() for server in (first, other)]
    first.to = f"http://localhost:{other.port}"
    address = {"api_key": "k", "base_url": f"http://127.0.0.1:{first.port}/v1", "zone": "cloud"}
    async with surface(tmp_path, providers={name.partition("/")[0]: address}) as sky:
        await sky.gateway.start()
        with pytest.raises(APIError):
            await (hear if name.startswith("deepgram") else ask)(name)
        entries = await left(sky)
    assert [e["host"] for e in entries if e["refused"]] == [f"localhost:{other.port}"]
    assert other.came == []
    for runner in runners:
        await runner.cleanup()


async def test_what_reached_nobody_has_not_left(sky: Cloud) -> None:
    await sky["openai"].__aexit__()
    with pytest.raises(APIConnectionError):
        await ask("openai/gpt-4o-mini")
    assert await left(sky) == []


@pytest.mark.parametrize("name", ["deepgram/nova-3", "openai/whisper-1"])
async def test_a_recording_and_a_stream(sky: Cloud, name: str) -> None:
    ears = inference.STT(name)
    frame = rtc.AudioFrame(VOICE, RATE, 1, len(VOICE) // 2)
    await ears.recognize([frame], conn_options=ONCE)
    if ears.capabilities.streaming:
        async with ears.stream(conn_options=ONCE) as stream:
            stream.push_frame(frame)
            stream.end_input()
            async for _ in stream:
                pass
    await ears.aclose()
    entries = await left(sky)
    assert len(entries) == 1 + ears.capabilities.streaming
    for entry in entries:
        assert (entry["target"], entry["sent_bytes"]) == (name, len(VOICE))
        assert entry["sent_s"] == pytest.approx(len(VOICE) / 2 / RATE, abs=0.05)


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini-tts", "cartesia/sonic-3"])
async def test_words_to_be_spoken(sky: Cloud, name: str) -> None:
    voice = inference.TTS(name)
    async for _ in voice.synthesize(TEXT, conn_options=ONCE):
        pass
    if voice.capabilities.streaming:
        async with voice.stream(conn_options=ONCE) as stream:
            stream.push_text(TEXT)
            stream.end_input()
            async for _ in stream:
                pass
    await voice.aclose()
    entries = await left(sky)
    assert len(entries) == 1 + voice.capabilities.streaming
    assert [(e["modality"], e["sent_bytes"]) for e in entries] == [("tts", len(TEXT.encode()))] * len(entries)
