"""Operations on the database: how large and how old it is, putting it in order, backups, exports."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.names import check_project
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import ANY_PERIOD, FROM, PROJECT, TO, records_of, span
from voicegw_desktop.storage import copies
from voicegw_desktop.storage.export import SOURCES, Form

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.gateway.upkeep import Upkeep


@operation("storage", "GET", "/v1/storage", verb="storage show", whole=True)
async def storage(gateway: Gateway) -> Record:
    """How large the database is, how long each kind of detail is kept, and since when there is any."""
    records = records_of(gateway)
    space, ages = await records.space(), await records.ages()
    days = gateway.config.schema.retention.model_dump()
    return {
        "file": str(records.path),
        "size_bytes": space.size,
        "unused_bytes": space.free,
        "max_bytes": days["max_size"],
        "kept": [
            {"kind": kind, "days": days[f"{kind}_days"] or None, "oldest": first, "gone_before": gone}
            for kind, (first, gone) in ages.items()
        ],
    }


@operation(
    "tidy_storage",
    "POST",
    "/v1/storage/tidy",
    Param("anew", "boolean", "Also rewrite the whole file; records wait meanwhile.", default=False),
    verb="storage tidy",
    destructive=True,
    live=True,
    whole=True,
)
async def tidy_storage(gateway: Gateway, anew: bool = False, confirm: bool = False) -> Record:
    """Remove now what is older or more than the settings under retention allow, and give its space back."""
    records = records_of(gateway)
    if not confirm:
        rows = {kind: count for kind, count in (await _upkeep(gateway).due()).items() if count}
        what = "remove these rows, whose sums stay" if rows else "remove no row: the settings under retention keep all"
        return preview(f"{what}; and rewrite the whole file" if anew else what, rows=rows)
    before = await records.space()
    removed = await _upkeep(gateway).round()
    if anew:
        await records.write_anew()
    return {"removed": removed, "freed_bytes": max(0, before.size - (await records.space()).size)}


@operation(
    "backup",
    "POST",
    "/v1/storage/backup",
    Param("file", "string", "A new file, by its whole path.", required=True, path=True),
    verb="backup",
    live=True,
    whole=True,
)
async def backup(gateway: Gateway, file: str) -> Record:
    """Copy the database to a new file while the gateway serves: requests, sums, settings made here, hashes of keys."""
    path = await asyncio.to_thread(copies.target, file)
    return _told(await records_of(gateway).backup(path))


@operation(
    "export",
    "POST",
    "/v1/storage/export",
    Param("rows", "string", "What to write.", required=True, choices=tuple(SOURCES)),
    Param("file", "string", "A new file, by its whole path.", required=True, path=True),
    Param("form", "string", "csv, or jsonl: an object in each line.", default="csv", choices=get_args(Form)),
    ANY_PERIOD,
    FROM,
    TO,
    PROJECT,
    verb="export",
    live=True,
    whole=True,
)
async def export(
    gateway: Gateway,
    rows: str,
    file: str,
    form: Form = "csv",
    period: str = "all",
    project: str | None = None,
    **limits: str,
) -> Record:
    """Write every stored request or turn of a period to a new file, newest first."""
    records, when = records_of(gateway), span(gateway, limits, period)
    path = await asyncio.to_thread(copies.target, file)
    try:
        with copies.unfinished(path) as part:
            with part.open("xb") as out:
                count = await records.export(SOURCES[rows], form, when, project, out)
            check_project(gateway, project, count)
            await asyncio.to_thread(copies.name, part, path)
    except OSError as error:
        raise BadRequest(f'"file" is {path}, which cannot be written ({error}).', param="file") from error
    return {"rows": count, "file": str(path), "size_bytes": path.stat().st_size}


@operation(
    "restore",
    "POST",
    "/v1/storage/restore",
    Param("file", "string", "What `backup` wrote, by its whole path.", required=True, path=True),
    verb="restore",
    destructive=True,
    live=True,
    whole=True,
)
async def restore(gateway: Gateway, file: str, confirm: bool = False) -> Record:
    """Replace what is stored by a backup while the gateway serves; present keys, and what was revoked, stay so."""
    records = records_of(gateway)
    path = await asyncio.to_thread(copies.source, file)
    found = _told(await asyncio.to_thread(copies.examine, path))
    if not confirm:
        return preview("replace all requests, sums and settings made here by those of this backup", **found)
    await records.restore(path)
    return {"restored": True, **found}


def _told(found: copies.Backup) -> Record:
    return {**found._asdict(), "path": str(found.path)}


def _upkeep(gateway: Gateway) -> Upkeep:
    assert gateway.parts.records is not None, "records_of has checked that"
    return gateway.parts.records.upkeep
