"""Loads and unloads each installed engine and reads the system's own memory figures.

`VOICEGW_TEST_MODELS=... python -m tests.bench.engines_memory`
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from tests.bench.pools import engine_pool
from tests.support.figures import row
from tests.support.weights import weights_folder
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.engines.memory import MIB, resident_bytes

STARTER = (
    "whisper/tiny.en",
    "whisper/base",
    "piper/en_US-joe-medium",
    "sherpa/vits-piper-en_US-joe-medium",
    "kokoro/v1.0-int8",
    "llamacpp/smollm2-135m",
    "llamacpp/qwen2.5-coder-0.5b",
)


def available() -> int:
    """Bytes that the system reports as available."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


async def main(store: Path) -> None:
    async with engine_pool(store) as pool:
        before = resident_bytes(os.getpid())
        print("| engine | load | resident | reserved | unload | back |\n|---|---|---|---|---|---|")
        for name in STARTER:
            try:
                began = time.monotonic()
                await pool.start(name)
            except VoiceGatewayError as error:
                print(f"| {name} | {error} |")
                continue
            loaded = time.monotonic()
            status = next(s for s in pool.status() if s.name == name)
            held = resident_bytes(status.pid or 0)
            stopping = time.monotonic()
            await pool.stop(name)
            left = resident_bytes(status.pid or 0)
            columns = (
                f"{loaded - began:.2f} s | {held / MIB:.0f} MiB | {status.estimate_bytes / MIB:.0f} MiB",
                f"{(time.monotonic() - stopping) * 1000:.0f} ms | {100 * (held - left) / held:.1f} %",
            )
            print(f"| {name} | {' | '.join(columns)} |")
            row(f"{name}: memory back after unloading", 100 * (held - left) / held, "%", at_least=95)
        print(f"\nthe app: {before / MIB:.0f} MiB before, {resident_bytes(os.getpid()) / MIB:.0f} MiB after")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else weights_folder()))
