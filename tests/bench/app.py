"""What the tray application costs at rest: `python -m tests.bench.app`. Needs a virtual display (Xvfb, dbus-daemon).

Takes three minutes: each of three starts is watched at rest, with the window open and under requests, and told when it
ends. The program runs from compiled modules, as one that is installed does: a start that is not counted compiles them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.support.desktop import Desktop, desktop
from tests.support.figures import row, title
from tests.support.tray_host import Entry, TrayHost, find
from voicegw_desktop.testing import FakeOpenAI

RUNS = 3
REST = 12.0  # s watched each time
RATE = 20.0  # requests a second, at most
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def cpu_s(pid: int) -> float:
    """Processor seconds used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Run:
    """The figures of one start."""

    visible: float
    """s until the icon is registered"""
    ready: float
    """s until the menu says so"""
    memory: float
    """MB at rest, window never opened"""
    closed: float
    """per cent of a core at rest"""
    opened: float
    """per cent of a core with the window open and no requests"""
    traffic: float
    """per cent of a core with the window open under requests"""
    open_memory: float
    lag: float
    """ms, the worst second's p99 of the loop that serves, window open under requests"""


async def said(host: TrayHost, item: str, text: str) -> Entry:
    """The menu's line, once it is there."""
    while True:
        try:
            return find(await host.menu(item), text)
        except LookupError:
            await asyncio.sleep(0.02)


async def share(pid: int, seconds: float) -> float:
    """Per cent of a core that the process uses from now on."""
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    return (cpu_s(pid) - before) / seconds * 100


async def worst_lag(http: aiohttp.ClientSession) -> float:
    """The highest p99 that the gateway reports until this is cancelled."""
    worst = 0.0
    try:
        async with http.ws_connect("http://localhost/v1/events") as ws:
            async for message in ws:
                event = message.json()
                if event.get("type") == "LoopLag":
                    worst = max(worst, event["p99_ms"])
    except asyncio.CancelledError:
        pass
    return worst


async def ask(http: aiohttp.ClientSession) -> None:
    """Chat requests, `RATE` a second."""
    body = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}
    while True:
        async with http.post("http://localhost/v1/chat/completions", json=body) as answer:
            await answer.read()
            assert answer.status == 200, await answer.text()
        await asyncio.sleep(1 / RATE)


@contextlib.asynccontextmanager
async def panel(compiled: Path) -> AsyncIterator[tuple[Desktop, TrayHost]]:
    """A desktop with a tray, and a profile that is not new. `compiled`: where Python keeps compiled modules."""
    async with FakeOpenAI() as upstream:
        with desktop() as screen:
            screen.env["VOICEGW_HOME"] = screen.env["HOME"] + "/vgw"
            told = Path(screen.env["VOICEGW_HOME"]) / "config" / "window.ini"
            told.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            told.write_text("[told]\ngreeted=true\n")
            config = Path(screen.env["HOME"]) / "voicegw.yaml"
            config.write_text(
                "serve: {port: 0}\nproviders:\n"
                f"  openai: {{api_key: {upstream.key}, base_url: {upstream.base_url}}}\n"
            )
            screen.env["VOICEGW_CONFIG"] = str(config)
            screen.env.pop("PYTHONDONTWRITEBYTECODE", None)
            screen.env["PYTHONPYCACHEPREFIX"] = str(compiled)
            host = await TrayHost.start(screen.bus)
            try:
                yield screen, host
            finally:
                host.close()


def start(screen: Desktop) -> subprocess.Popen[bytes]:
    """Start the application."""
    return screen.start(sys.executable, "-m", "voicegw_desktop.app.start")


async def compiling(compiled: Path) -> None:
    """Start it once, so that Python has compiled what a start needs."""
    async with panel(compiled) as (screen, host):
        start(screen)
        await said(host, await host.item(), "VoiceGateway: ready")


async def once(compiled: Path) -> Run:
    """Start it, rest, open the window, rest, ask."""
    async with panel(compiled) as (screen, host):
        return await _watch(screen, host)


async def _watch(screen: Desktop, host: TrayHost) -> Run:
    began = time.perf_counter()
    app = start(screen)
    item = await host.item()
    visible = time.perf_counter() - began
    await said(host, item, "VoiceGateway: ready")
    ready = time.perf_counter() - began
    # let start-up work settle before looking at rest
    await asyncio.sleep(3)
    closed = await share(app.pid, REST)
    memory = memory_mb(app.pid)
    await host.click(item, await said(host, item, "Open window"))
    await asyncio.to_thread(screen.window, "^VoiceGateway$")
    await asyncio.sleep(3)
    opened = await share(app.pid, REST)
    socket = Path(screen.env["VOICEGW_HOME"]) / "run" / "voicegw.sock"
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as http:
        lag = asyncio.create_task(worst_lag(http))
        load = asyncio.create_task(ask(http))
        await asyncio.sleep(1)
        traffic = await share(app.pid, REST)
        load.cancel()
        lag.cancel()
        await asyncio.gather(load, return_exceptions=True)
        return Run(visible, ready, memory, closed, opened, traffic, memory_mb(app.pid), await lag)


def main() -> None:
    with tempfile.TemporaryDirectory() as compiled:
        asyncio.run(compiling(Path(compiled)))
        runs = []
        for number in range(RUNS):
            runs.append(asyncio.run(once(Path(compiled))))
            last = runs[-1]
            print(
                f"start {number + 1} of {RUNS}: icon after {last.visible:.2f} s, {last.memory:.0f} MB at rest",
                flush=True,
            )

    def median(name: str) -> float:
        return statistics.median(getattr(run, name) for run in runs)

    title(f"tray application, median of {RUNS}")
    row("tray: icon visible after", median("visible"), "s", at_most=0.5)
    row("tray: gateway ready after", median("ready"), "s")
    row("tray: resident at rest", median("memory"), "MB", at_most=150)
    row("tray: processor at rest", median("closed"), "%", at_most=0.5)
    row("tray: processor, window open, no requests", median("opened"), "%", at_most=0.5)
    row(f"tray: processor, window open, {RATE:g} requests a second", median("traffic"), "%")
    row("tray: resident with the window open, after requests", median("open_memory"), "MB")
    row("tray: loop p99 in the worst second, window open, requests", median("lag"), "ms")


if __name__ == "__main__":
    main()
