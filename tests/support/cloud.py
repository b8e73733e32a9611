"""The matrix of providers and modalities, and a gateway whose providers are the fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.testing import KEY, FakeOpenAI, FakeProvider, fakes

MODELS: Mapping[str, Mapping[str, str]] = {
    "openai": {"stt": "gpt-4o-mini-transcribe", "llm": "gpt-4o-mini", "tts": "gpt-4o-mini-tts"},
    "groq": {"stt": "whisper-large-v3-turbo", "llm": "llama-3.3-70b-versatile", "tts": "playai-tts"},
    "deepgram": {"stt": "nova-3", "tts": "aura-2-andromeda-en"},
    "cartesia": {"stt": "ink-2", "tts": "sonic-3"},
    "anthropic": {"llm": "claude-haiku-4-5"},
    "elevenlabs": {"stt": "scribe_v2_realtime", "tts": "eleven_turbo_v2_5"},
    "assemblyai": {"stt": "universal-streaming"},
}
PAIRS = [(provider, modality) for provider, models in MODELS.items() for modality in models]


@dataclass
class Cloud:
    """The fakes, and a gateway that is configured for them and has not started."""

    gateway: Gateway
    fakes: dict[str, FakeProvider]

    def __getitem__(self, provider: str) -> FakeProvider:
        return self.fakes[provider]


@asynccontextmanager
async def cloud(
    folder: Path,
    *names: str,
    key: str = KEY,
    more: Mapping[str, Any] | None = None,
    compatible: tuple[str, ...] = (),
) -> AsyncIterator[Cloud]:
    """Fakes of the named providers, all when none is named, and a gateway that knows them by `key`.

    `compatible` are names of further servers in OpenAI's form, such as one on the local network.
    """
    async with AsyncExitStack() as stack:
        running = {
            name: await stack.enter_async_context(cls(key=key))
            for name, cls in fakes().items()
            if name in (names or fakes())
        }
        # on loopback, and yet strangers to whom the rules for clouds apply
        providers = {
            name: {"api_key": key, "base_url": fake.base_url, "zone": "cloud"} for name, fake in running.items()
        }
        for name in compatible:
            running[name] = await stack.enter_async_context(FakeOpenAI(key=key))
            address = {"api_key": key, "base_url": running[name].base_url}
            providers[name] = {"type": "openai_compatible", "zone": "lan", **address}
        path = folder / "voicegw.yaml"
        settings = dict(more or {})
        path.write_text(yaml.safe_dump({**settings, "providers": {**providers, **settings.get("providers", {})}}))
        yield Cloud(Gateway(path, paths=paths_below(folder)), running)


@asynccontextmanager
async def surface(folder: Path, **more: Any) -> AsyncIterator[Cloud]:
    """The cloud as the Python surface uses it: `inference` works on its gateway, in a job's HTTP context."""
    from livekit.agents import utils

    from voicegw_desktop import inference
    from voicegw_desktop.gateway.current import set_gateway

    async with cloud(folder, more=more) as made:
        set_gateway(made.gateway)
        try:
            async with utils.http_context.open():
                yield made
        finally:
            inference.set_project(None)
            await inference.aclose()
            await made.gateway.aclose()
            set_gateway(None)
