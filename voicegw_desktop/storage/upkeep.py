"""What keeps a database in order while it is in use: removing what is old, giving space back, backups."""

from __future__ import annotations

import asyncio
from pathlib import Path

from voicegw_desktop.storage import copies, retention, roll
from voicegw_desktop.storage.connection import Database
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.retention import KINDS, Limits, Space


class Upkeep(Database):
    """Everything here leaves the database whole, whenever the program is killed."""

    async def roll(self, now: float) -> bool:
        """Add up one day that is over, or pack some latencies; whether there may be more of that."""
        return await self.transaction(roll.roll, day_bounds(now)[0]) or await self.transaction(roll.pack_rows)

    async def forget(self, limits: Limits, now: float) -> dict[str, int]:
        """One step of what is to be removed by now (Unix seconds): `{kind: rows}`; empty: nothing is left to do."""
        return await self.transaction(retention.step, limits, now)

    async def to_forget(self, limits: Limits, now: float) -> dict[str, int]:
        """How many rows of each kind are beyond their age."""
        return await self._read(retention.to_remove, limits, now)

    async def shrink(self) -> bool:
        """Give a little unused space back to the disk; whether there is more to give."""
        return await self.run(retention.shrink)

    async def write_anew(self) -> None:
        """Rewrite the whole file without unused space; what is to be stored meanwhile waits in the journal."""
        await self.run(retention.write_anew)

    async def space(self) -> Space:
        """How large the database is."""
        return await self._read(retention.space)

    async def ages(self) -> dict[str, tuple[float | None, float | None]]:
        """Kind → when its oldest is from, and the moment before which all were removed (Unix seconds)."""
        gone = await self._read(retention.gone_before)
        return {kind: (await self._read(retention.oldest, kind), gone.get(kind)) for kind in KINDS}

    async def backup(self, path: Path) -> copies.Backup:
        """Write the database as it is now to a new file; see `copies.backup`."""
        if self.before_read is not None:
            await self.before_read()
        await self.open()
        return await asyncio.to_thread(copies.backup, self.path, path)

    async def restore(self, path: Path) -> None:
        """Replace all that is stored, keys left out, by what a backup holds; see `copies.prepare`."""
        if self.before_read is not None:
            await self.before_read()
        await self.open()
        with copies.unfinished(self.path) as part:
            await asyncio.to_thread(copies.prepare, path, self.path, part)
            if self.before_restore is not None:
                await self.before_restore()
            await self.run(copies.take, part)
        self._seen = None
        if self.changed is not None:
            await self.changed("replaced")
