"""When a list may be read, and programs that another tool updates."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.releases import NAME, NOW, released
from tests.support.updates import Made, begun, nothing_staged, offer
from voicegw_desktop import __version__
from voicegw_desktop.config.schema_updates import UpdatesConfig
from voicegw_desktop.core import packs
from voicegw_desktop.core.errors import ConfigError, EgressDenied
from voicegw_desktop.models.errors import SourceFailed
from voicegw_desktop.updates import installed, state
from voicegw_desktop.updates.service import AGAIN, AVAILABLE, EVERY, CannotUpdate

pytestmark = pytest.mark.socket


# -- what may not be asked ---------------------------------------------------------------------------------------------


async def test_nothing_is_asked_where_the_rules_forbid_it(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    def refuse(url: str) -> None:
        raise EgressDenied(f"{url} is not on this machine and offline mode is on.")

    updates = Made(tmp_path, offer(hub, released(b"x")), clear=refuse)
    with pytest.raises(EgressDenied):
        await updates.look()
    await updates.look_when_due()
    assert hub.requests == []


async def test_offline_mode_ends_a_fetch_under_way(tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path) -> None:
    offline = False

    def clear(url: str) -> None:
        if offline:
            raise EgressDenied("offline mode is on.")

    hub.hold_after = 1_500_000
    updates = Made(tmp_path, offer(hub, released(packed)), clear=clear)
    work = asyncio.ensure_future(updates.install())
    part = updates.folder / "fetch" / f"{NAME}.part"
    await begun(part)
    offline = True
    hub.resume.set()
    with pytest.raises(EgressDenied):
        await work
    assert nothing_staged(updates)


async def test_a_redirect_stays_in_its_zone(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    hub.elsewhere = "https://updates.example/r/list"
    updates = Made(tmp_path, offer(hub, released(b"x")))
    with pytest.raises(SourceFailed, match="redirects"):
        await updates.look()
    assert updates.asked[-1] == ("updates.example", True)


async def test_without_a_place_or_a_key_it_says_what_to_set(tmp_path: Path, frozen: Path) -> None:
    with pytest.raises(ConfigError, match=r"updates\.address and updates\.keys"):
        await Made(tmp_path, "").look()


@pytest.mark.parametrize("address", ["http://updates.example/", "https://updates.example/", "/media/stick"])
def test_an_address_that_anyone_can_alter_is_refused(address: str) -> None:
    if address.startswith("http:"):
        with pytest.raises(ValueError, match="https"):
            UpdatesConfig(address=address)
    else:
        assert UpdatesConfig(address=address).address == address
    with pytest.raises(ValueError, match="no public key"):
        UpdatesConfig(keys=["RW"])


# -- other tools -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        ("deb", "apt install --only-upgrade voicegw-desktop$"), ("rpm", "dnf upgrade"), ("flatpak", "flatpak update"),
        ("deb core", "apt install --only-upgrade voicegw-desktop-core$"), ("rpm core", "upgrade voicegw-desktop-core$"),
    ],
)  # fmt: skip
async def test_a_packaged_program_tells_the_command_of_its_tool(
    tmp_path: Path, hub: FakeHub, frozen: Path, mark: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, _, core = mark.partition(" ")
    (frozen / "_internal" / installed.MARK).write_text(f"{way}\n")
    monkeypatch.setattr(packs, "offered", lambda: packs.Offer("0" * 12, {}) if core else None)
    updates = Made(tmp_path, offer(hub, released(b"x")), mode="install")
    with pytest.raises(CannotUpdate, match=command):
        await updates.install()
    assert hub.requests == []
    await updates.look_when_due()
    assert [(n.level, n.code) for n in updates.notices] == [("info", AVAILABLE)]
    assert re.search(command, updates.notices[0].message)
    assert nothing_staged(updates)


def test_each_tool_has_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setattr(installed, "_editable", lambda: False)
    assert (installed.how(), "install --upgrade 'voicegw-desktop'" in installed.command()) == ("pip", True)
    (tmp_path / "pipx_metadata.json").write_text("{}")
    assert (installed.how(), installed.command()) == ("pipx", "pipx upgrade voicegw-desktop")
    (tmp_path / "uv-receipt.toml").write_text("")
    assert (installed.how(), installed.command()) == ("uv", "uv tool upgrade voicegw-desktop")


def test_a_source_folder_is_told_apart() -> None:
    # this environment runs the program out of its sources
    assert (installed.how(), installed.command()) == ("checkout", "git pull")


async def test_a_program_that_another_tool_replaced_says_so(tmp_path: Path, frozen: Path) -> None:
    updates = Made(tmp_path, "")
    assert await updates.look_at_disk()
    assert updates.troubles["version"] is None
    (frozen / "_internal" / "version").write_text("0.2.0\n")
    assert await updates.look_at_disk()
    assert updates.troubles["version"] == (
        f"Version {__version__} runs, 0.2.0 is installed: restart VoiceGateway (`voicegw restart`)."
    )


async def test_the_window_hears_of_it_in_its_own_thread(tmp_path: Path, frozen: Path) -> None:
    updates = Made(tmp_path, "")
    threads: list[int] = []
    updates._trouble = lambda about, sentence: threads.append(threading.get_ident())
    await updates.look_at_disk()
    assert threads == [threading.get_ident()]


# -- from time to time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["ask", "never"])
async def test_nothing_is_looked_for_unasked(tmp_path: Path, hub: FakeHub, frozen: Path, mode: str) -> None:
    await Made(tmp_path, offer(hub, released(b"x")), mode=mode).look_when_due()
    assert hub.requests == []
    assert UpdatesConfig().mode == "ask"


async def test_a_new_version_is_told_once_and_looked_for_once_a_day(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    updates = Made(tmp_path, offer(hub, released(b"x")))
    for _ in range(3):
        await updates.look_when_due()
    assert len(hub.requests) == 2
    updates.time.advance(EVERY + 1)
    offer(hub, released(b"x", expires=NOW + 10 * int(EVERY)))
    await updates.look_when_due()
    assert len(hub.requests) == 4
    assert [n.code for n in updates.notices] == [AVAILABLE]
    assert "9.1.0 can be had: voicegw update install" in updates.notices[0].message


async def test_a_place_that_fails_is_asked_again_an_hour_later(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    updates = Made(tmp_path, offer(hub, {}))
    for _ in range(3):
        await updates.look_when_due()
    assert len(hub.requests) == 1
    updates.time.advance(AGAIN + 1)
    await updates.look_when_due()
    assert len(hub.requests) == 2


@pytest.mark.process
async def test_a_version_that_was_refused_is_not_brought_by_itself(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path
) -> None:
    updates = Made(tmp_path, offer(hub, released(packed)), mode="install")
    with state.changed(updates.folder) as now:
        now.refused["9.1.0"] = "it ended"
    await updates.look_when_due()
    assert nothing_staged(updates)
    assert updates.told()["refused"] == ["9.1.0: it ended"]
    # a person may try it again
    assert await updates.install() == "9.1.0"
    assert state.read(updates.folder).refused == {}
