"""The gateway that the sockets need, with a corridor that answers from a script: for tests of the wires alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tests.support.socket_runs import FakeReply, FakeStt, FakeTts
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.errors import EngineUnavailable, ModelResolutionError, VoiceGatewayError
from voicegw_desktop.core.events import (
    EventBus,
    Final,
    Interim,
    KeyRevoked,
    Segment,
    SttEvent,
    Word,
)
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import (
    NO_OPTIONS,
    Caller,
    ChatOptions,
    CorridorPort,
    Modality,
    SttOptions,
    Target,
    TtsOptions,
    Zone,
)
from voicegw_desktop.engines.lease import Lease
from voicegw_desktop.engines.status import EngineStatus
from voicegw_desktop.gateway.listings import ModelEntry
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.routing.egress import EgressPolicy
from voicegw_desktop.routing.plan import Plan
from voicegw_desktop.secrets.keys import KeyInfo
from voicegw_desktop.sockets.ports import EnginesPort, KeysPort, ModelsPort, RouterPort, SocketGateway

Serve = Callable[..., Awaitable[Any]]
"""`await serve(limits=..., **config sections)` gives a started sockets.server.Server."""

GOOD_KEY = "vgw_good"
OTHER_KEY = "vgw_other"
LIVEKIT_ID = "VGWkey1"
LIVEKIT_SECRET = "s" * 40


def _key(id: str, project: str) -> KeyInfo:
    return KeyInfo(id, id, project, scopes=(), created_at=0.0)


class FakeKeys(KeysPort):
    """Two keys of two projects, one LiveKit pair."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._known = {GOOD_KEY: _key("key1", "alpha"), OTHER_KEY: _key("key2", "beta")}
        self._infos = {key.id: key for key in (*self._known.values(), _key(LIVEKIT_ID, "alpha"))}

    def verify_bearer(self, token: str) -> KeyInfo | None:
        return self._known.get(token)

    async def livekit_secret(self, key_id: str) -> str | None:
        return LIVEKIT_SECRET if key_id == LIVEKIT_ID else None

    def info(self, key_id: str) -> KeyInfo | None:
        return self._infos.get(key_id)

    def add(self, id: str, token: str) -> None:
        self._known[token] = self._infos[id]

    def revoke(self, token: str) -> None:
        info = self._known.pop(token)
        self._bus.publish(KeyRevoked(info.id))


