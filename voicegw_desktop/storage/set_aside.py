"""Records that no table can hold: kept as lines of a file beside the database, and told."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.storage.journal import Record, from_line, line_of

log = logging.getLogger(__name__)

FILE_BYTES = 4 << 20  # of the file; what comes after that is counted only
RECORD_CHARACTERS = 20_000  # of one line


class SetAside:
    """The file `<database>.set-aside`: one JSON object a line, with `reason` and `record` (as text)."""

    def __init__(self, database: Path, bus: EventBus) -> None:
        self.path = database.with_name(f"{database.name}.set-aside")
        self._bus = bus
        self.count = 0
        """Records set aside since the start."""

    def add(self, record: object, reason: str) -> None:
        """Keep the record; told at the first, the tenth, the hundredth and so on. Never raises."""
        self.count += 1
        # ASCII escapes: half characters, which are one reason to be here, cannot be written as they are
        line = json.dumps({"reason": reason[:500], "record": ascii(record)[:RECORD_CHARACTERS]}) + "\n"
        kept = f"kept in {self.path}"
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(fd).st_size + len(line) <= FILE_BYTES:
                    os.write(fd, line.encode())
                else:
                    kept = f"lost, because {self.path} is full: look into it and remove it"
            finally:
                os.close(fd)
        except OSError as error:
            kept = f"lost, because {self.path} cannot be written ({error})"
        if str(self.count).strip("0") == "1":
            message = (
                f"A request record cannot be stored ({reason[:200]!a}) and is {kept}; "
                f"{self.count} since the start. Its cost is missing in the reports."
            )
            log.warning("%s", message)
            self._bus.publish(Notice("warning", message, "record_set_aside"))


def readable(record: Record) -> Record:
    """The record with half characters in its texts replaced by `?`. Raises TypeError or ValueError for no record."""
    return from_line([_whole(value) for value in line_of(record)])


def _whole(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
