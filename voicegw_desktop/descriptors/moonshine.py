"""Speech to text with Moonshine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import Field

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, Descriptor, EngineKind, Helper, Included
from voicegw_desktop.core.ports import Modality, Zone


class MoonshineConfig(EngineConfig):
    """Speech to text with Moonshine, English."""

    endpointing_ms: int = Field(default=400, ge=0, le=600_000)
    """Silence that ends an utterance; where `endpointing` is adaptive, when it cannot tell."""
    endpointing: Literal["adaptive", "fixed"] = "adaptive"
    """`adaptive` waits shorter after a finished sentence; `fixed` always waits `endpointing_ms`."""
    speakers: bool = True
    """Tell speakers apart for requests that ask, where speaker/dvector-256 is installed."""


DIGESTS = {
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
"""SHA-256 of the files of tiny-en in moonshine-voice 0.0.73."""


def included(model: str = "tiny-en", title: str = "Moonshine tiny, English") -> tuple[Included, ...]:
    """The model that the package brings, where it is installed, by the name and title that an engine gives it."""
    found = find_spec("moonshine_voice")
    if found is None or not found.submodule_search_locations:
        return ()
    folder = Path(found.submodule_search_locations[0]) / "assets" / "tiny-en"
    return (Included(model, title, "MIT", folder, ("en",), DIGESTS),)


DESCRIPTOR = Descriptor(
    name="moonshine",
    title="Speech to text, English, at a cost that follows the length of the audio.",
    modalities=frozenset({Modality.STT}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.STT: "tiny-en"},
    extra="moonshine",
    package="moonshine_voice",
    options=MoonshineConfig,
    included=included(),
    worker=EngineKind(
        "moonshine",
        weight=2.0,
        memory_factor=2.5,
        memory_base=120 * MIB,
        helpers={
            "endpointing": Helper("turn/smart-turn-v3.2", "ends utterances by silence alone", usual=True),
            "speakers": Helper("speaker/dvector-256", "cannot tell speakers apart", usual=True),
        },
    ),
)
