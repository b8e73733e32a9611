"""`/v1/models` as ElevenLabs' clients read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.sockets.audio.installed import installed, languages_of
from voicegw_desktop.sockets.audio.languages import NAMES
from voicegw_desktop.sockets.elevenlabs.form import TEXT_LIMIT

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway


def for_client(gateway: SocketGateway) -> list[dict[str, Any]]:
    """The models that speak."""
    return [
        {
            "model_id": str(entry.id),
            "name": str(entry.title),
            "description": str(entry.title),
            "can_be_finetuned": False,
            "can_do_text_to_speech": True,
            "can_do_voice_conversion": False,
            "can_use_style": False,
            "can_use_speaker_boost": False,
            "serves_pro_voices": False,
            "token_cost_factor": 0.0,
            "requires_alpha_access": False,
            "max_characters_request_free_user": TEXT_LIMIT,
            "max_characters_request_subscribed_user": TEXT_LIMIT,
            "maximum_text_length_per_request": TEXT_LIMIT,
            "languages": [{"language_id": code, "name": NAMES.get(code, code)} for code in languages_of(entry)],
            "model_rates": {"character_cost_multiplier": 0.0},
            "concurrency_group": "standard",
        }
        for entry in installed(gateway, Modality.TTS.value)
    ]
