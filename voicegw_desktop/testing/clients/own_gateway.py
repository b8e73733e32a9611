"""Changes to a gateway that was started for the checks alone: its configuration, its models, what it recorded."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients.__main__ import Where

PATIENCE = 10.0  # s in which a row must be stored


class OwnGateway:
    """The gateway of `voicegw conformance` without `--url`; NotImplementedError for a gateway that serves a person."""

    def __init__(self, where: Where) -> None:
        if not where.home:
            raise NotImplementedError("changes settings, which needs a gateway of its own: leave --url out")
        self._socket = where.socket
        self._config = Path(where.home) / "config" / "voicegw.yaml"
        self._models = Path(where.home) / "data" / "models"

    async def asked(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """An operation as this user, who needs no key at the unix socket."""
        import aiohttp

        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(self._socket)) as http,
            http.request(method, f"http://localhost/v1/{path}", json=body) as answer,
        ):
            told: dict[str, Any] = await answer.json()
            assert answer.status < 400, told
            return told

    async def rows(self) -> dict[str, dict[str, Any]]:
        """The newest recorded requests by their ids."""
        return {row["id"]: row for row in (await self.asked("GET", "logs?limit=200"))["logs"]}

    async def rows_beyond(self, before: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """What was recorded since; waits for the first row."""
        patience = time.monotonic() + PATIENCE
        while True:
            new = [row for id, row in (await self.rows()).items() if id not in before]
            if new or time.monotonic() > patience:
                return new
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def configured(self, **sections: object) -> AsyncIterator[None]:
        """With these sections of the configuration, whose text is JSON, in place of its own."""
        kept = await asyncio.to_thread(self._config.read_text, "utf-8")
        await asyncio.to_thread(self._config.write_text, json.dumps({**json.loads(kept), **sections}), "utf-8")
        try:
            await self.asked("POST", "config/refresh")
            yield
        finally:
            await asyncio.to_thread(self._config.write_text, kept, "utf-8")
            await self.asked("POST", "config/refresh")

    @contextlib.asynccontextmanager
    async def damaged(self, model: str) -> AsyncIterator[None]:
        """With zeros in place of the model's weights, on the disk and in no process."""
        with _zeros(self._models / model):
            await self.asked("POST", "engines/stop", {"name": model, "confirm": True})
            yield


@contextlib.contextmanager
def _zeros(folder: Path) -> Iterator[None]:
    """A copy of the folder in its place, whose files over a megabyte are holes of their length."""
    if not folder.is_symlink():
        raise NotImplementedError("models are damaged in a store of links, which this machine does not allow")
    real = folder.resolve()
    folder.unlink()
    folder.mkdir()
    for file in real.iterdir():
        found = file.stat()
        if found.st_size < 1_000_000:
            shutil.copy2(file, folder)
            continue
        with (folder / file.name).open("wb") as hole:
            hole.truncate(found.st_size)
        # a file that was changed since its installation would be refused without being loaded
        os.utime(folder / file.name, ns=(found.st_atime_ns, found.st_mtime_ns))
    try:
        yield
    finally:
        shutil.rmtree(folder)
        folder.symlink_to(real, target_is_directory=True)
