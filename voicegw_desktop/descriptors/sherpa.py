"""Voices and recognisers of sherpa-onnx."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import Field

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, NICE_SPEAKING, Descriptor, EngineKind, Helper, Voice
from voicegw_desktop.core.ports import Modality, Zone
from voicegw_desktop.descriptors import moonshine, piper

HEARING = ("*tokens.txt", "tokenizer.bin")
"""One of these is beside the networks of each recogniser; a voice has neither."""


class SherpaConfig(EngineConfig):
    """Speech to text and text to speech with sherpa-onnx."""

    models: dict[str, str] = Field(default={})
    """Models of your own: name to the folder of a recogniser's networks and tokens, or of a piper voice's two files."""
    endpointing_ms: int = Field(default=400, ge=0, le=600_000)
    """Silence that ends an utterance; where `endpointing` is adaptive, when it cannot tell."""
    endpointing: Literal["adaptive", "fixed"] = "adaptive"
    """`adaptive` waits shorter after a finished sentence; `fixed` always waits `endpointing_ms`."""
    speakers: bool = True
    """Tell speakers apart for requests that ask, where speaker/dvector-256 is installed."""


def hears(folder: Path) -> tuple[str, ...]:
    """The languages of the recogniser in a folder; none for a voice."""
    try:
        if (folder / HEARING[1]).is_file():
            return ("en",)
        # what the recognisers of other families know, their files do not say
        return ("multi",) if next(folder.glob(HEARING[0]), None) else ()
    except OSError:
        # a folder that may not be entered
        return ()


def voices(folder: Path) -> tuple[Voice, ...]:
    """The one voice of a model that speaks, called as the model is: piper may have the same under its own name."""
    return tuple(replace(voice, name="", description="") for voice in piper.voices(folder))


DESCRIPTOR = Descriptor(
    name="sherpa",
    title="Speech to text and text to speech with sherpa-onnx: recognisers of several families, VITS voices.",
    modalities=frozenset({Modality.STT, Modality.TTS}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.STT: "moonshine-tiny-en", Modality.TTS: "vits-piper-en_US-joe-medium"},
    extra="sherpa",
    package="sherpa_onnx",
    options=SherpaConfig,
    included=moonshine.included("moonshine-tiny-en", "Moonshine tiny, English (sherpa)")
    if find_spec("sherpa_onnx")
    else (),
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
        helpers={
            "endpointing": Helper("turn/smart-turn-v3.2", "ends utterances by silence alone", usual=True),
            "speakers": Helper("speaker/dvector-256", "cannot tell speakers apart", usual=True),
        },
    ),
    voices=voices,
    hears=hears,
)
