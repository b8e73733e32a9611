"""What people manage from screens instead of the file: providers, models, projects, and the log of their changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.text import loads
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.queries import _dicts, behind, within

TABLES = (
    ("managed_projects", "project_id"),
    ("managed_providers", "provider_id"),
    ("managed_models", "model_id"),
    ("managed_budgets", "budget_id"),
)
"""Each table with the column that names its rows, in the order in which they are merged."""

_JSON: dict[str, object] = {"extra_config": {}, "tags": [], "changes_json": {}}


def parse(row: dict[str, object]) -> dict[str, object]:
    """A stored row with its JSON columns as data and its flags as booleans."""
    row.pop("api_key_encrypted", None)  # a column of earlier versions; keys are in the secret store
    for column, empty in _JSON.items():
        if column in row:
            row[column] = _read(value) if isinstance(value := row[column], str) and value else value or empty
    if "enabled" in row:
        row["enabled"] = bool(row["enabled"])
    return row


def _read(text: str) -> Any:
    """The data; the text itself when it is no JSON, so that one damaged row hides no other."""
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return text


def select(connection: sqlite3.Connection, table: str, key: str, name: str | None) -> list[dict[str, object]]:
    """All rows of a managed table by name, or the one called `name`."""
    query = f"SELECT * FROM {table}" + (f" WHERE {key} = ?" if name is not None else f" ORDER BY {key}")
    return [parse(row) for row in _dicts(connection.execute(query, () if name is None else (name,)))]


def select_all(connection: sqlite3.Connection) -> list[list[dict[str, object]]]:
    """The rows of every managed table, in the order of TABLES; one that an older schema lacks is empty."""
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [select(connection, table, key, None) if table in there else [] for table, key in TABLES]


def upsert(connection: sqlite3.Connection, table: str, key: str, values: Mapping[str, object], now: float) -> bool:
    """Insert or replace the row, keeping its `created_at`; True when it is new."""
    row = {column: json.dumps(v) if column in _JSON else v for column, v in values.items()}
    row |= {"created_at": now, "updated_at": now}
    known = connection.execute(f"SELECT 1 FROM {table} WHERE {key} = ?", (row[key],)).fetchone()
    updates = ", ".join(f"{c} = excluded.{c}" for c in row if c not in (key, "created_at"))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {updates}",
        tuple(row.values()),
    )
    return known is None


def delete(connection: sqlite3.Connection, table: str, key: str, name: str) -> bool:
    """Remove the row; False when there was none."""
    return connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (name,)).rowcount > 0


def log_audit(
    connection: sqlite3.Connection,
    entity_type: str,
    entity_id: str,
    action: str,
    changes: Mapping[str, object],
    source: str,
    now: float,
) -> None:
    """Append one line to the audit log."""
    connection.execute(
        "INSERT INTO config_audit_log (timestamp, entity_type, entity_id, action, changes_json, source) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (now, entity_type, entity_id, action, json.dumps(dict(changes)), source),
    )


def audit_log(
    connection: sqlite3.Connection,
    limit: int,
    filters: Mapping[str, object],
    project: str | None,
    span: Span,
    before: str | float | None,
) -> list[dict[str, object]]:
    """The newest changes first; with `project` those that name it and those of the project itself."""
    where, values = within(span, filters)
    older, more = behind(before, "timestamp")
    cursor = connection.execute(
        f"SELECT * FROM config_audit_log WHERE {where}{older} "
        "AND (? IS NULL OR CASE WHEN json_valid(changes_json) THEN "
        "? IN (json_extract(changes_json, '$.project'), json_extract(changes_json, '$.project_id')) END) "
        "ORDER BY timestamp DESC, id DESC LIMIT ?",
        (*values, *more, project, project, limit),
    )
    return [parse(row) for row in _dicts(cursor)]
