"""Bus events of a gateway in another process, rebuilt from the JSON of its event stream."""

from __future__ import annotations

import dataclasses
import types
from typing import Any

from voicegw_desktop.core import events
from voicegw_desktop.core.preferences import DesktopPreferences

KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        events.EngineState,
        events.RequestStarted,
        events.RequestFirstByte,
        events.RequestFinished,
        events.BudgetState,
        events.RouteChanged,
        events.EgressRecorded,
        events.ModelProgress,
        events.LoopLag,
        events.Notice,
        events.VaultChanged,
        events.Troubles,
        events.MicrophoneChanged,
        DesktopPreferences,
    )
}


def event_of(message: dict[str, Any]) -> object | None:
    """The event a message stands for; None for one that no view shows."""
    kind = KINDS.get(str(message.get("type")))
    if kind is None:
        return None
    names = {f.name for f in dataclasses.fields(kind)}
    values = {k: v for k, v in message.items() if k in names}
    if kind is events.RequestFinished and isinstance(values.get("record"), dict):
        values["record"] = types.SimpleNamespace(**values["record"])
    try:
        return kind(**values)  # type: ignore[no-any-return]
    except TypeError:
        return None
