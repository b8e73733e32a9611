"""An invoice of a project's month: cost, a mark-up and a currency, as a page or as a table."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.text import counted, printable, spreadsheet_cell
from voicegw_desktop.core.typed import Record, records

UNITS = {"stt": "minutes heard", "llm": "tokens read", "tts": "characters spoken"}
WRITTEN = {"llm": "tokens written", "tts": "minutes spoken"}
"""By modality, what the quantities are of: taken and given."""
_MILLIONTH = Decimal("0.000001")
COLUMNS = (
    "model", "modality", "requests", "quantity", "unit", "cost_usd", "amount", "currency", "unpriced", "estimated",
    "written", "written_unit",
)  # fmt: skip
PLACES: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
         "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""Currency → decimal places of its amounts by ISO 4217, where they are not two."""


def _escape(text: str) -> str:
    """`text` as HTML that shows it as it is: no markup, and no mark that changes the order of what stands beside it."""
    return html.escape(printable(text))


def amount(nanos: int, markup: Decimal, rate: Decimal) -> Decimal:
    """What `nanos` of cost are charged with: `markup` in per cent on top, then `rate` of the currency for a dollar."""
    return Decimal(nanos) / NANOS_PER_USD * (1 + markup / 100) * rate


def rounded(value: Decimal, currency: str = "USD") -> str:
    """The decimal places of the currency; six where fewer show nothing, and all of them where six do."""
    usual = value.quantize(Decimal(1).scaleb(-PLACES.get(currency, 2)), ROUND_HALF_UP)
    if usual or not value:
        return f"{usual:f}"
    # a number also then: a program reads the table
    return f"{value.quantize(_MILLIONTH, ROUND_HALF_UP) if value >= _MILLIONTH else value.normalize():f}"


def as_csv(invoice: Mapping[str, object]) -> str:
    """A row for each model, then the total; amounts as decimal text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in records(invoice["lines"]):
        given = WRITTEN.get(str(line["modality"]), "")
        row = {**line, "written": line.get("written") if given else None, "written_unit": given}
        writer.writerow([spreadsheet_cell(str(_cell(row.get(name)))) for name in COLUMNS])
    writer.writerow(["total", "", invoice["requests"], "", "", invoice["cost_usd"], invoice["total"],
                     invoice["currency"], invoice["unpriced"], invoice["estimated"], "", ""])  # fmt: skip
    return out.getvalue()


def _cell(value: object) -> object:
    return "" if value is None else value


def as_html(invoice: Mapping[str, object]) -> str:
    """A page that prints well and loads nothing."""

    def text(name: str) -> str:
        return _escape(str(invoice[name]))

    lines = "\n".join(_line(line) for line in records(invoice["lines"]))
    notes = "".join(f"<p>{_escape(note)}</p>" for note in _notes(invoice))
    title = f"Invoice: {text('project')}, {text('month')}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 11pt/1.4 system-ui, sans-serif; max-width: 52em; margin: 3em auto; padding: 0 1em;
       color: #111; background: #fff }}
table {{ border-collapse: collapse; width: 100%; margin: 1.5em 0 }}
th, td {{ padding: .35em .6em; border-bottom: 1px solid #ccc; text-align: left }}
td:first-child, h1 {{ overflow-wrap: anywhere }}
.n {{ text-align: right; font-variant-numeric: tabular-nums }}
tfoot td {{ font-weight: 600; border-top: 2px solid #111; border-bottom: 0 }}
p {{ margin: .3em 0 }}
</style></head><body>
<h1>{title}</h1>
<p>Usage from {text("from_day")} to {text("to_day")}.</p>
<table><thead><tr>
<th>Model</th><th class="n">Requests</th><th class="n">Quantity</th><th class="n">{text("currency")}</th></tr></thead>
<tbody>
{lines}
</tbody>
<tfoot><tr><td>Total</td><td class="n">{text("requests")}</td><td></td>
<td class="n">{_due(invoice["total"])}</td></tr></tfoot></table>
{notes}
</body></html>
"""


def _line(line: Record) -> str:
    quantity = f"{_grouped(line['quantity'])} {_escape(str(line['unit']))}"
    if given := WRITTEN.get(str(line["modality"])):
        quantity += f", {_grouped(line['written'])} {given}"
    return (
        f'<tr><td>{_escape(str(line["model"]))}</td><td class="n">{_escape(str(line["requests"]))}</td>'
        f'<td class="n">{quantity}</td><td class="n">{_due(line["amount"])}</td></tr>'
    )


def _grouped(number: object) -> str:
    """With commas between thousands, which a person reads and a spreadsheet does not."""
    return f"{Decimal(str(number)):,}"


def _due(amount: object) -> str:
    return "not priced" if amount is None else _escape(str(amount))


def _notes(invoice: Mapping[str, object]) -> list[str]:
    found = ["Each amount is rounded by itself; the total is the exact sum, rounded."]
    if invoice["currency"] != "USD":
        found.append(f"1 US dollar = {invoice['rate']} {invoice['currency']}.")
    if invoice["unpriced"]:
        found.append(f"Not in the total: {counted(invoice['unpriced'], 'request')} of unknown price.")
    if invoice["estimated"]:
        found.append(f"With an estimated amount: {counted(invoice['estimated'], 'request')}.")
    return found
