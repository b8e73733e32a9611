"""A served gateway whose engines work at their limit: `python -m tests.bench.saturation`.

The loop's lag is taken inside the serving process, once on plain asyncio as `voicegw serve` has it, once in the Qt
application's loop with its window open (on Qt's offscreen platform). Clients in a process of their own keep whisper,
piper and llama.cpp busy over HTTP without a pause, and measure the speed that a language model still has.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.support.figures import row, title
from tests.support.weights import linked_store, weights_folder

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "tests" / "data" / "jfk.wav"
STT, LLM, TTS = "whisper/base", "llamacpp/qwen2.5-coder-0.5b", "piper/en_US-joe-medium"
STEP = 0.005  # s between looks at the loop
QUIET_S, BUSY_S = 3.0, 12.0
TOKENS = 120
TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun. " * 4
CONFIG = 'serve: {port: 0}\nengines: {keep_alive: "-1"}\n'


# -- the serving process ----------------------------------------------------------------------------------------------


async def lags(seconds: float) -> list[float]:
    """Milliseconds by which each wake-up came late, sorted."""
    late, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        await asyncio.sleep(STEP)
        late.append((time.monotonic() - began - STEP) * 1000)
    return sorted(late)


def p99(sorted_values: list[float]) -> float:
    return sorted_values[int(len(sorted_values) * 0.99)]


async def watched(endpoint: str, key: str) -> dict[str, Any]:
    """Start the clients against this process and measure its loop."""
    env = {**os.environ, "BENCH_JOB": json.dumps({"url": endpoint, "key": key})}
    clients = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.saturation", "--clients",
        cwd=ROOT, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert clients.stdin is not None
    assert clients.stdout is not None
    tokens = json.loads(await clients.stdout.readline())
    quiet = await lags(QUIET_S)
    clients.stdin.write(b"go\n")
    await clients.stdout.readline()
    busy = await lags(BUSY_S)
    clients.stdin.write(b"stop\n")
    done = json.loads(await clients.stdout.readline())
    await clients.wait()
    return {**tokens, "done": done, "quiet": p99(quiet), "busy": p99(busy), "most": busy[-1]}


async def headless(home: Path) -> dict[str, Any]:
    """Serve as `voicegw serve` does."""
    from voicegw_desktop.cli.serve import serving
    from voicegw_desktop.gateway.gateway import Gateway

    async with Gateway() as gateway, serving(gateway) as server:
        await _warm(gateway)
        return await watched(f"{server.url}/v1", await gateway.keys.bearer(await gateway.first_key()))


def windowed(home: Path) -> dict[str, Any]:
    """The tray application with its window open."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from voicegw_desktop.app.application import Application
    from voicegw_desktop.app.loop import GatewayLoop
    from voicegw_desktop.core.paths import system_paths

    qt = QApplication(["voicegw-desktop"])
    loop = GatewayLoop(qt)
    asyncio.set_event_loop(loop)
    app = Application(qt, system_paths(), show_window=True)

    async def work() -> dict[str, Any]:
        running = asyncio.create_task(app.run())
        while not (app.actions.chosen and app.actions.host.endpoint):  # noqa: ASYNC110 -- the host has no event for it
            await asyncio.sleep(0.05)
        gateway = app.actions.host._gateway  # type: ignore[attr-defined]
        await _warm(gateway)
        found = await watched(app.actions.host.endpoint, await gateway.keys.bearer(await gateway.first_key()))
        app._quit.set()
        await running
        return found

    with loop:
        return loop.run_until_complete(work())


async def _warm(gateway: Any) -> None:
    for name, error in (await gateway.engines.prewarm([STT, LLM, TTS])).items():
        if error is not None:
            raise RuntimeError(f"{name}: {error}")


# -- the clients ------------------------------------------------------------------------------------------------------


