"""A real gateway and the scripted one of the doors' tests both satisfy the ports of `sockets.ports`."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import socket_gateway
from tests.support.corridors import CALLER
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import KeyRevoked
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.listings import ModelEntry
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.models.store import ModelStore
from voicegw_desktop.routing.router import Router
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.sockets import ports

pytestmark = pytest.mark.unit

PAIRS = {
    ports.KeysPort: (AccessKeys, socket_gateway.FakeKeys),
    ports.RouterPort: (Router, socket_gateway.FakeRouter),
    ports.EnginesPort: (EnginePool, socket_gateway.FakePool),
    ports.ModelsPort: (ModelStore, socket_gateway.FakeModels),
    ports.SocketGateway: (Gateway, socket_gateway.FakeGateway),
}


@dataclass
class Made:
    """A gateway as the doors see it, and a key that it knows."""

    gateway: ports.SocketGateway
    bearer: str
    key_id: str
    livekit_secret: str


@pytest.fixture(params=["real", "fake"])
async def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Made]:
    if request.param == "fake":
        fake = socket_gateway.FakeGateway(tmp_path)
        fake.keys.add(socket_gateway.LIVEKIT_ID, "made")
        yield Made(fake, "made", socket_gateway.LIVEKIT_ID, socket_gateway.LIVEKIT_SECRET)
        return
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        key = await gateway.keys.mint("alpha", "made")
        yield Made(gateway, key.bearer, key.id, key.livekit_secret)


def members(port: type) -> dict[str, Any]:
    """What a port and those below it declare, by name."""
    return {
        name: member
        for base in reversed(port.__mro__)
        if "voicegw_desktop" in base.__module__
        for name, member in vars(base).items()
        if not name.startswith("_")
    }


def taken(method: Any) -> list[tuple[str, object, object]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]


@pytest.mark.parametrize("port", PAIRS, ids=lambda port: port.__name__)
def test_real_and_fake_take_what_the_port_says(port: type) -> None:
    for name, member in members(port).items():
        if inspect.isfunction(member):
            for one in PAIRS[port]:
                given = getattr(one, name)
                # the real gateway may take more parameters, with defaults
                told, more = taken(given)[: len(taken(member))], taken(given)[len(taken(member)) :]
                assert told == taken(member), f"{one.__name__}.{name}"
                assert all(default is not inspect.Parameter.empty for _, _, default in more), f"{one.__name__}.{name}"
                assert inspect.iscoroutinefunction(given) == inspect.iscoroutinefunction(member), name


async def test_a_gateway_has_every_part(made: Made) -> None:
    for name in members(ports.SocketGateway):
        assert getattr(made.gateway, name) is not None


async def test_a_key_is_known_by_its_text_and_its_id(made: Made) -> None:
    keys = made.gateway.keys
    found = keys.verify_bearer(made.bearer)
    assert found is not None
    assert (found.id, found.project) == (made.key_id, "alpha")
    assert found == keys.info(made.key_id)
    assert await keys.livekit_secret(made.key_id) == made.livekit_secret
    assert keys.verify_bearer("vgw_nothing") is None
    assert keys.info("nothing") is None
    assert await keys.livekit_secret("nothing") is None


async def test_a_revoked_key_opens_nothing_and_its_end_is_an_event(made: Made) -> None:
    told: list[KeyRevoked] = []
    made.gateway.bus.subscribe(told.append, KeyRevoked)
    keys: Any = made.gateway.keys
    done = keys.revoke(made.key_id if isinstance(keys, AccessKeys) else made.bearer)
    if inspect.isawaitable(done):
        await done
    assert keys.verify_bearer(made.bearer) is None
    assert [event.key_id for event in told] == [made.key_id]


async def test_a_plan_names_what_was_asked_for(made: Made) -> None:
    router = made.gateway.router
    plan = router.plan(Modality.LLM, "ollama/qwen", CALLER)
    assert str(plan.first) == "ollama/qwen"
    assert plan.targets[0].target is plan.first
    assert plan.literal is not None
    assert str(plan.literal) == "ollama/qwen"
    assert plan.requested == "ollama/qwen"


async def test_names_of_a_wire(made: Made) -> None:
    router = made.gateway.router
    assert router.named_by("openai", Modality.LLM, "gpt-x") == "openai/gpt-x"
    assert router.named_by("openai", Modality.LLM, "groq/llama") == "groq/llama"
    assert router.speaker_of("no such voice") is None
    router.check_modality(Modality.LLM, "ollama/qwen", "default")
    assert isinstance(router.decides(Modality.STT, "default"), bool)


async def test_engines_before_the_first_request(made: Made) -> None:
    engines = made.gateway.engines
    assert engines.status() == []
    assert engines.prewarm_soon([]) is None
    with pytest.raises(VoiceGatewayError):
        await engines.acquire("whisper", "nothing")


async def test_models_that_are_not_here(made: Made) -> None:
    models = made.gateway.models
    assert all(isinstance(line, ModelInfo) and not line.path for line in models.list() if not line.installed)
    with pytest.raises(VoiceGatewayError):
        models.locate("whisper", "nothing")
    for entry in made.gateway.list_models():
        assert set(entry) == set(ModelEntry.__annotations__)
