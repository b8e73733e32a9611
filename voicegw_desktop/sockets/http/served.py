"""What an answer says about itself: who served it, what the gateway added, what it cost."""

from __future__ import annotations

from typing import Any

NANOS = 1_000_000_000  # nano-dollars in a dollar


def headers_of(run: Any) -> dict[str, str]:
    """Headers of an inference answer, from the corridor's run; the cost only once the run has ended."""
    headers: dict[str, str] = run.gateway_headers()
    return headers


def closing_comment(run: Any) -> bytes:
    """The last SSE comment of a stream: who served it and what it cost, once that is known."""
    nanos = run.cost_nanos
    cost = "unknown" if nanos is None else f"{nanos / NANOS:.9f}"
    return f": voicegw served-by={run.target} cost-usd={cost}\n\n".encode()
