"""Where an address lies: on this machine, in the local network, or in the cloud."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from voicegw_desktop.core.ports import Zone

_REACH = {Zone.LOCAL: 0, Zone.LAN: 1, Zone.CLOUD: 2}


def farther(a: Zone, b: Zone) -> bool:
    """True when data travels farther to reach `a` than `b`."""
    return _REACH[a] > _REACH[b]


def nearest(zones: Iterable[Zone]) -> Zone:
    """The zone closest to this machine."""
    return min(zones, key=_REACH.__getitem__)


@lru_cache(maxsize=256)  # asked several times for each request, about the same few addresses
def zone_of_url(url: str) -> Zone:
    """Loopback is local, a private or link-local address or a `.local` name is LAN, anything else is cloud."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    if parts.scheme in ("unix", "http+unix"):
        return Zone.LOCAL
    host = (parts.hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return Zone.LOCAL
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # a bare or .local name is answered by the local network; any other name could be anyone
        return Zone.LAN if host.endswith((".local", ".home.arpa")) else Zone.CLOUD
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback:
        return Zone.LOCAL
    return Zone.LAN if (address.is_private or address.is_link_local) and not address.is_unspecified else Zone.CLOUD
