"""Events of live streams whose words come late."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behind:
    """A live stream is transcribed later than it comes, or again in time."""

    seconds: float
    """Since the end of speech whose words are still owed; 0: in time again."""


@dataclass(frozen=True, slots=True)
class StreamBehind:
    """As `Behind`, of a request: a live stream of audio fell behind, or caught up."""

    id: str
    """Of the request."""
    target: str
    seconds: float
