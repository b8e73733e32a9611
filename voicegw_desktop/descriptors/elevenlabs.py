"""ElevenLabs."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="elevenlabs",
    title="Transcription and speech by ElevenLabs.",
    modalities=frozenset({Modality.STT, Modality.TTS}),
    cls="voicegw_desktop.providers.elevenlabs:ElevenLabsProvider",
    default_models={Modality.STT: "scribe_v2_realtime", Modality.TTS: "eleven_turbo_v2_5"},
    extra="elevenlabs",
    package="livekit.plugins.elevenlabs",
    plugin="livekit.plugins.elevenlabs",
    env="ELEVENLABS_API_KEY",
    key_page="https://elevenlabs.io/app/settings/api-keys",
    endless=True,
)
