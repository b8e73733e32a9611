"""Morse code as a speech engine: what it declares. VoiceGateway's app imports this module; it must stay cheap."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, Descriptor, EngineKind, Included, Voice
from voicegw_desktop.core.ports import Modality, Zone

TONES = {"low": 440.0, "middle": 600.0, "high": 880.0}
"""Voice → hertz."""


class MorseConfig(EngineConfig):
    """Text to Morse code."""

    words_per_minute: float = Field(default=20.0, ge=5, le=60)
    """Speed, by the word PARIS: 50 dots."""


def voices(folder: Path) -> tuple[Voice, ...]:
    """The engine's voices: tones, which need no files."""
    return tuple(Voice(name, "en", f"{hertz:g} Hz", variant=name) for name, hertz in TONES.items())


ENGINE = Descriptor(
    name="morse",
    title="Text to Morse code.",
    modalities=frozenset({Modality.TTS}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    requirement="voicegw-morse",
    package="voicegw_morse",
    options=MorseConfig,
    worker=EngineKind("morse", module="voicegw_morse.worker", most_threads=1, memory_factor=0.0, memory_base=60 * MIB),
    included=(Included("cw", "Morse code", "Apache-2.0", Path(__file__).parent, languages=("en",)),),
    catalogue=Path(__file__).with_name("models.yaml"),
    voices=voices,
    voice_ids="|".join(TONES),
)
