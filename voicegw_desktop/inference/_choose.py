"""From a model string to LiveKit objects: routed as the gateway routes, made with the project's own keys."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.gateway.attribution import get_active_session
from voicegw_desktop.gateway.current import get_gateway
from voicegw_desktop.inference._accounts import count_bodies
from voicegw_desktop.routing.backends import kind_of

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts
    from livekit.agents.inference import FallbackModel

    from voicegw_desktop.providers.base import BaseProvider

    Fallback: TypeAlias = list[FallbackModel | str] | FallbackModel | str

log = logging.getLogger("voicegw_desktop.inference")


def choose(modality: Modality, model: str | None, fallback: Iterable[str], project: str) -> list[Target]:
    """The targets for a model string, best first, each permitted for the project; then those of `fallback`."""
    router = get_gateway().router
    caller = Caller(project, "python", session=get_active_session())
    found: list[Target] = []
    for name in (model, *fallback):
        for permit in router.plan(modality, name, caller).targets:
            if permit.target not in found:
                found.append(permit.target)
    return found


def make_stt(target: Target, options: Mapping[str, Any]) -> stt.STT[str]:
    """The provider's LiveKit STT for one target."""
    language = options.get("language") or target.variant
    return _provider(target).create_stt(target.model, **{**options, "language": language})


def make_llm(target: Target) -> llm.LLM[str]:
    """The provider's LiveKit LLM for one target."""
    plugin = _provider(target).create_llm(target.model)
    count_bodies(plugin)
    return plugin


def make_tts(target: Target, voice: str | None, options: Mapping[str, Any]) -> tts.TTS[str]:
    """The provider's LiveKit TTS for one target."""
    return _provider(target).create_tts(target.model, voice=voice or target.variant, **options)


def _provider(target: Target) -> BaseProvider:
    gateway = get_gateway()
    kind = kind_of(gateway.config, target.provider, target.account) or target.provider
    settings = {**gateway.provider_settings(target.provider, target.account), "type": kind}
    settings["api_key"] = gateway.provider_keys.get_now(target.provider, target.account)
    provider: BaseProvider = create_provider(target.provider, settings)
    return provider


def models_of(fallback: Fallback | None) -> list[str]:
    """The model strings of LiveKit's `fallback`: a string, `{"model": ...}`, or a list of either."""
    names = []
    for entry in fallback if isinstance(fallback, list) else [fallback] if fallback else []:
        if isinstance(entry, str):
            names.append(entry)
            continue
        name, voice = entry["model"], entry.get("voice")
        why = "a provider's options belong into voicegw.yaml"
        not_honoured("fallback", why, extra_kwargs=entry.get("extra_kwargs") or None)
        names.append(f"{name}:{voice}" if voice and ":" not in name else name)
    return names


def not_honoured(what: str, why: str, **given: object) -> None:
    """Warn about parameters that were set and have no meaning here; None means not set."""
    for name, value in given.items():
        if value is not None:
            log.warning("inference.%s: %s is not honoured: %s", what, name, why)
