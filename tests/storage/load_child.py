"""A program under load for the kill test: submits records and prints each id once it was accepted."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.records import record
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer


async def main(database: str, prefix: str) -> None:
    storage = SQLiteStorage(database)
    writer = Writer(storage)
    await writer.start()
    number = 0
    while True:
        for _ in range(20):
            name = f"{prefix}-{number}"
            writer.submit(record(id=name, timestamp=time.time(), session_id=prefix))
            # one write per acknowledgement, so that a killed child leaves whole lines
            os.write(1, f"{name}\n".encode())
            number += 1
        await asyncio.sleep(0.0005)


asyncio.run(main(sys.argv[1], sys.argv[2]))
