"""Shows an operation's answer to a person."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from voicegw_desktop.cli import versions
from voicegw_desktop.cli.nothing import OTHER, nothing
from voicegw_desktop.cli.terminal import say
from voicegw_desktop.cli.waterfall import figures_lines, waterfall
from voicegw_desktop.core.money import NANOS_PER_USD, printed
from voicegw_desktop.core.text import counted, printable
from voicegw_desktop.core.typed import Record, is_list, is_record, record, records, texts
from voicegw_desktop.storage.days import RANGE
from voicegw_desktop.storage.records import is_estimate

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}
GAP = "  "
AMOUNTS = ("cost", "cost_usd", "total", "total_cost_usd", "served", "would_cost", "saved", "cost_before", "cost_after",
           "spent", "reserved", "budget", "usd_per_request")  # fmt: skip
"""Columns of US dollars, where None is a price that is not known."""
MOMENTS = frozenset({"timestamp", "since", "oldest", "gone_before", "first", "last"})
"""Columns of Unix seconds, beside those that end with `_at`."""
NOW = {"day": "today", "week": "this week", "month": "this month"}
NARROWEST = 10  # characters a column may shrink to before the last one is left out


def show(name: str, answer: Mapping[str, object]) -> None:
    """Print the answer: a table where there is one, else its fields; for an empty list what to do next."""
    if sentence := nothing(name, answer):
        say(sentence)
        return
    shower = _SHOWERS.get(name)
    if shower is not None:
        shower(answer)
        return
    page = {key: value for key, value in answer.items() if key != "next"}
    if len(page) == 1:
        value = next(iter(page.values()))
        if is_list(value):
            table(records(value))
            _more(answer)
            return
        if is_record(value):
            answer = value
    fields(answer)


def table(rows: Sequence[Record], columns: Iterable[str] | None = None) -> None:
    """Rows under their column names; empty columns are left out. On a terminal, no wider than that."""
    if not rows:
        say(OTHER)
        return
    names = list(columns or dict.fromkeys(key for row in rows for key in row))
    names = [n for n in names if not _twice(n, names) and any(row.get(n) not in (None, "", [], {}) for row in rows)]
    lines = [[_heading(n) for n in names], *([cell(row.get(n), n) for n in names] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    if sys.stdout.isatty():
        widths = fitting(widths, shutil.get_terminal_size().columns)
    for line in lines:
        # the last columns may have been left out
        shown = zip(line, widths, strict=False)
        say(GAP.join((text if len(text) <= w else text[: w - 1] + "…").ljust(w) for text, w in shown).rstrip())


def fitting(widths: Sequence[int], room: int) -> list[int]:
    """Column widths that fit into `room` characters: wide ones shrink, then the last go; the first stays whole."""
    left = list(widths)
    while sum(left) + len(GAP) * (len(left) - 1) > room and len(left) > 1:
        widest = max(range(1, len(left)), key=lambda i: left[i])
        if left[widest] > NARROWEST:
            left[widest] -= 1
        else:
            left.pop()
    return left


def _heading(name: str) -> str:
    words = {"rss_bytes": "memory", "gpu_bytes": "card", "size_bytes": "size", "changes_json": "changes"}
    return printable(words.get(name, name)).upper().replace("_", " ")


def _twice(name: str, names: Iterable[str]) -> bool:
    """True for a column that repeats a sum in nano-dollars, which is for programs."""
    of = name.removesuffix("_nanos")
    return name.endswith("_nanos") and not {of, f"{of}_usd", f"total_{of}_usd"}.isdisjoint(names)


def fields(answer: Mapping[str, object], indent: int = 0) -> None:
    """`name: value` lines, nested ones indented."""
    for key, value in answer.items():
        if _twice(key, answer):
            continue
        label = " " * indent + printable(key.removesuffix("_nanos").removesuffix("_bytes").replace("_", " "))
        if is_record(value) and value:
            say(f"{label}:")
            fields(value, indent + 2)
        elif is_list(value) and value and is_record(value[0]):
            say(f"{label}:")
            table(records(value))
        else:
            say(f"{label}: {cell(value, key) or '-'}")


def cell(value: object, name: str = "") -> str:
    """One value as text; times and sizes in people's units."""
    if value is None:
        return printed(None) if name in AMOUNTS else "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and (name in MOMENTS or name.endswith("_at")):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value)) if value else "-"
    if isinstance(value, int) and (name.endswith("_bytes") or name == "memory_limit"):
        return f"{value / 1e6:.0f} MB" if value >= 1e6 or not value else f"{value / 1e3:.0f} kB"
    if isinstance(value, int | float) and (name in AMOUNTS or name.endswith("_nanos")):
        return printed(round(value if name.endswith("_nanos") else value * NANOS_PER_USD))
    if isinstance(value, float) and (name == "ms" or name.endswith("_ms")):
        return f"{value:.1f}"
    if isinstance(value, float):
        return f"{value:.{4 if abs(value) >= 5e-5 else 12}f}".rstrip("0").rstrip(".")
    if is_list(value):
        return ", ".join(cell(v) for v in value)
    if isinstance(value, tuple):
        return cell(list[object](value))
    if is_record(value):
        return ", ".join(f"{printable(str(k))}={cell(v)}" for k, v in value.items())
    return printable(str(value))


