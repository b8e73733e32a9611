"""LiveKit's OpenAI, Deepgram and ElevenLabs plugins with a base_url; `PLUGIN` in the environment names the one."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts

    from voicegw_desktop.testing.clients import agents_client as agents
    from voicegw_desktop.testing.clients.__main__ import Check, Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    agents = importlib.import_module("agents_client")

C = TypeVar("C")
PLUGIN = os.environ.get("PLUGIN", "openai")
PACKAGES = (f"livekit-plugins-{PLUGIN}", "livekit-agents")


async def _heard(where: Where, client: stt.STT[str], *, flush: bool = False) -> str:
    from livekit.agents import stt

    stream = client.stream()
    for frame in agents.frames(where):
        stream.push_frame(frame)
    if flush:
        stream.flush()
    else:
        stream.end_input()
    text = ""
    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            text += " " + event.alternatives[0].text
            # this client would go on listening until it is closed
            if flush and len(text.split()) >= 0.9 * len(where.words.split()):
                break
    await stream.aclose()
    await client.aclose()
    return where.is_heard(text)


async def _recognised(where: Where, client: stt.STT[str]) -> str:
    event = await client.recognize(agents.frames(where))
    await client.aclose()
    return where.is_heard(event.alternatives[0].text)


async def _streamed(where: Where, client: tts.TTS[str]) -> str:
    stream = client.stream()
    for word in where.sentence.split():
        stream.push_text(word + " ")
    stream.end_input()
    seconds = 0.0
    async for audio in stream:
        seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await stream.aclose()
    await client.aclose()
    return where.is_speech(seconds)


async def _whole(where: Where, client: tts.TTS[str]) -> str:
    seconds = 0.0
    async with client.synthesize(where.sentence) as stream:
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await client.aclose()
    return where.is_speech(seconds)


def _check(function: Callable[[Where, C], Awaitable[str]], make: Callable[[Where], C]) -> Check:
    async def run(where: Where) -> str:
        async with agents.http():
            return await function(where, make(where))

    return run


def _deepgram_stt(where: Where) -> stt.STT[str]:
    from livekit.plugins import deepgram

    return deepgram.STT(model="nova-3", api_key=where.key, base_url=f"{where.v1}/listen")


def _deepgram_tts(where: Where) -> tts.TTS[str]:
    from livekit.plugins import deepgram

    return deepgram.TTS(api_key=where.key, base_url=f"{where.v1}/speak")


def _flux_stt(where: Where) -> stt.STT[str]:
    from livekit.plugins import deepgram

    if not hasattr(deepgram, "STTv2"):
        raise NotImplementedError("this version has no STTv2")
    # at first the class took the socket's own scheme only
    return deepgram.STTv2(api_key=where.key, base_url=f"{where.url.replace('http', 'ws', 1)}/v2/listen")


def _flux_tts(where: Where) -> tts.TTS[str]:
    from livekit.plugins import deepgram

    if not hasattr(deepgram, "TTSv2"):
        raise NotImplementedError("this version has no TTSv2")
    return deepgram.TTSv2(api_key=where.key, base_url=f"{where.url}/v2/speak")


def _elevenlabs_stt(model: str) -> Callable[[Where], stt.STT[str]]:
    def make(where: Where) -> stt.STT[str]:
        from livekit.plugins import elevenlabs

        if not hasattr(elevenlabs, "STT"):
            raise NotImplementedError("this version has no STT")
        any_version: Callable[..., stt.STT[str]] = elevenlabs.STT
        # the parameter's name changed with the versions; at first there was no choice
        for choice in ({"model": model}, {"model_id": model}, {}):
            with contextlib.suppress(TypeError):
                client = any_version(**choice, api_key=where.key, base_url=where.v1)
                if "realtime" in model and not client.capabilities.streaming:
                    raise NotImplementedError("this version transcribes recordings only")
                return client
        raise AssertionError("elevenlabs.STT takes neither model nor model_id")

    return make


def _elevenlabs_tts(where: Where) -> tts.TTS[str]:
    from livekit.plugins import elevenlabs

    return elevenlabs.TTS(voice_id="Xb7hH8MSUJpSbSDYk0k2", api_key=where.key, base_url=where.v1)


def _openai_llm(where: Where) -> llm.LLM[str]:
    from livekit.plugins import openai

    try:
        return openai.LLM(model="gpt-4o-mini", api_key=where.key, base_url=where.v1, max_completion_tokens=16)
    except TypeError:
        # the first versions know no limit
        return openai.LLM(model="gpt-4o-mini", api_key=where.key, base_url=where.v1)


def _openai_stt(model: str) -> Callable[[Where], stt.STT[str]]:
    def make(where: Where) -> stt.STT[str]:
        from livekit.plugins import openai

        return openai.STT(model=model, api_key=where.key, base_url=where.v1, use_realtime=False)

    return make


def _openai_tts(model: str) -> Callable[[Where], tts.TTS[str]]:
    def make(where: Where) -> tts.TTS[str]:
        from livekit.plugins import openai

        return openai.TTS(model=model, api_key=where.key, base_url=where.v1)

    return make


async def _chat(where: Where, client: llm.LLM[str]) -> str:
    from livekit.agents import llm

    context = llm.ChatContext.empty()
    context.add_message(role="user", content="Say hello.")
    async with client.chat(chat_ctx=context) as stream:
        text = "".join([(chunk.delta.content or "") async for chunk in stream if chunk.delta])
    await client.aclose()
    assert text.strip(), "no text"
    return f"{len(text)} characters"


_ALL = {
    "deepgram": (
        ("STT stream", _check(_heard, _deepgram_stt)),
        ("STT of a recording", _check(_recognised, _deepgram_stt)),
        ("STTv2 stream (Flux)", _check(_heard, _flux_stt)),
        ("TTS stream", _check(_streamed, _deepgram_tts)),
        ("TTS in one request", _check(_whole, _deepgram_tts)),
        ("TTSv2 stream (Flux)", _check(_streamed, _flux_tts)),
        ("TTSv2 in one request (Flux)", _check(_whole, _flux_tts)),
    ),
    "elevenlabs": (
        ("STT stream (scribe_v2_realtime)", _check(partial(_heard, flush=True), _elevenlabs_stt("scribe_v2_realtime"))),
        ("STT of a recording", _check(_recognised, _elevenlabs_stt("scribe_v1"))),
        ("TTS stream", _check(_streamed, _elevenlabs_tts)),
        ("TTS in one request", _check(_whole, _elevenlabs_tts)),
    ),
    "openai": (
        ("LLM stream", _check(_chat, _openai_llm)),
        ("STT of a recording (whisper-1)", _check(_recognised, _openai_stt("whisper-1"))),
        ("STT of a recording (gpt-4o-mini-transcribe)", _check(_recognised, _openai_stt("gpt-4o-mini-transcribe"))),
        ("TTS (gpt-4o-mini-tts)", _check(_whole, _openai_tts("gpt-4o-mini-tts"))),
        ("TTS (tts-1)", _check(_whole, _openai_tts("tts-1"))),
    ),
}
CHECKS = _ALL[PLUGIN]
