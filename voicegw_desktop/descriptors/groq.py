"""Groq."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor, Thinking
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="groq",
    title="Transcription, chat and speech by Groq.",
    modalities=frozenset({Modality.STT, Modality.LLM, Modality.TTS}),
    cls="voicegw_desktop.providers.groq:GroqProvider",
    default_models={Modality.STT: "whisper-large-v3-turbo", Modality.LLM: "llama-3.3-70b-versatile"},
    extra="groq",
    package="livekit.plugins.groq",
    plugin="livekit.plugins.groq",
    env="GROQ_API_KEY",
    key_page="https://console.groq.com/keys",
    backends={Modality.LLM: "voicegw_desktop.engines.servers.openai_compatible:backend"},
    chat_address="https://api.groq.com/openai/v1",
    thinking=(
        Thinking(r".*qwen3.*", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        Thinking(r".*gpt-oss.*", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
    ),
)
