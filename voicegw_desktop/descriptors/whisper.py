"""Speech to text with faster-whisper."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, Descriptor, EngineKind, Helper
from voicegw_desktop.core.ports import Modality, Zone


class WhisperConfig(EngineConfig):
    """Speech to text with faster-whisper."""

    endpointing_ms: int = Field(default=400, ge=0, le=600_000)
    """Silence that ends an utterance; where `endpointing` is adaptive, when it cannot tell."""
    beam_size: int = Field(default=1, ge=1, le=100)
    """Hypotheses kept while decoding; 1 is fastest."""
    endpointing: Literal["adaptive", "fixed"] = "adaptive"
    """`adaptive` waits less after what sounds and reads finished and longer inside a sentence, where
    turn/smart-turn-v3.2 is installed; `fixed` always waits `endpointing_ms`. A request that names a silence gets it."""
    speakers: bool = True
    """Tell speakers apart for requests that ask, where speaker/dvector-256 is installed."""

    @model_validator(mode="before")
    @classmethod
    def _former_name(cls, given: object) -> object:
        """`smart_turn`, its name before 0.2, is read for one more version."""
        if isinstance(given, dict) and isinstance(given.get("smart_turn"), bool):
            rest = {k: v for k, v in given.items() if k != "smart_turn"}
            return {"endpointing": "adaptive" if given["smart_turn"] else "fixed", **rest}
        return given


DESCRIPTOR = Descriptor(
    name="whisper",
    title="Speech to text.",
    modalities=frozenset({Modality.STT}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.STT: "base"},
    extra="whisper",
    package="faster_whisper",
    options=WhisperConfig,
    worker=EngineKind(
        "whisper",
        yields=True,
        # tiny and base: a second thread doubles the time of each token that they write, and saves little of the rest
        one_thread_bytes=200 * MIB,
        module="voicegw_desktop.workers.whisper.worker",
        weight=2.0,
        memory_factor=1.6,
        memory_base=110 * MIB,
        env={
            # every window length that was not met before leaves a compiled primitive of 2 MB; making it again costs
            # nothing that can be measured, keeping all of them cost an hour of audio a hundred megabytes
            "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "8",
            # tensors freed by one thread are used again by the next
            "MALLOC_ARENA_MAX": "2",
        },
        helpers={
            "endpointing": Helper("turn/smart-turn-v3.2", "ends utterances by silence alone", usual=True),
            "speakers": Helper("speaker/dvector-256", "cannot tell speakers apart", usual=True),
        },
    ),
)
