"""Operations on the version of the program: what runs and what is installed, looking for a newer one, bringing it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voicegw_desktop import __version__
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.updates import stage

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

FROM = Param(
    "folder", "string", "A folder of this machine that holds list and archive; none: updates.address.", path=True
)


@operation("update", "GET", "/v1/update", tool="get_update", verb="update show", whole=True)
async def update(gateway: Gateway) -> Record:
    """Which version runs, which one is installed, and the command that brings a newer one here."""
    return await asyncio.to_thread(gateway.parts.updates.told)


@operation("check_update", "POST", "/v1/update/check", FROM, verb="update check", live=True, whole=True, by_people=True)
async def check_update(gateway: Gateway, folder: str | None = None) -> Record:
    """Look once for a newer version; the list of the release must carry a signature that is trusted."""
    made = await gateway.parts.updates.look(folder or "")
    told = await asyncio.to_thread(gateway.parts.updates.told)
    return {**told, "newest": made.version, "notes": made.notes}


@operation(
    "install_update",
    "POST",
    "/v1/update/install",
    FROM,
    verb="update install",
    destructive=True,
    live=True,
    whole=True,
    by_people=True,
)
async def install_update(gateway: Gateway, folder: str | None = None, confirm: bool = False) -> Record:
    """Fetch the newest version, check it, and start it at the next restart; the old one stays for the way back."""
    if not confirm:
        made = await gateway.parts.updates.look(folder or "")
        if not stage.newer(made.version, __version__):
            return preview("do nothing: no newer version is offered", version=__version__)
        return preview(f"fetch version {made.version} and start it at the next restart", notes=made.notes)
    version = await gateway.parts.updates.install(folder or "")
    told = await asyncio.to_thread(gateway.parts.updates.told)
    return {"brought": version or None, **told}
