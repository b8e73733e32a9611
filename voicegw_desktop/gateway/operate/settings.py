"""Operations on settings: their values, where each comes from, and the start at login."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voicegw_desktop.gateway.operate.table import Param, operation

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway


@operation("settings", "GET", "/v1/settings", verb="settings", whole=True)
async def settings(gateway: Gateway) -> dict[str, object]:
    """Settings with their values, where each was set, and the folders in use."""
    from voicegw_desktop.gateway import preferences

    return await asyncio.to_thread(preferences.told, gateway.config, gateway.paths)


@operation(
    "set_setting",
    "POST",
    "/v1/settings",
    Param("path", "string", "As in serve.port, or start_at_login.", required=True),
    Param("value", "string", "The value; null or nothing: as it comes.", nullable=True),
    verb="set",
    live=True,
    whole=True,
    by_people=True,
)
async def set_setting(gateway: Gateway, path: str, value: str | None = None) -> dict[str, object]:
    """Change a setting; one that stands in voicegw.yaml is changed there only."""
    # imported late: the command line builds its verbs from this table, and needs no schema for that
    from voicegw_desktop.gateway import preferences

    await asyncio.to_thread(preferences.change, gateway.config, gateway.paths, path, value)
    if path != preferences.LOGIN:
        await gateway.refresh_config()
    return await asyncio.to_thread(preferences.told, gateway.config, gateway.paths)
