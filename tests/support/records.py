"""Request records and a cipher for tests of storage and meters."""

from __future__ import annotations

import itertools
from typing import Any

from voicegw_desktop.storage.records import RequestRecord

NOON = 1_750_000_000.0  # Unix seconds; minutes away from midnight in every time zone

_numbers = itertools.count()


def record(**changes: Any) -> RequestRecord:
    """A successful chat request of 1,000 nanos; `changes` replace its fields."""
    values: dict[str, Any] = {
        "id": f"r{next(_numbers)}",
        "timestamp": NOON,
        "modality": "llm",
        "model_id": "openai/gpt-4o-mini",
        "provider": "openai",
        "cost_nanos": 1_000,
        "pricing_source": "catalogue 2025-10-01",
        "ttfb_ms": 100.0,
        "total_latency_ms": 400.0,
        "gateway_ms": 0.5,
    }
    return RequestRecord(**{**values, **changes})


class ReversingCipher:
    """Seals by writing backwards behind a prefix; opens only its own."""

    def __init__(self, prefix: str = "sealed:") -> None:
        self.prefix = prefix

    def encrypt(self, text: str) -> str:
        return self.prefix + text[::-1]

    def decrypt(self, sealed: str) -> str:
        if not sealed.startswith(self.prefix):
            raise ValueError("sealed by another key")
        return sealed.removeprefix(self.prefix)[::-1]


class ListSink:
    """Keeps submitted records."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def submit(self, record: RequestRecord) -> None:
        self.records.append(record)
