"""docs/doors.md names every inference route that is mounted; docs/reference.md lists operations."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.registry import resolve
from voicegw_desktop.sockets.doors import built_in

pytestmark = pytest.mark.socket


def test_every_route_stands_on_the_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "doors.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`((?:GET|POST|DELETE) /[^`?]*)`", page))
    context = SimpleNamespace(gateway=SimpleNamespace(corridor=FakeCorridor()), limits=None)
    mounted = set()
    for door in built_in():
        for reference in () if door.operations else door.routes:
            for route in resolve(reference)(context):
                mounted.add(f"{route.method} {re.sub(r':[^}]*', '', route.path)}")
    assert mounted == told
