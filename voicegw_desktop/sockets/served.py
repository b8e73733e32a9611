"""What an answer says about itself: who served it, what the gateway added, what it cost."""

from __future__ import annotations

from typing import Any

NANOS = 1_000_000_000  # nano-dollars in a dollar


def headers_of(run: Any) -> dict[str, str]:
    """Headers of an inference answer, from what the corridor returned; what is not known yet is left out."""
    headers = {"X-VoiceGW-Served-By": str(run.target)}
    overhead = getattr(run, "overhead_ms", None)
    if overhead is not None:
        headers["X-VoiceGW-Overhead-Ms"] = f"{overhead:.3f}"
    cost = cost_usd(run)
    if cost is not None:
        headers["X-VoiceGW-Cost-USD"] = cost
    return headers


def cost_usd(run: Any) -> str | None:
    """The cost in US dollars as a decimal string; None while it is not known."""
    nanos = getattr(run, "cost_nanos", None)
    return None if nanos is None else dollars(nanos)


def dollars(nanos: int) -> str:
    """1_500_000 → `0.0015`; exact, never in exponent form."""
    whole, rest = divmod(nanos, NANOS)
    text = f"{whole}.{rest:09d}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def closing_comment(run: Any) -> bytes:
    """The last SSE comment of a stream: what it cost, once that is known."""
    cost = cost_usd(run)
    return f": voicegw served-by={run.target} cost-usd={cost or 'unknown'}\n\n".encode()