def _status(answer: Mapping[str, object]) -> None:
    config = record(answer["config"])
    say(f"VoiceGateway Desktop {answer['version']}")
    say(f"configuration: {config['path'] or config['message']}")
    for warning in texts(config["warnings"]):
        say(f"  ! {warning}")
    serving = "" if answer["serving"] else "  (nothing serves it now: `voicegw serve` or `voicegw app`)"
    say(f"endpoint: {answer['endpoint']}{serving}{'  (offline mode)' if answer['offline'] else ''}")
    if answer["socket"]:
        say(f"unix socket: {answer['socket']}")
    say(f"projects: {answer['project_count']}, models: {answer['model_count']}, default: {answer['default_project']}")
    if missing := texts(answer["models_missing"]):
        say(f"not installed: {', '.join(missing)} (voicegw models pull NAME)")
    table([{"provider": name, **record(entry)} for name, entry in record(answer["providers"]).items()])
    if engines := records(answer["engines"]):
        _engine_table(engines)


def _span(answer: Mapping[str, object]) -> str:
    """The period's name; of one that was given by two moments, these."""
    start, end = (cell(answer[name], "timestamp") if answer.get(name) else "" for name in ("from", "to"))
    if answer["period"] != RANGE or not (start or end):
        return printable(str(answer["period"]))
    if not end:
        return f"since {start}"
    return f"{start} until before {end}" if start else f"before {end}"


def _costs(answer: Mapping[str, object]) -> None:
    project = f", project {answer['project']}" if answer.get("project") else ""
    unpriced, estimated = answer.get("unpriced"), answer.get("estimated")
    notes = [f"without {counted(unpriced, 'request')} of unknown price"] if unpriced else []
    notes += [f"estimated for {counted(estimated, 'request')}"] if estimated else []
    notes += ["nothing is recorded, because cost tracking is off"] if answer.get("tracking") is False else []
    say(f"{_span(answer)}{project}: {cell(answer['total'], 'total')}{''.join(f'; {note}' for note in notes)}")
    if talk := record(answer.get("conversations")):
        each = f"{cell(talk['per_turn'], 'cost')} a turn, {cell(talk['per_minute'], 'cost')} a minute"
        length = f"{talk['turns']} turns, {cell(talk['minutes'])} minutes"
        say(f"{talk['conversations']} conversations, {length}: {each if talk['conversations'] else 'nothing to tell'}")
    if answer.get("rows") is not None:
        rows = records(answer["rows"])
        table([{**row, "errors": "unknown"} if row.get("errors", 0) is None else row for row in rows])
        return
    for group in ("by_provider", "by_model", "by_project", "by_modality"):
        if found := record(answer.get(group)):
            table([{group[3:]: k, **(v if is_record(v) else {"cost": v})} for k, v in found.items()])


def _budgets(answer: Mapping[str, object]) -> None:
    rows = [{**row, "name": row.get("label") or row["name"]} for row in records(answer["budgets"])]
    if rows or "periods" not in answer:
        columns = ("kind", "name", "period", "spent", "reserved", "budget", "forecast", "spent_at", "status", "action")
        table([{**row, "forecast": _expected(row)} for row in rows], columns)
    for period in records(answer.get("periods")):
        pace = f"; at this pace it ends at {expected}" if (expected := _expected(period)) else ""
        note = f"; without {counted(n, 'request')} of unknown price" if (n := period["unpriced"]) else ""
        say(f"{NOW[str(period['period'])]}: {cell(period['spent'], 'spent')}{pace}{note}")


