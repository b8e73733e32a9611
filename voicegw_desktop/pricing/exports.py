"""Usage exports of providers: what they bill for each day and model, read from CSV or JSON.

Consoles and admin interfaces name their columns differently and change them; each meaning has the names that are known.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.text import loads, shown
from voicegw_desktop.core.typed import Record, is_list, is_record, record

MOST_BYTES = 64 << 20  # of a file
NANOS = Decimal(1_000_000_000)

DAY = ("usage_date_utc", "start_time_iso", "starting_at", "start_time", "start_ts", "start", "usage_date", "date",
       "day", "time", "timestamp", "created_at", "created")  # fmt: skip
MODEL = ("model_version", "model", "model_name", "model_id", "models", "line_item", "snapshot_id", "speech_model",
         "service", "product", "endpoint")  # fmt: skip
_ONE, _CENT = Decimal(1), Decimal("0.01")
COST = {
    **dict.fromkeys(("cost_usd", "amount_value", "amount_usd", "cost", "dollars", "usd", "total_cost", "spend"), _ONE),
    **dict.fromkeys(("charge", "price", "total"), _ONE),
    "amount_cents": _CENT,
}
"""Name → US dollars of one."""
CENTS_BESIDE = "starting_at"
"""Beside this name, `amount` is a text in cents: the lowest unit of its currency."""
REQUESTS = ("num_model_requests", "n_requests", "requests", "request_count", "num_requests", "calls", "count")
TOKENS_IN = ("usage_input_tokens_no_cache", "usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h",
             "usage_input_tokens_cache_write", "usage_input_tokens_cache_read", "uncached_input_tokens",
             "cache_read_input_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "input_tokens",
             "n_context_tokens_total", "prompt_tokens", "tokens_in")  # fmt: skip
"""Parts of one sum; OpenAI's `input_tokens` has those in it that it also names as `input_cached_tokens`."""
TOKENS_OUT = ("usage_output_tokens", "output_tokens", "n_generated_tokens_total", "completion_tokens", "tokens_out")
SECONDS = {"seconds": 1, "audio_seconds": 1, "duration_seconds": 1, "num_seconds": 1, "duration": 1,
           "audio_duration": 1, "minutes": 60, "audio_minutes": 60, "hours": 3600, "audio_hours": 3600}  # fmt: skip
CHARACTERS = ("characters", "character_count", "tts_characters", "num_characters", "credits", "usage")
AMOUNTS = ("tokens", "seconds", "minutes", "hours", "characters", "requests")
"""What a column that is named by hand may count, beside the day, the model and the cost."""
COLUMNS = ("day", "model", "cost", *AMOUNTS)
CURRENCIES = ("amount_currency", "currency")
EMPTY = frozenset({"", "-", "--", "n/a", "na", "nan", "none", "null"})
"""What stands in a cell without a value."""
_SIGN = r"[-+]?\$?[-+]?"
_COMMA = re.compile(rf"{_SIGN}(\d+,(\d{{1,2}}|\d{{4,}})|0,\d+|\d{{1,3}}(\.\d{{3}})+,\d+)")
"""A number that has a decimal comma and no other reading."""
_POINT = re.compile(rf"{_SIGN}(\d+\.(\d{{1,2}}|\d{{4,}})|0\.\d+|\d{{1,3}}(,\d{{3}})+\.\d+)")
_EITHER = re.compile(rf"{_SIGN}(\d+|\d{{1,3}}([.,]\d{{3}})+|\d*[.,]\d+|\d{{1,3}}(\.\d{{3}})+,\d+)")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b.*")


@dataclass(slots=True)
class Billed:
    """What a provider bills for one model on one day (UTC); None: the export does not say."""

    nanos: int | None = None
    units: dict[str, Decimal] = field(default_factory=dict)
    """`tokens`, `seconds`, `characters` or `requests` → how many."""

    def add(self, nanos: int | None, units: Mapping[str, Decimal]) -> None:
        """Add one row of the export."""
        if nanos is not None:
            self.nanos = (self.nanos or 0) + nanos
        for name, amount in units.items():
            self.units[name] = self.units.get(name, Decimal(0)) + amount


