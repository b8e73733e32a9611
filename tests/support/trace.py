"""Reads a trace of system calls: which of them name an address on another machine."""

from __future__ import annotations

import re

LOOPBACK = re.compile(r'inet_addr\("127\.|"::1"|"::ffff:127\.')
ADDRESS = re.compile(r"(?:sa_family|sin6?_family)=(AF_\w+)")


def leaves(line: str) -> bool:
    """Whether this call names an address on another machine; calls on connected sockets name none."""
    family = ADDRESS.search(line)
    if family is None or family.group(1) in ("AF_UNIX", "AF_NETLINK", "AF_UNSPEC"):
        return False
    return not LOOPBACK.search(line)
