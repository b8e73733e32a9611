"""Anthropic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.cloud import Closable, CloudProvider, Listing, Plugin, Plugins, openai_models

VERSION = "2023-06-01"
CHAT = "chat"  # the method of a plugin that opens a stream


class AnthropicProvider(CloudProvider):
    """Chat."""

    name = "anthropic"
    root = "https://api.anthropic.com"
    plugins: ClassVar[Plugins] = {Modality.LLM: Plugin("LLM")}
    health = "/v1/models"
    models = Listing("/v1/models?limit=1000", openai_models)

    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.key(), "anthropic-version": VERSION}

    def url(self, path: str) -> str:
        """The plugin and the paths here want the address without `/v1`."""
        return (self.base_url or self.root).rstrip("/").removesuffix("/v1") + path

    def plugin_class(self, plugin: Plugin) -> type[Closable]:
        return counting_once(super().plugin_class(plugin))


class _Event(Protocol):
    type: str


class _Stream(Protocol):
    _output_tokens: int
    _parse_event: Callable[[_Event], object]


def counting_once(cls: type[Closable]) -> type[Closable]:
    """The plugin's LLM with streams that take Anthropic's count for what it is.

    WORKAROUND for livekit-plugins-anthropic 1.8: `message_delta` tells all output tokens so far, and the plugin adds
    them to those that `message_start` told.
    """

    make: Callable[..., _Stream] = getattr(cls, CHAT)

    def chat(self: Closable, **options: Any) -> _Stream:
        stream = make(self, **options)
        parse = stream._parse_event

        def parse_event(event: _Event) -> object:
            if event.type == "message_delta":
                stream._output_tokens = 0
            return parse(event)

        stream._parse_event = parse_event
        return stream

    return type(cls.__name__, (cls,), {CHAT: chat, "__module__": cls.__module__})
