"""How long a served gateway takes to end in each state, from SIGTERM until the process has ended, and what it leaves
running.

python -m tests.bench.endings [name of a state...]
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests.support.endings import MODELS, STATES, State, silence, workers
from tests.support.figures import row, title
from tests.support.served import Served, served
from tests.support.weights import linked_store, weights_folder

WANTED_S = 3.0


async def ended(at: Served, state: State) -> tuple[float, int, int]:
    """Seconds, exit status, and how many child processes were left."""
    async with state(at):
        children = [psutil.Process(pid) for pid in workers(at)]
        began = time.monotonic()
        at.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(at.process.wait, 30)
        took = time.monotonic() - began
    _, left = psutil.wait_procs(children, 2)
    for child in left:
        child.kill()
    return took, status, len(left)


def main(names: list[str]) -> int:
    """Print a row for each state; 0 when all are as wanted."""
    weights, good = weights_folder(), True
    title("A gateway is asked to end")
    with pytest.MonkeyPatch.context() as patch, silence(patch):
        for name, state in STATES.items():
            if names and name not in names:
                continue
            # pulled models stay out of the folder of weights
            with tempfile.TemporaryDirectory() as folder, served(linked_store(weights, Path(folder), MODELS)) as at:
                took, status, left = asyncio.run(ended(at, state))
            good &= row(name, took, "s", at_most=WANTED_S) and not left and status == 0
            if left or status:
                print(f"  exit status {status}, {left} child processes left")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