async def clients() -> None:
    """Tokens per second alone and beside whisper, then everything at once between two lines on stdin."""
    import aiohttp

    job = json.loads(os.environ["BENCH_JOB"])
    done = {"transcriptions": 0, "answers": 0, "utterances": 0}

    async def transcribe() -> None:
        form = aiohttp.FormData({"model": STT, "language": "en"})
        form.add_field("file", CLIP.read_bytes(), filename="a.wav")
        async with http.post("audio/transcriptions", data=form) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()
        done["transcriptions"] += 1

    async def speak() -> None:
        body = {"model": TTS, "voice": "alloy", "input": f"{done['utterances']}. {TEXT}", "response_format": "pcm"}
        async with http.post("audio/speech", json=body) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()
        done["utterances"] += 1

    async def chat() -> float:
        body = {
            "model": LLM,
            "messages": [{"role": "user", "content": "Count from one to two hundred in words."}],
            "max_tokens": TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        first, last, count = 0.0, 0.0, 0
        async with http.post("chat/completions", json=body) as answer:
            assert answer.status == 200, await answer.text()
            async for line in answer.content:
                if line.startswith(b"data: {"):
                    data = json.loads(line[6:])
                    if any(c.get("delta", {}).get("content") for c in data.get("choices", ())):
                        last = time.perf_counter()
                        first = first or last
                    count = (data.get("usage") or {}).get("completion_tokens", count)
        done["answers"] += 1
        return (count - 1) / (last - first)

    async def forever(work: Callable[[], Awaitable[object]]) -> None:
        while True:
            await work()

    async def line() -> None:
        await asyncio.to_thread(sys.stdin.readline)

    headers = {"Authorization": f"Bearer {job['key']}"}
    async with aiohttp.ClientSession(base_url=f"{job['url']}/", headers=headers) as http:
        for warm in (chat, transcribe, speak):
            await warm()
        alone = max([await chat() for _ in range(2)])
        whisper = asyncio.create_task(forever(transcribe))
        beside = sorted([await chat() for _ in range(3)])[1]
        whisper.cancel()
        await asyncio.gather(whisper, return_exceptions=True)
        print(json.dumps({"alone": alone, "beside": beside}), flush=True)
        await line()
        done.update(transcriptions=0, answers=0, utterances=0)
        busy = [asyncio.create_task(forever(work)) for work in (transcribe, speak, chat)]
        print("busy", flush=True)
        ends = asyncio.create_task(line())
        ended, _ = await asyncio.wait({*busy, ends}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {ends}:
            task.result()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        print(json.dumps(done), flush=True)


# -- the run ----------------------------------------------------------------------------------------------------------


async def once(kind: str) -> dict[str, Any]:
    """One of the two in a process of its own, with a profile that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="vgw", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        store = linked_store(weights_folder(), home / "models", (STT, LLM, TTS))
        (home / "voicegw.yaml").write_text(CONFIG)
        env = {
            **os.environ,
            "VOICEGW_HOME": str(home),
            "VOICEGW_CONFIG": str(home / "voicegw.yaml"),
            "VOICEGW_MODELS_DIR": str(store),
            "VOICEGW_SECRET": "only-for-this-bench-run-0123456789abcdef",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.saturation", f"--{kind}", cwd=ROOT, env=env,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()
        if process.returncode:
            raise SystemExit(f"The {kind} run ended with {process.returncode}.")
        return dict(json.loads(out.splitlines()[-1]))


async def main() -> None:
    """Both runs and the table."""
    results = {kind: await once(kind) for kind in ("headless", "windowed")}
    title("a served gateway with whisper, piper and llama.cpp saturated")
    for kind, found in results.items():
        work = ", ".join(f"{count} {what}" for what, count in found["done"].items())
        row(f"{kind}: loop lag p99 at rest", found["quiet"], "ms")
        row(f"{kind}: loop lag p99 under load", found["busy"], "ms", at_most=5)
        row(f"{kind}: loop lag at most under load ({work})", found["most"], "ms")
        row(f"{kind}: {LLM} alone", found["alone"], "tokens/s")
        row(f"{kind}: the same while whisper works", found["beside"], "tokens/s", at_least=20)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for flag in ("--headless", "--windowed", "--clients"):
        parser.add_argument(flag, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.clients:
        asyncio.run(clients())
    elif chosen.headless or chosen.windowed:
        home = Path(os.environ["VOICEGW_HOME"])
        with contextlib.redirect_stdout(sys.stderr):
            result = windowed(home) if chosen.windowed else asyncio.run(headless(home))
        print(json.dumps(result))
    else:
        asyncio.run(main())
