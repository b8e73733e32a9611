"""The kinds of workers: one for each engine that declares one, one for recordings, one for ends of turns."""

from __future__ import annotations

from collections.abc import Mapping

from voicegw_desktop.core.descriptor import MIB, EngineKind
from voicegw_desktop.core.registry import PROVIDERS

CODEC = EngineKind("codec", needs_model=False, weight=0.5, most_threads=1, memory_base=100 * MIB)
TURN = EngineKind("turn", weight=0.5, most_threads=1, memory_factor=4.0, memory_base=110 * MIB)
"""Serves LiveKit's agents; the whisper worker runs the model itself."""


def kinds() -> Mapping[str, EngineKind]:
    """By the engine's name."""
    return {CODEC.name: CODEC, TURN.name: TURN} | {
        name: entry.worker for name, entry in PROVIDERS.items() if entry.worker
    }
