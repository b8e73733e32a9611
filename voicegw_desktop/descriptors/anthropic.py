"""Anthropic."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality

DESCRIPTOR = Descriptor(
    name="anthropic",
    title="Chat by Anthropic.",
    modalities=frozenset({Modality.LLM}),
    cls="voicegw_desktop.providers.anthropic:AnthropicProvider",
    default_models={Modality.LLM: "claude-sonnet-4-6"},
    extra="anthropic",
    package="livekit.plugins.anthropic",
    plugin="livekit.plugins.anthropic",
    env="ANTHROPIC_API_KEY",
    key_page="https://console.anthropic.com/settings/keys",
    backends={Modality.LLM: "voicegw_desktop.engines.servers.openai_compatible:backend"},
    chat_address="https://api.anthropic.com/v1",
    # its own address is written without the version, its OpenAI form lies below it
    chat_path="/v1",
)
