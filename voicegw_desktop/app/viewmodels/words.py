"""Figures as people read them."""

from __future__ import annotations


def millis(ms: float | None) -> str:
    """`84 ms`, `1.24 s`, `12.4 s`, or a dash."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.2f} s" if ms < 10_000 else f"{ms / 1000:.1f} s"


def size(octets: int | None) -> str:
    """`319 MB`, `1.2 GB`, or a dash."""
    if not octets:
        return "–"
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if octets >= factor:
            value = octets / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{octets} B"


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 request`, `3 requests`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    """`40 s`, `5 min`, `1 h 20 min`, or a dash."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def stay(seconds: float | None) -> str:
    """How long an idle engine stays: `5 min`, `at once unloaded`, `for ever`."""
    if seconds is None:
        return "for ever"
    return duration(seconds) if seconds > 0 else "unloads at once"
