"""Tells a command and a webhook that part of a budget is spent, each part once, whichever program noticed it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import BudgetReached, EventBus, Notice
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.processes import Family
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.posting import post

if TYPE_CHECKING:
    from voicegw_desktop.routing.egress import EgressLog, EgressPolicy
    from voicegw_desktop.storage.sqlite import SQLiteStorage

log = logging.getLogger(__name__)

PATIENCE = 30.0  # s that a command may take; a webhook gets a third of it
PASSED = re.compile(
    r"(?i)PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|DISPLAY|WAYLAND_DISPLAY|XDG_\w+|"
    r"DBUS_SESSION_BUS_ADDRESS|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE"
)
"""Variables of this program's environment that a command gets; keys of providers are in others."""
FAILED = "budget_hook"
"""Code of the Notice about a command or webhook that did not take the message."""


class BudgetHooks:
    """Passes each BudgetReached on. Made with the gateway's parts; `close` ends what still runs."""

    def __init__(
        self,
        config: Callable[[], GatewayConfig],
        bus: EventBus,
        policy: EgressPolicy,
        egress: EgressLog,
        storage: SQLiteStorage | None,
        patience: float = PATIENCE,
    ) -> None:
        self._config, self._bus, self._policy, self._egress = config, bus, policy, egress
        self._storage, self._patience = storage, patience
        self._running: set[asyncio.Task[None]] = set()
        self._unsubscribe = bus.subscribe(self._reached, BudgetReached)

    async def close(self) -> None:
        """Stop listening, and end commands and messages that still run."""
        self._unsubscribe()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _reached(self, event: BudgetReached) -> None:
        budgets = self._config().budgets
        if not (budgets.on_budget or budgets.webhook):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # a gateway that is used without a loop runs no programs
            return
        task = loop.create_task(self._tell(event, list(budgets.on_budget), budgets.webhook))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tell(self, event: BudgetReached, command: list[str], url: str | None) -> None:
        if self._storage is not None:
            try:
                if not await self._storage.tell_once(
                    event.scope, event.period, event.start, event.budget_nanos, event.percent
                ):
                    return
            except VoiceGatewayError as error:
                # a second message is better than none
                log.warning("Whether a budget was told of is not known: %s", error)
        told = json.dumps(message(event), separators=(",", ":")).encode() + b"\n"
        if command:
            await self._try("budgets.on_budget", self._run(command, told))
        if url:
            await self._try("budgets.webhook", self._post(url, event.project, told))

    async def _try(self, setting: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except TimeoutError:
            # a TimeoutError is an OSError too, and needs words of its own
            self._say(setting, "It did not take the message in time.")
        except (VoiceGatewayError, OSError, ValueError) as error:
            self._say(setting, str(error) or type(error).__name__)

    def _say(self, setting: str, why: str) -> None:
        self._bus.publish(Notice("warning", f"{setting} did not hear of a budget. {why}", FAILED))

    async def _run(self, command: list[str], told: bytes) -> None:
        environment = {name: value for name, value in os.environ.items() if PASSED.fullmatch(name)}
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        family = Family(child.pid)
        try:
            async with asyncio.timeout(self._patience):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    # a program that does not read still counts
                    await child.communicate(told)
        except BaseException:
            # a shell's command outlives the shell
            family.kill()
            await child.wait()
            raise
        finally:
            family.close()
        if child.returncode:
            raise VoiceGatewayError(f"{command[0]} ended with {child.returncode}.")

    async def _post(self, url: str, project: str, told: bytes) -> None:
        cleared = self._policy.clear_address("webhook", url, project)
        entry = self._egress.entry(cleared, "", "budget")
        await post(cleared, entry, url, told, {"Content-Type": "application/json"}, self._patience / 3)


def message(event: BudgetReached) -> Record:
    """What a command and a webhook get: amounts are US dollars as decimal text."""
    start = f"{event.start // 10_000:04}-{event.start // 100 % 100:02}-{event.start % 100:02}"
    return {
        "event": "budget",
        "project": event.project or None,
        "key": event.key or None,
        "period": event.period,
        "from": start,
        "percent": event.percent,
        "spent_usd": exact(event.spent_nanos),
        "budget_usd": exact(event.budget_nanos),
        "forecast_usd": None if event.forecast_nanos is None else exact(event.forecast_nanos),
        "action": event.action,
        "message": event.message,
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
