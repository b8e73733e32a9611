"""Watches the database file: announces what happens to it, and reads keys, settings and sums again afterwards."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from voicegw_desktop.core.errors import DatabaseUnavailable, VoiceGatewayError
from voicegw_desktop.core.events import Notice

if TYPE_CHECKING:
    from voicegw_desktop.gateway.parts import Parts, Records
    from voicegw_desktop.secrets.watch import SecretsWatch
    from voicegw_desktop.storage.connection import Change
    from voicegw_desktop.storage.sqlite import SQLiteStorage

log = logging.getLogger(__name__)

LOOK = 2.0  # s between looks at the file


class Recorded(Protocol):
    """What is needed of a gateway whose database is watched."""

    parts: Parts
    started: bool
    vault_watch: SecretsWatch

    async def refresh_config(self) -> object: ...


def attach(gateway: Recorded) -> None:
    """Announce what happens to the file, and read keys, settings and sums again afterwards."""
    records = gateway.parts.records
    if records is None:
        return
    storage = records.storage

    def tell(level: str, message: str, code: str) -> None:
        log.log({"error": logging.ERROR, "warning": logging.WARNING}.get(level, logging.INFO), "%s", message)
        gateway.parts.bus.publish(Notice(level, message, code))

    async def changed(change: Change) -> None:
        try:
            await _bring_up(gateway, records, change)
        except (VoiceGatewayError, OSError) as error:
            log.error("The database %s is in use again, but not all was read from it: %s", storage.path, error)

    storage.tell, storage.changed = tell, changed


async def _bring_up(gateway: Recorded, records: Records, change: Change) -> None:
    if change in ("restored", "mended"):
        # what is in memory is newer than what could be read from the file
        await gateway.parts.keys.keep()
    elif gateway.started:
        await gateway.refresh_config()
    await records.writer.adopt()
    await gateway.parts.cost_tracker.follow(records.storage, records.writer)


async def open_keys(gateway: Recorded) -> None:
    """Load the keys; a database that cannot be written is told, not fatal."""
    try:
        await gateway.parts.keys.load()
        if gateway.parts.keys.list():
            await asyncio.to_thread(gateway.parts.secrets.presume_keychain)
        await gateway.vault_watch.look()
    except (DatabaseUnavailable, OSError) as error:
        records = gateway.parts.records
        if records is None or records.storage.read_only is None:
            raise
        message = f"Keys cannot be read or made now ({error}). Programs of this user are let in by the unix socket."
        log.error("%s", message)
        gateway.parts.bus.publish(Notice("error", message, "keys_unavailable"))


async def watch(storage: SQLiteStorage) -> None:
    """Look at the file every few seconds, until cancelled."""
    while True:
        await asyncio.sleep(LOOK)
        try:
            await storage.look()
        except DatabaseUnavailable:
            # told by the storage, once
            pass
        except Exception:
            log.exception("The database %s could not be looked at", storage.path)
