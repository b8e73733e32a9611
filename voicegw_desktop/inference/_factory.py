"""The one gateway of this process, made on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.core.gateway import Gateway

_gateway: Gateway | None = None


def get_gateway() -> Gateway:
    """The process's gateway; built from the configuration found by the usual search when there is none yet."""
    global _gateway
    if _gateway is None:
        from voicegw_desktop.core.gateway import Gateway

        _gateway = Gateway()
    return _gateway


def set_gateway(gateway: Gateway | None) -> None:
    """Use this one instead, or forget it (None); the caller closes what it made."""
    global _gateway
    _gateway = gateway
