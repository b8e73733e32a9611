"""Which doors the server mounts."""

from __future__ import annotations

import importlib.machinery
import sys
import types

import pytest
from aiohttp import web

from voicegw_desktop.core import extensions
from voicegw_desktop.core.descriptor import Door, LateRoutes
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.sockets import doors

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def hatch(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module with routes, and no installed packages."""
    module = types.ModuleType("hatch")
    module.__spec__ = importlib.machinery.ModuleSpec("hatch", None)
    module.routes = lambda context: [context]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hatch", module)
    monkeypatch.setattr(extensions, "entry_points", tuple)
    monkeypatch.setattr(doors, "BUILT_IN", ("hatch",))
    return module


def test_a_missing_built_in_door_is_an_error(monkeypatch: pytest.MonkeyPatch, hatch: types.ModuleType) -> None:
    monkeypatch.setattr(doors, "BUILT_IN", ("voicegw_desktop.sockets.no_such_door.descriptor",))
    with pytest.raises(ConfigError, match=r"no_such_door.*is missing from this installation.*again"):
        doors.mounted("context")
    monkeypatch.setattr(doors, "BUILT_IN", ("hatch",))
    hatch.DOOR = Door(name="hatch", title="A hatch", routes=("no_such_module:routes",))  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="hatch is missing"):
        doors.mounted("context")
    late = LateRoutes("no_such_module:routes", ("GET /hatch",))
    hatch.DOOR = Door(name="hatch", title="A hatch", late_routes=(late,))  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="hatch is missing"):
        doors.mounted("context")


def test_a_broken_door_of_a_package_is_left_out(monkeypatch: pytest.MonkeyPatch, hatch: types.ModuleType) -> None:
    hatch.DOOR = Door(name="hatch", title="A hatch", routes=("hatch:routes",))  # type: ignore[attr-defined]
    hole = Door(name="hole", title="A hole", routes=("hatch:nothing",), listener="hatch:nothing")
    more = Door(name="more", title="More", routes=("hatch:routes",))
    monkeypatch.setattr(extensions, "load", lambda *_: ([("It", hole), ("It", more)], []))
    assert doors.mounted("context") == ["context", "context"]
    assert doors.listeners("context", None) == []


async def test_late_routes_are_made_by_their_first_request(hatch: types.ModuleType) -> None:
    made = []

    async def answer(request: object) -> str:
        return f"answer to {request}"

    def routes(context: object) -> list[web.RouteDef]:
        made.append(context)
        return [web.get("/hatch", answer), web.post("/hatch", answer)]  # type: ignore[arg-type]

    hatch.late = routes  # type: ignore[attr-defined]
    late = LateRoutes("hatch:late", ("GET /hatch", "POST /hatch"))
    hatch.DOOR = Door(name="hatch", title="A hatch", late_routes=(late,))  # type: ignore[attr-defined]
    get, post = doors.mounted("context")
    assert ([(route.method, route.path) for route in (get, post)], made) == (
        [("GET", "/hatch"), ("POST", "/hatch")],
        [],
    )
    assert [await route.handler("it") for route in (get, post, get)] == ["answer to it"] * 3
    # what a door keeps between requests is kept once
    assert made == ["context"]
