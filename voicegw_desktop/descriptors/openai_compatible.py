"""Any server that speaks OpenAI's HTTP form: vLLM, LM Studio, LiteLLM, Speaches, another VoiceGateway."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor, Thinking
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="openai_compatible",
    title="A server of your own that speaks OpenAI's HTTP form.",
    modalities=frozenset({Modality.STT, Modality.LLM, Modality.TTS}),
    cls="voicegw_desktop.providers.openai_compatible:OpenAICompatibleProvider",
    env="OPENAI_COMPATIBLE_API_KEY",
    backends={Modality.LLM: "voicegw_desktop.engines.servers.openai_compatible:backend"},
    schemes=("http", "https"),
    plugin="livekit.plugins.openai",
    own_server="OpenAI-compatible server",
    any_address=True,
    # as vLLM, SGLang and llama.cpp's server read it
    thinking=(
        Thinking(
            r".*",
            {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
            {"reasoning_effort": "low"},
        ),
    ),
)