Bill = dict[tuple[str, str], Billed]
"""(day as yyyy-mm-dd in UTC, the provider's name of the model) → what is billed."""


def read(content: str, columns: Mapping[str, str] | None = None) -> Bill:
    """The bill in an export. `columns`: one of COLUMNS → the name of its column, where it is not known here.

    Raises BadRequest for a file in which there is no day, or neither a cost nor an amount.
    """
    names = columns or {}
    found: Bill = {}
    seen: set[str] = set()
    for row in _rows(content, names):
        seen |= set(row)
        day, units = _day(row, names.get("day")), _units(row, names)
        cost = None if day is None else _cost(row, names.get("cost"))
        if day is None or (cost is None and not units):
            continue
        model = _model(row, names.get("model"))
        found.setdefault((day, model), Billed()).add(cost, units)
    if not found:
        known = ", ".join(sorted(seen)[:40]) or "none"
        raise BadRequest(
            f"No row of the export has a day and an amount. Its columns are: {known}. Name yours with --column "
            f"day=NAME, --column model=NAME and --column cost=NAME; amounts are {', '.join(AMOUNTS)}.",
            param="file",
        )
    return found


def _rows(content: str, names: Mapping[str, str]) -> Iterator[Record]:
    """The rows with their column names in small letters and underscores; `names`: as for `read`."""
    text = content.lstrip("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _flat(loads(text), {})
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The export is no JSON: {error}", param="file") from error
        return
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4096], ",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        # whatever ends its lines
        table = csv.DictReader(io.StringIO(text, newline=None), dialect=dialect)
        columns = [_name(name) for name in table.fieldnames or ()]
        used = {*DAY, *COST, "amount", *(_name(name) for name in names.values())}
        if twice := next((name for name in columns if name in used and columns.count(name) > 1), None):
            raise BadRequest(f'The export has two columns "{twice}": remove or rename one of them.', param="file")
        rows = [
            {_name(name): value for name, value in row.items() if isinstance(name, str) and value not in (None, "")}
            for row in table
        ]
    except csv.Error as error:
        raise BadRequest(f"The export is no CSV: {error}", param="file") from error
    yield from _usual(rows, names)


def _usual(rows: list[Record], names: Mapping[str, str]) -> list[Record]:
    """Rows of CSV with decimal points and with dates as in 2026-01-31.

    Spreadsheets of many countries write 0,01 and 31/01/2026. Where nothing in the file tells, 1,234 is a thousand and
    more, and a date begins with the month.
    """
    days = {*DAY, *([_name(names["day"])] if "day" in names else ())}
    texts = {*days, *MODEL, *([_name(names["model"])] if "model" in names else ())}
    numbers = [(row, name) for row in rows for name in row if name not in texts and _EITHER.fullmatch(_cell(row, name))]
    comma = next((_cell(row, name) for row, name in numbers if _COMMA.fullmatch(_cell(row, name))), None)
    point = next((_cell(row, name) for row, name in numbers if _POINT.fullmatch(_cell(row, name))), None)
    if comma and point:
        raise BadRequest(
            f"The export has numbers with a decimal comma ({comma}) and with a decimal point ({point}): write all of "
            "them with a point.",
            param="file",
        )
    if comma:
        for row, name in numbers:
            row[name] = _cell(row, name).replace(".", "").replace(",", ".")
    dates = [(row, name, found) for row in rows for name in days if (found := _SLASHES.fullmatch(_cell(row, name)))]
    if any(int(found[1]) > 12 for _, _, found in dates):
        for row, name, found in dates:
            row[name] = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return rows


def _cell(row: Record, name: str) -> str:
    return str(row.get(name) or "").strip()


