"""The body that a chat's target is sent: its own model, as much reasoning as allowed, and its usage asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.core.ports import Target
from voicegw_desktop.core.reasoning import ruled
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.routing.backends import kind_of


def body_for(
    target: Target, config: AnyConfig, path: str, body: Mapping[str, Any], *, ask_usage: bool
) -> dict[str, Any]:
    """What `target` is sent for a client's `body` at `path`; `ask_usage`: its stream is to end with the usage."""
    sent = {**_ruled(target, config, path, body), "model": target.model}
    if ask_usage:
        given = body.get("stream_options")
        sent["stream_options"] = {**(given if isinstance(given, Mapping) else {}), "include_usage": True}
    return sent


def _ruled(target: Target, config: AnyConfig, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body with as much reasoning as `routing.llm.reasoning` allows."""
    setting = config.routing.llm.reasoning
    if setting == "as_requested" or path != "/chat/completions":
        return body
    entry = PROVIDERS.get(target.provider) or PROVIDERS.get(kind_of(config, target.provider, target.account) or "")
    return ruled(setting, entry.thinking if entry else (), target.model, body)
