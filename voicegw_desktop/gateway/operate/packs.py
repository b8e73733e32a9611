"""Operations on packs: which engines and providers this program can fetch, fetching one, removing one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation, preview

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

PACK = Param("pack", "string", "Name of a pack, as list_packs gives it: whisper.", required=True)
FROM = Param(
    "folder", "string", "A folder of this machine that holds the signed list and the packs; none: updates.address.",
    path=True,
)  # fmt: skip


@operation("list_packs", "GET", "/v1/packs", verb="packs list", whole=True)
async def list_packs(gateway: Gateway) -> Record:
    """Which engines and providers this program can fetch as packs, their sizes and licences, and which are here."""
    return await asyncio.to_thread(gateway.parts.packs.told)


@operation("add_pack", "POST", "/v1/packs", PACK, FROM, verb="packs add", destructive=True, whole=True, by_people=True)
async def add_pack(gateway: Gateway, pack: str, folder: str | None = None, confirm: bool = False) -> Record:
    """Fetch a pack and those it needs; the list of packs must carry a signature that is trusted."""
    wanted = await asyncio.to_thread(gateway.parts.packs.wanted, pack)
    if not confirm:
        if not wanted:
            return preview(f"do nothing: the pack {pack} is here")
        names = " and ".join(each.name for each in wanted)
        fetched = sum(each.size for each in wanted) / 1e6
        return preview(
            f"fetch {names}: {fetched:.0f} MB, {sum(each.unpacked for each in wanted) / 1e6:.0f} MB on the disk",
            licences={each.name: each.licence for each in wanted},
        )
    return {"added": await gateway.parts.packs.add(pack, folder or "")}


@operation("remove_pack", "POST", "/v1/packs/remove", PACK, verb="packs remove", destructive=True, whole=True)
async def remove_pack(gateway: Gateway, pack: str, confirm: bool = False) -> Record:
    """Take a pack's files away; an engine of it that runs goes on until it is unloaded."""
    users = await asyncio.to_thread(gateway.parts.packs.users, pack)
    if users:
        raise BadRequest(f"{', '.join(users)} needs the pack {pack}: remove that first.", param="pack")
    if not confirm:
        return preview(f"remove the pack {pack}")
    return {"removed": pack if await asyncio.to_thread(gateway.parts.packs.remove, pack) else None}
