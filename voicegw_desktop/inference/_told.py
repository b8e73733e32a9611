"""Sends what an attached agent did to the gateway: a bounded queue that never delays the agent.

It runs in the agent's process: only what that needs is imported.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

Told = dict[str, object]
Kind = Literal["requests", "turns"]
Post = Callable[[Told], Awaitable[int]]
"""Sends a report; returns the HTTP status. Raises OSError where no gateway answers."""

MOST = 1_000  # entries that wait; the oldest go first
AT_ONCE = 100  # of each kind in one report
TOGETHER = 0.5  # s that what happens together is collected
RETRY_FIRST, RETRY_LONGEST = 1.0, 60.0  # s
LAST = 2.0  # s for what is left when the agent ends


def new_id() -> str:
    """An id that no other report uses."""
    return uuid4().hex


class Teller:
    """Sends entries in order, from a task of the agent's loop; errors are logged, once while they last."""

    def __init__(self, session: str, post: Post) -> None:
        self._session, self._post = session, post
        self._waiting: deque[tuple[Kind, Told]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._more = asyncio.Event()
        self._failing = False
        self.dropped = 0
        """Entries that were never sent."""

    def tell(self, kind: Kind, entry: Told) -> None:
        """Queue an entry; never waits, never raises."""
        if len(self._waiting) >= MOST:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append((kind, entry))
        self._more.set()
        if self._task is None or self._task.done():
            with suppress(RuntimeError):
                # outside a loop it waits for the next entry, or for aclose()
                self._task = asyncio.get_running_loop().create_task(self._run())

    async def aclose(self) -> None:
        """Send what is left, for two seconds at most."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST):
                while self._waiting and await self._send():
                    pass
        self.dropped += len(self._waiting)
        self._waiting.clear()

    async def _run(self) -> None:
        pause = RETRY_FIRST
        while True:
            await self._more.wait()
            await asyncio.sleep(TOGETHER)
            while self._waiting:
                if await self._send():
                    pause = RETRY_FIRST
                    continue
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_LONGEST)
            self._more.clear()

    async def _send(self) -> bool:
        """Send the oldest entries; False where they are to be sent again later."""
        batch: list[tuple[Kind, Told]] = []
        for kind, entry in self._waiting:
            if sum(kind == other for other, _ in batch) == AT_ONCE:
                break
            batch.append((kind, entry))
        report: Told = {"session": self._session}
        for kind in ("requests", "turns"):
            report[kind] = [entry for other, entry in batch if other == kind]
        try:
            status = await self._post(report)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._fails(f"no gateway answers ({error or type(error).__name__})")
            return False
        if status >= 500 or status == 429:
            self._fails(f"the gateway answers with status {status}")
            return False
        if status >= 400:
            # sending it again would not help
            self._fails(f"the gateway refuses them with status {status}")
            self.dropped += len(batch)
        else:
            self._failing = False
        for _ in batch:
            if self._waiting:
                self._waiting.popleft()
        return True

    def _fails(self, why: str) -> None:
        if not self._failing:
            self._failing = True
            log.warning("VoiceGateway Desktop does not see this agent's turns: %s.", why)


class GatewayPost:
    """Sends reports to a gateway: to `url` with `key`, or without both to the one of this user, by its own channel."""

    def __init__(self, url: str | None, key: str | None, project: str | None) -> None:
        self._url = (url or os.environ.get("VOICEGW_URL") or ("http://127.0.0.1:7717/v1" if key else "")).rstrip("/")
        self._key = key or os.environ.get("VOICEGW_API_KEY")
        self._headers = {"X-VoiceGW-Project": project} if project else {}
        self._http: aiohttp.ClientSession | None = None
        self._channel: Any = None

    async def __call__(self, report: Told) -> int:
        import aiohttp

        path = f"{self._url}/attached" if self._url else "attached"
        async with self._session().post(
            path, json=report, headers=self._headers, timeout=aiohttp.ClientTimeout(total=10)
        ) as response:
            return response.status

    def _session(self) -> aiohttp.ClientSession:
        if not self._url:
            from voicegw_desktop.core.control import Channel
            from voicegw_desktop.core.paths import system_paths

            if self._channel is None:
                self._channel = Channel(system_paths().socket)
            session: aiohttp.ClientSession = self._channel.http()
            return session
        if self._http is None:
            from voicegw_desktop.core.outgoing import gateway_session

            self._http = gateway_session(
                self._url, headers={"Authorization": f"Bearer {self._key}"} if self._key else {}
            )
        return self._http

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
        if self._channel is not None:
            await self._channel.aclose()
