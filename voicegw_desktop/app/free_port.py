"""The button "Use a free port"."""

from __future__ import annotations

import asyncio

from voicegw_desktop.app.host import Host
from voicegw_desktop.app.viewmodels import matters
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.core.typed import records


async def keep_free_port(host: Host, overview: Overview) -> bool:
    """Keep the next port that is free; False where voicegw.yaml sets the port, which the overview then tells."""
    from voicegw_desktop.core.addresses import free_port

    found = records((await host.call("settings"))["settings"])
    if any(row["path"] == "serve.port" and row["locked"] for row in found):
        overview.set_life("failed", message=overview.message, problem=matters.PORT_IN_FILE)
        return False
    port = await asyncio.to_thread(free_port)
    await host.call("set_setting", path="serve.port", value=str(port))
    return True
