"""Keys written into the configuration: their ids, and which of them a new configuration no longer holds."""

from __future__ import annotations

from collections.abc import Iterable

from voicegw_desktop.config.schema import ApiKeyConfig


def file_key_id(entry: ApiKeyConfig) -> str:
    """The id of a key that stands in the configuration."""
    return f"config:{entry.name or 'key'}"


def withdrawn(before: Iterable[ApiKeyConfig], after: Iterable[ApiKeyConfig]) -> set[str]:
    """The ids of keys that a new configuration no longer holds, or holds with less."""
    left = {(entry.token, entry.project, tuple(entry.scopes)) for entry in after}
    return {file_key_id(e) for e in before if (e.token, e.project, tuple(e.scopes)) not in left}
