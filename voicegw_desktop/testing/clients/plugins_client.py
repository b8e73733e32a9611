"""LiveKit's OpenAI, Deepgram and ElevenLabs plugins with a base_url; `PLUGIN` in the environment names the one."""

from __future__ import annotations

import contextlib
import importlib
import os
from typing import Any

# a neighbour in this folder, which is no package where these scripts run
_agents = importlib.import_module("agents_client")
frames = _agents.frames

PLUGIN = os.environ.get("PLUGIN", "openai")
PACKAGES = (f"livekit-plugins-{PLUGIN}", "livekit-agents")


async def _heard(where: Any, client: Any, *, flush: bool = False) -> str:
    from livekit.agents import stt

    stream = client.stream()
    for frame in frames(where):
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
    return str(where.is_heard(text))


async def _recognised(where: Any, client: Any) -> str:
    event = await client.recognize(frames(where))
    await client.aclose()
    return str(where.is_heard(event.alternatives[0].text))


async def _streamed(where: Any, client: Any) -> str:
    stream = client.stream()
    for word in where.sentence.split():
        stream.push_text(word + " ")
    stream.end_input()
    seconds = 0.0
    async for audio in stream:
        seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await stream.aclose()
    await client.aclose()
    return str(where.is_speech(seconds))


async def _whole(where: Any, client: Any) -> str:
    seconds = 0.0
    async with client.synthesize(where.sentence) as stream:
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await client.aclose()
    return str(where.is_speech(seconds))


def _check(function: Any, make: Any, **options: Any) -> Any:
    async def run(where: Any) -> str:
        async with _agents.http():
            return str(await function(where, make(where), **options))

    return run


def _deepgram(kind: str) -> Any:
    def make(where: Any) -> Any:
        from livekit.plugins import deepgram

        if kind in ("STTv2", "TTSv2"):
            if not hasattr(deepgram, kind):
                raise NotImplementedError(f"this version has no {kind}")
            path = "listen" if kind == "STTv2" else "speak"
            # at first the class took the socket's own scheme only
            scheme = where.url.replace("http", "ws", 1) if kind == "STTv2" else where.url
            return getattr(deepgram, kind)(api_key=where.key, base_url=f"{scheme}/v2/{path}")
        if kind == "listen":
            return deepgram.STT(model="nova-3", api_key=where.key, base_url=f"{where.v1}/listen")
        return deepgram.TTS(api_key=where.key, base_url=f"{where.v1}/speak")

    return make


def _elevenlabs(kind: str) -> Any:
    def make(where: Any) -> Any:
        from livekit.plugins import elevenlabs

        if kind == "speak":
            return elevenlabs.TTS(voice_id="Xb7hH8MSUJpSbSDYk0k2", api_key=where.key, base_url=where.v1)
        if not hasattr(elevenlabs, "STT"):
            raise NotImplementedError("this version has no STT")
        make_stt: Any = elevenlabs.STT
        # the parameter's name changed with the versions; at first there was no choice
        for choice in ({"model": kind}, {"model_id": kind}, {}):
            with contextlib.suppress(TypeError):
                client = make_stt(**choice, api_key=where.key, base_url=where.v1)
                if "realtime" in kind and not client.capabilities.streaming:
                    raise NotImplementedError("this version transcribes recordings only")
                return client
        raise AssertionError("elevenlabs.STT takes neither model nor model_id")

    return make


def _openai(kind: str) -> Any:
    def make(where: Any) -> Any:
        from livekit.plugins import openai

        if kind == "chat":
            asked = {"model": "gpt-4o-mini", "api_key": where.key, "base_url": where.v1}
            try:
                return openai.LLM(**asked, max_completion_tokens=16)
            except TypeError:
                # the first versions know no limit
                return openai.LLM(**asked)
        if "tts" in kind:
            return openai.TTS(model=kind, api_key=where.key, base_url=where.v1)
        return openai.STT(model=kind, api_key=where.key, base_url=where.v1, use_realtime=False)

    return make


async def _chat(where: Any, client: Any) -> str:
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
        ("STT stream", _check(_heard, _deepgram("listen"))),
        ("STT of a recording", _check(_recognised, _deepgram("listen"))),
        ("STTv2 stream (Flux)", _check(_heard, _deepgram("STTv2"))),
        ("TTS stream", _check(_streamed, _deepgram("speak"))),
        ("TTS in one request", _check(_whole, _deepgram("speak"))),
        ("TTSv2 stream (Flux)", _check(_streamed, _deepgram("TTSv2"))),
        ("TTSv2 in one request (Flux)", _check(_whole, _deepgram("TTSv2"))),
    ),
    "elevenlabs": (
        ("STT stream (scribe_v2_realtime)", _check(_heard, _elevenlabs("scribe_v2_realtime"), flush=True)),
        ("STT of a recording", _check(_recognised, _elevenlabs("scribe_v1"))),
        ("TTS stream", _check(_streamed, _elevenlabs("speak"))),
        ("TTS in one request", _check(_whole, _elevenlabs("speak"))),
    ),
    "openai": (
        ("LLM stream", _check(_chat, _openai("chat"))),
        ("STT of a recording (whisper-1)", _check(_recognised, _openai("whisper-1"))),
        ("STT of a recording (gpt-4o-mini-transcribe)", _check(_recognised, _openai("gpt-4o-mini-transcribe"))),
        ("TTS (gpt-4o-mini-tts)", _check(_whole, _openai("gpt-4o-mini-tts"))),
        ("TTS (tts-1)", _check(_whole, _openai("tts-1"))),
    ),
}
CHECKS = _ALL[PLUGIN]
