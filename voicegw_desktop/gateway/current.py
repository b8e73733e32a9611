"""The one gateway of this process, made on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway


def get_gateway() -> Gateway:
    """The process's gateway; built from the configuration found by the usual search when there is none yet."""
    # imported with the first use: an agent that asks for nothing does without it
    from voicegw_desktop.gateway.gateway import CURRENT, Gateway

    gateway = CURRENT.held
    if gateway is None:
        gateway = Gateway()
        CURRENT.choose(gateway)
    return gateway


def set_gateway(gateway: Gateway | None) -> None:
    """Make this the process's gateway; None: forget it. The caller closes what it made."""
    from voicegw_desktop.gateway.gateway import CURRENT

    CURRENT.choose(gateway)
