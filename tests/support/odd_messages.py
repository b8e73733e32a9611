"""Malformed messages to a worker that transcribes, and the codes of its refusals."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.stt import SttProcess
from tests.support.told import told_last
from voicegw_desktop.engines.wire import Event, encode

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1e308, float("nan"), "", "x", [], [1], {}, {"a": 1}, "\0", "a" * 9000, 8000, 1e9, 0.5,
)  # fmt: skip
FIELDS = (
    "language", "rate", "endpointing_ms", "endpointing", "interim", "words", "diarize", "most_speakers", "prompt",
    "temperature", "keyterms", "extra", "translate", "width", "channels", "timestamp",
)  # fmt: skip
KINDS = (
    "transcribe", "audio-start", "audio-chunk", "audio-commit", "ping", "describe", "synthesize", "x", "error",
    "authenticate",
)  # fmt: skip


def odd_fields(chance: random.Random, each: int) -> list[dict[str, Any]]:
    """Messages of one field, with `each` odd values for every field that a worker knows."""
    return [{name: value} for name in FIELDS for value in chance.sample(ODD, each)]


async def codes_told(
    worker: SttProcess, asked: Sequence[dict[str, Any]], between: Callable[[], Sequence[Event]]
) -> set[str]:
    """Begin a stream with each of `asked`, send what `between` gives, and end it; the codes of all errors."""
    codes: set[str] = set()
    for first in asked:
        reader, writer = await worker.connect()
        for event in (Event("transcribe", first), Event("audio-start", first), *between(), Event("audio-stop", {})):
            writer.write(encode(event))
        told = await told_last(reader, "error", "end-of-stream")
        if told is not None and told.type == "error":
            codes.add(told.data["code"])
        writer.close()
    return codes
