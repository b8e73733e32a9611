"""ElevenLabs."""

from __future__ import annotations

import os
from typing import ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins


def _voices(answer: object) -> list[Listed]:
    return [Listed(str(v["voice_id"]), str(v.get("name", ""))) for v in records(record(answer).get("voices"))]


def _models(answer: object) -> list[Listed]:
    return [Listed(str(m["model_id"]), str(m.get("name", ""))) for m in records(answer)]


class ElevenLabsProvider(CloudProvider):
    """Transcription and speech."""

    name = "elevenlabs"
    root = "https://api.elevenlabs.io/v1"
    plugins: ClassVar[Plugins] = {
        Modality.STT: Plugin("STT", language="language_code"),
        # raw samples come sooner than the plugin's MP3 and need no decoder
        Modality.TTS: Plugin("TTS", voice="voice_id", defaults={"encoding": "pcm_24000"}),
    }
    health = "/models"
    models = Listing("/models", _models)
    voices = Listing("/voices", _voices)

    def headers(self) -> dict[str, str]:
        return {"xi-api-key": self.key()}

    def _environment_key(self) -> str | None:
        # LiveKit's plugin knows it by the shorter name
        return super()._environment_key() or os.environ.get("ELEVEN_API_KEY")
