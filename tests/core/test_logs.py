"""Repeated log lines: a few pass, the rest is counted."""

from __future__ import annotations

import logging

import pytest

from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.logs import MOST, TEMPLATES, WINDOW, RepeatLimit


class Written(logging.Handler):
    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.addFilter(RepeatLimit(clock))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def written(clock: ManualClock) -> Written:
    return Written(clock)


@pytest.fixture
def log(written: Written) -> logging.Logger:
    logger = logging.Logger("limited")
    logger.addHandler(written)
    return logger


def test_a_line_that_repeats_is_counted(log: logging.Logger, written: Written, clock: ManualClock) -> None:
    for n in range(1000):
        log.warning("connection %d failed at 100%%: %s", n, "50% done")
    assert len(written.lines) == MOST
    assert written.lines[0] == "connection 0 failed at 100%: 50% done"
    assert written.lines[-1] == "connection 9 failed at 100%: 50% done (more like this are left out for 60 s)"
    log.warning("another")
    assert written.lines[-1] == "another"
    clock.advance(WINDOW)
    log.warning("connection %d failed at 100%%: %s", 1000, "50% done")
    assert written.lines[-1].endswith("(990 more like this were left out before it)")
    log.warning("connection %d failed at 100%%: %s", 1001, "50% done")
    assert written.lines[-1] == "connection 1001 failed at 100%: 50% done"


def test_asyncios_objects_do_not_make_a_new_template(log: logging.Logger, written: Written) -> None:
    for n in range(100):
        log.error(f"socket.accept() out of system resource\nsocket: {n}")
    assert len(written.lines) == MOST


def test_other_levels_and_exceptions_are_other_lines(log: logging.Logger, written: Written) -> None:
    for _ in range(MOST * 2):
        log.warning("failed")
        log.error("failed")
        try:
            raise KeyError
        except KeyError:
            log.exception("failed")
    assert len(written.lines) == MOST * 3


def test_memory_is_bounded(log: logging.Logger, written: Written) -> None:
    for n in range(TEMPLATES * 2):
        log.warning(f"built {n}")
    (limit,) = written.filters
    assert isinstance(limit, RepeatLimit)
    assert len(limit._seen) == TEMPLATES
