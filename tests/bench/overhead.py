"""What the gateway adds to the first token: the corridor, with everything on, against the upstream called directly.

    python -m tests.bench.overhead [rounds]

One request at a time, the two ways in turn, so that load on the machine affects both alike. Elapsed times contain the
load of other programs, mostly in their p99; the processor time of this thread does not.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.arguments import whole
from tests.support.figures import row
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.gateway.gateway import Gateway

ROUNDS = 400
WARM_UP = 50
WORDS = 12

CONFIG = """
providers:
  upstream: {{type: openai_compatible, base_url: "{url}/v1", api_key: sk-bench}}
projects:
  default: {{daily_budget: 100.0, budget_action: block}}
fallbacks:
  llm: [llamacpp/smollm2-135m]
rate_limits:
  upstream: {{requests_per_minute: 1000000}}
routing:
  llm:
    aliases: {{"gpt-*": upstream/small}}
"""


async def _answer(request: web.Request) -> web.StreamResponse:
    await request.read()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(WORDS):
        await response.write(b'data: {"choices":[{"index":0,"delta":{"content":"w%d"}}]}\n\n' % number)
    await response.write(b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12}}\n\ndata: [DONE]\n\n')
    return response


class First:
    """Milliseconds from here to the first token: elapsed, and of this thread's processor time."""

    def __init__(self) -> None:
        self._began, self._cpu_began = time.perf_counter(), time.thread_time()
        self.elapsed = self.cpu = 0.0

    def token(self) -> None:
        if not self.elapsed:
            self.elapsed = (time.perf_counter() - self._began) * 1e3
            self.cpu = (time.thread_time() - self._cpu_began) * 1e3


async def _direct(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> First:
    first = First()
    async with session.post(url + "/v1/chat/completions", json=body) as reply:
        async for _ in reply.content.iter_any():
            first.token()
    return first


async def _through(gateway: Gateway, body: dict[str, Any]) -> First:
    first = First()
    run = await gateway.corridor.chat(Caller("default", "openai"), "gpt-small", body)
    async for _ in run:
        first.token()
    await run.close()
    assert run.status == 200, run.status
    return first


async def main(rounds: int) -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}"
    body = {"model": "gpt-small", "stream": True, "messages": [{"role": "user", "content": "hello " * 200}]}
    with tempfile.TemporaryDirectory() as folder:
        config = GatewayConfig.from_text(CONFIG.format(url=url))
        async with (
            Gateway(config=config, paths=paths_below(Path(folder))) as gateway,
            aiohttp.ClientSession() as session,
        ):
            pairs: list[tuple[First, First]] = []
            for number in range(rounds + WARM_UP):
                if number == WARM_UP:
                    gc.collect()
                    gc.freeze()
                pair = await _direct(session, url, body), await _through(gateway, body)
                if number >= WARM_UP:
                    pairs.append(pair)
    await runner.cleanup()
    direct, through = [one.elapsed for one, _ in pairs], [two.elapsed for _, two in pairs]
    print(f"{'first token, ms':24} {'p50':>8} {'p99':>8}")
    for name, values in (("direct", direct), ("through the corridor", through)):
        print(f"{name:24} {_at(values, 50):8.3f} {_at(values, 99):8.3f}")
    added = [b - a for a, b in zip(direct, through, strict=True)]
    print(f"{'added, pair by pair':24} {_at(added, 50):8.3f} {_at(added, 99):8.3f}")
    row("the corridor adds to a first token, p50 of pairs", _at(added, 50), "ms", at_most=0.8)
    row("the corridor adds to a first token, p99 of pairs", _at(added, 99), "ms", at_most=4)
    cpu = [two.cpu - one.cpu for one, two in pairs]
    row("the same in processor time, p50 of pairs", _at(cpu, 50), "ms", at_most=0.8)
    row("the same in processor time, p99 of pairs", _at(cpu, 99), "ms", at_most=4)
    print(
        f"{'added, between figures':24} {_at(through, 50) - _at(direct, 50):8.3f} "
        f"{_at(through, 99) - _at(direct, 99):8.3f}"
    )


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    asyncio.run(main(whole(1, ROUNDS)))
