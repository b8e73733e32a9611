"""Figures as people read them."""

from __future__ import annotations

NANOS = 1_000_000_000


def money(nanos: int | None) -> str:
    """US dollars from nano-dollars, with as many places as the amount needs; `unknown` when there is no price."""
    if nanos is None:
        return "unknown"
    dollars = nanos / NANOS
    if nanos == 0 or abs(dollars) >= 1:
        return f"${dollars:,.2f}"
    if abs(dollars) < 0.0001:
        return "< $0.0001"
    return f"${dollars:.4f}"


def millis(ms: float | None) -> str:
    """`84 ms`, `1.24 s`, or a dash."""
    if ms is None:
        return "–"
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


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
