"""Packs as operations of a gateway: what a look shows, what is asked before, and that offline mode holds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pack_releases import archive, carried, put, released
from tests.support.releases import KEY
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core import packs
from voicegw_desktop.core.errors import BadRequest, EgressDenied
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import OPERATIONS, run

pytestmark = pytest.mark.socket
ARCHIVES = {name: archive(name) for name in ("shared", "whisper")}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of a program without engines."""
    (tmp_path / packs.FILE).write_text(carried(ARCHIVES))
    file = tmp_path / "voicegw.yaml"
    address = "https://example.invalid/"
    file.write_text(f"updates: {{address: '{address}', keys: ['{KEY.public}']}}\n")
    paths = paths_below(tmp_path)
    made = Gateway(paths=paths, config=GatewayConfig.load(file, paths=paths))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path / "home"))
    packs.offered.cache_clear()
    yield made
    packs.offered.cache_clear()


async def test_a_pack_is_shown_asked_for_fetched_and_removed(tmp_path: Path, gateway: Gateway) -> None:
    # no MCP tool: what runs as a program on this machine is for people to allow
    assert OPERATIONS["add_pack"].by_people
    async with gateway:
        told = await run(gateway, "list_packs")
        assert [(p["name"], p["installed"], p["licence"]) for p in told["packs"]] == [  # type: ignore[attr-defined]
            ("shared", False, "MIT"), ("whisper", False, "MIT"),
        ]  # fmt: skip
        shown = await run(gateway, "add_pack", {"pack": "whisper"})
        assert str(shown["would"]).startswith("fetch shared and whisper: 0 MB")
        assert not packs.in_place()
        await run(gateway, "set_offline", {"offline": True})
        with pytest.raises(EgressDenied):
            await run(gateway, "add_pack", {"pack": "whisper", "confirm": True})
        stick = put(tmp_path / "stick", released(ARCHIVES))
        added = await run(gateway, "add_pack", {"pack": "whisper", "folder": stick, "confirm": True})
        assert added == {"added": ["shared", "whisper"]}
        assert "do nothing" in str((await run(gateway, "add_pack", {"pack": "whisper"}))["would"])
        providers = {p["id"]: p for p in (await run(gateway, "list_providers"))["providers"]}  # type: ignore[attr-defined]
        assert (providers["whisper"]["installed"], providers["whisper"]["install"]) == (True, None)
        with pytest.raises(BadRequest, match="whisper needs the pack shared"):
            await run(gateway, "remove_pack", {"pack": "shared", "confirm": True})
        assert "remove the pack" in str((await run(gateway, "remove_pack", {"pack": "whisper"}))["would"])
        assert await run(gateway, "remove_pack", {"pack": "whisper", "confirm": True}) == {"removed": "whisper"}
        assert set(packs.in_place()) == {"shared"}
