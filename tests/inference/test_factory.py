"""Which gateway the Python surface uses: the one that runs in this process, or the one that was set."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import current as _factory
from voicegw_desktop.gateway.attribution import get_active_session
from voicegw_desktop.gateway.gateway import CURRENT, Gateway
from voicegw_desktop.inference import attach_session, get_active_project, set_project, start_session

pytestmark = pytest.mark.unit


def gateway(folder: Path) -> Gateway:
    folder.mkdir(exist_ok=True)
    path = folder / "voicegw.yaml"
    path.write_text("{}")
    return Gateway(path, paths=paths_below(folder))


async def test_a_started_gateway_is_used_until_it_closes(tmp_path: Path) -> None:
    _factory.set_gateway(None)
    async with gateway(tmp_path / "a") as first:
        assert _factory.get_gateway() is first
        async with gateway(tmp_path / "b"):
            assert _factory.get_gateway() is first
    assert CURRENT.held is None


async def test_a_chosen_gateway_stays(tmp_path: Path) -> None:
    chosen = gateway(tmp_path / "a")
    _factory.set_gateway(chosen)
    try:
        async with gateway(tmp_path / "b"):
            assert _factory.get_gateway() is chosen
        async with chosen:
            pass
        assert _factory.get_gateway() is chosen
    finally:
        _factory.set_gateway(None)


def test_projects_and_sessions_follow_the_task() -> None:
    assert get_active_project() == "default"
    set_project("shop")
    with start_session("call-1") as session:
        assert (get_active_project(), get_active_session(), session) == ("shop", "call-1", "call-1")
    assert get_active_session() is None
    attach_session("room-7")
    assert get_active_session() == "room-7"
    attach_session(None)
    set_project(None)
