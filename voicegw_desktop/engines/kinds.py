"""What the program knows about each kind of local engine: its module, its appetite for cores and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicegw_desktop.engines.memory import MIB


@dataclass(frozen=True, slots=True)
class EngineKind:
    """One kind of worker."""

    name: str
    module: str = ""
    """Empty: `voicegw_desktop.workers.<name>`."""
    needs_model: bool = True
    """Its models are files in the store."""
    http: bool = False
    """The worker serves OpenAI's HTTP form instead of streams."""
    weight: float = 1.0
    """Its share of the cores."""
    most_threads: int = 4
    memory_factor: float = 1.5
    """Bytes held per byte of model file; measured, rounded up."""
    memory_base: int = 100 * MIB
    """Bytes held whatever the model."""
    hang_timeout: float = 60.0
    """Seconds without progress after which it is ended."""
    caches: bool = False
    """The worker gets the program's cache folder as `options.cache_dir`."""
    network: bool = False
    """The worker may go online: proxy settings are passed on."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What its libraries read before they start."""


WHISPER_ENV = {
    # every window length that was not met before leaves a compiled primitive of 2 MB; making it again costs nothing
    # that can be measured, keeping all of them cost an hour of audio a hundred megabytes
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "8",
    # tensors freed by one thread are used again by the next
    "MALLOC_ARENA_MAX": "2",
}
# what a run has freed is the system's again at once, not the allocator's: 270 MB instead of 430, for no time
KOKORO_ENV = {"MALLOC_MMAP_THRESHOLD_": str(MIB)}
# the same costs a small network a seventh of its time
PIPER_ENV = {"MALLOC_ARENA_MAX": "2"}


KINDS: Mapping[str, EngineKind] = {
    kind.name: kind
    for kind in (
        EngineKind(
            "whisper",
            module="voicegw_desktop.workers.whisper.worker",
            weight=2.0,
            memory_factor=1.6,
            memory_base=110 * MIB,
            env=WHISPER_ENV,
        ),
        EngineKind("kokoro", weight=2.0, memory_factor=3.0, memory_base=80 * MIB, caches=True, env=KOKORO_ENV),
        EngineKind("piper", most_threads=2, memory_factor=2.0, memory_base=90 * MIB, caches=True, env=PIPER_ENV),
        # a long prompt is computed without a byte of answer
        EngineKind(
            "llamacpp",
            http=True,
            weight=2.0,
            most_threads=8,
            memory_factor=1.2,
            memory_base=200 * MIB,
            hang_timeout=300.0,
        ),
        EngineKind("codec", needs_model=False, weight=0.5, most_threads=1, memory_base=100 * MIB),
    )
}
