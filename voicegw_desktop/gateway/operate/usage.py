"""Operations that report: status, costs, latency, logs, audit log, egress."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voicegw_desktop import __version__
from voicegw_desktop.config.warnings import exposure
from voicegw_desktop.core.control import has_unix_socket
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record, record
from voicegw_desktop.gateway.operate.names import check_names, check_project, check_provider
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.secrets.keychain import OPEN
from voicegw_desktop.storage.costs import BY as costs_by
from voicegw_desktop.storage.days import PERIODS, Span, span_of
from voicegw_desktop.storage.queries import cursor

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.storage.sqlite import SQLiteStorage

PERIOD = Param(
    "period",
    "string",
    "In local days; week and month are the last 7 and 30, the others those of the calendar.",
    default="today",
    choices=PERIODS,
)
ANY_PERIOD = dataclasses.replace(PERIOD, default="all")
FROM = Param("from", "string", "Instead of a period: from this day, month (2026-01), year, time, or age (7d) on.")
TO = Param("to", "string", "Until then; a day, month or year named is included.")
BEFORE = Param("before", "string", "Continue after a page: its `next`, or Unix seconds.")
BY = Param("by", "array", f"Also one row for each combination of some of {', '.join(costs_by)}.")
PROJECT = Param("project", "string", "Only this project.")
SINCE = Param("since", "string", "Only from then on: an age (2h, 7d) or a moment (2026-01-31T08:00).")
LIMIT = Param("limit", "integer", "At most so many.", default=50)
PAGE = (LIMIT, BEFORE, ANY_PERIOD, FROM, TO, PROJECT)
"""Parameters of lists that are read page by page."""
MOST = 1000  # rows in one answer


@operation("health", "GET", "/health", tool="get_health", verb="health")
async def health(gateway: Gateway) -> Record:
    """Whether the gateway runs."""
    return {"status": "ok", "version": __version__}


@operation("status", "GET", "/v1/status", tool="get_provider_status", verb="status")
async def status(gateway: Gateway, only: str | None = None) -> Record:
    """Providers, models, projects, engines, routes and what the configuration warns of."""
    config = gateway.config
    models = await asyncio.to_thread(gateway.list_models)
    vault = gateway.vault_watch.state
    found = {
        "version": __version__,
        # also puts an old version that runs among the troubles, before the next look
        "installed_version": await gateway.parts.updates.look_at_disk(),
        "vault": {"state": vault.state, "message": vault.message if vault.state != OPEN else ""},
        "started_at": gateway.started_at,
        "offline": gateway.is_offline(),
        "providers": {
            p["id"]: {"configured": p["configured"], "type": p["type"], "installed": p["installed"], "zone": p["zone"]}
            for p in gateway.list_providers(only)
        },
        "model_count": len(models),
        "models_missing": sorted({m["id"] for m in models if m["installed"] is False}),
        "engines": [plain(e) for e in gateway.engines.status()],
        "serving": gateway.served_at is not None,
        "endpoint": gateway.served_at or f"http://{config.serve.host}:{config.serve.port}/v1",
    }
    if only is not None:
        # paths, warnings and counts tell of the machine's user and of other projects
        return {**found, "project_count": 1, "default_project": only}
    return {
        **found,
        "pid": os.getpid(),
        "config": {
            "path": str(config.path) if config.path else None,
            "embedded": config.embedded,
            "message": None
            if config.path
            else "No voicegw.yaml was found: the built-in settings are in use, with local engines only."
            " `voicegw init` writes one.",
            "missing_env": list(config.missing_env),
            "warnings": _warnings(gateway),
        },
        "database": str(gateway.database) if gateway.storage is not None else None,
        "database_problem": database_problem(gateway),
        "secrets": vault.kind,
        "vault": {k: v for k, v in plain_record(vault).items() if k != "kind"},
        "troubles": gateway.troubles.sentences(),
        "asks_about_updates": _asks_about_updates(gateway),
        "project_count": len(config.projects),
        "default_project": config.default_project,
        "socket": _socket(gateway),
    }


def _asks_about_updates(gateway: Gateway) -> bool:
    """Whether a person has not said yet if new versions may be looked for, and there is a place to look at."""
    return gateway.config.schema.updates.mode == "ask" and bool(gateway.parts.updates.source.address)


def _socket(gateway: Gateway) -> str | None:
    """The unix socket's path; None: it is not served, or cannot be on this platform."""
    path = gateway.paths.socket
    return str(path) if gateway.config.serve.unix_socket and has_unix_socket(path) else None


