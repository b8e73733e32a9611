"""Installed speech models and voices with their languages, as doors list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.descriptor import Voice
from voicegw_desktop.core.errors import BadRequest, ModelResolutionError, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.text import shown
from voicegw_desktop.models.voices import voices_of
from voicegw_desktop.sockets.audio.languages import NAMES, code_of
from voicegw_desktop.sockets.audio.regions import usual_code

if TYPE_CHECKING:
    from voicegw_desktop.models.listing import ModelInfo
    from voicegw_desktop.sockets.ports import SocketGateway

NO_NAME = frozenset({"", "auto", "default", "*", "none", "null", "undefined"})
EVERY_LANGUAGE = "multi"
"""What the catalogue says of a model that knows all of Whisper's languages."""


def model_named(gateway: SocketGateway, name: str | None, caller: Caller) -> str:
    """What to ask for where a client names this model: the default for none, or for a word that means any.

    BadRequest for a model that does something else, ModelResolutionError for a bare name that nothing answers to.
    """
    if name is None or names_none(name):
        return default_of(gateway, Modality.STT, caller.project)
    entries = installed(gateway, "stt")
    for entry in entries:
        if name.lower() in (entry.id.lower(), entry.id.lower().partition("/")[2]):
            return entry.id
    if "/" in name:
        gateway.router.check_modality(Modality.STT, name, caller.project)
        return name
    choice = gateway.router.plan(Modality.STT, name, caller).choice
    if choice is not None and choice.any_name:
        # what serves any name is no answer here: this client could not be told of it
        known = [*(entry.id for entry in entries), *gateway.config.routing.stt.aliases, *gateway.config.models.stt]
        raise ModelResolutionError(
            f'There is no model "{shown(name)}" that transcribes.{did_you_mean(name, known)} Name one that `describe` '
            "lists or that routing.stt.aliases has, or none."
        )
    return name


def names_none(name: str | None) -> bool:
    """Whether a client that writes this for a model means the usual one."""
    return name is None or name.strip().lower() in NO_NAME


def default_of(gateway: SocketGateway, modality: Modality, project: str) -> str:
    """The target for a client that names none: `auto` where a setting has that name, else the first installed."""
    if gateway.router.decides(modality, project):
        return "auto"
    return next((entry.id for entry in installed(gateway, modality.value)), "auto")


def served_by(gateway: SocketGateway, modality: Modality, wanted: str, caller: Caller) -> Target | None:
    """The target that would serve a request for `wanted` now; None when none would."""
    try:
        served: Target = gateway.router.plan(modality, wanted, caller).first
    except VoiceGatewayError:
        return None
    return served


def hearing_model(gateway: SocketGateway, wanted: str, language: str | None, caller: Caller) -> str:
    """`wanted`, or an installed model for the language where the target of `wanted` is known not to support it."""
    language = usual_code(language or "")
    if language not in NAMES:
        return wanted
    served = served_by(gateway, Modality.STT, wanted, caller)
    entries = {entry.id: languages_of(entry) for entry in installed(gateway, "stt")}
    if served is None or language in entries.get(served.name, NAMES):
        return wanted
    for name, languages in entries.items():
        if language in languages:
            instead = served_by(gateway, Modality.STT, name, caller)
            # a route may also send this name to the model that does not support the language
            if instead is not None and instead.name == name:
                return name
    return wanted


def speaker_of(gateway: SocketGateway, default: str, language: str, caller: Caller) -> str:
    """The target whose voice speaks the language: the default's own where it does, else an installed one.

    Raises BadRequest when none does, for another language's voice is not understood.
    """
    served = served_by(gateway, Modality.TTS, default, caller)
    listed = voices(gateway)
    usual = {entry.id: (list(entry.languages) or ["en"])[0] for entry in installed(gateway, "tts")}
    if served is None or served.zone is not Zone.LOCAL or served.name not in usual:
        # a provider's voice: the provider takes the language
        return default
    own = next((v.language for t, v in listed if t == served.name and v.variant == served.variant), usual[served.name])
    offers = [(default, own, served.name, False)]
    offers += [(t if v.variant is None else f"{t}:{v.variant}", v.language, t, True) for t, v in listed]
    wanted, kind = language.lower(), usual_code(code_of(language))
    near: list[tuple[bool, bool, bool, int, str]] = []
    for number, (name, spoken, target, named) in enumerate(offers):
        if usual_code(code_of(spoken)) != kind:
            continue
        if named and (found := served_by(gateway, Modality.TTS, name, caller)) is not None and found.name != target:
            # a route has another voice speak in its place
            continue
        exact = wanted in (kind, spoken.lower().replace("_", "-"))
        near.append((not exact, named, target != served.name, number, name))
    if not near:
        spoken_here = ", ".join(sorted({v.language for _, v in listed}))
        raise BadRequest(
            f'No voice that may serve here speaks "{language[:40]}"; installed ones speak {spoken_here}. Install one,'
            " or change the route.",
            param="language",
            code="language_not_supported",
        )
    return min(near)[-1]


def languages_of(entry: ModelInfo) -> list[str]:
    """The codes of the languages that a model transcribes."""
    languages = list(entry.languages) or ["en"]
    return list(NAMES) if EVERY_LANGUAGE in languages else languages


def installed(gateway: SocketGateway, modality: str) -> list[ModelInfo]:
    """Catalogue entries of the installed models for one modality."""
    return [entry for entry in gateway.models.list() if entry.installed and entry.modality == modality]


def voices(gateway: SocketGateway) -> list[tuple[str, Voice]]:
    """(target, voice) for every installed voice: a piper model is one voice, a kokoro model has many."""
    found: list[tuple[str, Voice]] = []
    for entry in installed(gateway, "tts"):
        provider, _, model = entry.id.partition("/")
        listed = voices_of(provider, model, gateway.models.locate(provider, model))
        languages = list(entry.languages) or ["en"]
        found += [(entry.id, v) for v in listed or (Voice(model, languages[0], entry.title),)]
    return found
