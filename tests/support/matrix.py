"""The providers of the matrix, and one gateway with a fake for each of them.

What a cell means where there is no provider elsewhere, but an engine on this machine:

=========  =============================================  ============================================================
fate       Ollama (its server, faked on loopback)          whisper, kokoro, piper, llamacpp (real worker processes)
=========  =============================================  ============================================================
cancel     its connection is closed                         the worker is told at once, and the supervisor sees it idle
bad key    a key set for it is not needed, not sent and not shown; a wrong key of the gateway's own is a 401 as for all
429        the server says 429 with Retry-After           no room: engines in use hold the memory; 503 with Retry-After
500        the server says 500                            the worker answers with an error, and lives on
stall      the server says nothing                        the worker says nothing: the supervisor ends it as hanging
drop       the connection breaks in the answer            the worker dies in the answer
=========  =============================================  ============================================================
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.cloud import MODELS as CLOUD
from tests.support.cloud import cloud
from tests.support.scripted_engines import ScriptedEngine
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.models.files import sha256_of
from voicegw_desktop.models.manifest import write_manifest
from voicegw_desktop.testing import FakeOllama, FakeProvider, fakes

HOUSE = "house"
"""A server in OpenAI's form on the local network."""
WORKERS = {
    "whisper": {"stt": "scripted"},
    "moonshine": {"stt": "scripted"},
    "kokoro": {"tts": "scripted"},
    "piper": {"tts": "scripted"},
    "sherpa": {"stt": "scripted-ear", "tts": "scripted"},
    "llamacpp": {"llm": "scripted"},
}
LOCAL = {"ollama": {"llm": "llama3.2"}, **WORKERS}
MODELS: Mapping[str, Mapping[str, str]] = {**CLOUD, HOUSE: CLOUD["openai"], **LOCAL}
PAIRS = [(provider, modality) for provider, models in MODELS.items() for modality in models]
KEY = "sk-canary-matrix-0123456789abcdef"
RETRY_AFTER = 7  # s that a provider asks for; the gateway has its own figure where there is no room
NO_ROOM_RETRY = 5  # s
ROUTE = "/v1/"  # where Ollama's faults strike: whether the server runs is another question
TOLD = {"bad key": 502, "429": 429, "500": 502, "stall": 504, "drop": 502}
"""Fate → the status a client of the socket hears."""


def name_of(provider: str, modality: str) -> str:
    """What a client asks for."""
    return f"{provider}/{MODELS[provider][modality]}"


def told_by(provider: str, fate: str) -> int:
    """The status a client of the socket hears: 503 from an engine that cannot serve now; llama.cpp is an upstream."""
    here = {"429": 503} | ({} if provider == "llamacpp" else {"500": 503})
    return here.get(fate, TOLD[fate]) if provider in WORKERS else TOLD[fate]


@dataclass
class Everyone:
    """A gateway that has not started, and the fake behind each provider's name."""

    gateway: Gateway
    fakes: dict[str, FakeProvider | ScriptedEngine]

    def __getitem__(self, provider: str) -> FakeProvider | ScriptedEngine:
        return self.fakes[provider]

    @property
    def engines(self) -> list[ScriptedEngine]:
        """The providers on this machine."""
        return [fake for fake in self.fakes.values() if isinstance(fake, ScriptedEngine)]

    def heal(self) -> None:
        """Clear all faults and all recorded requests."""
        for fake in self.fakes.values():
            if isinstance(fake, ScriptedEngine):
                fake.forgive()
                continue
            fake.clear()
            fake.cut()
            fake.key = KEY
            fake.requests.clear()
            fake.hangups = 0


@asynccontextmanager
async def everyone(folder: Path, more: Mapping[str, Any]) -> AsyncIterator[Everyone]:
    """Every fake; the engines' own serve once `serve_in` gave them their pool."""
    install(paths_below(folder).models)
    async with AsyncExitStack() as stack:
        ollama = await stack.enter_async_context(FakeOllama())
        engines = [
            await stack.enter_async_context(ScriptedEngine(name, models.values())) for name, models in WORKERS.items()
        ]
        settings = {
            # what is loaded stays for the next cell
            "engines": {"keep_alive": "-1", "ollama": {"base_url": ollama.base_url, "manage": "attach"}},
            "providers": {name: {"api_key": KEY} for name in LOCAL},
            **more,
        }
        sky = await stack.enter_async_context(cloud(folder, key=KEY, more=settings, compatible=(HOUSE,)))
        yield Everyone(sky.gateway, {**sky.fakes, "ollama": ollama, **{engine.provider: engine for engine in engines}})


def install(store: Path) -> None:
    """Declare the workers' models installed; a scripted worker does not read them."""
    for provider, models in WORKERS.items():
        for modality, model in models.items():
            folder = store / provider / model
            folder.mkdir(parents=True)
            # a recogniser among voices is told by its tokens
            file = folder / ("tokens.txt" if modality == "stt" else "weights")
            file.write_bytes(b"none")
            write_manifest(folder, f"{provider}/{model}", {file.name: sha256_of(file)}, "a test", pinned=True)


def holes() -> set[tuple[str, str]]:
    """What a registered provider can do, and the matrix has not, or the other way round."""
    # a Wyoming server is no provider of models but another program's engine, and has tests of its own
    able = {(name, str(m)) for name, entry in PROVIDERS.items() if name != "wyoming" for m in entry.modalities}
    ours = {(name if name != HOUSE else "openai_compatible", modality) for name, modality in PAIRS}
    clouds = {name for name, entry in PROVIDERS.items() if (entry.package or "").startswith("livekit.")}
    assert set(CLOUD) == set(fakes()) == clouds
    return able ^ ours
