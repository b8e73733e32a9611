"""Follows the vault of a running gateway: asks a locked keychain once, then announces when it opens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from voicegw_desktop.core.events import EventBus, Notice, VaultChanged
from voicegw_desktop.secrets.crypto import SecretStore, VaultState
from voicegw_desktop.secrets.keychain import OPEN, WAITING

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # s between looks at a keychain that is not open
PROMPT_LIMIT = 0.2  # s of the call that shows the prompt; the answer is awaited by looking again
Sleep = Callable[[float], Awaitable[None]]


class SecretsWatch:
    """One for each started gateway."""

    def __init__(
        self, store: SecretStore, bus: EventBus, opened: Callable[[], Awaitable[None]], sleep: Sleep = asyncio.sleep
    ) -> None:
        """`opened` runs when the vault can be read (again) after it could not."""
        self._store, self._bus, self._opened, self._sleep = store, bus, opened, sleep
        self._told = VaultState(None, OPEN, "")
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[VaultState] | None = None

    @property
    def state(self) -> VaultState:
        """The state as last seen; the keychain is not asked."""
        return self._store.seen()

    async def look(self) -> VaultState:
        """Look at the vault now, without a prompt."""
        return await self._tell(await asyncio.to_thread(self._store.look))

    async def unlock(self, limit: float) -> VaultState:
        """Let the keychain ask the person; its state when that was answered, or after `limit` seconds."""
        found = await self._tell(await asyncio.to_thread(self._store.unlock, PROMPT_LIMIT))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while found.state == WAITING:
                    await self._sleep(LOOK_AGAIN)
                    found = await self.look()
        return found

    def start(self) -> None:
        """Follow the vault: look at it until it is open, then wait until a call meets it closed."""
        if self._task is None:
            loop = asyncio.get_running_loop()
            self._store.follow(lambda: loop.call_soon_threadsafe(self._changed.set))
            self._task = loop.create_task(self._follow())

    def ask_once(self) -> None:
        """Show the keychain's prompt if it is locked; returns at once."""
        if self.state.state not in (OPEN, WAITING):
            self._asking = asyncio.get_running_loop().create_task(self.unlock(0))

    async def _follow(self) -> None:
        while True:
            try:
                if self.state.state != OPEN:
                    await self._sleep(LOOK_AGAIN)
                    await self.look()
                    continue
                await self._tell(self.state)
            except Exception:
                log.exception("The vault of the secrets could not be looked at")
            await self._changed.wait()
            self._changed.clear()

    async def _tell(self, found: VaultState) -> VaultState:
        before, self._told = self._told, found
        if (found.kind, found.state, found.stray) == (before.kind, before.state, before.stray):
            return found
        if found.state == OPEN and before.state != OPEN:
            await self._opened()
            self._bus.publish(
                Notice("info", "The keychain is open again: the keys in it can be used.", "keychain_open")
            )
        elif found.state != OPEN:
            self._bus.publish(Notice("warning", found.message, "keychain_locked"))
        elif found.stray:
            self._bus.publish(Notice("warning", found.message, "two_vaults"))
        self._bus.publish(VaultChanged(found.kind, found.state, found.message, found.stray))
        return found

    async def stop(self) -> None:
        """Follow no longer. A prompt that is still open is left to the keychain."""
        self._store.follow(lambda: None)
        tasks = [task for task in (self._task, self._asking) if task is not None]
        self._task = self._asking = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
