"""HTTP requests made without a socket, and a stand-in for their connection."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict


class Wire(asyncio.Transport):
    """A connection that carries nothing, from `peer` to `port`."""

    def __init__(self, family: int = socket.AF_INET, peer: str = "192.0.2.1", port: int = 1) -> None:
        kind = SimpleNamespace(family=family)
        super().__init__({"peername": (peer, 1), "sockname": ("127.0.0.1", port), "socket": kind})
        self.cut = 0

    def abort(self) -> None:
        self.cut += 1


def request(*headers: tuple[str, str], path: str = "/v1/models", wire: Wire | None = None) -> web.Request:
    return make_mocked_request("GET", path, CIMultiDict(headers), transport=wire or Wire())
