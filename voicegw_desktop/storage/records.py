"""One served request as it is kept: who asked, what served it, how long it took and what it cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.money import NANOS_PER_USD

MOST_NANOS = 2**63 - 1  # what a column of the database holds

COLUMNS = (
    "id",
    "timestamp",
    "modality",
    "model_id",
    "provider",
    "project",
    "input_units",
    "output_units",
    "cost_nanos",
    "pricing_source",
    "ttfb_ms",
    "total_latency_ms",
    "status",
    "fallback_from",
    "error_message",
    "metadata",
    "session_id",
    "wire",
    "wanted",
    "key_id",
    "gateway_ms",
)
"""The stored columns of `requests`, in the order of `RequestRecord.row()`."""


ESTIMATE = "estimate"
"""What `pricing_source` begins with when the billed amount is an estimate."""

WAITS = "waits"
"""In the metadata of a live transcription of several utterances: how many took so long from the end of speech to their
transcript, by `percentiles.bucket_of`."""
RECORDED = "recorded"
"""In the metadata: the audio came faster than it can have been spoken, so no person waited since its end of speech."""
ENDPOINT = "endpoint_ms"
"""In the metadata: the part of `ttfb_ms` until the end of the utterance was decided."""


@dataclass(slots=True)
class RequestRecord:
    """One request. Units: audio minutes (STT in, TTS out), tokens (LLM in and out), characters (TTS in)."""

    id: str
    timestamp: float
    """Unix seconds when it was admitted."""
    modality: str
    model_id: str
    """`provider/model`, without the variant."""
    provider: str
    project: str = "default"
    input_units: float = 0.0
    output_units: float = 0.0
    cost_nanos: int | None = None
    """Billionths of a US dollar; None: the price is not known, which is never the same as 0."""
    pricing_source: str = "unknown"
    """`local`, `catalogue <date>`, `override` or `unknown`; `estimate …` where the amount was counted here."""
    ttfb_ms: float | None = None
    """STT: end of the first utterance's speech to its transcript; LLM: first content; TTS: first audio."""
    total_latency_ms: float | None = None
    status: str = "success"
    """`success`, `error` or `cancelled`."""
    fallback_from: str | None = None
    """The target that should have served it."""
    error_message: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    """`audio_s`, `characters`, token counts, whatever else is worth keeping; never content."""
    session_id: str | None = None
    wire: str | None = None
    wanted: str | None = None
    """The model string as it was asked for."""
    key_id: str | None = None
    gateway_ms: float | None = None
    """Time this program itself spent, waiting for engine and client left out."""

    @property
    def estimated(self) -> bool:
        """True when the provider did not say what it bills, so that the amount was counted here."""
        return is_estimate(self.pricing_source)

    @property
    def cost_usd(self) -> float | None:
        """US dollars for display; money is added up in `cost_nanos`."""
        return usd(self.cost_nanos)

    def row(self) -> tuple[Any, ...]:
        """The values of `COLUMNS`."""
        return (
            self.id,
            self.timestamp,
            self.modality,
            self.model_id,
            self.provider,
            self.project,
            self.input_units,
            self.output_units,
            self.cost_nanos,
            self.pricing_source,
            self.ttfb_ms,
            self.total_latency_ms,
            self.status,
            self.fallback_from,
            self.error_message,
            _metadata(self.metadata) if self.metadata else None,
            self.session_id,
            self.wire,
            self.wanted,
            self.key_id,
            self.gateway_ms,
        )

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> RequestRecord:
        """The record whose `row()` this is."""
        values = dict(zip(COLUMNS, row, strict=True))
        values["metadata"] = json.loads(values["metadata"]) if values["metadata"] else {}
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with `cost_usd` beside `cost_nanos`."""
        values: dict[str, Any] = dict(zip(COLUMNS, self.row(), strict=True))
        values["metadata"] = dict(self.metadata)
        values["cost_usd"] = self.cost_usd
        return values


def _metadata(values: dict[str, Any]) -> str:
    # NaN and the infinities are no JSON; a half character stays one, so that encoding the row raises
    return json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def is_estimate(pricing_source: object) -> bool:
    """True when a record with this `pricing_source` has an estimated amount."""
    return str(pricing_source).startswith(ESTIMATE)


def usd(nanos: int | None) -> float | None:
    """Dollars for people and JSON; None stays None."""
    return None if nanos is None else nanos / NANOS_PER_USD


def to_nanos(amount_usd: float | str) -> int:
    """Exact nano-dollars of a configured amount such as `5.0`, at most MOST_NANOS; 0 for what is no amount."""
    from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

    try:
        amount = Decimal(str(amount_usd))
    except (InvalidOperation, ValueError):
        # ValueError: a whole number of thousands of digits
        return 0
    if amount.is_nan() or amount <= 0:
        return 0
    if amount >= MOST_NANOS // NANOS_PER_USD:
        return MOST_NANOS
    return int((amount * NANOS_PER_USD).to_integral_value(rounding=ROUND_HALF_EVEN))


def row_to_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `requests` as plain data, `metadata` parsed."""
    values = dict(row)
    values["metadata"] = json.loads(values["metadata"]) if values.get("metadata") else {}
    return values
