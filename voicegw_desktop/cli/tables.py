"""Shows an operation's answer to a person."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


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
    """Rows under their column names; empty columns are left out."""
    if not rows:
        print("None.")
        return
    names = list(columns or dict.fromkeys(key for row in rows for key in row))
    names = [n for n in names if any(row.get(n) not in (None, "", [], {}) for row in rows)]
    cells = [[cell(row.get(n), n) for n in names] for row in rows]
    widths = [min(60, max(len(_heading(n)), *(len(line[i]) for line in cells))) for i, n in enumerate(names)]
    print("  ".join(_heading(n).ljust(w) for n, w in zip(names, widths, strict=True)).rstrip())
    for line in cells:
        print("  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip())


def _heading(name: str) -> str:
    words = {"rss_bytes": "memory", "size_bytes": "size"}
    return words.get(name, name).upper().replace("_", " ")


def fields(answer: Any, indent: int = 0) -> None:
    """`name: value` lines, nested ones indented."""
    if not isinstance(answer, dict):
        print(cell(answer))
        return
    for key, value in answer.items():
        label = " " * indent + key.replace("_", " ")
        if isinstance(value, dict) and value:
            print(f"{label}:")
            fields(value, indent + 2)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{label}:")
            table(value)
        else:
            print(f"{label}: {cell(value, key)}")


def cell(value: Any, name: str = "") -> str:
    """One value as text; times and sizes in people's units."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and (name in ("timestamp", "since") or name.endswith("_at")):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value)) if value else "-"
    if isinstance(value, int) and (name.endswith("_bytes") or name == "memory_limit"):
        return f"{value / 1e6:.0f} MB"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(cell(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k}={cell(v)}" for k, v in value.items())
    return str(value)


def _status(answer: dict[str, Any]) -> None:
    config = answer["config"]
    print(f"VoiceGateway Desktop {answer['version']}")
    print(f"configuration: {config['path'] or config['message']}")
    for warning in config["warnings"]:
        print(f"  ! {warning}")
    print(f"endpoint: {answer['endpoint']}{'  (offline mode)' if answer['offline'] else ''}")
    print(f"projects: {answer['project_count']}, models: {answer['model_count']}, default: {answer['default_project']}")
    if answer["models_missing"]:
        print(f"not installed: {', '.join(answer['models_missing'])} (voicegw models pull NAME)")
    table([{"provider": name, **entry} for name, entry in answer["providers"].items()])
    if answer["engines"]:
        table(answer["engines"], ("name", "state", "pid", "rss_bytes", "threads", "since", "reason"))


def _costs(answer: dict[str, Any]) -> None:
    project = f", project {answer['project']}" if answer.get("project") else ""
    print(f"{answer['period']}{project}: ${float(answer['total']):.6f}")
    for group in ("by_provider", "by_model", "by_project"):
        found = answer.get(group) or {}
        if found:
            rows = [{group[3:]: k, **(v if isinstance(v, dict) else {"cost": v})} for k, v in found.items()]
            table(rows)


def _doctor(answer: dict[str, Any]) -> None:
    for check in answer["checks"]:
        print(f"{MARKS[check['state']]} {check['check']}: {check['message']}")
    print("All is well." if answer["ok"] else "Something must be repaired.")


def _explain(answer: dict[str, Any]) -> None:
    for item in answer["values"]:
        print(f"{item['path']} = {cell(item['value'])}  [{item['source']} {item['where']}]".replace(" ]", "]"))
        for other in item["overrides"]:
            print(f"    overrides {cell(other['value'])}  [{other['source']} {other['where']}]".replace(" ]", "]"))


def _store(answer: dict[str, Any]) -> None:
    table(answer["models"], ("id", "modality", "state", "size_bytes", "licence", "languages"))
    print(f"folder: {answer['folder']}")


def _engines(answer: dict[str, Any]) -> None:
    table(answer["engines"], ("name", "state", "pid", "rss_bytes", "threads", "since", "reason"))


def _providers(answer: dict[str, Any]) -> None:
    table(answer["providers"], ("id", "type", "modalities", "zone", "configured", "installed", "api_key", "source"))


def _logs(answer: dict[str, Any]) -> None:
    columns = ("timestamp", "modality", "model_id", "project", "ttfb_ms", "total_latency_ms", "cost_usd", "status")
    table(answer["logs"], (*columns, "fallback_from", "error_message"))


def _engine(answer: dict[str, Any]) -> None:
    table([answer["engine"]], ("name", "state", "pid", "rss_bytes", "threads", "since", "reason"))


def _latency(answer: dict[str, Any]) -> None:
    rows = [
        {"model": name, "count": entry["count"], **{f"ttfb {p} ms": v for p, v in entry["ttfb_ms"].items()}}
        for name, entry in (answer["latency"].get("by_model") or {}).items()
    ]
    table(rows)


def _key(answer: dict[str, Any]) -> None:
    print(f"key id:              {answer['key_id']} (project {answer['project']})")
    print(f"OPENAI_API_KEY:      {answer['api_key']}")
    print(f"LIVEKIT_API_KEY:     {answer['livekit']['api_key']}")
    print(f"LIVEKIT_API_SECRET:  {answer['livekit']['api_secret']}")


_SHOWERS = {
    "status": _status,
    "costs": _costs,
    "doctor": _doctor,
    "explain_config": _explain,
    "list_store": _store,
    "list_engines": _engines,
    "list_providers": _providers,
    "logs": _logs,
    "latency": _latency,
    "start_engine": _engine,
    "stop_engine": _engine,
    "create_key": _key,
    "rotate_key": _key,
    "show_key": _key,
}
