"""Headers and comments of an answer: the target that served it, the gateway's overhead, the cost."""

from __future__ import annotations

from voicegw_desktop.core.ports import RunPort

NOTE = "X-VoiceGW-Note"
NANOS = 1_000_000_000  # nano-dollars in a dollar


def headers_of(run: RunPort) -> dict[str, str]:
    """Headers of an inference answer, from the corridor's run; the cost only once the run has ended."""
    return run.gateway_headers()


def noted(run: RunPort, note: str) -> dict[str, str]:
    """The header that tells what was left out: the run's own notes and one more."""
    before = headers_of(run).get(NOTE)
    return {NOTE: f"{before}; {note}" if before else note}


def closing_comment(run: RunPort) -> bytes:
    """The last SSE comment of a stream: the target that served it, and the cost once that is known."""
    nanos = run.cost_nanos
    cost = "unknown" if nanos is None else f"{nanos / NANOS:.9f}"
    return f": voicegw served-by={run.served} cost-usd={cost}\n\n".encode()