@dataclass
class FakeCorridor(CorridorPort):
    """Answers to `fake/stt`, `fake/tts`, `fake/llm`; everything else does not exist."""

    stt_script: list[SttEvent | Exception] = field(
        default_factory=lambda: [
            Interim("hello", committed="hello"),
            Final(
                "hello there world",
                language="en",
                end_s=1.5,
                words=(Word("hello", 0.0, 0.5), Word("there", 0.5, 1.0), Word("world", 1.0, 1.5)),
                segments=(Segment("hello there world", 0.0, 1.5, -0.25, 0.125, 0.4),),
            ),
        ]
    )
    tts_twentieths: int = 5
    tts_error: Exception | None = None
    """What ends speech after its audio."""
    chat_status: int = 200
    chat_pieces: list[bytes] = field(default_factory=lambda: [b'{"choices":[]}'])
    chat_type: str = "application/json"
    delay: asyncio.Event | None = None
    """Held until set, before anything opens: a model that loads."""
    error: Exception | None = None
    opened: list[Any] = field(default_factory=list)
    calls: list[tuple[str, Caller, str | None, Any]] = field(default_factory=list)
    refused: list[tuple[Caller, str | None, TtsOptions, VoiceGatewayError]] = field(default_factory=list)
    chat_options: list[ChatOptions] = field(default_factory=list)
    warmed: list[Mapping[str, Any]] = field(default_factory=list)
    """Chats that only a local model may read ahead."""

    async def _gate(self, kind: str, caller: Caller, wanted: str | None, options: Any) -> None:
        self.calls.append((kind, caller, wanted, options))
        if self.delay is not None:
            await self.delay.wait()
        if self.error is not None:
            raise self.error
        if wanted != f"fake/{kind}":
            raise ModelResolutionError(f'No target answers to "{str(wanted)[:60]}".')

    async def open_stt(self, caller: Caller, wanted: str | None, options: SttOptions) -> FakeStt:
        await self._gate("stt", caller, wanted, options)
        run = FakeStt(str(wanted), options, self.stt_script)
        self.opened.append(run)
        return run

    async def open_tts(self, caller: Caller, wanted: str | None, options: TtsOptions) -> FakeTts:
        await self._gate("tts", caller, wanted, options)
        run = FakeTts(str(wanted), options, self.tts_twentieths)
        run.error = self.tts_error
        self.opened.append(run)
        return run

    def refuse_tts(self, caller: Caller, wanted: str | None, options: TtsOptions, error: VoiceGatewayError) -> None:
        self.refused.append((caller, wanted, options, error))

    async def chat(
        self,
        caller: Caller,
        wanted: str | None,
        body: Mapping[str, Any],
        *,
        path: str = "/chat/completions",
        options: ChatOptions = NO_OPTIONS,
    ) -> FakeReply:
        await self._gate("llm", caller, wanted, body)
        self.chat_options.append(options)
        reply = FakeReply(str(wanted), self.chat_status, {"content-type": self.chat_type}, self.chat_pieces)
        self.opened.append(reply)
        return reply

    def read_ahead(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> asyncio.Task[None] | None:
        if body.get("messages"):
            self.warmed.append(body)
        return None

    async def check_chat(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> None:
        return None

    def check_model(self, caller: Caller, modality: Modality, wanted: str) -> None:
        return None


@functools.cache
def _here(provider: str) -> EgressPolicy:
    config = VoiceGatewaySchema.model_validate({"providers": {provider: {"zone": "local"}}})
    return EgressPolicy(config, offline=lambda: False)


class FakeRouter(RouterPort):
    """Everything is served by what was asked for, on this machine."""

    decided = True
    """Whether something serves a request that names no model."""

    def decides(self, modality: Modality, project: str) -> bool:
        return self.decided

    def named_by(self, provider: str, modality: Modality, name: str) -> str:
        return name if "/" in name else f"{provider}/{name}"

    def speaker_of(self, voice: str) -> str | None:
        return None

    def check_modality(self, modality: Modality, name: str, project: str) -> None:
        return None

    def plan(self, modality: Modality, wanted: str | None, caller: Caller, voice: str | None = None) -> Plan:
        provider, _, model = (wanted or "auto").partition("/")
        target = Target(provider, model)
        try:
            policy = _here(provider)
        except ValidationError:
            # no provider could have this name, so none answers to it
            raise ModelResolutionError(f'No target answers to "{(wanted or "")[:60]}".') from None
        permit = policy.clear(target, project=caller.project, asked=Zone.LOCAL)
        return Plan((permit,), "wanted", wanted or "auto", literal=target)


class FakePool(EnginesPort):
    """An engine pool without engines, not even the codec; it records what should be loaded ahead."""

    def __init__(self) -> None:
        self.warmed: list[str] = []
        self.held: list[tuple[str, str | None]] = []

    def status(self) -> list[EngineStatus]:
        return []

    async def survey(self) -> list[EngineStatus]:
        return []

    async def hold(self, provider: str, model: str, keep_alive: str | None) -> None:
        self.held.append((f"{provider}/{model}", keep_alive))

    def prewarm_soon(self, names: Iterable[str], *, gently: bool = False) -> asyncio.Task[None] | None:
        self.warmed += names
        return None

    async def acquire(self, provider: str, model: str, keep_alive: str | None = None) -> Lease:
        raise EngineUnavailable(f"The engine {provider}/{model} is not here.")


class FakeModels(ModelsPort):
    """Nothing is installed."""

    def list(self) -> list[ModelInfo]:
        return []

    def locate(self, provider: str, model: str) -> Path:
        raise ModelResolutionError(f"{provider}/{model} is not here.")


class FakeGateway:
    """The parts of a Gateway that a wire uses."""

    models = FakeModels()

    def __init__(self, home: Path, **sections: Any) -> None:
        sections.setdefault("serve", {}).setdefault("port", 0)
        self.config = VoiceGatewaySchema(**sections)
        self.bus = EventBus()
        self.keys = FakeKeys(self.bus)
        self.paths = paths_below(home)
        self.corridor = FakeCorridor()
        self.router = FakeRouter()
        self.engines = FakePool()

    def list_models(self) -> list[ModelEntry]:
        return [
            {
                "id": f"fake/{modality}",
                "modality": modality,
                "provider": "fake",
                "model": modality,
                "zone": "local",
                "installed": None,
                "source": "config",
            }
            for modality in ("stt", "llm", "tts")
        ]


AS_DOORS_SEE_IT: type[SocketGateway] = FakeGateway
"""mypy checks this file: the fake has what the doors need."""
