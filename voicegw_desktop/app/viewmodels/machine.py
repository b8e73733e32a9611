"""The engines of this machine in groups, and what is known about each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from voicegw_desktop.app.language import count, decimal, tr
from voicegw_desktop.app.viewmodels.memory import own_server
from voicegw_desktop.app.viewmodels.overview import RUNNING
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.words import clock, duration, size, stay
from voicegw_desktop.core.typed import Record, number, record, records, text, texts, whole

STATES = {
    "stopped": "stopped",
    "starting": "starting",
    "loading": "loading",
    "ready": "ready",
    "busy": "busy",
    "idle": "idle",
    "unloading": "unloading",
    "failed": "failed",
    "answers": "answers",
    "does not answer": "does not answer",
}
TONES = {
    "failed": "bad", "ready": "good", "busy": "good", "idle": "good", "loading": "warn", "starting": "warn",
    "answers": "good", "does not answer": "bad",
}  # fmt: skip
MOST_MODELS = 8  # of a server that are named
LATEST = 5  # lines of an engine's history
Group = tuple[str, str, list[Record]]
"""Heading, what is said at its right, rows"""


def missing(engine: Record) -> str:
    """How to install the server behind it; empty where nothing is missing."""
    return told(text(record(engine.get("info")).get("hint")))


def _because(why: str) -> str:
    """Why it computes on its device; each part in the language in force."""
    return "; ".join(told(part) for part in why.split("; "))


def is_server(engine: Record) -> bool:
    """True for a server beside this program's own workers, such as Ollama's."""
    return bool(engine.get("address")) and "owned" in record(engine.get("info"))


def held(engines: Sequence[Record]) -> list[Record]:
    """The engines that hold memory of this machine."""
    return [e for e in engines if e["state"] in RUNNING and not own_server(text(e["name"]))]


def verb(engine: Record) -> str:
    """What its button does; empty where this program neither starts nor ends it."""
    if own_server(text(engine["name"])) or missing(engine) or engine["state"] == "unloading":
        return ""
    if engine["state"] not in RUNNING:
        return tr("Start")
    # a server that the person started goes on
    return "" if is_server(engine) and not record(engine.get("info"))["owned"] else tr("Stop")


def state(engine: Record) -> str:
    """The engine's state, in a word or two."""
    return tr("not installed") if missing(engine) else tr(STATES.get(text(engine["state"]), text(engine["state"])))


def tone(engine: Record) -> str:
    """The colour of its state."""
    return TONES.get(text(engine["state"]), "muted")


def used_at(engine: Record) -> float | None:
    """When it last served, in Unix seconds; None where its state does not tell."""
    known = engine["state"] in ("busy", "idle")
    return math.inf if engine["state"] == "busy" else number(engine.get("since")) if known else None


def last_used(engine: Record, now: float) -> str:
    """When it last served, as far as its state tells."""
    if engine["state"] == "busy":
        return tr("now")
    if engine["state"] == "idle":
        return clock(number(engine.get("since")) or 0.0, now)
    return ""


def stays(engine: Record) -> str:
    """How long it stays in memory without requests."""
    if engine["state"] not in RUNNING or own_server(text(engine["name"])):
        return ""
    expires = number(engine.get("expires_at"))
    if expires:
        return tr("until {time}", time=clock(expires, expires))
    return stay(number(engine.get("keep_alive_s"))) if "keep_alive_s" in engine else ""


def stays_for(engine: Record) -> float | None:
    """Seconds that it stays in memory without requests, infinite for ever; None for one that does not run."""
    if engine["state"] not in RUNNING or own_server(text(engine["name"])) or "keep_alive_s" not in engine:
        return None
    kept = number(engine["keep_alive_s"])
    return math.inf if kept is None else kept


def groups(engines: Sequence[Record]) -> list[Group]:
    """Engines that failed, that hold memory, that load when they are asked for, the person's own servers, and engines
    that are not installed."""
    servers = [e for e in engines if own_server(text(e["name"]))]
    failed = [e for e in engines if e["state"] == "failed" and e not in servers]
    running = held(engines)
    absent = [e for e in engines if e["state"] == "stopped" and missing(e)]
    rest = [e for e in engines if not any(e in some for some in (servers, failed, running, absent))]
    used = sum(whole(e.get("rss_bytes")) or 0 for e in running)
    return [
        (tr("Failed"), "", failed),
        (tr("In memory"), size(used) if used else "", running),
        (tr("Loaded when asked for"), "", rest),
        (tr("Servers of your own"), "", servers),
        (tr("Not installed"), "", absent),
    ]


def facts(engine: Record, now: float) -> list[tuple[str, str]]:
    """(name, value) of all that is known about it."""
    running, info = engine["state"] in RUNNING, record(engine.get("info"))
    device = " ".join(text(info.get(k)) for k in ("device", "compute_type") if info.get(k))
    device = tr("network") if device == "network" else device
    threads = whole(engine.get("threads" if running else "threads_next"))
    next_threads = count(threads, "thread") if threads else ""
    load = number(info.get("load_s"))
    pairs = [
        (tr("Serves now"), count(whole(engine.get("streams")) or 0, "request") if engine["state"] == "busy" else ""),
        (tr("Memory"), size(whole(engine.get("rss_bytes"))) if running and engine.get("rss_bytes") else ""),
        (tr("Reserved"), size(whole(engine.get("estimate_bytes"))) if engine.get("estimate_bytes") else ""),
        (tr("Graphics card"), size(whole(engine.get("gpu_bytes"))) if engine.get("gpu_bytes") else ""),
        (tr("Computes with") if running else tr("Would get"), next_threads),
        (tr("Device"), ": ".join(part for part in (device, _because(text(info.get("why")))) if part)),
        (tr("Loaded in"), duration(load) if load and load >= 10 else f"{decimal(load, 1)} s" if load else ""),
        (tr("Last used"), last_used(engine, now)),
        (tr("Stays"), stays(engine)),
        (tr("Settings"), tr("changed; taken when it is idle") if engine.get("outdated") else ""),
        (tr("Address"), text(engine.get("address")) if is_server(engine) or own_server(text(engine["name"])) else ""),
        (tr("Models"), ", ".join(texts(info.get("models"))[:MOST_MODELS])),
        (tr("Process"), str(engine["pid"]) if running and engine.get("pid") else ""),
    ]
    latest = records(engine.get("history"))[-LATEST:]
    lines = [f"{clock(number(one.get('at')) or 0.0, now)} {told(text(one.get('message')))}".strip() for one in latest]
    return [*pairs, (tr("What happened"), "\n".join(reversed(lines)))]
