"""Deepgram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.typed import Record, record, records, texts
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.cloud import CloudProvider, Listing, Plugin, Plugins


def _stt(answer: object) -> list[Listed]:
    return _named(records(record(answer).get("stt")))


def _tts(answer: object) -> list[Listed]:
    return _named(records(record(answer).get("tts")))


def _named(models: list[Record]) -> list[Listed]:
    return [
        Listed(str(m["canonical_name"]), str(m.get("name", "")), next(iter(texts(m.get("languages"))), None))
        for m in {m["canonical_name"]: m for m in models}.values()
    ]


class DeepgramProvider(CloudProvider):
    """Transcription and speech. Its voices are its speech models."""

    name = "deepgram"
    root = "https://api.deepgram.com/v1"
    plugins: ClassVar[Plugins] = {
        Modality.STT: Plugin("STT", "/listen"),
        Modality.TTS: Plugin("TTS", "/speak", voice="model"),
    }
    health = "/projects"
    models = Listing("/models", _stt)
    voices = Listing("/models", _tts)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key()}"}

    def _make(self, modality: Modality, model: str, options: Mapping[str, Any]) -> Any:
        if modality is Modality.TTS and options.get("voice"):
            # aura-2 with the voice andromeda-en is the model aura-2-andromeda-en
            voice = str(options["voice"])
            options = {**options, "voice": None}
            model = voice if voice.startswith("aura") else f"{model}-{voice}"
        return super()._make(modality, model, options)
