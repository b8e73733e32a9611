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
    """A request's live stream of audio fell behind, or caught up; see `Behind`."""

    id: str
    """The request's id."""
    target: str
    seconds: float
