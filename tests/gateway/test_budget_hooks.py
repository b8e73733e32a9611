"""What a command and a webhook are told about budgets: once, without a shell, and only where data may go."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.support.engines import eventually
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import BudgetReached, EgressRecorded, EventBus, Notice
from voicegw_desktop.core.processes import alive
from voicegw_desktop.gateway.budget_hooks import BudgetHooks
from voicegw_desktop.routing.egress import EgressLog, EgressPolicy
from voicegw_desktop.storage.sqlite import SQLiteStorage

REACHED = BudgetReached(
    "shop", "", "shop", "month", 20260701, 80, 8_000_000_001, 10_000_000_000, None, "warn", "80 % are spent; $(id)"
)


class Desk:
    """Hooks with a configuration, and what they published."""

    def __init__(
        self, budgets: dict[str, Any], storage: SQLiteStorage | None = None, patience: float = 20.0, **more: Any
    ) -> None:
        self.bus, self.offline = EventBus(), False
        self.notices: list[Notice] = []
        self.left: list[EgressRecorded] = []
        self.bus.subscribe(self.notices.append, Notice)
        self.bus.subscribe(self.left.append, EgressRecorded)
        config = GatewayConfig({"budgets": budgets, **more})
        policy = EgressPolicy(config, lambda: self.offline)
        egress = EgressLog(self.bus, ManualClock())
        self.hooks = BudgetHooks(lambda: config, self.bus, policy, egress, storage, patience=patience)

    async def reach(self, event: BudgetReached = REACHED) -> None:
        self.bus.publish(event)
        await asyncio.gather(*self.hooks._running)
        await self.hooks.close()


def writes(path: Path, then: str = "") -> list[str]:
    """A command that keeps what it was told, its arguments and its environment."""
    code = (
        "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([sys.stdin.read(), sys.argv, dict(os.environ)]))"
    )
    return [sys.executable, "-c", code + then, str(path), "$(id) `id` ; rm *"]


@pytest.mark.process
async def test_a_command_reads_the_message_from_its_input_and_gets_no_shell_and_no_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("VOICEGW_SECRET", "secret")
    desk = Desk({"on_budget": writes(tmp_path / "told")})
    await desk.reach()
    told, arguments, environment = json.loads((tmp_path / "told").read_text())
    assert arguments[2] == "$(id) `id` ; rm *"
    assert "PATH" in environment
    assert "secret" not in json.dumps(environment)
    message = json.loads(told)
    assert {k: message[k] for k in ("project", "key", "period", "from", "percent", "spent_usd", "forecast_usd")} == {
        "project": "shop", "key": None, "period": "month", "from": "2026-07-01", "percent": 80,
        "spent_usd": "8.000000001", "forecast_usd": None,
    }  # fmt: skip
    assert message["message"] == REACHED.message
    assert desk.notices == []


@pytest.mark.process
async def test_a_command_that_fails_or_is_not_there_is_a_notice(tmp_path: Path) -> None:
    for command, why in (
        (writes(tmp_path / "told", "; sys.exit(3)"), "ended with 3"),
        ([str(tmp_path / "none")], "No such file"),
    ):
        desk = Desk({"on_budget": command})
        await desk.reach()
        (notice,) = desk.notices
        assert notice.code == "budget_hook"
        assert why in notice.message


@pytest.mark.process
async def test_a_command_that_does_not_end_in_time_is_ended_and_told_of() -> None:
    desk = Desk({"on_budget": [sys.executable, "-c", "import threading; threading.Event().wait()"]}, patience=0.05)
    await desk.reach()
    (notice,) = desk.notices
    assert notice.message.endswith("It did not take the message in time.")


@pytest.mark.process
async def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    starts = f"""
import pathlib, subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
made = pathlib.Path({str(note)!r})
made.with_suffix(".part").write_text(str(child.pid))
made.with_suffix(".part").rename(made)
threading.Event().wait()
"""
    desk = Desk({"on_budget": [sys.executable, "-c", starts]})
    desk.bus.publish(REACHED)
    await eventually(note.exists, "what the command started")
    pid = int(note.read_text())
    assert alive(pid)
    await desk.hooks.close()
    await eventually(lambda: not alive(pid), "its end")


@pytest.mark.socket
async def test_a_webhook_that_does_not_answer_in_time_is_told_of() -> None:
    async with webhook(status=0) as (url, _):
        desk = Desk({"webhook": url}, patience=0.9)
        await desk.reach()
    (notice,) = desk.notices
    assert notice.message.endswith("did not answer within 0.3 s.")
    assert "/hook" not in notice.message


@asynccontextmanager
async def webhook(status: int = 200, location: str = "") -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on loopback, and the bodies it got; with status 0 it never answers."""
    got: list[bytes] = []
    ended = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        got.append(await request.read())
        if not status:
            await ended.wait()
        return web.Response(status=status, headers={"Location": location} if location else None)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    finally:
        ended.set()
        await runner.cleanup()


@pytest.mark.socket
async def test_a_webhook_gets_the_message_once_whichever_program_tells(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "v.db")
    async with webhook() as (url, got):
        for _ in range(2):
            await Desk({"webhook": url}, storage).reach()
        assert [json.loads(body)["percent"] for body in got] == [80]
    await storage.aclose()


@pytest.mark.socket
@pytest.mark.parametrize(("status", "location"), [(500, ""), (302, "http://127.0.0.1:9/")])
async def test_a_webhook_that_refuses_or_redirects_is_a_notice_without_its_path(status: int, location: str) -> None:
    async with webhook(status, location) as (url, got):
        desk = Desk({"webhook": url})
        await desk.reach()
    assert len(got) == 1
    (notice,) = desk.notices
    assert "/hook" not in notice.message


@pytest.mark.unit
@pytest.mark.parametrize("offline", [True, False])
async def test_nothing_leaves_in_offline_mode_or_beyond_what_the_project_allows(offline: bool) -> None:
    desk = Desk(
        {"webhook": "https://hooks.example/secret"}, projects={"shop": {"egress": "cloud" if offline else "lan"}}
    )
    desk.offline = offline
    await desk.reach()
    (notice,) = desk.notices
    assert ("offline mode is on" if offline else "projects.shop.egress") in notice.message
    assert "secret" not in notice.message
    assert desk.left == []


@pytest.mark.unit
@pytest.mark.parametrize("url", ["ftp://h/x", "http://169.254.169.254/", "http://a:b@h/"])
def test_addresses_that_cannot_be_used_are_refused(url: str) -> None:
    with pytest.raises(Exception, match="webhook"):
        GatewayConfig({"budgets": {"webhook": url}})
