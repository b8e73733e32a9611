"""The log in memory and in a file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicegw_desktop.core import logbook
from voicegw_desktop.core.logbook import LogBook

pytestmark = pytest.mark.unit


@pytest.fixture
def book(tmp_path: Path) -> Iterator[LogBook]:
    root, made = logging.getLogger(), LogBook()
    before, level = list(root.handlers), root.level
    root.setLevel(logging.INFO)
    logbook.keep(tmp_path / "logs", made)
    yield made
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_the_last_lines_are_found_by_level_and_word(book: LogBook, tmp_path: Path) -> None:
    log = logging.getLogger("voicegw_desktop.engines.pool")
    log.info("whisper/base is ready")
    log.error("piper/joe failed\x1b[2J")
    assert [e.text for e in book.entries()] == ["piper/joe failed\\x1b[2J", "whisper/base is ready"]
    assert [e.level for e in book.entries(logging.WARNING)] == ["ERROR"]
    assert [e.source for e in book.entries(words="pool READY")] == ["engines.pool"]
    assert (tmp_path / "logs" / logbook.FILE).read_text().count("\n") == 2
    assert (tmp_path / "logs").stat().st_mode & 0o077 == 0


def test_memory_holds_only_the_last(book: LogBook) -> None:
    for number in range(logbook.KEEP + 10):
        logging.getLogger("x").info(f"line {number}")
    assert len(book.entries()) == logbook.KEEP
    assert book.count == logbook.KEEP + 10


def test_a_folder_that_cannot_be_written_keeps_nothing_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    root, made = logging.getLogger(), LogBook()
    logbook.keep(tmp_path / "file" / "logs", made)
    assert made in root.handlers
    root.removeHandler(made)
