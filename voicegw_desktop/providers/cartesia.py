"""Cartesia."""

from __future__ import annotations

from typing import ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins

VERSION = "2025-04-16"


def _voices(answer: object) -> list[Listed]:
    return [
        Listed(str(v["id"]), str(v.get("name", "")), str(v["language"]) if v.get("language") else None)
        for v in records(record(answer).get("data")) or records(answer)
    ]


class CartesiaProvider(CloudProvider):
    """Transcription and speech."""

    name = "cartesia"
    root = "https://api.cartesia.ai"
    plugins: ClassVar[Plugins] = {Modality.STT: Plugin("STT"), Modality.TTS: Plugin("TTS")}
    health = "/voices?limit=1"
    voices = Listing("/voices?limit=100", _voices)

    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key(), "Cartesia-Version": VERSION}

    async def list_models(self) -> list[Listed]:
        """The models it documents; it has no list to ask for."""
        return [Listed(m) for m in ("ink-2", "ink-whisper", "sonic-3", "sonic-turbo", "sonic-2")]
