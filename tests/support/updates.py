"""An `Updates` over a server of the test, with what it told and asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.support.fake_hub import FakeHub
from tests.support.releases import KEY, NOW
from voicegw_desktop.config.schema_updates import UpdatesConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.updates import state
from voicegw_desktop.updates.service import Updates

PLENTY = 1 << 50


async def instantly(_: float) -> None:
    await asyncio.sleep(0)


def offer(hub: FakeHub, files: dict[str, bytes]) -> str:
    """Serve the release; its address."""
    hub.files = {f"r/{name}": data for name, data in files.items()}
    return f"{hub.url.partition('/{')[0]}/r/"


class Made(Updates):
    """An `Updates` with what it told."""

    def __init__(self, tmp_path: Path, address: str, **options: Any) -> None:
        self.config = UpdatesConfig(address=address or None, keys=[str(KEY.public)], mode=options.pop("mode", "check"))
        self.time = ManualClock(NOW)
        self.notices: list[Notice] = []
        self.asked: list[tuple[str, bool]] = []
        self.troubles: dict[str, str | None] = {}
        bus = EventBus()
        bus.subscribe(self.notices.append, Notice)
        options.setdefault("clear", lambda url: None)
        options.setdefault("free_space", lambda _: PLENTY)
        options.setdefault("ahead", self.no_packs)
        super().__init__(
            paths_below(tmp_path), self.time, bus, lambda: self.config,
            connects=lambda host, zone, refused: self.asked.append((host.partition(":")[0], refused)),
            trouble=self.troubles.__setitem__, schema=lambda: 5, database=tmp_path / "config" / "voicegw.db",
            sleep=instantly, **options,
        )  # fmt: skip

    async def no_packs(self, program: Path, place: str) -> None:
        """This program takes no packs."""


async def begun(part: Path) -> None:
    """Wait until some of the file is on the disk."""
    while not (part.exists() and part.stat().st_size > 1_000_000):  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.01)


def nothing_staged(updates: Updates) -> bool:
    """Whether no version waits, and none is half there."""
    now = state.read(updates.folder)
    return not now.next and not [p for p in updates.folder.iterdir() if p.is_dir() and p.name != "fetch"]
