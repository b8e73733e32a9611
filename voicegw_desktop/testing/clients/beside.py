"""A program that stands between its users and the gateway, run for the checks of one client."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Program:
    """A server on a port of this machine, with a folder of its own that is gone with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vgw-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = self.folder / "output.log"
        self._process: asyncio.subprocess.Process | None = None

    def private(self, name: str, text: str) -> Path:
        """A file that only this user can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        return path

    async def start(self, command: Sequence[str], env: Mapping[str, str], ready: str) -> None:
        """Run it until `close`, and wait until `ready`, a path, is answered; AssertionError when it ends before."""
        with self._log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not await asyncio.to_thread(self._answers, ready):
            assert self._process.returncode is None, self._log.read_text("utf-8", "replace")[-300:]
            await asyncio.sleep(0.5)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status) < 400
        except urllib.error.HTTPError as e:
            return e.code in (401, 403)
        except OSError:
            return False

    async def close(self) -> None:
        """End it and what it started."""
        if self._process is not None and self._process.returncode is None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
                try:
                    async with asyncio.timeout(10):
                        await self._process.wait()
                except TimeoutError:
                    continue
                break
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
