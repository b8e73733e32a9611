"""The one gateway of this process, made on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

_gateway: Gateway | None = None
_chosen = False
"""Whether the gateway was set by `set_gateway` or made by `get_gateway`, and not only adopted."""


def get_gateway() -> Gateway:
    """The process's gateway; built from the configuration found by the usual search when there is none yet."""
    global _gateway, _chosen
    if _gateway is None:
        from voicegw_desktop.gateway.gateway import Gateway

        _gateway, _chosen = Gateway(), True
    return _gateway


def set_gateway(gateway: Gateway | None) -> None:
    """Use this one instead, or forget it (None); the caller closes what it made."""
    global _gateway, _chosen
    _gateway, _chosen = gateway, gateway is not None


def adopt(gateway: Gateway) -> None:
    """Use a gateway that has started in this process, unless another one is in use."""
    global _gateway
    if _gateway is None:
        _gateway = gateway


def forget(gateway: Gateway) -> None:
    """A gateway is closed: one that was only adopted is used no more."""
    global _gateway
    if _gateway is gateway and not _chosen:
        _gateway = None
