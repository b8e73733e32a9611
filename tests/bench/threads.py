"""Whether engines get the number of threads that is quickest here: `python -m tests.bench.threads`.

Each engine with the threads it gets by itself, and beside it with another number, one request after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.support.figures import row, title
from tests.support.served import CONFIG, Served, served
from tests.support.stt import clip
from tests.support.weights import linked_store, weights_folder
from voicegw_desktop.testing.openai import wav

ROUNDS = 8
STT, LLM = "whisper/tiny.en", "llamacpp/smollm2-135m"
OTHER = {STT: "2", LLM: "1"}
"""Threads that the other one has."""


async def token_s(http: aiohttp.ClientSession, number: int) -> float:
    """Seconds from a model's token to the next, the median of an answer."""
    said = f"{number}: Tell me in a few sentences who lived in the large house on the hill."
    messages = [{"role": "user", "content": said}]
    body = {"model": LLM, "stream": True, "max_tokens": 40, "seed": number, "messages": messages}
    times = []
    async with http.post("chat/completions", json=body) as reply:
        assert reply.status == 200, await reply.text()
        async for raw in reply.content:
            if raw.startswith(b"data: {") and any(
                choice["delta"].get("content") for choice in json.loads(raw[6:]).get("choices", ())
            ):
                times.append(time.perf_counter())
    return statistics.median(after - before for before, after in itertools.pairwise(times))


async def recording_s(http: aiohttp.ClientSession, number: int) -> float:
    """Seconds that a short recording takes."""
    form = aiohttp.FormData({"model": STT, "language": "en"})
    # another length each time, so that no answer is kept
    form.add_field("file", wav(clip("austen-0870.wav") + bytes(320 * number), 16_000), filename="question.wav")
    began = time.perf_counter()
    async with http.post("audio/transcriptions", data=form) as reply:
        assert reply.status == 200, await reply.text()
    return time.perf_counter() - began


async def main(usual: Served, other: Served) -> None:
    """Print the medians and their ratios."""
    found: dict[tuple[str, bool], list[float]] = {}
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for it in (usual, other):
            headers = {"Authorization": f"Bearer {it.key}"}
            clients.append(await stack.enter_async_context(aiohttp.ClientSession(f"{it.v1}/", headers=headers)))
        for number in range(-1, ROUNDS):
            for model, measure in ((STT, recording_s), (LLM, token_s)):
                for http in clients if number % 2 else reversed(clients):
                    seconds = await measure(http, number + 1)
                    if number >= 0:
                        found.setdefault((model, http is clients[0]), []).append(seconds)
    title(f"threads, {ROUNDS} in turn")
    for model, threads in OTHER.items():
        by_itself, fixed = (statistics.median(found[model, own]) for own in (True, False))
        row(f"{model}, as many as it gets by itself", by_itself * 1000, "ms")
        row(f"{model}, {threads}", fixed * 1000, "ms")
        row(f"{model}: by itself over {threads}", by_itself / fixed, at_most=1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as both:
        kept = linked_store(weights_folder(), Path(folder) / "models", (STT, LLM))
        fixed = "".join(f", {model.split('/')[0]}: {{threads: {threads}}}" for model, threads in OTHER.items())
        config = CONFIG.replace('"-1"}', f'"-1"{fixed}}}')
        asyncio.run(main(both.enter_context(served(kept)), both.enter_context(served(kept, config=config))))
