"""The page Help: log, report without secrets, shortcuts, licences; and the note after a crash."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play, cells
from voicegw_desktop.app.crash import CrashMark
from voicegw_desktop.app.report import licences, redacted
from voicegw_desktop.core import events as e
from voicegw_desktop.core.logbook import BOOK

QtGui = pytest.importorskip("PySide6.QtGui", reason="Qt's system libraries are missing")
QtTest = pytest.importorskip("PySide6.QtTest")
from PySide6.QtCore import Qt  # noqa: E402

pytestmark = pytest.mark.app

CANARY = "c4n4ry-DoNotShow-0123456789abcdef"
LEAKS = (
    f"Authorization: Bearer {CANARY}", f"api_key={CANARY}", f'{{"token": "{CANARY}"}}', f"https://user:{CANARY}@host/v1",
    f"sk-{CANARY}", f"wss://host/ws?key={CANARY}&x=1", f"password: {CANARY}", f"APIvg{CANARY}", f"eyJ{CANARY}.x.y",
)  # fmt: skip


@pytest.mark.parametrize("leak", LEAKS)
def test_no_secret_is_in_a_report(leak: str) -> None:
    told = redacted(f"before {leak} after")
    assert CANARY not in told
    assert told.startswith("before ")


def test_the_report_has_versions_doctor_and_the_last_errors(play: Play) -> None:
    checks = [{"check": "database", "state": "error", "message": f"{Path.home()}/x cannot be written {LEAKS[0]}"}]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Help")
        handler_level = logging.getLogger().level
        logging.getLogger().setLevel(logging.INFO)
        logging.getLogger().addHandler(BOOK)
        try:
            logging.getLogger("voicegw_desktop.x").error("It broke with %s", LEAKS[4])
            logging.getLogger("voicegw_desktop.x").info("All is well")
        finally:
            logging.getLogger().removeHandler(BOOK)
            logging.getLogger().setLevel(handler_level)
        desk.view.feed(e.Notice("error", "groq cannot be reached"))
        desk.window.refresh()
        assert cells(page.log)[0][1:] == ["info", "x", "All is well"]
        page.level.chosen.emit(logging.ERROR)
        page.level.setCurrentIndex(2)
        page.search.setText("broke")
        assert [line[1] for line in cells(page.log)] == ["error"]
        desk.press("Copy report")
        await desk.settle()
        told = QtGui.QGuiApplication.clipboard().text()
        for text in ("VoiceGateway Desktop", "Qt 6", "error: database: ~/x cannot be written", "It broke with",
                     "groq cannot be reached"):  # fmt: skip
            assert text in told
        assert "All is well" not in told
        assert CANARY not in told
        assert str(Path.home()) not in told

    play(FakeHost(doctor={"ok": False, "checks": checks}), scene)


def test_a_question_mark_shows_the_shortcuts(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.window.activateWindow()
        QtTest.QTest.qWaitForWindowActive(desk.window)
        QtTest.QTest.keyClick(desk.window, Qt.Key.Key_Question)
        await desk.settle()
        page = desk.window.page("Help")
        assert desk.window.stack.currentWidget() is page
        assert page._tabs.current == 1
        desk.press("About")
        await desk.settle()
        assert "PySide6_Essentials" in [line[0] for line in cells(page.licences)]

    play(FakeHost(), scene)


def test_licences_are_read_from_what_is_installed() -> None:
    found = {name.lower(): licence for name, _, licence in licences()}
    assert "Apache" in found["aiohttp"]


@pytest.mark.process
def test_only_a_proper_end_takes_the_mark_away(tmp_path: Path) -> None:
    first = CrashMark(tmp_path)
    assert first.begin() == ""
    first.end()
    second = CrashMark(tmp_path)
    assert second.begin() == ""
    second.end()
    # killed: the mark names a process that has ended
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (tmp_path / "running").write_text(gone.stdout)
    again = CrashMark(tmp_path)
    assert "ended unexpectedly" in again.begin()
    assert (tmp_path / "running").read_text() == str(os.getpid())
    again.end()
    assert not (tmp_path / "running").exists()
