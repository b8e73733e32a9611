"""Request records for tests of storage and meters."""

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


class ListSink:
    """Keeps submitted records."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def submit(self, record: RequestRecord) -> None:
        self.records.append(record)
