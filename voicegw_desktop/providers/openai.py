"""OpenAI."""

from __future__ import annotations

from typing import ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins, openai_models

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")


class OpenAIProvider(CloudProvider):
    """Transcription, chat and speech."""

    name = "openai"
    root = "https://api.openai.com/v1"
    plugins: ClassVar[Plugins] = {
        Modality.STT: Plugin("STT"),
        Modality.LLM: Plugin("LLM"),
        # raw samples come sooner than the plugin's MP3 and need no decoder
        Modality.TTS: Plugin("TTS", defaults={"response_format": "pcm"}),
    }
    models = Listing("/models", openai_models)

    async def list_voices(self) -> list[Listed]:
        """The voices it documents; it has no list to ask for."""
        return [Listed(name, name.capitalize()) for name in VOICES]