def _flat(value: object, above: Record) -> Iterator[Record]:
    """Objects that hold no list of objects, with what stands above them: buckets, results, groupings."""
    if is_list(value):
        for one in value:
            yield from _flat(one, above)
        return
    if not is_record(value):
        return
    if is_list(times := value.get("time")) and is_record(value.get("usage")):
        yield from _series(times, record(value["usage"]))
        return
    here = {**above}
    lists: list[object] = []
    for name, inner in value.items():
        if is_record(inner):
            key = _name(name)
            for n, v in inner.items():
                if not is_list(v):
                    here[f"{key}_{_name(n)}" if key == "amount" else _name(n)] = v
                elif len(v) == 1:
                    here[_name(n)] = v[0]
        elif is_list(inner):
            if inner and is_record(inner[0]):
                lists.append(inner)
            elif len(inner) == 1:
                here[_name(name)] = inner[0]
        elif inner is not None:
            here[_name(name)] = inner
    if lists:
        for inner in lists:
            yield from _flat(inner, here)
    else:
        yield here


def _series(times: list[object], usage: Record) -> Iterator[Record]:
    """Several series over one list of times, by model."""
    for model, amounts in usage.items():
        for at, amount in zip(times, amounts if is_list(amounts) else [], strict=False):
            if amount:
                yield {"time": at, "model": model, "characters": amount}


def _name(text: object) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(text).strip().lower()).strip("_")


def _day(row: Record, column: str | None) -> str | None:
    for name in (_name(column),) if column else DAY:
        # a year beyond those is a number that means something else, and no calendar has its days
        if name in row and (day := _date(row[name])) is not None and "2000" <= day < "2200":
            return day
    return None


def _date(value: object) -> str | None:
    text = str(value).strip()
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC).date().isoformat()
        if re.fullmatch(r"\d{12,14}", text):
            return datetime.fromtimestamp(int(text) / 1000, UTC).date().isoformat()
        if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            return datetime(int(match[3]), int(match[1]), int(match[2])).date().isoformat()
        if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
            return datetime(int(match[3]), int(match[2]), int(match[1])).date().isoformat()
        at = datetime.fromisoformat(text)
        return (at.astimezone(UTC) if at.tzinfo else at).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _model(row: Record, column: str | None) -> str:
    """The model's name; of a line such as `gpt-4o-mini, input` or `streaming::nova-3` only that."""
    for name in (_name(column),) if column else MODEL:
        if text := str(row.get(name) or "").strip():
            return text.rpartition("::")[2].partition(",")[0].strip() or text
    return ""


def _cost(row: Record, column: str | None) -> int | None:
    currency = next((str(row[name]).lower() for name in CURRENCIES if name in row), "usd")
    if currency != "usd":
        raise BadRequest(f"The export is in {currency[:8].upper()}; only US dollars can be compared.", param="file")
    names = {_name(column): _ONE} if column else {**COST, "amount": _CENT if CENTS_BESIDE in row else _ONE}
    wrong: tuple[str, str] | None = None
    for name, dollars in names.items():
        if name not in row:
            continue
        if (amount := _number(row[name])) is not None:
            return round(amount * dollars * NANOS)
        if (text := _cell(row, name)).lower() not in EMPTY:
            wrong = wrong or (name, text)
    if wrong is not None:
        # a sum that left this out would look right
        raise BadRequest(f'The export\'s "{wrong[0]}" is "{shown(wrong[1])}", which is no number.', param="file")
    return None


def _units(row: Record, names: Mapping[str, str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    named = [(unit, _number(row.get(_name(names[unit])))) for unit in AMOUNTS if unit in names]
    if named:
        for unit, amount in named:
            if amount is not None:
                seconds = SECONDS.get(unit)
                found["seconds" if seconds else unit] = amount * (seconds or 1)
        return found
    tokens = [amount for name in (*TOKENS_IN, *TOKENS_OUT) if (amount := _number(row.get(name))) is not None]
    if tokens:
        found["tokens"] = Decimal(sum(tokens))
    for name, seconds in SECONDS.items():
        if (amount := _number(row.get(name))) is not None:
            found["seconds"] = amount * seconds
            break
    for unit, columns in (("characters", CHARACTERS), ("requests", REQUESTS)):
        for name in columns:
            if (amount := _number(row.get(name))) is not None:
                found[unit] = amount
                break
    return found


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip().lstrip("$").replace(",", "").replace("_", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else None
