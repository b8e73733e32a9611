"""Any server that speaks OpenAI's HTTP form: vLLM, LM Studio, LiteLLM, Speaches, another VoiceGateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins, openai_models

NO_KEY = "none"  # the plugin insists on some key; a server without one ignores it


class OpenAICompatibleProvider(CloudProvider):
    """Transcription, chat and speech, as far as the server offers them."""

    name = "openai_compatible"
    module = "openai"
    plugins: ClassVar[Plugins] = {
        Modality.STT: Plugin("STT"),
        Modality.LLM: Plugin("LLM"),
        Modality.TTS: Plugin("TTS", defaults={"response_format": "pcm"}),
    }
    models = Listing("/models", openai_models)

    def key(self) -> str:
        """The key, or a word that stands for none."""
        return self._key or NO_KEY

    def url(self, path: str) -> str:
        if not self.base_url:
            raise ConfigError(
                "A provider of the type openai_compatible needs base_url, the server's address up to /v1, such as "
                "http://127.0.0.1:8000/v1."
            )
        return super().url(path)

    def _make(self, modality: Modality, model: str, options: Mapping[str, Any]) -> Any:
        # without an address the plugin would turn to OpenAI itself
        self.url("")
        return super()._make(modality, model, options)
