"""How long requests took: percentiles of any range of time, from histograms that add up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.histograms import METRICS, of_counts, quantiles, unpack
from voicegw_desktop.storage.percentiles import label
from voicegw_desktop.storage.periods import LAST_DAY, Part, cover, next_day
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.retention import gone_before, requests_since
from voicegw_desktop.storage.roll import ALL
from voicegw_desktop.storage.rollups import buckets

Histograms = dict[tuple[str, str], dict[str, int]]
"""By metric, of each (modality, model)."""


def latency_stats(
    connection: sqlite3.Connection, span: Span, project: str | None, percentiles: Iterable[float]
) -> dict[str, object]:
    """`{period, project, details_since, whole_months, by_modality: {stt: {count, ttfb_ms: {p50, …}, total_ms,
    gateway_ms, recorded_ms}}, by_model: {…}}`.

    Successful requests only; values are within 2 %. Of transcriptions, `ttfb_ms` is TTFS, one sample for each live
    utterance; recordings, for which no person waits since the end of speech, are in `recorded_ms`. `whole_months`: the
    span begins or ends in a month of which only the whole is kept, and has all of that month. `details_since`: parts of
    days are added up from single requests, of which those before that moment (Unix seconds) were removed.
    """
    histograms, whole_months = _histograms(connection, span, project)
    by_modality: dict[str, dict[str, int]] = {}
    for (modality, _), metrics in histograms.items():
        sums = by_modality.setdefault(modality, {})
        for metric, histogram in metrics.items():
            sums[metric] = sums.get(metric, 0) + histogram
    # a thousand models would each make the same names
    wanted = {p: label(p) for p in percentiles}
    return {
        "period": span.name,
        "project": project,
        "whole_months": whole_months,
        "details_since": requests_since(connection, span) if span.days is None else None,
        "by_modality": {name: _told(metrics, wanted) for name, metrics in by_modality.items()},
        "by_model": {model: _told(metrics, wanted) for (_, model), metrics in histograms.items()},
    }


def first_bytes(
    connection: sqlite3.Connection, span: Span, project: str | None, percentiles: Sequence[float]
) -> dict[str, list[float | None]]:
    """Model → percentiles of the time to its first byte (STT: TTFS), in milliseconds; successful requests only."""
    found = {}
    for (_, model), metrics in _histograms(connection, span, project)[0].items():
        if histogram := metrics.get("ttfb"):
            values = quantiles(histogram, percentiles)[1]
            found[model] = [values[p] for p in percentiles]
    return found


def _told(metrics: dict[str, int], wanted: Mapping[float, str]) -> dict[str, object]:
    """`wanted`: the percentiles with their names."""
    entry: dict[str, object] = {"count": 0}
    most = 0
    for metric in METRICS:
        count, values = quantiles(metrics.get(metric, 0), wanted)
        most = max(most, count)
        entry[f"{metric}_ms"] = {name: values[p] for p, name in wanted.items()}
    entry["count"] = most
    return entry


def _histograms(connection: sqlite3.Connection, span: Span, project: str | None) -> tuple[Histograms, bool]:
    """The histograms of a span, and whether it was widened to whole months."""
    found: Histograms = {}
    days, edges = span.split()
    widened = False
    if days is not None:
        first, last = days
        thinned = gone_before(connection).get("latency")
        if thinned is not None:
            day = day_bounds(thinned)[0]
            # of the months before that day, only the whole is kept
            if 0 < first < day and first % 100 > 1:
                first, widened = first // 100 * 100, True
            if last < day - 1 and last % 100 < 99 and next_day(last) % 100 != 1:
                last, widened = last // 100 * 100 + 99, True
        for part in cover(first, last, LAST_DAY):
            _add_periods(connection, found, part, project)
        _add_waiting(connection, found, (first, last), project)
    for edge in edges:
        _add_requests(connection, found, edge, project)
    return {
        place: kept for place, metrics in found.items() if (kept := {name: h for name, h in metrics.items() if h})
    }, widened


def _add_periods(connection: sqlite3.Connection, found: Histograms, part: Part, project: str | None) -> None:
    for modality, model, packed in connection.execute(
        "SELECT modality, model_id, counts FROM latency WHERE project = ? AND period BETWEEN ? AND ?",
        (ALL if project is None else project, part.low, part.high),
    ):
        metrics = found.setdefault((modality, model), {})
        for metric, histogram in unpack(packed):
            metrics[metric] = metrics.get(metric, 0) + part.sign * histogram


def _add_waiting(connection: sqlite3.Connection, found: Histograms, days: tuple[int, int], project: str | None) -> None:
    """What is not packed yet."""
    rows = connection.execute(
        "SELECT modality, model_id, metric, bucket, sum(count) FROM daily_latency "
        "WHERE day BETWEEN ? AND ? AND (? IS NULL OR project = ?) GROUP BY 1, 2, 3, 4",
        (*days, project, project),
    )
    _add_counts(found, rows)


def _add_requests(connection: sqlite3.Connection, found: Histograms, span: Span, project: str | None) -> None:
    where, values = within(span, {"project": project, "status": "success"})
    rows = connection.execute(
        "SELECT modality, model_id, CASE WHEN modality = 'stt' THEN metadata END, ttfb_ms, total_latency_ms, "
        f"gateway_ms FROM requests WHERE {where}",
        values,
    )
    _add_counts(
        found,
        (
            (modality, model, metric, bucket, count)
            for modality, model, metadata, *times in rows
            for metric, bucket, count in buckets(times, json.loads(metadata) if metadata else {})
        ),
    )


def _add_counts(found: Histograms, rows: Iterable[tuple[str, str, str, int, int]]) -> None:
    counts: dict[tuple[str, str, str], dict[int, int]] = {}
    for modality, model, metric, bucket, count in rows:
        cell = counts.setdefault((modality, model, metric), {})
        cell[bucket] = cell.get(bucket, 0) + count
    for (modality, model, metric), cell in counts.items():
        metrics = found.setdefault((modality, model), {})
        metrics[metric] = metrics.get(metric, 0) + of_counts(cell)
