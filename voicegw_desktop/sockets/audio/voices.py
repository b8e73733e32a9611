"""What an OpenAI client's `voice` means to a local target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions, Zone

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

OPENAI_VOICES = frozenset(
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()  # noqa: SIM905
)
"""Names that every OpenAI client knows and no local engine has; they stand for the default voice."""
MIXTURE = ("+", ",", ":", "(")  # what joins several voices into one where an engine can mix


def chosen_voice(gateway: SocketGateway, caller: Caller, model: str, voice: str | None) -> str | None:
    """The voice to ask for; None: the target's own. NotFound, recorded, for one that the local model lacks."""
    if voice is None:
        return None
    plan = gateway.router.plan(Modality.TTS, model, caller, voice)
    target = plan.first
    if target.zone is not Zone.LOCAL:
        return voice
    known = _names(gateway, target)
    if voice in known or any(mark in voice for mark in MIXTURE):
        return voice
    if (same := next((name for name in known if name.lower() == voice.lower()), None)) is not None:
        return same
    if voice.lower() in OPENAI_VOICES:
        return None
    asked_here = plan.literal is not None and plan.literal.provider == target.provider
    if known and asked_here:
        error = NotFound(
            f'{target.name} has no voice "{voice[:60]}".{did_you_mean(voice, known)}'
            f" It has {', '.join(known[:12])}{' and more' if len(known) > 12 else ''}.",
            param="voice",
            code="voice_not_found",
        )
        gateway.corridor.refuse_tts(caller, model, TtsOptions(voice=voice), error)
        raise error
    return voice


def _names(gateway: SocketGateway, target: Any) -> list[str]:
    """Voices and speakers of an installed model; empty when its files do not say, or it is not a file here."""
    from voicegw_desktop.models.voices import voices_of

    try:
        folder = gateway.models.locate(target.provider, target.model)
    except VoiceGatewayError:
        return []
    names: list[str] = []
    for voice in voices_of(target.provider, target.model, folder):
        names += [voice.name, *voice.speakers]
    return names
