"""How well conversations went, in figures: waits, interruptions, silence, speed of models and voices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voicegw_desktop.core.typed import Record, number, record
from voicegw_desktop.storage.percentiles import exact, label
from voicegw_desktop.storage.records import RECORDED
from voicegw_desktop.storage.turns import TurnRecord

PERCENTILES = (50.0, 95.0, 99.0)
MOST = 1_000  # newest turns, and requests, that figures are made of
AT_ONCE = 0.02  # s after the first token: what ends within them was kept back until it was whole
WAITS = ("first_audio_ms", "endpoint_ms", "final_ms", "first_token_ms", "dead_air_ms")


def figures(turns: Sequence[TurnRecord], requests: Sequence[Record]) -> Record:
    """`turns`, how many of them were `interrupted`, sums of `false_starts`, `tool_calls`, `errors` and `talk_over_ms`;
    percentiles of the waits since the end of speech (`first_audio_ms` is V2V) and of `dead_air_ms`; `requests` and how
    many came a second; percentiles of `tokens_per_s` (after the first token) and of `rtf` by modality: time taken over
    length of the audio, of recordings and of what was spoken. None: nothing of the kind was seen.
    """
    times = [at for request in requests if (at := number(request["timestamp"])) is not None]
    passed = max(times) - min(times) if times else 0.0
    return {
        "turns": len(turns),
        "interrupted": sum(turn.interrupted_ms is not None for turn in turns),
        "false_starts": sum(turn.false_starts for turn in turns),
        "tool_calls": sum(turn.tool_calls for turn in turns),
        "errors": sum(turn.errors for turn in turns),
        "talk_over_ms": round(sum(turn.talk_over_ms for turn in turns), 3),
        **{
            name: _percentiles(at for turn in turns if not turn.recorded and (at := getattr(turn, name)) is not None)
            for name in WAITS
        },
        "requests": len(requests),
        "requests_per_s": round((len(requests) - 1) / passed, 4) if passed else None,
        "tokens_per_s": _percentiles(speed for request in requests if (speed := tokens_per_s(request)) is not None),
        "rtf": {
            modality: found
            for modality in ("stt", "tts")
            if (found := _percentiles(
                factor for request in requests
                if request["modality"] == modality and (factor := real_time_factor(request)) is not None
            )) is not None
        },
    }  # fmt: skip


def tokens_per_s(request: Record) -> float | None:
    """Tokens a second of an answer, from its first token on.

    None: no chat that succeeded, one token only, or an answer that came at once, as a tool call does.
    """
    first, total, tokens = (number(request[name]) for name in ("ttfb_ms", "total_latency_ms", "output_units"))
    if request["modality"] != "llm" or request["status"] != "success" or None in (first, total, tokens):
        return None
    seconds = ((total or 0.0) - (first or 0.0)) / 1000
    return ((tokens or 0.0) - 1) / seconds if seconds > AT_ONCE and (tokens or 0.0) > 1 else None


def real_time_factor(request: Record) -> float | None:
    """Time that speech took, over its length; None for live streams, which last as long as speech does."""
    total = number(request["total_latency_ms"])
    heard = request["modality"] == "stt" and bool(record(request["metadata"]).get(RECORDED))
    name = "input_units" if heard else "output_units" if request["modality"] == "tts" else None
    minutes = number(request[name]) if name is not None else None
    if request["status"] != "success" or not total or not minutes:
        return None
    return total / (minutes * 60_000)


def _percentiles(values: Iterable[float]) -> Record | None:
    found = exact(values, PERCENTILES)
    told: Record = {label(p): round(value, 4) for p, value in found.items() if value is not None}
    return told or None
