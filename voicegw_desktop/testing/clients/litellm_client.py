"""LiteLLM's SDK over OpenAI's doors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("litellm", "openai")
IMPORTS = ("litellm",)
MODEL = "openai/gpt-4o-mini"
HI = [{"role": "user", "content": "Say hello."}]


async def chat(where: Where) -> str:
    import litellm

    answer = await litellm.acompletion(model=MODEL, messages=HI, max_tokens=12, api_base=where.v1, api_key=where.key)
    said = answer.choices[0].message.content
    assert said, answer
    return f"{len(said)} characters"


async def stream(where: Where) -> str:
    import litellm

    answer = await litellm.acompletion(
        model=MODEL, messages=HI, max_tokens=12, api_base=where.v1, api_key=where.key, stream=True
    )
    text = "".join([piece.choices[0].delta.content or "" async for piece in answer])
    assert text.strip(), "no text"
    return f"{len(text)} characters"


async def responses(where: Where) -> str:
    import litellm

    answer = await litellm.aresponses(
        model=MODEL, input="Say hello.", max_output_tokens=16, api_base=where.v1, api_key=where.key
    )
    assert answer.output, answer
    return f"{len(answer.output)} items"


async def transcription(where: Where) -> str:
    import litellm

    sound = await asyncio.to_thread(open, where.clip, "rb")
    with sound:
        answer = await litellm.atranscription(
            model="openai/whisper-1", file=sound, api_base=where.v1, api_key=where.key
        )
    return where.is_heard(answer.text)


async def speech(where: Where) -> str:
    import litellm

    answer = await litellm.aspeech(
        model="openai/tts-1",
        voice="alloy",
        input=where.sentence,
        response_format="pcm",
        api_base=where.v1,
        api_key=where.key,
    )
    return where.is_speech(len(answer.content) / 2 / 24_000)


CHECKS = (
    ("chat", chat),
    ("chat stream", stream),
    ("responses", responses),
    ("transcription", transcription),
    ("speech", speech),
)
