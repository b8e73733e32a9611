"""The end-of-turn thresholds of Deepgram's second form, and the silence that each stands for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.deepgram import form

USUAL_EOT = 0.7
LATEST_ENDPOINT_MS = 10_000
THRESHOLDS = {
    "eot_threshold": ("eot", 0.5, 1.0),
    "eager_eot_threshold": ("eager", 0.3, 0.9),
    "eot_timeout_ms": ("timeout_ms", 500, 60_000),
}
"""Name on the wire → field of Settings, least, most."""
SILENCES = ((0.3, 150), (0.5, 300), (0.7, 500), (0.9, 1000), (1.0, LATEST_ENDPOINT_MS))
"""(threshold, milliseconds of silence), straight lines between."""


@dataclass(frozen=True)
class Settings:
    """What Configure may change."""

    eot: float = USUAL_EOT
    eager: float | None = None
    timeout_ms: int | None = None
    keyterms: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def silence_ms(self) -> int:
        """Milliseconds of silence that end a turn."""
        return min(_silence_ms(self.eot), self.timeout_ms or LATEST_ENDPOINT_MS)

    @property
    def eager_ms(self) -> int:
        """Milliseconds of silence that count as a probable end; `silence_ms` without early guesses."""
        return self.silence_ms if self.eager is None else min(self.silence_ms, _silence_ms(self.eager))


def _silence_ms(threshold: float) -> int:
    for (low, at_low), (high, at_high) in itertools.pairwise(SILENCES):
        if threshold <= high:
            return round(at_low + (at_high - at_low) * (threshold - low) / (high - low))
    return LATEST_ENDPOINT_MS


def settings_of(request: web.Request) -> Settings:
    """The query's; raises BadRequest naming the parameter."""
    query = request.query
    told: dict[str, Any] = {name: query[name] for name in ("eot_threshold", "eager_eot_threshold") if name in query}
    if "eot_timeout_ms" in query:
        told["eot_timeout_ms"] = form.number(query["eot_timeout_ms"], "eot_timeout_ms")
    try:
        numbers = {k: float(v) for k, v in told.items()}
    except ValueError as e:
        raise BadRequest("eot_threshold and eager_eot_threshold must be numbers.", param="eot_threshold") from e
    settings = Settings(keyterms=form.keyterms_of(request), hints=tuple(query.getall("language_hint", [])))
    return with_thresholds(settings, numbers)


def with_thresholds(settings: Settings, told: Mapping[str, Any]) -> Settings:
    """The settings with those that a query or a Configure names; raises BadRequest."""
    for name, (mine, low, high) in THRESHOLDS.items():
        value = told.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadRequest(f"{name} must be {low:g} to {high:g}.", param=name, code="INVALID_THRESHOLD")
        change: dict[str, Any] = {mine: int(value) if mine == "timeout_ms" else float(value)}
        settings = replace(settings, **change)
    if settings.eager is not None and settings.eager > settings.eot:
        raise BadRequest(
            f"eager_eot_threshold {settings.eager:g} must not be above eot_threshold {settings.eot:g}.",
            param="eager_eot_threshold",
            code="INVALID_THRESHOLD",
        )
    return settings
