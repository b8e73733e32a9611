"""OpenAI."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor, Thinking
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="openai",
    title="Transcription, chat and speech by OpenAI.",
    modalities=frozenset({Modality.STT, Modality.LLM, Modality.TTS}),
    cls="voicegw_desktop.providers.openai:OpenAIProvider",
    default_models={
        Modality.STT: "gpt-4o-mini-transcribe",
        Modality.LLM: "gpt-4.1-mini",
        Modality.TTS: "gpt-4o-mini-tts",
    },
    extra="openai",
    package="livekit.plugins.openai",
    plugin="livekit.plugins.openai",
    env="OPENAI_API_KEY",
    key_page="https://platform.openai.com/api-keys",
    backends={Modality.LLM: "voicegw_desktop.engines.servers.openai_compatible:backend"},
    chat_address="https://api.openai.com/v1",
    # its newer models refuse the old name
    answer_limit="max_completion_tokens",
    client_finalizes=True,
    thinking=(
        Thinking(r"gpt-5\.\d.*", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
        # these cannot be told to think nothing
        Thinking(r"gpt-5(?:-.*)?", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        Thinking(r"o\d.*", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
    ),
)
