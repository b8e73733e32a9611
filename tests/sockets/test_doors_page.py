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
        late = {one.make: one.paths for one in door.late_routes}
        for reference in (*(() if door.operations else door.routes), *late):
            served = [f"{route.method} {route.path}" for route in resolve(reference)(context)]
            # what is not declared is not served
            assert served == list(late.get(reference, served))
            if not door.operations:
                mounted.update(re.sub(r":[^}]*", "", path) for path in served)
    assert mounted == told
