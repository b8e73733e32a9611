"""AssemblyAI."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="assemblyai",
    title="Transcription by AssemblyAI.",
    modalities=frozenset({Modality.STT}),
    cls="voicegw_desktop.providers.assemblyai:AssemblyAIProvider",
    default_models={Modality.STT: "universal-streaming-english"},
    extra="assemblyai",
    package="livekit.plugins.assemblyai",
    plugin="livekit.plugins.assemblyai",
    env="ASSEMBLYAI_API_KEY",
    key_page="https://www.assemblyai.com/dashboard/api-keys",
)
