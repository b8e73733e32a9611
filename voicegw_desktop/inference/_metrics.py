"""What LiveKit's metrics and error events tell, written into the account of the call they belong to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voicegw_desktop.core.counted import consistent, count, seconds
from voicegw_desktop.core.events import Usage
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.gateway.current import get_gateway
from voicegw_desktop.inference._accounts import Account, current, ledger

if TYPE_CHECKING:
    from livekit.agents.metrics import AgentMetrics

    from voicegw_desktop.inference._accounts import Failure


def note(account: Account, metrics: AgentMetrics) -> None:
    """Take one of LiveKit's metrics events; only those of the three modalities cost anything."""
    if metrics.type != "stt_metrics" and metrics.type != "llm_metrics" and metrics.type != "tts_metrics":
        return
    account = current() or account
    leg = Leg(account.target(metrics))
    if metrics.type == "stt_metrics":
        if account.leg is None or account.leg.target != leg.target:
            _close_stt(account)
            account.leg, account.closed = leg, False
        account.leg.audio_in_s += seconds(metrics.audio_duration)
        account.leg.streamed = metrics.streamed
        if (usage := _usage(metrics.input_tokens, metrics.output_tokens)) is not None:
            told = account.leg.usage or Usage()
            account.leg.usage = Usage(
                told.prompt_tokens + usage.prompt_tokens, told.completion_tokens + usage.completion_tokens
            )
        if not metrics.streamed:
            account.total_ms = seconds(metrics.duration) * 1000
            _close_stt(account)
        return
    account.total_ms = seconds(metrics.duration) * 1000
    leg.status = "cancelled" if metrics.cancelled else "ok"
    if metrics.type == "llm_metrics":
        account.ttfb_ms = _ms(metrics.ttft)
        leg.usage = _usage(
            metrics.prompt_tokens,
            metrics.completion_tokens,
            metrics.prompt_cached_tokens,
            getattr(metrics, "cache_creation_tokens", 0),  # LiveKit before 1.6 tells neither
            getattr(metrics, "reasoning_tokens", 0),
        )
    else:
        if account.whole and metrics.streamed:
            return
        account.ttfb_ms = _ms(metrics.ttfb)
        leg.characters, leg.audio_out_s = count(metrics.characters_count) or 0, seconds(metrics.audio_duration)
        leg.usage = _usage(metrics.input_tokens, metrics.output_tokens)
    account.report(leg, leg.status)


def _usage(
    prompt: object, completion: object, cached: object = 0, written: object = 0, reasoning: object = 0
) -> Usage | None:
    """The tokens as a plugin tells them; None when it told none, or numbers that cannot be true."""
    told = [count(value or 0) for value in (prompt, completion, cached, written, reasoning)]
    if None in told or not (told[0] or told[1]):
        return None
    return consistent(Usage(*(n or 0 for n in told)))


def _ms(told_s: object) -> float | None:
    """Milliseconds of a plugin's seconds, which are negative when it measured none."""
    found = seconds(told_s, -1.0)
    return found * 1000 if found >= 0 else None


def note_error(account: Account, error: Failure) -> None:
    """Take one of LiveKit's error events; those that are tried again are no failed calls yet."""
    if not error.recoverable:
        account = current() or account
        account.report(Leg(account.targets[0], status="error"), "error", type(error.error).__name__)


def _close_stt(account: Account) -> None:
    leg, account.leg = account.leg, None
    if leg is None or not (leg.audio_in_s > 0 or leg.usage):
        return
    if leg.streamed:
        leg.opened_ns = account.opened_ns
        leg.close(get_gateway().clock.monotonic_ns())
        if account.given_s:
            # some plugins count how long their connection lasted on top of the audio in it
            leg.audio_in_s = min(leg.audio_in_s, account.given_s)
    account.report(leg)


def settle_stream(account: Account, *tasks: asyncio.Task[None] | None) -> None:
    """Write a transcription stream down when its tasks have ended: one record, however often usage was told."""

    async def settle() -> None:
        try:
            await asyncio.wait([t for t in tasks if t is not None])
        finally:
            _close_stt(account)

    book = ledger()
    task = asyncio.get_running_loop().create_task(settle())
    book.settling.add(task)
    task.add_done_callback(book.settling.discard)
