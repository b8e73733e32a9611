"""`voicegw reconcile`: what a provider bills beside what is recorded here."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say, say_error, say_json
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record, record, records
from voicegw_desktop.pricing.exports import COLUMNS, MOST_BYTES, Bill, read
from voicegw_desktop.pricing.invoices import Recorded, compare, summary


def reconcile(options: Options) -> int:
    """Compare an export with the stored requests; 1 when they differ. Without a provider: `voicegw audit-books`."""
    if options.provider is None:
        from voicegw_desktop.cli import operate
        from voicegw_desktop.gateway.operations import OPERATIONS

        say_error("The check of the books is `voicegw audit-books` now; this command compares a provider's export.")
        return operate.run(OPERATIONS["audit_books"], options)
    if options.file is None:
        raise BadRequest(
            "--file is required: the export of the provider's usage or costs, as CSV or JSON.", param="file"
        )
    if not 0 <= options.tolerance <= 100:
        raise BadRequest(
            f'"--tolerance" is {options.tolerance:g}; write per cent between 0 and 100.', param="tolerance"
        )
    bill = read(content_of(Path(options.file)), _columns(options.column))
    ours = asyncio.run(_recorded(options.provider, bill))
    lines, sums = compare(ours, bill, Decimal(str(options.tolerance)) / 100)
    told = {**summary(sums), "models": [line.told() for line in sums], "days": [line.told() for line in lines]}
    if options.json:
        say_json(told)
    else:
        _show(told)
    return 1 if told["differing"] else 0


def _show(told: Record) -> None:
    from voicegw_desktop.cli.tables import table

    columns = ("day", "model", "unit", "ours", "theirs", "cost_ours", "cost_theirs", "difference", "reason")
    table(records(told["days"]), columns)
    say("")
    table(records(told["models"]), columns[1:])
    theirs = "an amount that the export does not tell" if told["cost_theirs"] is None else f"${told['cost_theirs']}"
    say(
        f"Recorded here: ${told['cost_ours']}; billed: {theirs}; models that differ: {told['differing']}. Days are UTC."
    )


def content_of(path: Path) -> str:
    """The text of an export. Raises BadRequest for a file that is too large, cannot be read, or is no text."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadRequest(f"{path} has more than {MOST_BYTES >> 20} MiB: export a shorter time.", param="file")
        data = path.read_bytes()
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror}.", param="file") from error
    # spreadsheets write UTF-16, which is full of zeros
    text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace")
    if "\0" in text:
        raise BadRequest(f"{path} is no text: give the export as the provider made it, CSV or JSON.", param="file")
    return text


def _columns(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, column = one.partition("=")
        if not equals or name not in COLUMNS or not column:
            raise BadRequest(
                f'"--column" is "{one[:40]}"; write one of {", ".join(COLUMNS)}, as in cost=NAME.', param="column"
            )
        found[name] = column
    return found


async def _recorded(provider: str, bill: Bill) -> list[Recorded]:
    from voicegw_desktop.cli import operate
    from voicegw_desktop.gateway.operations import OPERATIONS

    days = sorted(day for day, _ in bill)
    end = datetime.fromisoformat(days[-1]).replace(tzinfo=UTC) + timedelta(days=1)
    params: Record = {"provider": provider, "from": f"{days[0]}T00:00:00+00:00", "to": end.isoformat()}
    operation = OPERATIONS["usage_by_day"]
    answer = await operate.ask(operation, operation.take(params))
    return [Recorded(**{name: row[name] for name in Recorded._fields}) for row in map(record, records(answer["usage"]))]  # type: ignore[arg-type]


def reconcile_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw reconcile`."""
    parser.add_argument("--provider", metavar="NAME", help="whose export it is, as in openai or deepgram")
    parser.add_argument("--file", metavar="FILE", help="its usage or costs by day and model, CSV or JSON")
    parser.add_argument(
        "--column",
        metavar="WHAT=NAME",
        action="append",
        default=[],
        help=f"this column has the {', '.join(COLUMNS[:-1])} or {COLUMNS[-1]}",
    )
    parser.add_argument("--tolerance", type=float, default=1.0, metavar="PERCENT", help="differences that are none (1)")
    parser.set_defaults(everything=False)
