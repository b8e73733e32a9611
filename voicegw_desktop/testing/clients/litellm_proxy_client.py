"""LiteLLM's proxy in front of the gateway, asked by the openai package."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from voicegw_desktop.testing.clients import beside
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    beside = importlib.import_module("beside")

PACKAGES = ("litellm", "openai")
MODELS = ("gpt-4o-mini", "whisper-1", "tts-1")
START = 120.0  # s; it imports for long on a busy machine
_RUNNING: list[beside.Program] = []
_MASTER = f"sk-{secrets.token_hex(12)}"


async def prepare(where: Where) -> None:
    """Start the proxy, which knows the gateway as three models of OpenAI."""
    program = Path(sys.executable).with_name("litellm")
    if importlib.util.find_spec("orjson") is None or not program.exists():
        raise NotImplementedError("this environment has LiteLLM without its proxy")
    proxy = beside.Program()
    _RUNNING.append(proxy)
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": where.v1, "api_key": where.key},
        }
        for name in MODELS
    ]
    # JSON is YAML, too
    told = {"model_list": models, "general_settings": {"master_key": _MASTER}}
    config = proxy.private("config.yaml", json.dumps(told))
    command = [str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(proxy.port)]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    async with asyncio.timeout(START):
        await proxy.start(command, env, "/health/liveliness")


async def close() -> None:
    for proxy in _RUNNING:
        await proxy.close()


def _client() -> AsyncOpenAI:
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=_MASTER, base_url=f"{_RUNNING[0].url}/v1", max_retries=0)


async def chat(where: Where) -> str:
    async with _client() as client:
        answer = await client.chat.completions.create(
            model="gpt-4o-mini", max_tokens=12, messages=[{"role": "user", "content": "Say hello."}]
        )
    assert answer.usage is not None, answer
    return f"{answer.usage.completion_tokens} tokens"


async def stream(where: Where) -> str:
    async with _client() as client:
        pieces = await client.chat.completions.create(
            model="gpt-4o-mini", max_tokens=12, stream=True, messages=[{"role": "user", "content": "Say hello."}]
        )
        text = "".join([piece.choices[0].delta.content or "" async for piece in pieces if piece.choices])
    assert text.strip(), "no text"
    return f"{len(text)} characters"


async def transcription(where: Where) -> str:
    async with _client() as client:
        answer = await client.audio.transcriptions.create(model="whisper-1", file=Path(where.clip))
    return where.is_heard(answer.text)


async def speech(where: Where) -> str:
    async with _client() as client:
        answer = await client.audio.speech.create(
            model="tts-1", voice="alloy", input=where.sentence, response_format="pcm"
        )
        return where.is_speech(len(await answer.aread()) / 2 / 24_000)


async def unknown(where: Where) -> str:
    """What the gateway refuses is no failure of the proxy's."""
    import openai

    async with _client() as client:
        try:
            await client.chat.completions.create(
                model="gpt-4o-mini", max_tokens=-7, messages=[{"role": "user", "content": "Say hello."}]
            )
        except openai.BadRequestError as e:
            return str(e.status_code)
    raise AssertionError("a wrong value was let through")


CHECKS = (
    ("chat", chat),
    ("chat stream", stream),
    ("transcription", transcription),
    ("speech", speech),
    ("a refusal", unknown),
)