def database_problem(gateway: Gateway) -> str | None:
    """Why the database cannot be written now, as a sentence; None: it can, or there is none."""
    if gateway.storage is None:
        return None
    stored = gateway.writer.trouble if gateway.writer is not None else None
    return gateway.storage.trouble or stored


def _warnings(gateway: Gateway) -> list[str]:
    """What the configuration warns of, and the address that is served now, which the command line may have chosen."""
    served = urlsplit(gateway.served_at or "")
    found = [
        *gateway.config.warnings,
        *exposure(served.hostname or "localhost", encrypted=served.scheme == "https"),
        *gateway.config_manager.problems,
    ]
    return list(dict.fromkeys(found))


@operation(
    "costs",
    "GET",
    "/v1/costs",
    PERIOD,
    FROM,
    TO,
    PROJECT,
    BY,
    Param("conversations", "boolean", "Also what a turn and a minute of conversation cost.", default=False),
    tool="get_costs",
    verb="costs",
)
async def costs(
    gateway: Gateway,
    period: str = "today",
    project: str | None = None,
    by: Sequence[str] = (),
    conversations: bool = False,
    **limits: str,
) -> Record:
    """US dollars spent in a period, by provider, model and project."""
    when = span(gateway, limits, period)
    found = plain_record(await gateway.cost_summary(when, project, by))
    if conversations and gateway.storage is not None:
        found["conversations"] = await gateway.storage.get_conversation_costs(when, project)
    return found


@operation("latency", "GET", "/v1/latency", PERIOD, FROM, TO, PROJECT, tool="get_latency_stats", verb="latency")
async def latency(gateway: Gateway, period: str = "today", project: str | None = None, **limits: str) -> Record:
    """Time to first byte and total time, by model and percentile."""
    when = span(gateway, limits, period)
    found = await records_of(gateway).get_latency_stats(when, project=project)
    check_project(gateway, project, found["by_model"])
    return {"period": when.name, "project": project, "latency": plain(found)}


def span(gateway: Gateway, limits: Mapping[str, str], period: str) -> Span:
    """The time that `period`, or `from` and `to` in `limits`, ask for. Raises BadRequest."""
    return span_of(period, gateway.clock.time(), limits.get("from"), limits.get("to"))


@operation(
    "logs",
    "GET",
    "/v1/logs",
    *PAGE,
    Param("modality", "string", "Only stt, llm or tts.", choices=("stt", "llm", "tts")),
    Param("status", "string", "Only with this end.", choices=("success", "error", "cancelled")),
    Param("provider", "string", "Only this provider."),
    Param("model", "string", "Only this model, as provider/model."),
    Param("key", "string", "Only with this key, by its id."),
    Param("session", "string", "Only of this session."),
    tool="get_logs",
    verb="logs",
)
async def logs(
    gateway: Gateway,
    limit: int = 50,
    before: str | None = None,
    project: str | None = None,
    modality: str | None = None,
    status: str | None = None,
    provider: str | None = None,
    model: str | None = None,
    key: str | None = None,
    session: str | None = None,
    period: str = "all",
    **limits: str,
) -> Record:
    """The latest requests, newest first; never what was said in them. `next`, given as `before`, shows older ones."""
    rows = await records_of(gateway).get_recent_requests(
        limited(limit),
        project=project,
        modality=modality,
        status=status,
        session_id=session,
        before=before,
        key_id=key,
        model_id=model,
        provider=provider,
        span=span(gateway, limits, period),
    )
    check_project(gateway, project, rows or before)
    check_provider(gateway, provider, rows or before)
    if not (rows or before):
        await check_names(gateway, records_of(gateway), project, model=model, key=key, session=session)
    return {"logs": plain(rows), "next": cursor(rows[-1]) if len(rows) == limit else None}


