"""Groq."""

from __future__ import annotations

from typing import ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins, openai_models


class GroqProvider(CloudProvider):
    """Transcription, chat and speech, in OpenAI's form."""

    name = "groq"
    root = "https://api.groq.com/openai/v1"
    plugins: ClassVar[Plugins] = {Modality.STT: Plugin("STT"), Modality.LLM: Plugin("LLM"), Modality.TTS: Plugin("TTS")}
    models = Listing("/models", openai_models)
