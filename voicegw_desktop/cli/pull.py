"""`voicegw models pull`: fetches models with one line of progress for each."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from typing import Any

from voicegw_desktop.cli.needs import absent, sentence
from voicegw_desktop.cli.terminal import say, say_error, say_json
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import SystemClock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import Paths, system_paths
from voicegw_desktop.core.text import printable
from voicegw_desktop.models.catalogue import load_catalogue
from voicegw_desktop.models.job import Progress
from voicegw_desktop.models.store import ModelStore
from voicegw_desktop.routing.choices import Choices, choice_file
from voicegw_desktop.routing.egress import EgressLog
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

BAR = 24  # characters


def pull(models: list[str], source: str | None, *, as_json: bool) -> int:
    """Fetch each; 0 when all are here. `starter` stands for the starter set."""
    return asyncio.run(_pull(models, source, as_json))


def pull_starter() -> int:
    """Fetch the starter models of the engines that are installed; 0 when there is every engine and model."""
    starters = [entry.id for entry in load_catalogue() if entry.starter]
    lacking = absent(starters)
    if lacking:
        say_error(f"voicegw: {sentence(lacking)}. Their starter models are left out.")
    names = {entry.name for entry in lacking}
    wanted = [model for model in starters if model.partition("/")[0] not in names]
    failed = pull(wanted, None, as_json=False) if wanted else 0
    return failed or int(bool(lacking))


async def _pull(models: list[str], source: str | None, as_json: bool) -> int:
    config, paths = GatewayConfig.load(), system_paths()
    async with egress_log(config, paths) as log:
        store = ModelStore(
            config.models_folder(paths),
            # what was chosen in the window or by `voicegw offline` overrides the file, as in the gateway
            offline=lambda: is_offline(config, paths),
            connects=lambda *told: log.download(config.default_project, *told),
            cache=paths.cache,
            own=config.engines.own_models,
        )
        return await _fetch(store, models, source, as_json)


def is_offline(config: GatewayConfig, paths: Paths) -> bool:
    """Whether nothing may leave this machine now, as the gateway of this profile sees it."""
    chosen = Choices.read(choice_file(paths).load()).offline
    return config.routing.offline if chosen is None else chosen


@contextlib.asynccontextmanager
async def egress_log(config: GatewayConfig, paths: Paths) -> AsyncIterator[EgressLog]:
    """The egress log of this profile, beside a gateway that may write to it too."""
    log = EgressLog(EventBus(), SystemClock())
    if not (config.cost_tracking.enabled and config.observability.cost_tracking):
        yield log
        return
    storage = SQLiteStorage(config.database(paths))
    writer = Writer(storage)
    log.keep = writer.submit
    try:
        yield log
    finally:
        await writer.aclose()
        await storage.aclose()


async def _fetch(store: ModelStore, models: list[str], source: str | None, as_json: bool) -> int:
    wanted = [e.id for e in store.catalogue if e.starter] if models == ["starter"] else models
    lacking = absent(wanted)
    screen = _Screen(quiet=as_json)
    try:
        outcomes = await asyncio.gather(
            *(store.pull(model, screen.show, source=source) for model in wanted), return_exceptions=True
        )
    except asyncio.CancelledError:
        screen.end()
        say_error("Stopped. Run the command again to continue.")
        raise
    screen.end()
    failed = False
    answer: dict[str, Any] = {}
    for model, outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, VoiceGatewayError):
            failed = True
            answer[model] = {"error": outcome.message, "code": outcome.code}
            if not as_json:
                say_error(f"voicegw: {outcome.message}")
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            answer[model] = {"folder": str(outcome)}
            if not as_json:
                say(f"{model} is installed.")
    if as_json:
        say_json({"models": answer})
    elif lacking and not failed:
        say_error(f"voicegw: {sentence(lacking)}")
    return int(failed)


class _Screen:
    """One bar that moves on a terminal; one line a model elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._at: dict[str, Progress] = {}
        self._told: set[str] = set()

    def show(self, progress: Progress) -> None:
        if self._quiet:
            return
        self._at[progress.model] = progress
        if not progress.total_bytes:
            # waiting for its turn, or here already
            return
        if self._live:
            done = sum(p.done_bytes for p in self._at.values())
            total = sum(p.total_bytes for p in self._at.values())
            share = done / total
            bar = "█" * round(share * BAR)
            names = ", ".join(m for m, p in self._at.items() if p.state != "installed") or progress.model
            line = f"{bar:░<{BAR}} {share:4.0%} {done / 1e6:.0f}/{total / 1e6:.0f} MB {progress.state} {names}"
            sys.stderr.write(f"\r\x1b[K{printable(line)[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
        elif progress.state == "pulling" and progress.model not in self._told:
            self._told.add(progress.model)
            say_error(f"Pulling {progress.model}, {progress.total_bytes / 1e6:.0f} MB ...")

    def end(self) -> None:
        if self._live and self._at:
            sys.stderr.write("\r\x1b[K")