@operation(
    "audit_log", "GET", "/v1/audit-log", LIMIT, BEFORE, ANY_PERIOD, FROM, TO, tool="get_audit_log", verb="audit-log"
)
async def audit_log(
    gateway: Gateway,
    limit: int = 50,
    before: str | None = None,
    period: str = "all",
    only: str | None = None,
    **limits: str,
) -> Record:
    """Changes and the key that made each, newest first. `next`, given as `before`, shows older ones."""
    when = span(gateway, limits, period)
    rows = await records_of(gateway).get_audit_log(limit=limited(limit), project=only, span=when, before=before)
    return {"audit_log": plain(rows), "next": cursor(rows[-1]) if len(rows) == limit else None}


@operation(
    "usage_by_day",
    "GET",
    "/v1/usage",
    Param("provider", "string", "The provider, by its name here.", required=True),
    ANY_PERIOD,
    FROM,
    TO,
    PROJECT,
    verb="usage-by-day",
)
async def usage_by_day(
    gateway: Gateway, provider: str, period: str = "all", project: str | None = None, **limits: str
) -> Record:
    """What one provider served, by model and day in UTC: what its own export is compared with."""
    when = span(gateway, limits, period)
    found = await records_of(gateway).get_usage_by_day(when, provider, project)
    check_provider(gateway, provider, found)
    check_project(gateway, project, found)
    return {"usage": plain(found)}


EVERYTHING = Param("everything", "boolean", "Also days that agreed before and have not changed.", default=False)


@operation("audit_books", "GET", "/v1/audit-books", EVERYTHING, verb="audit-books", whole=True)
async def audit_books(gateway: Gateway, everything: bool = False) -> Record:
    """Add the stored requests up again, and tell where the sums of days, keys and sessions differ from them."""
    found = await records_of(gateway).audit_books(everything=everything)
    return {"ok": not (found["differences"] or found["sessions"]), **plain_record(found)}


@operation("egress", "GET", "/v1/egress", *PAGE, SINCE, tool="get_egress", verb="egress")
async def egress(
    gateway: Gateway,
    limit: int = 50,
    before: str | None = None,
    project: str | None = None,
    since: str | None = None,
    period: str = "all",
    **limits: str,
) -> Record:
    """What left this machine: when, to whom, how many bytes or seconds, for which project; newest first.

    `next`, given as `before`, shows older ones.
    """
    when = span(gateway, limits if since is None else {"from": since, **limits}, period)
    if gateway.storage is not None:
        rows = await gateway.storage.get_egress(limited(limit), project, span=when, before=before)
        check_project(gateway, project, rows or before)
        return {"egress": plain(rows), "next": cursor(rows[-1], "at") if len(rows) == limit else None}
    # nothing is stored: the entries in this process's memory
    entries = [
        e
        for e in reversed(gateway.corridor.egress.entries)
        if project in (None, e.project)
        and (when.start is None or e.at >= when.start)
        and (when.end is None or e.at < when.end)
    ]
    return {"egress": plain(entries[: limited(limit)])}


def records_of(gateway: Gateway) -> SQLiteStorage:
    """The database of records; BadRequest where nothing is recorded."""
    if gateway.storage is None:
        raise BadRequest(
            "Nothing is recorded: cost_tracking.enabled (or observability.cost_tracking) is false.", code="tracking_off"
        )
    return gateway.storage


def limited(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise BadRequest(f'"limit" is {limit}; it must lie between 1 and {MOST}.', param="limit")
    return limit


LEAVES = frozenset((str, int, float, bool, type(None)))
"""Types of values that stay as they are: thousands of them are in an answer that the window's thread makes."""


def plain(value: object) -> object:
    """The value as JSON can hold it."""
    if type(value) in LEAVES:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def plain_record(value: object) -> Record:
    """A dataclass or a mapping as a JSON object; an empty one for any other value."""
    return record(plain(value))


_NAMES: dict[type, tuple[str, ...]] = {}
"""The public fields of each dataclass that was made plain."""


def _fields(value: object) -> Record:
    kind = type(value)
    if kind not in _NAMES:
        names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
        _NAMES[kind] = tuple(name for name in names if not name.startswith("_"))
    return {name: plain(getattr(value, name)) for name in _NAMES[kind]}
