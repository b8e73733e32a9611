"""Cartesia."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="cartesia",
    title="Transcription and speech by Cartesia.",
    modalities=frozenset({Modality.STT, Modality.TTS}),
    cls="voicegw_desktop.providers.cartesia:CartesiaProvider",
    default_models={Modality.STT: "ink-whisper", Modality.TTS: "sonic-3"},
    extra="cartesia",
    package="livekit.plugins.cartesia",
    plugin="livekit.plugins.cartesia",
    env="CARTESIA_API_KEY",
    key_page="https://play.cartesia.ai/keys",
)
