"""Stored requests and sessions, read page by page, with what runs now on top: filtered and searched."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from voicegw_desktop.app.language import count, tr, whole_number
from voicegw_desktop.app.viewmodels.words import clock, exactly, millis, money
from voicegw_desktop.storage.records import is_estimate

PAGE = 200  # rows asked for at a time
FIRST = 50  # rows shown at most before the first page was read


@dataclass(frozen=True)
class Filters:
    """What is shown; empty: everything."""

    period: str = "all"
    project: str = ""
    modality: str = ""
    target: str = ""
    errors: bool = False
    words: str = ""
    """Every word of it is found somewhere in a row."""

    def params(self, kind: str) -> dict[str, Any]:
        """What the operation `logs` or `sessions` filters by itself."""
        found: dict[str, Any] = {"limit": PAGE, "period": self.period}
        if self.project:
            found["project"] = self.project
        if kind == "logs":
            if self.modality:
                found["modality"] = self.modality
            if self.target:
                found["model"] = self.target
            if self.errors:
                found["status"] = "error"
        return found

    def fits(self, row: Row) -> bool:
        """Whether the row is shown."""
        return (
            self.project in ("", row.project)
            and (not self.modality or self.modality in row.modalities)
            and (not self.target or self.target in row.targets)
            and (not self.errors or row.failed)
            and all(word in row.text for word in self.words.lower().split())
        )


@dataclass(frozen=True)
class Row:
    """One request or session."""

    id: str
    at: float
    """Unix seconds; 0: it runs now."""
    modalities: tuple[str, ...]
    targets: tuple[str, ...]
    project: str
    requests: int
    length: str
    nanos: int | None
    state: str
    """`live`, `ok`, `error`, `fell back` or `cancelled`"""
    text: str
    """All of it in lower case, for the search."""
    source: Mapping[str, Any] = field(default_factory=dict, compare=False)
    live: tuple[str, ...] = ()
    """Ids of its requests that run now."""
    errors: int = 0
    """How many requests failed: of a session, or 1 for one request that did."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others: each project names its own sessions."""
        return self.project, self.id

    @property
    def unpriced(self) -> int:
        """How many requests of a session have no known price, so that its cost is without them."""
        return int(self.source.get("unpriced") or 0)

    @property
    def failed(self) -> bool:
        return self.errors > 0

    @property
    def served_nothing(self) -> bool:
        """Whether the request, or each of the session, failed. What runs may yet serve."""
        return self.failed and not self.live and self.errors >= self.requests


def request_row(row: Mapping[str, Any]) -> Row:
    """A stored request."""
    target, project = str(row["model_id"]), str(row["project"])
    state = str(row["status"])
    if state == "success":
        state = "fell back" if row.get("fallback_from") else "ok"
    told = (row["id"], target, project, row.get("session_id"), row.get("wire"), row.get("wanted"), state)
    text = " ".join(str(part) for part in (*told, row.get("error_message")) if part).lower()
    return Row(
        str(row["id"]), float(row["timestamp"]), (str(row["modality"]),), (target,), project, 1,
        millis(row.get("total_latency_ms")), row.get("cost_nanos"), state, text, dict(row),
        errors=int(state == "error"),
    )  # fmt: skip


def session_row(row: Mapping[str, Any]) -> Row:
    """A stored session."""
    served: Mapping[str, list[str]] = row.get("served_by") or {}
    targets = tuple(target for some in served.values() for target in some)
    lasted = max(0.0, float(row.get("ended_at") or row["started_at"]) - float(row["started_at"]))
    errors = int(row.get("errors") or 0)
    text = " ".join((str(row["id"]), str(row["project"]), *targets)).lower()
    return Row(
        str(row["id"]), float(row["started_at"]), tuple(row.get("modalities") or ()), targets, str(row["project"]),
        int(row.get("request_count") or 0), f"{lasted:.0f} s" if lasted < 90 else f"{lasted / 60:.0f} min",
        row.get("cost_nanos"), "error" if errors else "ok", text, dict(row), errors=errors,
    )  # fmt: skip


def shown_words(rows: Sequence[Row], *, sessions: bool, whole: bool) -> str:
    """How many rows are shown, and what they have cost; `whole` is false while older ones can be read."""
    what = count(len(rows), "session") if sessions else count(len(rows), "request")
    spent = money(sum(row.nanos or 0 for row in rows))
    parts = [what, count(sum(row.requests for row in rows), "request"), spent] if sessions else [what, spent]
    missing = sum(row.nanos is None and not row.live for row in rows)
    parts += [tr("{unpriced} without a price", unpriced=whole_number(missing))] if missing else []
    told = " · ".join(parts)
    return told if whole else tr("{told}. Scroll down for older ones.", told=told)


def live_rows(active: Iterable[Any], *, sessions: bool) -> list[Row]:
    """What runs now: each request, or all requests of a session as one row."""
    grouped: dict[tuple[str, str], list[Any]] = {}
    for event in active:
        if sessions and not event.session:
            continue
        grouped.setdefault((event.project, event.session if sessions else event.id), []).append(event)
    return [
        Row(
            name, 0.0, tuple(e.modality for e in some), tuple(e.target for e in some), project, len(some), "",
            0, "live", " ".join((name, project, *(e.target for e in some))).lower(), {},
            tuple(e.id for e in some),
        )
        for (project, name), some in grouped.items()
    ]  # fmt: skip


