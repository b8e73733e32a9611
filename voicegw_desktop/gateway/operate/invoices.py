"""Operations on bills: what a project is charged for a month."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import exact, known
from voicegw_desktop.core.text import shown
from voicegw_desktop.core.typed import Record, whole
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.gateway.operate.usage import records_of
from voicegw_desktop.storage.days import span_of

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.storage.costs import ModelUsage


@operation(
    "invoice",
    "GET",
    "/v1/invoice",
    Param("project", "string", "Whose month it is; none: the default project."),
    Param("month", "string", "As in 2026-01; none: the last whole month."),
    Param("markup", "decimal", "Per cent on top of the cost.", default="0"),
    Param("currency", "string", "Three letters.", default="USD"),
    Param("rate", "decimal", "How much of it a US dollar is; needed for all but USD."),
    verb="invoice",
)
async def invoice(
    gateway: Gateway,
    project: str | None = None,
    month: str | None = None,
    markup: str = "0",
    currency: str = "USD",
    rate: str | None = None,
) -> Record:
    """What a project is charged for a calendar month, by model, with a mark-up and a currency."""
    from voicegw_desktop.pricing.invoice_page import amount, rounded

    name = project or gateway.config.default_project
    currency = currency.upper()
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise BadRequest(f'"currency" is "{shown(currency)}"; write three letters, as in EUR.', param="currency")
    if rate is None and currency != "USD":
        raise BadRequest(f'"rate" is required: how much {currency} a US dollar is.', param="rate")
    more, times = Decimal(markup), Decimal(rate or 1)
    if not 0 < times < 1_000_000:
        raise BadRequest(f'"rate" is {rate}; it must be more than 0 and less than 1,000,000.', param="rate")
    if currency == "USD" and times != 1:
        raise BadRequest(f'"rate" is {rate}, but the currency is USD: name the currency as well.', param="currency")
    if not -100 <= more <= 10_000:
        raise BadRequest(f'"markup" is {markup}; it must lie between -100 and 10,000 per cent.', param="markup")
    if month is not None and not re.fullmatch(r"2[01]\d{2}-(0[1-9]|1[0-2])", month):
        raise BadRequest(f'"month" is "{shown(month)}"; write it as in 2026-01.', param="month")
    when = span_of("last-month", gateway.clock.time(), month, month)
    begins, ends = when.start or 0.0, when.end or 0.0
    rows = await records_of(gateway).get_usage(when, project=name)
    sums = await gateway.cost_summary(when, name)
    total = whole(sums["total_nanos"])
    return {
        "project": name,
        "month": f"{datetime.fromtimestamp(begins):%Y-%m}",
        "from_day": f"{datetime.fromtimestamp(begins):%Y-%m-%d}",
        "to_day": f"{datetime.fromtimestamp(ends - 1):%Y-%m-%d}",
        "currency": currency,
        "rate": f"{times:f}",
        "markup": f"{more:f}",
        "requests": sums["requests"],
        "unpriced": sums["unpriced"],
        "estimated": sums["estimated"],
        "cost_usd": None if total is None else exact(total),
        "total": None if total is None else rounded(amount(total, more, times), currency),
        "lines": [_line(row, more, times, currency) for row in rows],
    }


def _line(row: ModelUsage, markup: Decimal, rate: Decimal, currency: str) -> Record:
    from voicegw_desktop.pricing.invoice_page import UNITS, amount, rounded

    def minutes(units: float) -> str:
        return rounded(Decimal(repr(units)))

    nanos = known(row.cost_nanos, row.requests, row.unpriced)
    return {
        "model": row.model,
        "modality": row.modality,
        "requests": row.requests,
        "unpriced": row.unpriced,
        "estimated": row.estimated,
        "quantity": minutes(row.input_units) if row.modality == "stt" else f"{row.input_units:.0f}",
        "unit": UNITS[row.modality],
        "written": minutes(row.output_units) if row.modality == "tts" else f"{row.output_units:.0f}",
        "cost_usd": None if nanos is None else exact(nanos),
        "amount": None if nanos is None else rounded(amount(nanos, markup, rate), currency),
        "currency": currency,
    }
