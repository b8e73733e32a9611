"""Speech with sherpa-onnx."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import Field

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, NICE_SPEAKING, Descriptor, EngineKind, Voice
from voicegw_desktop.core.ports import Modality, Zone
from voicegw_desktop.descriptors import piper


class SherpaConfig(EngineConfig):
    """Text to speech with sherpa-onnx."""

    models: dict[str, str] = Field(default={})
    """Voices of your own: name to the folder of a piper voice's two files."""


def voices(folder: Path) -> tuple[Voice, ...]:
    """The model's one voice, called as the model is: piper may have the same under its own name."""
    return tuple(replace(voice, name="", description="") for voice in piper.voices(folder))


DESCRIPTOR = Descriptor(
    name="sherpa",
    title="Text to speech with sherpa-onnx, from VITS voices in piper's form.",
    modalities=frozenset({Modality.TTS}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.TTS: "vits-piper-en_US-joe-medium"},
    extra="sherpa",
    package="sherpa_onnx",
    options=SherpaConfig,
    worker=EngineKind(
        "sherpa",
        nice=NICE_SPEAKING,
        module="voicegw_desktop.workers.sherpa.worker",
        # its threads spin while they wait, which takes the cores from other engines
        most_threads=1,
        memory_factor=2.0,
        memory_base=120 * MIB,
        caches=True,
        env={"MALLOC_ARENA_MAX": "2"},
    ),
    voices=voices,
)
