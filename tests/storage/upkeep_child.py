"""Programs killed in the middle of what keeps a database in order: `upkeep_child.py WHAT FOLDER SHARE …`.

Each is a fork. It does the work once on a copy, and ends itself by SIGKILL after SHARE of that time in the second one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from voicegw_desktop.storage import retention, roll
from voicegw_desktop.storage.retention import DAY, Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage

NOW = 1_750_000_000.0 + 40 * DAY
retention.ROWS, retention.PAGES, roll.ROWS = 300, 8, 3


async def work(what: str, database: Path, file: Path) -> None:
    storage = SQLiteStorage(database)
    await storage.open()
    if what == "forget":
        while await storage.forget(Limits(requests=10 * DAY), NOW):
            pass
    elif what == "roll":
        while await storage.roll(NOW):
            pass
    elif what == "shrink":
        while await storage.shrink():
            pass
    elif what == "anew":
        await storage.write_anew()
    elif what == "backup":
        await storage.backup(file)
    elif what == "restore":
        await storage.restore(file)
    await storage.aclose()


def main(what: str, folder: Path, share: float) -> None:
    database, file = folder / "voicegw.db", folder / "backup.db"
    trial = folder / "trial"
    trial.mkdir()
    shutil.copy(database, trial / database.name)
    if file.exists():
        shutil.copy(file, trial / file.name)
    began = time.monotonic()
    asyncio.run(work(what, trial / database.name, trial / file.name))
    took = time.monotonic() - began
    threading.Timer(share * took, os.kill, (os.getpid(), signal.SIGKILL)).start()
    asyncio.run(work(what, database, file))
    # done before its time: killed at its end
    os.kill(os.getpid(), signal.SIGKILL)


for at in range(2, len(sys.argv), 2):
    fork = os.fork()
    if not fork:
        try:
            main(sys.argv[1], Path(sys.argv[at]), float(sys.argv[at + 1]))
        finally:
            os._exit(1)
    assert os.waitpid(fork, 0)[1] == signal.SIGKILL
