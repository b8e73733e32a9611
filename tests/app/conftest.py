"""Fixtures for the tests of pages."""

from __future__ import annotations

import gc
import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.support.pages import QtWidgets, play

__all__ = ["play", "stays"]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Set aside again what came with the tests, after a test of the collector, which takes it back.

    To ask whether it is takes 10 ms, so it is not asked behind every test of the program.
    """
    if not gc.get_freeze_count():
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def stays() -> None:
    """The application outlives its windows: else the last one that closes ends the next test's loop at once."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    app.setQuitOnLastWindowClosed(False)
