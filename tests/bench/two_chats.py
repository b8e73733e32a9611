"""A side pass beside the answer that a person waits for: how much later the answer's first token comes.

`VOICEGW_TEST_MODELS=... python -m tests.bench.two_chats`. In turn: the answer alone; the pass 0.2 s before it; 0.2 s
after it. Prompts never repeat.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import time
from typing import Any

from tests.bench.pools import engine_pool
from tests.support.weights import weights_folder
from voicegw_desktop.core.ports import ChatOptions, Target
from voicegw_desktop.engines.pool import EnginePool

ROOM = ChatOptions(session="room")
LLM = Target("llamacpp", "qwen2.5-coder-0.5b")
ROUNDS = 4
MOST = 1.5  # times the wait alone
APART = 0.2  # s
ONCE = itertools.count(1)
TERMS = {
    "type": "function",
    "function": {
        "name": "terms",
        "description": "Names and terms of the conversation.",
        "parameters": {"type": "object", "properties": {"terms": {"type": "array", "items": {"type": "string"}}}},
    },
}


def words(count: int) -> str:
    return f"Talk {next(ONCE)}. " + "The guest asked when the kitchen closes and which wine goes with the fish. " * (
        count // 15
    )


async def answer(pool: EnginePool) -> float:
    """Seconds to the first token of a streamed answer to 200 tokens."""
    body = {
        "model": LLM.model,
        "messages": [{"role": "user", "content": words(200) + "What did the guest ask?"}],
        "max_tokens": 24,
        "stream": True,
        "ignore_eos": True,
    }
    began = time.monotonic()
    first = None
    async for chunk in await pool.llm_backend().post(LLM, "/chat/completions", body, ROOM):
        if first is None and b'"content":"' in chunk.replace(b" ", b""):
            first = time.monotonic() - began
    assert first is not None
    return first


async def side_pass(pool: EnginePool) -> float:
    """Seconds that a forced call with a prompt of 700 tokens takes."""
    body: dict[str, Any] = {
        "model": LLM.model,
        "messages": [{"role": "user", "content": words(700)}],
        "tools": [TERMS],
        "tool_choice": "required",
        "max_tokens": 24,
        "stream": True,
    }
    began = time.monotonic()
    await (await pool.llm_backend().post(LLM, "/chat/completions", body, ROOM)).read()
    return time.monotonic() - began


async def together(pool: EnginePool, gap: float) -> tuple[float, float]:
    """The answer's first token, with the pass begun `gap` seconds before it (below 0: after it); the pass."""

    async def later(seconds: float, what: Any) -> float:
        await asyncio.sleep(max(0.0, seconds))
        return float(await what(pool))

    first, whole = await asyncio.gather(later(gap, answer), later(-gap, side_pass))
    return first, whole


async def main() -> int:
    store = weights_folder()
    async with engine_pool(store) as pool:
        await answer(pool)
        rows = []
        for _ in range(ROUNDS):
            alone = await answer(pool)
            before, pass_1 = await together(pool, APART)
            after, pass_2 = await together(pool, -APART)
            rows.append((alone, before / alone, after / alone, pass_1, pass_2))
            print("alone {:.2f} s; pass before {:.2f}x, after {:.2f}x; passes {:.1f}, {:.1f} s".format(*rows[-1]))
    before, after = statistics.median(r[1] for r in rows), statistics.median(r[2] for r in rows)
    print(f"median: pass before {before:.2f}x, after {after:.2f}x (at most {MOST}x)")
    return int(max(before, after) > MOST)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
