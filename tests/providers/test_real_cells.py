"""The matrix's own calls, whole and streamed, against real weights: each engine once through both surfaces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("livekit.agents")

import aiohttp
import yaml

from tests.support.livekit_calls import Call
from tests.support.socket_clients import CLIENTS, Door, Told
from tests.support.weights import linked_store
from voicegw_desktop import inference
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.providers.runtime import runtime

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

MODELS = [
    ("whisper/tiny.en", "stt"),
    ("piper/en_US-joe-medium", "tts"),
    ("kokoro/v1.0-int8", "tts"),
    ("llamacpp/smollm2-135m", "llm"),
]
each_model = pytest.mark.parametrize(("model", "modality"), MODELS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """One gateway for both surfaces, so that each model is loaded once."""
    home = tmp_path_factory.mktemp("real")
    path = home / "voicegw.yaml"
    path.write_text(yaml.safe_dump({"serve": {"port": 0, "wyoming_port": 0}}))
    paths = paths_below(home)
    linked_store(models_dir, paths.models, [model for model, _ in MODELS])
    async with (
        Gateway(path, paths=paths) as gateway,
        serving(gateway) as server,
        aiohttp.ClientSession() as http,
    ):
        set_gateway(gateway)
        runtime().use_app = False
        try:
            yield Door(server.url, await gateway.keys.bearer(await gateway.first_key()), http)
        finally:
            await inference.aclose()
            set_gateway(None)


def check(modality: str, brought: Any) -> None:
    """Words that were said, any words at all, or sound about as long as the text takes."""
    if modality == "tts":
        assert 1.2 < brought.seconds < 6
    else:
        # on some processors tiny.en hears "fellow America"
        assert ("fellow america" if modality == "stt" else "") in brought.text.lower()
        assert brought.text


@each_model
@pytest.mark.parametrize("way", ["stream", "one-shot"])
async def test_through_the_socket(model: str, modality: str, way: str, door: Door) -> None:
    told = Told()
    await CLIENTS[modality, way](door, model, told)
    assert (told.status, told.error) == (200, None)
    check(modality, told)


@each_model
@pytest.mark.parametrize("way", ["streamed", "whole"])
async def test_in_process(model: str, modality: str, way: str, door: Door) -> None:
    call = Call(model, modality, door.http)
    await getattr(call, way)()
    check(modality, call)
    assert not call.errors
    await call.made.aclose()
    assert call.metrics
