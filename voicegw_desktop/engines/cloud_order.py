"""What a connection to the cloud worker asks for, and how the provider is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import NO_EXTRA
from voicegw_desktop.core.typed import is_record, record, text


@dataclass(frozen=True, slots=True)
class ProviderCredentials:
    """A provider's settings, its address among them, and the key that belongs to that address."""

    key: str | None = field(default=None, repr=False)
    """None: the provider needs none. Left out of `repr`, so that no log shows it by accident."""
    settings: Mapping[str, Any] = field(default_factory=lambda: NO_EXTRA)


@dataclass(frozen=True, slots=True)
class CloudOrder:
    """Which provider's plugin and model serve a stream, and with which credentials."""

    kind: str
    """The provider's entry in the registry."""
    provider: str
    """The name it has in the configuration."""
    model: str
    variant: str | None
    """The language of a transcription, or the voice, unless the request names one."""
    credentials: ProviderCredentials

    def data(self) -> dict[str, Any]:
        """The field `cloud` of a stream's first event on the worker's private socket."""
        return {
            "kind": self.kind,
            "provider": self.provider,
            "model": self.model,
            "variant": self.variant,
            "credentials": {"key": self.credentials.key, "settings": dict(self.credentials.settings)},
        }

    @classmethod
    def read(cls, data: object) -> CloudOrder:
        """The order of a first event's field `cloud`; raises BadRequest."""
        order = record(data)
        kind, provider, model = text(order.get("kind")), text(order.get("provider")), order.get("model")
        credentials = record(order.get("credentials"))
        settings = credentials.get("settings")
        if not (kind and provider and isinstance(model, str) and is_record(settings)):
            raise BadRequest("The cloud worker was not told which provider to use.", code="bad_wire")
        key = text(credentials.get("key")) or None
        return cls(kind, provider, model, text(order.get("variant")) or None, ProviderCredentials(key, settings))
