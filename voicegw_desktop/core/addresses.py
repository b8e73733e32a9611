"""Addresses of providers: which host one names, and which ones may not be used."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.zones import zone_of_url

_SCHEMES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443, "tcp": 10300}
_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
"""Names under which clouds answer with the credentials of the machine."""
_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32")
)
"""Link-local addresses, and those at which clouds answer with the credentials of the machine."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=256)  # asked for each request, about the same few addresses
def origin(url: str) -> str:
    """`https://api.example:443` of a URL: scheme, host and port, which decide who receives a key."""
    parts = _split(url)
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    if not parts.hostname:
        return url
    port = parts.port or _PORTS.get(scheme)
    host = parts.hostname.rstrip(".")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port else "")


def same_place(first: str, second: str) -> bool:
    """Whether two URLs name one server: the same origin, or the same port of this machine's loopback."""
    one, other = _split(first), _split(second)
    if origin(first) == origin(second):
        return True
    return one.port == other.port and all(zone_of_url(url) is Zone.LOCAL for url in (first, second))


def problem(url: str, *, link_local: bool = False) -> str | None:
    """Why a provider may not have this address, as a sentence; None when it may.

    `link_local` allows link-local addresses and those at which a cloud answers with a machine's credentials.
    """
    if not re.fullmatch(r"[!-\[\]-~]+", url):
        return "It may hold no spaces, backslashes or letters beyond ASCII."
    try:
        parts = _split(url)
        _ = parts.port
        host = (parts.hostname or "").rstrip(".")
        if not host and parts.scheme not in ("unix", "http+unix"):
            raise ValueError("no host")
    except ValueError:
        return "It is no address: write http://host:port/path."
    if "@" in parts.netloc:
        return "It holds a user name or password; write the address alone, and a key under api_key."
    if link_local or not (host in _NAMES or any(_inside(host))):
        return None
    return (
        f"{host} is link-local, or the place where a cloud keeps a machine's credentials. If that is intended, write"
        " allow_link_local: true beside base_url in voicegw.yaml."
    )


def _split(url: str) -> SplitResult:
    return urlsplit(url if "//" in url else f"//{url}")


def _inside(host: str) -> list[bool]:
    address = _address(host)
    return [address in network for network in _NETWORKS] if address is not None else []


def _address(host: str) -> Address | None:
    """The address a host names, in every spelling that a resolver accepts: 2852039166, 0xa9.254.43518, ::ffff:…"""
    try:
        found: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return found.ipv4_mapped
        if found in _NAT64:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def free_port(first: int = 7718, tries: int = 200) -> int:
    """A loopback port that nothing listens at, `first` if it can be had; OSError when none of `tries` is free."""
    for port in range(first, first + tries):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"No port from {first} to {first + tries - 1} is free.")
