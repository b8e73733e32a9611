"""Deepgram."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="deepgram",
    title="Transcription and speech by Deepgram.",
    modalities=frozenset({Modality.STT, Modality.TTS}),
    cls="voicegw_desktop.providers.deepgram:DeepgramProvider",
    default_models={Modality.STT: "nova-3", Modality.TTS: "aura-2-thalia-en"},
    extra="deepgram",
    package="livekit.plugins.deepgram",
    plugin="livekit.plugins.deepgram",
    env="DEEPGRAM_API_KEY",
    key_page="https://console.deepgram.com",
    many_languages=True,
)
