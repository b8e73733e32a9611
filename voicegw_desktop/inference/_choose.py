"""From a model string to LiveKit objects: routed as the gateway routes, made with the project's own keys."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.gateway.attribution import get_active_session
from voicegw_desktop.gateway.current import get_gateway
from voicegw_desktop.inference._accounts import count_bodies
from voicegw_desktop.routing.backends import kind_of

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


def make(modality: Modality, target: Target, options: Mapping[str, Any]) -> Any:
    """The provider's LiveKit object for one target."""
    gateway = get_gateway()
    kind = kind_of(gateway.config, target.provider, target.account) or target.provider
    settings = {**gateway.provider_settings(target.provider, target.account), "type": kind}
    settings["api_key"] = gateway.provider_keys.get_now(target.provider, target.account)
    provider = create_provider(target.provider, settings)
    wanted = dict(options)
    if modality is Modality.STT:
        if target.variant and not wanted.get("language"):
            wanted["language"] = target.variant
        return provider.create_stt(target.model, **wanted)
    if modality is Modality.LLM:
        plugin = provider.create_llm(target.model, **wanted)
        count_bodies(plugin)
        return plugin
    voice = wanted.pop("voice", None) or target.variant
    return provider.create_tts(target.model, voice=voice, **wanted)


def models_of(fallback: Any) -> list[str]:
    """The model strings of LiveKit's `fallback`: a string, `{"model": ...}`, or a list of either."""
    if not fallback:
        return []
    entries = fallback if isinstance(fallback, list) else [fallback]
    names = []
    for entry in entries:
        name = entry if isinstance(entry, str) else entry["model"]
        voice = None if isinstance(entry, str) else entry.get("voice")
        if not isinstance(entry, str):
            why = "a provider's options belong into voicegw.yaml"
            not_honoured("fallback", why, extra_kwargs=entry.get("extra_kwargs") or None)
        names.append(f"{name}:{voice}" if voice and ":" not in name else name)
    return names


def not_honoured(what: str, why: str, **given: Any) -> None:
    """Warn about parameters that were set and have no meaning here; None means not set."""
    for name, value in given.items():
        if value is not None:
            log.warning("inference.%s: %s is not honoured: %s", what, name, why)
