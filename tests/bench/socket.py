"""What the socket adds, side by side in one run: `VOICEGW_TEST_MODELS=... python -m tests.bench.socket [rounds]`.

The gateway runs in this process, its engines in theirs; a client in a process of its own measures the way through the
gateway and the way around it in turns, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.arguments import whole
from tests.support.figures import row

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "tests" / "data" / "jfk.wav"
STT, LLM, TTS = "whisper/base", "llamacpp/smollm2-135m", "piper/en_US-joe-medium"
TEXT = "Good morning. This sentence is spoken to see how soon the first sound is heard."
WORKER_NICE = 10  # what the supervisor gives its workers
SETTLE_S = 2.0  # s after the start that do not count
IDLE_S = 10.0  # s of idleness over which CPU is counted

BARE_WHISPER = """
import os, sys, time
os.nice(int(sys.argv[3]))
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=int(sys.argv[2]))
for line in sys.stdin:
    began = time.perf_counter()
    segments, _ = model.transcribe(line.strip(), language="en", beam_size=1)
    words = " ".join(s.text for s in segments)
    print(time.perf_counter() - began, flush=True)
"""


async def main(rounds: int) -> None:
    from tests.support.weights import linked_store, weights_folder
    from voicegw_desktop.cli.serve import settle
    from voicegw_desktop.core.paths import paths_below
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.sockets.http.server import Server

    weights = weights_folder()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["VOICEGW_SECRET"] = "bench"
        os.environ["VOICEGW_MODELS_DIR"] = str(linked_store(weights, home / "models"))
        os.chdir(home)
        async with Gateway(paths=paths_below(home)) as gateway:
            server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
            await server.start()
            for name in (STT, LLM, TTS):
                await gateway.engines.start(name)
            llm = await gateway.engines.acquire(*LLM.split("/"))
            tts = await gateway.engines.acquire(*TTS.split("/"))
            job = {
                "url": server.url,
                "key": await gateway.keys.bearer(await gateway.first_key()),
                "llm": f"{llm.address}/v1",
                "llm_key": llm.info.get("api_key") or "",
                "tts": tts.address,
                "weights": str(weights / STT),
                "threads": gateway.engines.assignment().get(STT, 1),
                "rounds": rounds,
            }
            settle()  # as `voicegw serve` does once it is up
            # in the environment, where no process list shows the key
            env = {**os.environ, "BENCH_JOB": json.dumps(job)}
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.socket", "--client", cwd=ROOT, env=env
            )
            await child.wait()
            llm.release()
            tts.release()
            await server.stop()
        idle(home)


# -- the client, in a process of its own ------------------------------------------------------------------------------


async def client() -> None:
    import aiohttp

    job = json.loads(os.environ["BENCH_JOB"])
    headers = {"Authorization": f"Bearer {job['key']}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        await _chat_rows(http, job)
        await _speech_rows(http, job)
        await _transcription_rows(http, job)


async def _transcription_rows(http: Any, job: dict[str, Any]) -> None:
    import aiohttp

    bare = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", BARE_WHISPER, job["weights"], str(job["threads"]), str(WORKER_NICE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bare.stdin is not None
    assert bare.stdout is not None

    async def through() -> float:
        form = aiohttp.FormData()
        form.add_field("model", STT)
        form.add_field("language", "en")
        form.add_field("file", CLIP.read_bytes(), filename="a.wav")
        began = time.perf_counter()
        async with http.post(job["url"] + "/v1/audio/transcriptions", data=form) as response:
            assert response.status == 200, await response.text()
            await response.read()
        return time.perf_counter() - began

    async def around() -> float:
        bare.stdin.write(f"{CLIP}\n")
        bare.stdin.flush()
        return float(await asyncio.to_thread(bare.stdout.readline))

    a, b = await _in_turns(through, around, job["rounds"])
    bare.stdin.close()
    bare.wait()
    ratio = statistics.median(a) / statistics.median(b)
    row("transcription through the socket over bare faster-whisper", ratio, at_most=1.10)
    _row("transcription of 11 s", a, b, f"ratio {ratio:.3f}  (target <= 1.10; {job['threads']} thread(s))")


async def _chat_rows(http: Any, job: dict[str, Any]) -> None:
    import aiohttp

    body = {"messages": [{"role": "user", "content": "Count to three."}], "stream": True, "max_tokens": 4}
    body["stream_options"] = {"include_usage": True}
    bare = aiohttp.ClientSession(
        # the upstream drops connections it promised to keep, so the gateway asks for none either
        headers={"Authorization": f"Bearer {job['llm_key']}", "Connection": "close"}
    )

    async def first_token(session: Any, url: str, model: str) -> float:
        began = time.perf_counter()
        spent = 0.0
        async with session.post(f"{url}/chat/completions", json={**body, "model": model}) as response:
            async for line in response.content:
                if not spent and b'"content":"' in line and b'"content":""' not in line:
                    spent = time.perf_counter() - began
        return spent

    async def through() -> float:
        return await first_token(http, job["url"] + "/v1", LLM)

    async def around() -> float:
        return await first_token(bare, job["llm"], LLM.partition("/")[2])

    a, b = await _in_turns(through, around, job["rounds"] * 10)
    await bare.close()
    pairs = statistics.median(x - y for x, y in zip(a, b, strict=True))
    added = (statistics.median(a) - statistics.median(b)) * 1e3
    row("chat through the socket, first token p50, added", added, "ms", at_most=1)
    _row("chat, first token", a, b, f"adds {added:+.2f} ms p50, {pairs * 1e3:+.2f} ms in pairs  (target <= 1 ms)")


async def _speech_rows(http: Any, job: dict[str, Any]) -> None:
    from wyoming.event import Event

    from voicegw_desktop.engines.wire import encode, read_event

    count = iter(range(10**9))

    def text() -> str:
        # never the same words twice: a phrase said before comes out of the cache
        return f"{next(count)}, good morning. {TEXT}"

    async def through() -> float:
        body = {"model": TTS, "input": text(), "voice": "alloy", "response_format": "wav"}
        began = time.perf_counter()
        async with http.post(job["url"] + "/v1/audio/speech", json=body) as response:
            # the header goes out with the first samples, so its arrival alone says nothing
            got = b""
            while len(got) < 1000:
                got += await response.content.readany()
            spent = time.perf_counter() - began
            await response.read()
        return spent

    async def around() -> float:
        began = time.perf_counter()
        reader, writer = await asyncio.open_unix_connection("/" + job["tts"].partition(":")[2].lstrip("/"))
        writer.write(encode(Event("synthesize", {"text": text()})))
        await writer.drain()
        spent = 0.0
        while True:
            event = await read_event(reader)
            if event is None or event.type in ("synthesize-stopped", "error"):
                break
            if event.type == "audio-chunk" and event.payload and not spent:
                spent = time.perf_counter() - began
        writer.close()
        return spent

    a, b = await _in_turns(through, around, job["rounds"] * 2)
    added = (statistics.median(a) - statistics.median(b)) * 1e3
    row("piper through the socket, first audio p50, added", added, "ms", at_most=15)
    _row("piper, first audio", a, b, f"adds {added:+.2f} ms  (target <= 15 ms)")


async def _in_turns(first: Any, second: Any, rounds: int) -> tuple[list[float], list[float]]:
    a: list[float] = []
    b: list[float] = []
    await first()
    await second()
    for i in range(rounds):
        # the order changes, so that neither always has warm caches
        for call, into in ((first, a), (second, b)) if i % 2 else ((second, b), (first, a)):
            into.append(await call())
    return a, b


def _row(what: str, through: list[float], around: list[float], verdict: str) -> None:
    a, b = statistics.median(through) * 1e3, statistics.median(around) * 1e3
    print(f"{what:24} socket {a:9.2f} ms   direct {b:9.2f} ms   {verdict}", flush=True)


# -- without work -----------------------------------------------------------------------------------------------------


def idle(home: Path) -> None:
    """Start, memory and CPU of `voicegw serve` with nothing to do."""
    code = "import sys; from voicegw_desktop.cli.serve import run; sys.exit(run(port=0))"
    env = {**os.environ, "VOICEGW_HOME": str(home / "idle"), "PYTHONPATH": str(ROOT)}
    starts = []
    for last in (False, False, True):
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        starts.append(time.perf_counter() - began)
        if last:
            time.sleep(SETTLE_S)
            before = _cpu(process.pid)
            time.sleep(IDLE_S)
            cpu = (_cpu(process.pid) - before) / IDLE_S * 100
            rss = _rss(process.pid)
        process.terminate()
        process.wait()
    print(
        f"{'voicegw serve, idle':24} ready {min(starts):.2f} s (target <= 0.8)   "
        f"{rss / 2**20:.1f} MiB (target <= 90 MB)   {cpu:.2f} % CPU (target <= 0.5)"
    )
    row("voicegw serve, ready after", min(starts), "s", at_most=0.8)
    row("voicegw serve, memory at rest", rss / 1e6, "MB", at_most=90)
    row("voicegw serve, processor at rest", cpu, "%", at_most=0.5)


def _rss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if sys.argv[1:] == ["--client"]:
        asyncio.run(client())
    else:
        asyncio.run(main(whole(1, 10)))
