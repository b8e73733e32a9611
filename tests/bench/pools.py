"""A pool of real engines for a measurement."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.weights import place_of
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.engines.pool import EnginePool


@contextlib.asynccontextmanager
async def engine_pool(store: Path) -> AsyncIterator[EnginePool]:
    """Engines with the built-in settings and the models in `store`; all are unloaded at the end."""
    with tempfile.TemporaryDirectory() as folder:
        pool = EnginePool(
            EnginesConfig(),
            lambda provider, model: place_of(store, provider, model),
            EventBus(),
            paths=paths_below(Path(folder)),
        )
        try:
            yield pool
        finally:
            await pool.aclose()