class History:
    """The pages of one list that were read so far."""

    def __init__(self, kind: str) -> None:
        """`kind`: `logs` or `sessions`."""
        self.kind = kind
        self.filters = Filters()
        self.rows: list[Row] = []
        self.next: str | None = None
        self.whole = False
        """True once the oldest row was read."""
        self._keys: set[tuple[str, str]] = set()
        self._fresh: dict[str, tuple[Any, Row]] = {}
        """Records that ended since the first page was read, and their rows."""

    def change(self, **what: Any) -> bool:
        """Set filters; True when the rows must be read again."""
        before, self.filters = self.filters, replace(self.filters, **what)
        return before.params(self.kind) != self.filters.params(self.kind)

    def clear(self) -> None:
        """Forget what was read."""
        self.rows, self.next, self.whole, self._keys = [], None, False, set()

    def params(self) -> dict[str, Any]:
        """What to ask for next."""
        return {**self.filters.params(self.kind), **({"before": self.next} if self.next else {})}

    def take(self, answer: Mapping[str, Any]) -> None:
        """Add the page that was asked for."""
        make = request_row if self.kind == "logs" else session_row
        for row in answer.get(self.kind) or ():
            made = make(row)
            if made.key not in self._keys:
                self._keys.add(made.key)
                self.rows.append(made)
        self.next = answer.get("next")
        self.whole = self.next is None

    def shown(self, active: Iterable[Any], newest: Iterable[Any] = ()) -> list[Row]:
        """Live rows first, then those that ended since the first page was read, then the pages.

        `newest`: the requests that ended last; a session is a row of a page only.
        """
        sessions = self.kind == "sessions"
        live = live_rows(active, sessions=sessions)
        keys = {row.key for row in live}
        if sessions and live:
            live = self._with_errors(live, keys, newest)
        lately = not sessions and self.filters.period in ("all", "today", "week", "month")
        fresh = self._rows_of(newest) if lately else []
        return [row for row in (*live, *fresh, *(r for r in self.rows if r.key not in keys)) if self.filters.fits(row)]

    def _with_errors(self, live: list[Row], keys: set[tuple[str, str]], newest: Iterable[Any]) -> list[Row]:
        """The sessions `live`, whose keys are `keys`, with how many of their requests failed.

        The page was read before the newest requests ended, and of a long session only the newest ones are here: the
        larger number is the nearer one.
        """
        errors = Counter((r.project, r.session_id) for r in newest if r.status == "error")
        for row in self.rows:
            if row.key in keys:
                errors[row.key] = max(errors[row.key], row.errors)
        return [replace(row, errors=errors[row.key]) for row in live]

    def _rows_of(self, newest: Iterable[Any]) -> list[Row]:
        """Their rows, made once: the list is shown again several times a second. None for those of pages to be read."""
        before, self._fresh = self._fresh, {}
        since = self.rows[-1].at if self.rows and not self.whole else 0.0
        for record in itertools.islice(newest, None if self.rows or self.whole else FIRST):
            if (record.project, record.id) not in self._keys and float(record.timestamp) >= since:
                known = before.get(record.id)
                if known is None or known[0] is not record:
                    known = (record, request_row(vars_of(record)))
                self._fresh[record.id] = known
        return [row for _, row in self._fresh.values()]


def vars_of(record: Any) -> Mapping[str, Any]:
    """The fields of a record, whichever kind it is."""
    names = getattr(record, "__slots__", None) or vars(record)
    return {name: getattr(record, name) for name in names}


def moment(at: float, now: float) -> str:
    """The time of a row as `clock` formats it; `now` for a request that still runs."""
    return clock(at, now) or tr("now")


def story(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of all that is known about one request."""
    target = str(row["model_id"])
    wanted, instead = row.get("wanted"), row.get("fallback_from")
    pairs = [
        (tr("Served by"), target if row["status"] == "success" else f"{target}: {row['status']}"),
        (tr("Asked for"), str(wanted) if wanted and wanted != target else ""),
        (
            tr("Should have"),
            tr("{instead} failed, and {target} took over", instead=instead, target=target) if instead else "",
        ),
        (tr("Error"), str(row.get("error_message") or "")),
        (tr("When"), exactly(float(row["timestamp"]))),
        (tr("First byte"), millis(row.get("ttfb_ms"))),
        (tr("Total"), millis(row.get("total_latency_ms"))),
        (tr("In the gateway"), millis(row.get("gateway_ms")) if row.get("gateway_ms") is not None else ""),
        (tr("Cost"), _cost(row)),
        (tr("Project"), str(row["project"])),
        (tr("Session"), str(row.get("session_id") or "")),
        (tr("Key"), str(row.get("key_id") or "")),
        (tr("Came by"), str(row.get("wire") or "")),
        (tr("Id"), str(row["id"])),
    ]
    return [(name, value) for name, value in pairs if value]


def _cost(row: Mapping[str, Any]) -> str:
    nanos, source = row.get("cost_nanos"), str(row.get("pricing_source") or "")
    if nanos is None:
        return tr("unknown: no price of it is known")
    if nanos == 0:
        return "" if row["status"] == "error" else tr("free")
    return f"{money(nanos)}, {tr('an estimate') if is_estimate(source) else tr('as billed')} ({source})"
