"""Server events held strictly to the openai package's event types, which are made from the published schema."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from typing import Any

import pydantic
from openai.types.live import ServerEvent
from openai.types.realtime import (
    RealtimeServerEvent,
    RealtimeSessionCreateRequest,
    RealtimeTranscriptionSessionCreateRequest,
)

SESSIONS = (RealtimeSessionCreateRequest, RealtimeTranscriptionSessionCreateRequest)
SESSION_NAMES = {"id", "object"}
"""Event types know a session by the type of its request; one that is there has these too."""


def _types(union: Any) -> dict[str, Any]:
    union = typing.get_args(union.__value__ if hasattr(union, "__value__") else union)[0]
    found = {}
    for kind in typing.get_args(union):
        (name,) = typing.get_args(kind.model_fields["type"].annotation)
        found[name] = pydantic.TypeAdapter(kind)
    return found


TYPES = _types(RealtimeServerEvent)
LIVE = _types(ServerEvent)


def check(event: dict[str, Any], types: dict[str, Any] = TYPES) -> dict[str, Any]:
    """The event itself; AssertionError for a type, a field or a value that the schema has not, or for one it misses."""
    kind = types.get(event.get("type", ""))
    assert kind is not None, f"{event.get('type')} is no server event"
    try:
        model = kind.validate_json(json.dumps(event), strict=True)
    except pydantic.ValidationError as e:
        raise AssertionError(f"{event['type']}: {e}") from None
    extra = list(_extra(model, event["type"]))
    assert not extra, extra
    return event


def _extra(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, pydantic.BaseModel):
        known = SESSION_NAMES if isinstance(value, SESSIONS) else set()
        for name in (value.model_extra or {}).keys() - known:
            yield f"{path}.{name} is not in the schema"
        for name in value.model_fields_set:
            yield from _extra(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _extra(part, f"{path}[{i}]")
