"""What the tray application costs at rest: `python -m tests.bench.app`. Needs a virtual display (Xvfb, dbus-daemon)."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from tests.support.desktop import desktop
from tests.support.figures import row, title
from tests.support.tray_host import TrayHost, find

RUNS = 3
REST = 20.0  # s watched at rest
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def cpu_s(pid: int) -> float:
    """Processor seconds used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def once() -> tuple[float, float, float, float]:
    """(s to a visible icon, s to ready, MB at rest, per cent of a core at rest)"""
    with desktop() as screen:
        screen.env["VOICEGW_HOME"] = screen.env["HOME"] + "/vgw"
        config = Path(screen.env["HOME"]) / "voicegw.yaml"
        config.write_text("serve: {port: 0}\n")
        screen.env["VOICEGW_CONFIG"] = str(config)
        host = await TrayHost.start(screen.bus)
        try:
            began = time.perf_counter()
            app = screen.start(sys.executable, "-m", "voicegw_desktop.app.application")
            item = await host.item()
            visible = time.perf_counter() - began
            while True:
                try:
                    find(await host.menu(item), "VoiceGateway: ready")
                    break
                except LookupError:
                    await asyncio.sleep(0.02)
            ready = time.perf_counter() - began
            # let start-up work settle before looking at rest
            await asyncio.sleep(3)
            before = cpu_s(app.pid)
            await asyncio.sleep(REST)
            return visible, ready, memory_mb(app.pid), (cpu_s(app.pid) - before) / REST * 100
        finally:
            host.close()


def main() -> None:
    figures = [asyncio.run(once()) for _ in range(RUNS)]
    title(f"tray application, median of {RUNS}")
    for name, unit, wanted, values in zip(
        ("icon visible after", "gateway ready after", "resident at rest", "processor at rest"),
        ("s", "s", "MB", "%"),
        (1.2, None, 150, 0.5),
        zip(*figures, strict=True),
        strict=True,
    ):
        row(f"tray: {name}", statistics.median(values), unit, at_most=wanted)


if __name__ == "__main__":
    main()
