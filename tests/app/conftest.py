"""Fixtures for the tests of pages."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.support.pages import QtWidgets, play

__all__ = ["play", "stays"]


@pytest.fixture(scope="session", autouse=True)
def stays() -> None:
    """The application outlives its windows: else the last one that closes ends the next test's loop at once."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    app.setQuitOnLastWindowClosed(False)