def _settings(answer: Mapping[str, object]) -> None:
    rows = []
    for row in records(answer["settings"]):
        choices = ", ".join(str(choice["value"]) for choice in records(row["choices"]))
        rows.append({**row, "set in": row["where"] or row["source"], "choices": choices})
    table(rows, ("path", "value", "set in", "choices"))


def _expected(row: Record) -> str:
    """What a period ends at; empty while it is too early to say."""
    nanos = row.get("forecast_nanos")
    return printed(nanos) if isinstance(nanos, int) else ""


def _what_if(answer: Mapping[str, object]) -> None:
    if "stacks" in answer:
        say(f"{_span(answer)}: as served {cell(answer['served'], 'served')}; on each stack:")
        table(records(answer["stacks"]))
        return
    served, instead, saved = (cell(answer[name], name) for name in ("served", "would_cost", "saved"))
    # a price may be missing on either side
    left_out = answer.get("not_compared")
    note = f", without {counted(left_out, 'request')} that cannot be compared" if left_out else ""
    say(f"{_span(answer)}: as served {served}; instead {instead}; saved {saved}{note}")
    table(records(answer["rows"]))


def _prices(answer: Mapping[str, object]) -> None:
    from voicegw_desktop.pricing.catalog import RATES

    table(records(answer["prices"]), ("target", "tier", "prompt_above", *RATES, "from", "date", "source"))


def _check_prices(answer: Mapping[str, object]) -> None:
    for problem in texts(answer["problems"]):
        say(cell(problem))
    if answer["ok"]:
        say("Every model used this month has a price, and a recent one.")
    if old := answer.get("old_prices"):
        say(f"{old} prices of the list were read more than half a year ago.")


def _check_baseline(answer: Mapping[str, object]) -> None:
    for problem in texts(answer["problems"]):
        say(cell(problem))
    compared, gone = texts(answer["compared"]), texts(answer["not_used"])
    say(f"{counted(len(compared), 'model')} compared with {cell(answer['name'])}.")
    if gone:
        say(f"Not used in this period: {cell(gone)}.")


def _doctor(answer: Mapping[str, object]) -> None:
    checks = records(answer["checks"])
    for check in checks:
        say(f"{MARKS[str(check['state'])]} {check['check']}: {check['message']}")
    warnings = sum(check["state"] == "warning" for check in checks)
    if not answer["ok"]:
        say("Something must be repaired: see ✗.")
    elif warnings:
        say(f"It works, with {warnings} {'warning' if warnings == 1 else 'warnings'}: see !.")
    else:
        say("All is well.")


def _explain(answer: Mapping[str, object]) -> None:
    for item in records(answer["values"]):
        say(f"{item['path']} = {cell(item['value']) or '-'}  [{item['source']} {item['where']}]".replace(" ]", "]"))
        for other in records(item["overrides"]):
            say(f"    overrides {cell(other['value'])}  [{other['source']} {other['where']}]".replace(" ]", "]"))


def _store(answer: Mapping[str, object]) -> None:
    models = sorted(records(answer["models"]), key=lambda model: model.get("state") == "available")  # of sixty rows
    table(models, ("id", "state", "size_bytes", "licence", "languages", "modality"))
    here = sum(model.get("state") == "installed" for model in models)
    used = answer.get("installed_bytes")
    disk = f" ({cell(used, 'size_bytes')})" if used else ""
    say(f"folder: {answer['folder']}; {here} of {len(models)} are installed{disk}, listed first")


def _engine_table(engines: Sequence[Record]) -> None:
    # an engine that does not run holds no memory, and what a server outside this program holds is not known
    rows = [
        {**engine, **{key: engine.get(key) or None for key in ("rss_bytes", "threads", "reason")}} for engine in engines
    ]
    # machines without a graphics card do without its column
    card = ("gpu_bytes",) if any(engine.get("gpu_bytes") for engine in engines) else ()
    table(rows, ("name", "state", "pid", "rss_bytes", *card, "threads", "since", "reason"))


def _providers(answer: Mapping[str, object]) -> None:
    providers = records(answer["providers"])
    table(providers, ("id", "type", "modalities", "zone", "configured", "installed", "api_key", "source"))
    for provider in providers:
        if note := provider.get("note"):
            say(str(note))


