"""docs/doors.md names every inference route that is mounted."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.sockets.http.server import WIRES

pytestmark = pytest.mark.socket

OTHERS = ("voicegw_desktop.sockets.operations.ops", "voicegw_desktop.mcp.http")
"""Operations, which docs/reference.md lists."""


def test_every_route_stands_on_the_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "doors.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`((?:GET|POST|DELETE) /[^`?]*)`", page))
    context = SimpleNamespace(gateway=SimpleNamespace(corridor=FakeCorridor()), limits=None)
    mounted = set()
    for name in WIRES:
        if name not in OTHERS:
            for route in importlib.import_module(name).routes(context):
                mounted.add(f"{route.method} {re.sub(r':[^}]*', '', route.path)}")
    assert mounted == told
