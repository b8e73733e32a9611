"""Shows an operation's answer to a person."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from voicegw_desktop.cli.terminal import say
from voicegw_desktop.cli.waterfall import waterfall
from voicegw_desktop.core.money import NANOS_PER_USD, printed
from voicegw_desktop.core.text import printable
from voicegw_desktop.storage.days import RANGE
from voicegw_desktop.storage.records import is_estimate

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}
GAP = "  "
AMOUNTS = ("cost", "cost_usd", "total", "total_cost_usd", "served", "would_cost", "saved", "cost_before", "cost_after")
"""Columns of US dollars, where None is a price that is not known."""
NARROWEST = 10  # characters a column may shrink to before the last one is left out


def show(name: str, answer: Any) -> None:
    """Print the answer: a table where there is one, else its fields."""
    shower = _SHOWERS.get(name)
    if shower is not None:
        shower(answer)
        return
    if isinstance(answer, dict) and len(answer) == 1:
        value = next(iter(answer.values()))
        if isinstance(value, list):
            table(value)
            return
        if isinstance(value, dict):
            answer = value
    fields(answer)


def table(rows: Sequence[dict[str, Any]], columns: Iterable[str] | None = None) -> None:
    """Rows under their column names; empty columns are left out. On a terminal, no wider than that."""
    if not rows:
        say("None.")
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
    return name.endswith("_nanos") and name.removesuffix("_nanos") in names


def fields(answer: Any, indent: int = 0) -> None:
    """`name: value` lines, nested ones indented."""
    if not isinstance(answer, dict):
        say(cell(answer))
        return
    for key, value in answer.items():
        if _twice(key, answer):
            continue
        label = " " * indent + printable(key.removesuffix("_nanos").replace("_", " "))
        if isinstance(value, dict) and value:
            say(f"{label}:")
            fields(value, indent + 2)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            say(f"{label}:")
            table(value)
        else:
            say(f"{label}: {cell(value, key) or '-'}")


def cell(value: Any, name: str = "") -> str:
    """One value as text; times and sizes in people's units."""
    if value is None:
        return printed(None) if name in AMOUNTS else "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and (name in ("timestamp", "since") or name.endswith("_at")):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value)) if value else "-"
    if isinstance(value, int) and (name.endswith("_bytes") or name == "memory_limit"):
        return f"{value / 1e6:.0f} MB"
    if isinstance(value, int | float) and (name in AMOUNTS or name.endswith("_nanos")):
        return printed(round(value if name.endswith("_nanos") else value * NANOS_PER_USD))
    if isinstance(value, float) and (name == "ms" or name.endswith("_ms")):
        return f"{value:.1f}"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(cell(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{printable(str(k))}={cell(v)}" for k, v in value.items())
    return printable(str(value))


def _status(answer: dict[str, Any]) -> None:
    config = answer["config"]
    say(f"VoiceGateway Desktop {answer['version']}")
    say(f"configuration: {config['path'] or config['message']}")
    for warning in config["warnings"]:
        say(f"  ! {warning}")
    serving = "" if answer["serving"] else "  (nothing serves it now: `voicegw serve` or `voicegw app`)"
    say(f"endpoint: {answer['endpoint']}{serving}{'  (offline mode)' if answer['offline'] else ''}")
    if answer["socket"]:
        say(f"unix socket: {answer['socket']}")
    say(f"projects: {answer['project_count']}, models: {answer['model_count']}, default: {answer['default_project']}")
    if answer["models_missing"]:
        say(f"not installed: {', '.join(answer['models_missing'])} (voicegw models pull NAME)")
    table([{"provider": name, **entry} for name, entry in answer["providers"].items()])
    if answer["engines"]:
        _engine_table(answer["engines"])


def _span(answer: dict[str, Any]) -> str:
    """The period's name; of one that was given by two moments, these."""
    if answer["period"] != RANGE:
        return str(answer["period"])
    ends = (cell(answer.get(name), "timestamp") if answer.get(name) else "" for name in ("from", "to"))
    return " until before ".join(end for end in ends if end)


def _costs(answer: dict[str, Any]) -> None:
    project = f", project {answer['project']}" if answer.get("project") else ""
    unpriced, estimated = answer.get("unpriced"), answer.get("estimated")
    notes = [f"{unpriced} request(s) without a known price are not in it"] if unpriced else []
    notes += [f"{estimated} request(s) are estimates"] if estimated else []
    say(f"{_span(answer)}{project}: {cell(answer['total'], 'total')}{''.join(f'; {note}' for note in notes)}")
    if answer.get("rows") is not None:
        table(answer["rows"])
        return
    for group in ("by_provider", "by_model", "by_project", "by_modality"):
        found = answer.get(group) or {}
        if found:
            rows = [{group[3:]: k, **(v if isinstance(v, dict) else {"cost": v})} for k, v in found.items()]
            table(rows)


def _what_if(answer: dict[str, Any]) -> None:
    if "stacks" in answer:
        say(f"{cell(answer['period'])}: as served {cell(answer['served'], 'served')}; on each stack:")
        table(answer["stacks"])
        return
    served, instead, saved = (cell(answer[name], name) for name in ("served", "would_cost", "saved"))
    note = f"; {answer['unpriced']} request(s) have no price there" if answer["unpriced"] else ""
    say(f"{cell(answer['period'])}: as served {served}; instead {instead}; saved {saved}{note}")
    table(answer["rows"])


def _check_prices(answer: dict[str, Any]) -> None:
    for problem in answer["problems"]:
        say(cell(problem))
    if answer["ok"]:
        say("Every price is recent, and every model used this month has one.")


def _doctor(answer: dict[str, Any]) -> None:
    for check in answer["checks"]:
        say(f"{MARKS[check['state']]} {check['check']}: {check['message']}")
    warnings = sum(check["state"] == "warning" for check in answer["checks"])
    if not answer["ok"]:
        say("Something must be repaired: see ✗.")
    elif warnings:
        say(f"It works, with {warnings} {'warning' if warnings == 1 else 'warnings'}: see !.")
    else:
        say("All is well.")


def _explain(answer: dict[str, Any]) -> None:
    for item in answer["values"]:
        say(f"{item['path']} = {cell(item['value']) or '-'}  [{item['source']} {item['where']}]".replace(" ]", "]"))
        for other in item["overrides"]:
            say(f"    overrides {cell(other['value'])}  [{other['source']} {other['where']}]".replace(" ]", "]"))


def _store(answer: dict[str, Any]) -> None:
    table(answer["models"], ("id", "state", "size_bytes", "licence", "languages", "modality"))
    say(f"folder: {answer['folder']}")


def _engines(answer: dict[str, Any]) -> None:
    _engine_table(answer["engines"])


def _engine_table(engines: Sequence[dict[str, Any]]) -> None:
    # an engine that does not run holds no memory, and what a server outside this program holds is not known
    rows = [
        {**engine, **{key: engine.get(key) or None for key in ("rss_bytes", "threads", "reason")}} for engine in engines
    ]
    # machines without a graphics card do without its column
    card = ("gpu_bytes",) if any(engine.get("gpu_bytes") for engine in engines) else ()
    table(rows, ("name", "state", "pid", "rss_bytes", *card, "threads", "since", "reason"))


def _providers(answer: dict[str, Any]) -> None:
    table(answer["providers"], ("id", "type", "modalities", "zone", "configured", "installed", "api_key", "source"))
    for provider in answer["providers"]:
        if provider.get("note"):
            say(provider["note"])


def _logs(answer: dict[str, Any]) -> None:
    columns = ("timestamp", "modality", "model_id", "project", "ttfb_ms", "total_latency_ms", "cost", "status")
    rows = [{**row, "cost": _cost(row)} for row in answer["logs"]]
    table(rows, (*columns, "fallback_from", "error_message"))
    _more(answer)


def _cost(row: dict[str, Any]) -> str:
    amount = cell(row.get("cost_usd"), "cost")
    return f"{amount} (estimate)" if is_estimate(row.get("pricing_source")) else amount


def _sessions(answer: dict[str, Any]) -> None:
    table(answer.get("sessions") or [])
    _more(answer)


def _session(answer: dict[str, Any]) -> None:
    for name, value in answer.items():
        if not isinstance(value, dict | list):
            say(f"{name}: {value}")
    for line in waterfall(answer["turns"]):
        say(line)
    if requests := answer["requests"]:
        say()
        columns = ("timestamp", "modality", "model_id", "ttfb_ms", "total_latency_ms", "cost", "status")
        table([{**row, "cost": _cost(row)} for row in requests], columns)


def _turns(answer: dict[str, Any]) -> None:
    for line in waterfall(answer["turns"][::-1]):
        say(line)
    _more(answer)


def _more(answer: dict[str, Any]) -> None:
    """Say how to see the next page."""
    if answer.get("next"):
        say(f"For older ones: --before {answer['next']}")


def _egress(answer: dict[str, Any]) -> None:
    rows = [
        {
            **e,
            "timestamp": e["at"],
            "sent": f"{e['sent_bytes']} bytes"
            + (f", {e['sent_s']:.1f} s" if e["sent_s"] else "")
            + ("" if e.get("finished", True) else ", unfinished"),
        }
        for e in answer["egress"]
    ]
    table(rows, ("timestamp", "target", "host", "zone", "project", "modality", "sent"))


def _engine(answer: dict[str, Any]) -> None:
    _engine_table([answer["engine"]])


def _latency(answer: dict[str, Any]) -> None:
    entries = (answer["latency"].get("by_model") or {}).items()
    metrics = ["ttfb"]
    if any(value is not None for _, entry in entries for value in entry.get("recorded_ms", {}).values()):
        metrics.append("recorded")
    table(
        [
            {
                "model": name,
                "count": entry["count"],
                **{f"{metric}_{p}_ms": v for metric in metrics for p, v in entry.get(f"{metric}_ms", {}).items()},
            }
            for name, entry in entries
        ]
    )


def _key(answer: dict[str, Any]) -> None:
    say(f"key id:              {answer['key_id']} (project {answer['project']})")
    say(f"OPENAI_API_KEY:      {answer['api_key']}")
    say(f"LIVEKIT_API_KEY:     {answer['livekit']['api_key']}")
    say(f"LIVEKIT_API_SECRET:  {answer['livekit']['api_secret']}")


_SHOWERS = {
    "status": _status,
    "costs": _costs,
    "what_if": _what_if,
    "check_prices": _check_prices,
    "doctor": _doctor,
    "explain_config": _explain,
    "list_store": _store,
    "list_engines": _engines,
    "list_providers": _providers,
    "logs": _logs,
    "sessions": _sessions,
    "session": _session,
    "turns": _turns,
    "egress": _egress,
    "latency": _latency,
    "start_engine": _engine,
    "stop_engine": _engine,
    "create_key": _key,
    "rotate_key": _key,
    "show_key": _key,
}
