"""The operations on versions: their answers, which keys may call them, and the egress rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.releases import KEY, NOW, released
from voicegw_desktop import __version__
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError, EgressDenied
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS, run
from voicegw_desktop.updates import installed
from voicegw_desktop.updates.service import CannotUpdate

pytestmark = pytest.mark.socket


@pytest.fixture
async def hub() -> AsyncIterator[FakeHub]:
    async with FakeHub() as made:
        made.files = {f"r/{name}": data for name, data in released(b"x").items()}
        yield made


def made(tmp_path: Path, address: str, more: str = "") -> Gateway:
    file = tmp_path / "voicegw.yaml"
    file.write_text(f"updates: {{mode: check, address: '{address}', keys: ['{KEY.public}']}}\n{more}")
    paths = paths_below(tmp_path)
    return Gateway(paths=paths, clock=ManualClock(NOW), config=GatewayConfig.load(file, paths=paths))


async def test_a_gateway_looks_and_tells(tmp_path: Path, hub: FakeHub) -> None:
    async with made(tmp_path, f"{hub.url.partition('/{')[0]}/r/") as gateway:
        before = await run(gateway, "update")
        assert (before["version"], before["installed"], before["available"]) == (__version__, __version__, None)
        assert before["command"] == installed.command()
        told = await run(gateway, "check_update")
        assert (told["newest"], told["available"], told["notes"]) == ("9.1.0", "9.1.0", "Better.")
        shown = await run(gateway, "install_update")
        assert "fetch version 9.1.0" in str(shown["would"])
        # a checkout has another tool for that
        with pytest.raises(CannotUpdate, match="git pull"):
            await run(gateway, "install_update", {"confirm": True})
        status = await run(gateway, "status")
        assert (status["installed_version"], status["asks_about_updates"]) == (__version__, False)
        assert not any(str(c["check"]) == "version" for c in (await run(gateway, "doctor"))["checks"])  # type: ignore[attr-defined]


async def test_an_old_version_that_runs_is_told_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with made(tmp_path, "") as gateway:
        monkeypatch.setattr(installed, "version_on_disk", lambda: "0.2.0")
        sentence = f"Version {__version__} runs, 0.2.0 is installed: restart VoiceGateway (`voicegw restart`)."
        assert sentence in (await run(gateway, "status"))["troubles"]  # type: ignore[operator]
        checks = (await run(gateway, "doctor"))["checks"]
        assert sentence in [c["message"] for c in checks]  # type: ignore[attr-defined]
        assert (await run(gateway, "update"))["sentence"] == sentence
        monkeypatch.undo()
        assert sentence not in (await run(gateway, "status"))["troubles"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("https://updates.example/", "routing: {offline: true}\n"),
        ("https://updates.example/", "default_project: p\nprojects: {p: {egress: local}}\n"),
    ],
    ids=["offline mode", "egress of the default project"],
)
async def test_what_may_not_leave_is_not_asked(tmp_path: Path, address: str, more: str) -> None:
    async with made(tmp_path, address, more) as gateway:
        with pytest.raises(EgressDenied):
            await run(gateway, "check_update")
        assert gateway.corridor.egress.entries == []


async def test_each_host_is_in_the_egress_log(tmp_path: Path, hub: FakeHub) -> None:
    # a redirect away from this machine is refused, and told
    hub.elsewhere = "https://updates.example/r/"
    async with made(tmp_path, f"{hub.url.partition('/{')[0]}/r/") as gateway:
        with pytest.raises(Exception, match="redirects"):
            await run(gateway, "check_update")
        (entry,) = gateway.corridor.egress.entries
        assert (entry.host, entry.target, entry.refused) == ("updates.example", "updates", True)


async def test_without_a_place_it_says_what_to_do(tmp_path: Path) -> None:
    async with Gateway(paths=paths_below(tmp_path), clock=ManualClock(NOW)) as gateway:
        with pytest.raises(ConfigError, match=r"updates\.address"):
            await run(gateway, "check_update")
        assert (await run(gateway, "status"))["asks_about_updates"] is False


def test_no_agent_can_bring_a_version() -> None:
    assert all(OPERATIONS[name].by_people for name in ("check_update", "install_update"))
