"""Every engine's memory is free again within two seconds of its unloading, by the system's figures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.weights import place_of, weights_folder
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.engines.memory import MIB, resident_bytes
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.models import included

pytestmark = pytest.mark.real_engine

NAMES = (
    "whisper/tiny.en", "piper/en_US-joe-medium", "sherpa/vits-piper-en_US-joe-medium", "kokoro/v1.0-int8",
    "llamacpp/smollm2-135m", "moonshine/tiny-en", "sherpa/moonshine-tiny-en",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_unloading_gives_memory_back(name: str, tmp_path: Path, models_dir: Path) -> None:
    if name.endswith("tiny-en") and included.folder(name) is None:
        pytest.skip("moonshine-voice is not installed")
    pool = EnginePool(
        EnginesConfig(),
        lambda provider, model: included.folder(f"{provider}/{model}") or place_of(weights_folder(), provider, model),
        EventBus(),
        paths=paths_below(tmp_path),
    )
    await pool.start(name)
    (status,) = pool.status()
    assert status.pid
    held = resident_bytes(status.pid)
    assert held > 100 * MIB
    assert held < 2 * status.estimate_bytes, "the reservation is far too small"
    async with asyncio.timeout(60):
        await pool.stop(name)
    assert resident_bytes(status.pid) <= 0.05 * held
    await pool.aclose()
