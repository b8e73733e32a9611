"""`/v1/models` as Deepgram's clients read it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.sockets.audio.installed import installed, languages_of, voices

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway


def for_client(gateway: SocketGateway) -> dict[str, Any]:
    """Models that hear and voices that speak."""
    listen = [
        {
            **_named(str(entry.id), str(entry.id)),
            "languages": languages_of(entry),
            "batch": True,
            "streaming": True,
            "formatted_output": True,
        }
        for entry in installed(gateway, Modality.STT.value)
    ]
    # in this form a voice is a model
    speak = [
        {
            **_named(voice.name, target),
            "languages": [voice.language],
            "metadata": {"accent": voice.language, "tags": [], "use_cases": []},
        }
        for target, voice in voices(gateway)
    ]
    return {"stt": listen, "tts": speak}


def _named(name: str, target: str) -> dict[str, Any]:
    return {
        "name": name,
        "canonical_name": name,
        "architecture": target.partition("/")[0],
        "version": "voicegateway",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
    }
