"""Which gateway the app shows: its own, or one that runs already."""

from __future__ import annotations

import asyncio
import os

from voicegw_desktop.app.host import Host, LocalHost
from voicegw_desktop.app.language import tr
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import Paths, system_paths


def attach_address(paths: Paths | None, config: str | None) -> str | None:
    """`desktop.attach` of the configuration file; None when there is none or the file cannot be used.

    Read before a gateway is made, because this setting decides whether one is. What is wrong with the file is told by
    the gateway, which reads it whole.
    """
    # read in a thread: the tray icon is visible before
    from voicegw_desktop.config.load import GatewayConfig

    try:
        found: str | None = GatewayConfig.load(config, paths=paths).desktop.attach
    except VoiceGatewayError:
        return None
    return found


async def host_for(paths: Paths | None, config: str | None, attach: str | None) -> Host:
    """The host that the command line or `desktop.attach` asks for, else the gateway that serves this profile already,
    else one of this process; `paths`: a profile of its own."""
    address = attach or await asyncio.to_thread(attach_address, paths, config)
    if not address and (host := await _serving_already(paths, config)) is not None:
        return host
    if address:
        from voicegw_desktop.app.attached import AttachedHost

        return AttachedHost(address, origin=tr("Attached to {address}", address=address))
    return LocalHost(paths, config)


async def _serving_already(paths: Paths | None, config: str | None) -> Host | None:
    """The gateway of this profile, where `voicegw start` or `voicegw serve` runs it: a second one could have neither
    its port nor its socket. None where `config`, or `VOICEGW_CONFIG` (which `voicegw -c FILE app` sets), names another
    file than the one it serves by."""
    from voicegw_desktop.core import control

    socket = (paths or system_paths()).socket
    if await asyncio.to_thread(control.find, socket) is None:
        return None
    from voicegw_desktop.app.attached import AttachedHost

    origin = tr("The gateway was started outside this window: Quit leaves it running.")
    host = AttachedHost(f"unix:{socket}", origin=origin)
    # the socket may have been left behind by one that was killed
    return host if await host.answers(config or os.environ.get("VOICEGW_CONFIG") or None) else None
