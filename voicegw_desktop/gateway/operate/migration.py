"""Takes over what VoiceGateway has stored: requests, turns, managed rows, and keys that its secret opens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.registry import called, get_provider
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import Record, is_list, record
from voicegw_desktop.gateway.operate.models import database, try_row
from voicegw_desktop.gateway.operate.table import Param, operation, preview

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.storage.journal import Record as Stored
    from voicegw_desktop.storage.voicegateway import Foreign

WHERE = "~/.config/voicegateway/.secret"
"""Where VoiceGateway keeps its secret."""
NOT_TAKEN = (
    "Its access keys are stored as hashes of another kind and are not taken over: make new ones with "
    "`voicegw keys create`."
)
Counts = dict[str, int]


@operation(
    "import_voicegateway",
    "POST",
    "/v1/import/voicegateway",
    Param("path", "string", "Its database, voicegw.db.", required=True, path=True),
    Param(
        "secret_file",
        "string",
        "The file with its VOICEGW_SECRET, for providers' keys.",
        default=WHERE,
        path=True,
    ),
    verb="import-voicegateway",
    destructive=True,
    live=True,
    whole=True,
)
async def import_voicegateway(gateway: Gateway, path: str, secret_file: str = WHERE, confirm: bool = False) -> Record:
    """Take over a database of VoiceGateway; what is here already stays as it is."""
    from voicegw_desktop.storage.voicegateway import Foreign

    storage = database(gateway)
    file, secret = _expanded(path), _expanded(secret_file)
    foreign = await asyncio.to_thread(Foreign, file)
    try:
        counts = await asyncio.to_thread(foreign.counts)
        opener = await asyncio.to_thread(_opener, secret)
        notes = [NOT_TAKEN] if counts["api_keys"] else []
        sealed = sum(bool(row.get("api_key_encrypted")) for row in foreign.managed("provider"))
        if sealed and opener is None:
            notes.append(f"{secret_file} is not there, so {sealed} keys of providers stay sealed: enter them again.")
        if not confirm:
            return preview(f"take over {path}", **counts, notes=notes)
        taken: Counts = {}
        for name, batches in (("requests", foreign.requests()), ("turns", foreign.turns())):
            taken[name] = 0
            while (batch := await asyncio.to_thread(_next, batches)) is not None:
                taken[name] += await storage.log(batch)
        for kind in ("project", "provider", "model"):
            taken[f"{kind}s"] = await _rows(gateway, foreign, kind, notes)
        await gateway.refresh_config()
        taken["keys"] = await _keys(gateway, foreign, opener, notes) if opener is not None else 0
        await gateway.cost_tracker.follow(storage, gateway.writer)
        return {"taken": taken, "there": counts, "left_out": foreign.left_out, "notes": notes}
    finally:
        await asyncio.to_thread(foreign.close)


def _next(batches: Iterator[list[Stored]]) -> list[Stored] | None:
    return next(batches, None)


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise BadRequest(f'"path" is "{name[:80]}": {error}.', param="path") from error


async def _rows(gateway: Gateway, foreign: Foreign, kind: str, notes: list[str]) -> int:
    """Keep the managed rows of names that are free here; how many that were."""
    storage, kept = database(gateway), 0
    key = f"{kind}_id"
    there = {row[key] for row in await getattr(storage, f"list_managed_{kind}s")()}
    for row in foreign.managed(kind):
        name = str(row[key])
        if name in there:
            notes.append(f"The {kind} {name} is here already and stays as it is.")
            continue
        values = _values(kind, row)
        try:
            if kind == "provider":
                get_provider(str(values.get("provider_type")))
            await try_row(gateway, kind, {key: name, **values})
            await getattr(storage, f"upsert_managed_{kind}")(name, **values)
            kept += 1
        except VoiceGatewayError as error:
            notes.append(f"The {kind} {name} is left out: {error}")
    return kept


def _values(kind: str, row: Record) -> Record:
    """The columns that both have, as this program takes them."""
    if kind == "project":
        names = ("name", "description", "budget_action", "default_stack", "stt_model", "llm_model", "tts_model")
        tags = _json(row.get("tags"))
        # there 0 is no budget
        limit = row.get("daily_budget") or None
        return {**_given(row, names), "daily_budget": limit, "tags": tags if is_list(tags) else []}
    extra = record(_json(row.get("extra_config")))
    if kind == "provider":
        return {**_given(row, ("provider_type", "base_url", "project")), "extra_config": extra}
    own = ("modality", "provider_id", "model_name", "display_name", "default_language", "default_voice")
    return {**_given(row, own), "extra_config": extra, "enabled": bool(row.get("enabled", 1))}


def _given(row: Record, names: tuple[str, ...]) -> Record:
    return {name: row[name] for name in names if row.get(name) not in (None, "")}


def _json(text: object) -> object:
    try:
        return loads(text) if isinstance(text, str) and text else None
    except (ValueError, RecursionError, json.JSONDecodeError):
        return None


class _Opener:
    """Opens what was sealed with a Fernet secret; several secrets are tried in turn."""

    def __init__(self, secrets: list[str]) -> None:
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        self._wrong = InvalidToken
        self._fernet = MultiFernet([Fernet(secret) for secret in secrets])

    def open(self, sealed: str) -> str | None:
        """The text; None where no secret fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (self._wrong, ValueError):
            return None


def _opener(file: Path) -> _Opener | None:
    try:
        return _Opener(file.read_text("utf-8").replace(",", " ").split())
    except OSError:
        return None
    except ValueError as error:
        raise BadRequest(f"{file} holds no secret of VoiceGateway: {error}.", param="secret_file") from error


async def _keys(gateway: Gateway, foreign: Foreign, opener: _Opener, notes: list[str]) -> int:
    """Keep the providers' keys that can be opened, for providers that were taken over; how many that were."""
    kept = 0
    rows = {str(row["provider_id"]) for row in await database(gateway).list_managed_providers()}
    for row in foreign.managed("provider"):
        sealed, name = row.get("api_key_encrypted"), str(row["provider_id"])
        if not isinstance(sealed, str) or not sealed or name not in rows:
            continue
        opened = opener.open(sealed)
        if opened is None:
            notes.append(f"The key of the provider {name} cannot be opened with this secret: enter it again.")
            continue
        project = str(row["project"]) if row.get("project") else None
        owner = called(name, str(row["provider_type"]), row.get("base_url"), project)
        if gateway.provider_keys.has(owner, project):
            notes.append(f"The provider {name} has a key here already, which stays.")
            continue
        base_url = row.get("base_url")
        await gateway.provider_keys.put(owner, opened, project, base_url=str(base_url) if base_url else None)
        kept += 1
    return kept
