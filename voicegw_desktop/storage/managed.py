"""What people manage from screens instead of the file: providers, models, projects, and the log of their changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.text import loads
from voicegw_desktop.storage.queries import _dicts


class Cipher(Protocol):
    """Seals API keys before they touch the disk."""

    def encrypt(self, text: str) -> str:
        """Sealed text, ASCII."""
        ...

    def decrypt(self, sealed: str) -> str:
        """The text again; raises when the key does not fit."""
        ...


RESERVED = frozenset({"api_key", "base_url", "allow_link_local", "_source"})
"""Keys that never come from `extra_config`."""

_JSON: dict[str, Any] = {"extra_config": {}, "tags": [], "changes_json": {}}


def parse(row: dict[str, Any]) -> dict[str, Any]:
    """A stored row with its JSON columns as data and its flags as booleans."""
    for column, empty in _JSON.items():
        if column in row:
            row[column] = _read(row[column]) if row[column] else empty
    if "enabled" in row:
        row["enabled"] = bool(row["enabled"])
    return row


def _read(text: str) -> Any:
    """The data; the text itself when it is no JSON, so that one damaged row hides no other."""
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return text


def select(connection: sqlite3.Connection, table: str, key: str, name: str | None) -> list[dict[str, Any]]:
    """All rows of a managed table by name, or the one called `name`."""
    query = f"SELECT * FROM {table}" + (f" WHERE {key} = ?" if name is not None else f" ORDER BY {key}")
    return [parse(row) for row in _dicts(connection.execute(query, () if name is None else (name,)))]


def upsert(connection: sqlite3.Connection, table: str, key: str, values: Mapping[str, Any], now: float) -> bool:
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


def seal(cipher: Cipher | None, api_key: str | None) -> str | None:
    """The key as stored. Raises ConfigError when there is a key and nothing to seal it with."""
    if not api_key:
        return None
    if cipher is None:
        raise ConfigError(
            "An API key cannot be stored without a cipher: open the storage with one, or set VOICEGW_SECRET.",
            code="no_cipher",
        )
    return cipher.encrypt(api_key)


def unseal(cipher: Cipher | None, row: dict[str, Any]) -> dict[str, Any]:
    """The row with `api_key` in place of its sealed form; `api_key_error` says why it could not be opened."""
    sealed = row.pop("api_key_encrypted")
    row["api_key"] = None
    if sealed and cipher is None:
        row["api_key_error"] = f'The key of provider "{row["provider_id"]}" is sealed and no cipher was given.'
    elif sealed and cipher is not None:
        try:
            row["api_key"] = cipher.decrypt(sealed)
        except Exception:
            row["api_key_error"] = (
                f'The stored key of provider "{row["provider_id"]}" cannot be opened with the present secret; '
                "enter it again, or set VOICEGW_SECRET back to what it was."
            )
    return row


def reseal(connection: sqlite3.Connection, old: Cipher, new: Cipher) -> int:
    """Seal every stored key anew, all or nothing; returns how many there were."""
    rows = connection.execute(
        "SELECT provider_id, api_key_encrypted FROM managed_providers WHERE api_key_encrypted IS NOT NULL"
    ).fetchall()
    changed = [(new.encrypt(old.decrypt(sealed)), provider) for provider, sealed in rows]
    connection.executemany("UPDATE managed_providers SET api_key_encrypted = ? WHERE provider_id = ?", changed)
    return len(changed)


def log_audit(
    connection: sqlite3.Connection,
    entity_type: str,
    entity_id: str,
    action: str,
    changes: Mapping[str, Any],
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
    entity_type: str | None,
    entity_id: str | None,
    project: str | None = None,
) -> list[dict[str, Any]]:
    """The newest changes first; with `project` those that name it and those of the project itself."""
    cursor = connection.execute(
        "SELECT * FROM config_audit_log WHERE (? IS NULL OR entity_type = ?) AND (? IS NULL OR entity_id = ?) "
        "AND (? IS NULL OR CASE WHEN json_valid(changes_json) THEN "
        "? IN (json_extract(changes_json, '$.project'), json_extract(changes_json, '$.project_id')) END) "
        "ORDER BY id DESC LIMIT ?",
        (entity_type, entity_type, entity_id, entity_id, project, project, limit),
    )
    return [parse(row) for row in _dicts(cursor)]