def _logs(answer: Mapping[str, object]) -> None:
    columns = ("timestamp", "modality", "model_id", "project", "ttfb_ms", "total_latency_ms", "cost", "status")
    rows = [{**row, "cost": _cost(row)} for row in records(answer["logs"])]
    table(rows, (*columns, "fallback_from", "error_message"))
    _more(answer)


def _cost(row: Record) -> str:
    amount = cell(row.get("cost_usd"), "cost")
    return f"{amount} (estimate)" if is_estimate(row.get("pricing_source")) else amount


def _session(answer: Mapping[str, object]) -> None:
    fields({name: value for name, value in answer.items() if not isinstance(value, dict | list)})
    if others := texts(answer.get("other_projects")):
        say(f"Other projects have a session of this name, too: {', '.join(others)}. For theirs: --project {others[0]}")
    for line in (*figures_lines(record(answer.get("figures"))), *waterfall(records(answer["turns"]))):
        say(line)
    if requests := records(answer["requests"]):
        say()
        columns = ("timestamp", "modality", "model_id", "ttfb_ms", "total_latency_ms", "cost", "status")
        table([{**row, "cost": _cost(row)} for row in requests], columns)


def _turns(answer: Mapping[str, object]) -> None:
    for line in (*figures_lines(record(answer.get("figures"))), *waterfall(records(answer["turns"])[::-1])):
        say(line)
    _more(answer)


def _more(answer: Mapping[str, object]) -> None:
    """Say how to see the next page."""
    if answer.get("next"):
        say(f"For older ones: --before {answer['next']}")


def _egress(answer: Mapping[str, object]) -> None:
    rows = [
        {
            **e,
            "timestamp": e["at"],
            "sent": "nothing: a refused redirect" if e.get("refused") else _sent(e),
        }
        for e in records(answer["egress"])
    ]
    table(rows, ("timestamp", "target", "host", "zone", "project", "modality", "sent"))
    _more(answer)


def _sent(entry: Record) -> str:
    rest = "" if entry.get("finished", True) else ", unfinished"
    return f"{entry['sent_bytes']} bytes{_seconds(entry['sent_s'])}{rest}"


def _seconds(sent: object) -> str:
    return f", {sent:.1f} s" if isinstance(sent, int | float) and sent else ""


def _latency(answer: Mapping[str, object]) -> None:
    entries = [(k, record(v)) for k, v in record(record(answer["latency"]).get("by_model")).items()]
    metrics = ["ttfb"]
    if any(value is not None for _, entry in entries for value in record(entry.get("recorded_ms")).values()):
        metrics.append("recorded")
    table(
        [
            {
                "model": name,
                "count": entry["count"],
                **{f"{metric}_{p}_ms": v for metric in metrics for p, v in record(entry.get(f"{metric}_ms")).items()},
            }
            for name, entry in entries
        ]
    )


def _key(answer: Mapping[str, object]) -> None:
    livekit = record(answer["livekit"])
    say(f"key id:              {answer['key_id']} (project {answer['project']})")
    say(f"OPENAI_API_KEY:      {answer['api_key']}")
    say(f"LIVEKIT_API_KEY:     {livekit['api_key']}")
    say(f"LIVEKIT_API_SECRET:  {livekit['api_secret']}")


_SHOWERS: dict[str, Callable[[Mapping[str, object]], None]] = {
    "status": _status,
    "costs": _costs,
    "budgets": _budgets,
    "set_budget": _budgets,
    "settings": _settings,
    "set_setting": _settings,
    "what_if": _what_if,
    "prices": _prices,
    "check_prices": _check_prices,
    "check_baseline": _check_baseline,
    "doctor": _doctor,
    "explain_config": _explain,
    **versions.SHOWERS,
    "list_store": _store,
    "list_engines": lambda answer: _engine_table(records(answer["engines"])),
    "list_providers": _providers,
    "logs": _logs,
    "session": _session,
    "turns": _turns,
    "egress": _egress,
    "latency": _latency,
    "start_engine": lambda answer: _engine_table([record(answer["engine"])]),
    "stop_engine": lambda answer: _engine_table([record(answer["engine"])]),
    "create_key": _key,
    "rotate_key": _key,
    "show_key": _key,
}
