"""Whether a provider was reached at all: a request that was not costs nothing."""

from __future__ import annotations

import importlib.util
import socket

import pytest

agents = pytest.importorskip("livekit.agents")
# the client library's own, whichever generation of it the plugins bring
httpx = pytest.importorskip("httpx2" if importlib.util.find_spec("httpx2") else "httpx")

from voicegw_desktop.workers.cloud_order import unreached  # noqa: E402

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("cause", "never"),
    [
        (ConnectionRefusedError(), True),
        (socket.gaierror(), True),
        (httpx.ConnectError("no route"), True),
        (httpx.ConnectTimeout("no answer"), True),
        (httpx.ReadError("broke off"), False),
        (ConnectionResetError(), False),
        (None, False),
    ],
)
def test_a_connection_that_was_never_made_is_told_from_one_that_broke(cause: Exception | None, never: bool) -> None:
    middle = RuntimeError("as a client library wraps it")
    middle.__cause__ = cause
    error = agents.APIConnectionError("Connection error.")
    error.__cause__ = middle
    assert unreached(error) is never
