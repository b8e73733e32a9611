"""The limit on file descriptors: connections that fit, the raised soft limit, one line when none is left."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
from typing import Any

import pytest

from tests.support.socket_gateway import Serve
from voicegw_desktop.core.events import Notice
from voicegw_desktop.sockets.http import descriptors

if sys.platform == "win32":
    pytest.skip("Windows has no such limit", allow_module_level=True)

import resource

pytestmark = pytest.mark.socket
ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "fits", "raised"),
    [
        (1024, 4096, 256, 256, 1024),
        (256, ENDLESS, 256, 256, 640),
        (256, 4096, 256, 256, 640),
        (256, 256, 256, 64, 256),
        (64, 64, 256, 16, 64),
        (96, 300, 256, 86, 300),
        (ENDLESS, ENDLESS, 100_000, 100_000, ENDLESS),
        (16, 16, 256, 8, 16),
    ],
)
def test_connections_fit_the_limit(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, fits: int, raised: int
) -> None:
    now = [soft, hard]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: tuple(now))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, both: now.__setitem__(0, both[0]))
    assert descriptors.room(wanted) == (fits, raised)
    assert now[0] == raised


def test_a_limit_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_which: int, both: tuple[int, int]) -> None:
        if both[0] > descriptors.MAC_MOST:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, ENDLESS))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert descriptors.room(8000) == ((10_240 - 128) // 2, 10_240)


async def test_the_server_takes_what_fits_and_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "room", lambda wanted, sockets: (wanted, 1024))
    server = await serve()
    assert server.limits.max_connections == 256
    await server.stop()
    told: list[Notice] = []
    server.gateway.bus.subscribe(told.append, Notice)
    monkeypatch.setattr(descriptors, "room", lambda _wanted, _sockets: (16, 64))
    await server.start()
    assert server.limits.max_connections == 16
    assert [n.code for n in told] == ["descriptors"]
    assert "Only 16 connections" in told[0].message


@pytest.mark.parametrize("unix", [True, False])
async def test_the_unix_socket_has_as_many_places_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, unix: bool
) -> None:
    now = [256, 256]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: tuple(now))
    server = await serve(serve={"unix_socket": unix})
    # 128 are left for other files, and each connection takes two
    assert server.limits.max_connections == (32 if unix else 64)


async def test_connections_without_a_descriptor_are_one_line(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    server = await serve()
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            context: dict[str, Any] = {
                "message": "socket.accept() out of system resource",
                "exception": OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
            }
            loop.call_exception_handler(context)
    (line,) = caplog.messages
    assert line.startswith("No file descriptor is left for new connections")
    with caplog.at_level(logging.WARNING):
        loop.call_exception_handler({"message": "something else"})
    assert caplog.messages[-1] == "something else"
    await server.stop()
    assert loop.get_exception_handler() is None
