"""How fast the installed program starts beside the checkout: `python -m tests.bench.packaged [FOLDER]`.

Without a folder, dist/voicegw. In turns, median of five; the first start after an installation reads everything from
the disk and is not among them.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.support.desktop import desktop
from tests.support.figures import row, title
from tests.support.tray_host import TrayHost
from tests.support.weights import weights_folder

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5
PATIENCE = 60.0  # s
CLIP = ROOT / "resources" / "demo" / "jfk.wav"
Times = dict[str, list[float]]


def version(command: list[str]) -> float:
    """s of `voicegw --version`."""
    began = time.perf_counter()
    subprocess.run([*command, "--version"], check=True, capture_output=True)
    return time.perf_counter() - began


async def serving(command: list[str]) -> tuple[float, float]:
    """s from the start until /health answers, and from the first transcription's request to its answer."""
    with tempfile.TemporaryDirectory(prefix="vgw", ignore_cleanup_errors=True) as home:
        config = Path(home) / "voicegw.yaml"
        config.write_text("serve: {port: 0}\n")
        models = str(weights_folder())
        env = {**os.environ, "VOICEGW_HOME": home, "VOICEGW_CONFIG": str(config), "VOICEGW_MODELS_DIR": models}
        began = time.perf_counter()
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, "serve", env=env, stdout=quiet, stderr=quiet)
        try:
            socket = Path(home) / "run" / "voicegw.sock"
            async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as http:
                async with asyncio.timeout(PATIENCE):
                    await _healthy(http)
                ready = time.perf_counter() - began
                form = aiohttp.FormData({"model": "whisper/tiny.en"})
                form.add_field("file", CLIP.read_bytes(), filename="jfk.wav")
                asked = time.perf_counter()
                async with http.post("http://localhost/v1/audio/transcriptions", data=form) as answer:
                    assert answer.status == 200, await answer.text()
                    await answer.read()
                return ready, time.perf_counter() - asked
        finally:
            process.terminate()
            await process.wait()


async def _healthy(http: aiohttp.ClientSession) -> None:
    while True:
        try:
            async with http.get("http://localhost/health") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.01)


async def tray(command: list[str]) -> float:
    """s until the icon is registered with the session bus."""
    with desktop() as screen:
        screen.env["VOICEGW_HOME"] = screen.env["HOME"] + "/vgw"
        config = Path(screen.env["HOME"]) / "voicegw.yaml"
        config.write_text("serve: {port: 0}\n")
        screen.env["VOICEGW_CONFIG"] = str(config)
        host = await TrayHost.start(screen.bus)
        try:
            began = time.perf_counter()
            screen.start(*command)
            await host.item()
            return time.perf_counter() - began
        finally:
            host.close()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist" / "voicegw").resolve()
    if not (folder / "voicegw").exists():
        sys.exit(f"There is no program in {folder}: run `make package` first, or name the folder.")
    kinds = {
        "installed": ([str(folder / "voicegw")], [str(folder / "voicegw-desktop")]),
        "checkout": (
            [sys.executable, "-m", "voicegw_desktop"],
            [sys.executable, "-m", "voicegw_desktop.app.start"],
        ),
    }
    taken: dict[str, Times] = {kind: {} for kind in kinds}
    for _ in range(RUNS):
        for kind, (console, windowed) in kinds.items():
            ready, first = asyncio.run(serving(console))
            found = {"voicegw --version": version(console), "voicegw serve answers": ready}
            found |= {"first transcription, engine started for it": first, "tray icon": asyncio.run(tray(windowed))}
            for what, seconds in found.items():
                taken[kind].setdefault(what, []).append(seconds)
    title(f"start, median of {RUNS}")
    for what in taken["installed"]:
        for kind in kinds:
            row(f"{what}: {kind}", statistics.median(taken[kind][what]), "s")


if __name__ == "__main__":
    main()
