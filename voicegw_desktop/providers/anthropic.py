"""Anthropic."""

from __future__ import annotations

from typing import ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins, openai_models

VERSION = "2023-06-01"


class AnthropicProvider(CloudProvider):
    """Chat."""

    name = "anthropic"
    root = "https://api.anthropic.com"
    plugins: ClassVar[Plugins] = {Modality.LLM: Plugin("LLM")}
    health = "/v1/models"
    models = Listing("/v1/models?limit=1000", openai_models)

    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.key(), "anthropic-version": VERSION}

    def url(self, path: str) -> str:
        """The plugin and the paths here want the address without `/v1`."""
        return (self.base_url or self.root).rstrip("/").removesuffix("/v1") + path
