"""Prints the fault table: each fault, what the client received, and the time until the engine served again.

`python -m tests.bench.engine_faults`
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.support.engines import FAKE
from tests.support.faults import Outcome, kill_it, killed, suffer

QUICK = replace(FAKE, hang_timeout=1.0)
FAULTS = ("crash", "hog", "hang", "stuck", "garbage-on-wire", "garbage-on-stdout", "crash-on-load", "corrupt")


async def main() -> None:
    outcomes: list[Outcome] = []
    for fault in FAULTS:
        kind = QUICK if fault in ("hang", "stuck") else FAKE
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(await suffer(Path(folder), fault, kind=kind))
    with tempfile.TemporaryDirectory() as folder:
        outcomes.append(await killed(Path(folder), kill_it))
    print("hang_timeout is 1 s here; 60 s for speech and 300 s for chat by default\n")
    print("| fault | client saw | after | service back after |\n|---|---|---|---|")
    for o in outcomes:
        back = "-" if o.back_after_s is None else f"{o.back_after_s:.2f} s"
        print(f"| {o.fault} | {type(o.error).__name__}: {o.error} | {o.seen_after_s:.2f} s | {back} |")


if __name__ == "__main__":
    asyncio.run(main())
