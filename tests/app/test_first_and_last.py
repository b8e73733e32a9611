"""A start that fails is shown; the first opens the window, later ones stay in the tray; Quit asks once."""

from __future__ import annotations

import asyncio
import builtins
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QUrl  # noqa: E402

from tests.support.fake_host import FakeHost  # noqa: E402
from voicegw_desktop.app import application as module  # noqa: E402
from voicegw_desktop.app import language, theme  # noqa: E402
from voicegw_desktop.app.application import WHERE, Application  # noqa: E402
from voicegw_desktop.app.imports import without_features  # noqa: E402
from voicegw_desktop.app.loop import GatewayLoop  # noqa: E402
from voicegw_desktop.app.viewmodels import matters  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.paths import paths_below  # noqa: E402
from voicegw_desktop.core.preferences import DesktopPreferences  # noqa: E402

pytestmark = pytest.mark.app

Start = Callable[[], Any]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes a new application for one profile, as each start of the program does."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    loop = GatewayLoop(app)
    made: list[Any] = []
    monkeypatch.setattr(module.Tray, "available", staticmethod(lambda: True))

    def begin() -> Any:
        async def make() -> Any:
            one: Any = Application(app, paths_below(tmp_path), own_profile=True)
            one.opened, one.told, one.asked = 0, [], []
            one._qt_loop = loop
            one.open_window = lambda: setattr(one, "opened", one.opened + 1)
            one.tray.tell = one.told.append
            one._ask = lambda title, text, yes, then: one.asked.append((title, text, then))
            return one

        made.append(loop.run_until_complete(make()))
        return made[-1]

    yield begin
    for one in made:
        one.tray.hide()
        one.tray.deleteLater()
    loop.close()


def test_a_module_is_not_asked_for_anything_when_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as pydantic, which imports on such a question, and fails where another thread is in the middle of importing it
    (tmp_path / "vgw_asked.py").write_text("def __getattr__(name):\n    raise ImportError(name)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)
    without_features()
    import vgw_asked  # type: ignore[import-not-found]

    assert sys.modules.pop("vgw_asked") is vgw_asked


def test_a_fault_in_a_start_is_shown(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ImportError("half a module")

    monkeypatch.setattr(module, "host_for", fail)
    one = start()
    asyncio.run(one._start())
    assert (one.overview.life, one.opened) == ("failed", 1)
    assert "The program has an error" in one.overview.message


@pytest.mark.parametrize("in_file", [False, True])
def test_a_free_port_is_taken_unless_the_file_sets_another(
    start: Start, monkeypatch: pytest.MonkeyPatch, in_file: bool
) -> None:
    """What stands in voicegw.yaml cannot be changed on the page Settings: the button opens the file."""
    row = {"path": "serve.port", "locked": in_file}
    host = FakeHost(settings={"file": "/etc/voicegw/voicegw.yaml", "settings": [row]}, set_setting={})
    served: list[bool] = []
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return False

    monkeypatch.setattr("voicegw_desktop.app.actions.QDesktopServices.openUrl", open_url)
    one = start()
    one.actions.host = host
    one.serve = served.append
    one.overview.set_life("failed", message="taken", problem=matters.PORT_TAKEN)

    async def press(does: str) -> matters.Matter:
        one._mend(does, matters.matters(one.overview)[0])
        while one._tasks._running:
            await asyncio.gather(*one._tasks._running)
        return matters.matters(one.overview)[0]

    found = one._qt_loop.run_until_complete(press(matters.PORT))
    assert served == ([] if in_file else [True])
    assert len(host.asked("set_setting")) == (0 if in_file else 1)
    if in_file:
        assert (found.button, found.does) == ("Open voicegw.yaml", matters.OPEN_FILE)
        assert "serve.port" in found.text
        one._qt_loop.run_until_complete(press(matters.OPEN_FILE))
        assert opened == ["/etc/voicegw/voicegw.yaml"]
        assert "could not be opened" in one.overview.said


def test_the_first_start_opens_the_window_and_says_where_the_icon_is(start: Start) -> None:
    first = start()
    first._take_preferences(DesktopPreferences())
    assert (first.opened, first.told) == (1, [WHERE])
    first._settings.sync()
    again = start()
    again._take_preferences(DesktopPreferences())
    assert (again.opened, again.told) == (0, [])
    wanted = start()
    wanted._take_preferences(DesktopPreferences(start_hidden=False))
    assert wanted.opened == 1


def test_quit_asks_once_while_streams_run(start: Start) -> None:
    one = start()
    one.overview.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    one.ask_quit("tests")
    assert one._quit.is_set(), "nothing runs: nothing is asked"
    busy = start()
    busy.overview.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    busy.overview.feed(e.RequestStarted("r1", "llm", "llamacpp/x", "default", "openai"))
    busy.overview.feed(e.RequestStarted("r2", "tts", "piper/x", "default", "openai"))
    busy.ask_quit("tests")
    assert not busy._quit.is_set()
    title, text, then = busy.asked[0]
    assert (title, text) == ("Quit VoiceGateway?", "2 requests run now. Quitting ends them; the clients are told.")
    then()
    assert busy._quit.is_set()
    assert len(busy.asked) == 1


def test_closing_without_a_tray_asks_while_streams_run(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.Tray, "available", lambda: False)
    busy = start()
    busy.overview.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    busy.overview.feed(e.RequestStarted("r1", "llm", "llamacpp/x", "default", "openai"))
    assert not busy._closing(), "the window must not close before the question is answered"
    assert not busy._quit.is_set()
    busy.asked[0][2]()
    assert busy._quit.is_set()
    idle = start()
    idle.overview.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    assert idle._closing()


def test_the_next_start_looks_as_the_last_from_the_first_moment(start: Start) -> None:
    try:
        one = start()
        one._prefer("desktop.theme", "dark")
        one._prefer("desktop.text_size", 150)
        theme.apply(QtWidgets.QApplication.instance(), "light")
        again = start()
        # the first window, before the configuration is read and where the gateway does not start
        again.overview.set_life("failed", message="No.")
        again._tasks.start = lambda coroutine: coroutine.close()
        Application.open_window(again)
        assert (theme.tokens(), theme._percent) == (theme.DARK, 150)
        _close(again)
    finally:
        theme.apply(QtWidgets.QApplication.instance(), "light")


def _close(one: Application) -> None:
    one._window.hide()
    one._window.deleteLater()


def _until_dressed(one: Application) -> None:
    async def dressed() -> None:
        await asyncio.sleep(0.001)
        while one._window._turning is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    one._qt_loop.run_until_complete(dressed())


def test_the_window_follows_a_desktop_that_turns_dark(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    app = QtWidgets.QApplication.instance()
    one = start()
    del one.open_window
    monkeypatch.setattr(one._tasks, "start", lambda work: work.close())
    one._prefer("desktop.theme", "system")
    one.open_window()
    try:
        for look in (theme.DARK, theme.LIGHT):
            monkeypatch.setattr(theme, "tokens", lambda look=look: look)
            app.styleHints().colorSchemeChanged.emit(app.styleHints().colorScheme())
            _until_dressed(one)
            assert app.styleSheet() == theme.sheet(look)
    finally:
        monkeypatch.undo()
        _close(one)
        theme.apply(app, "light")


def test_the_window_has_room_on_the_screen(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start()
    del one.open_window
    # nothing is read ahead outside the loop
    monkeypatch.setattr(one._tasks, "start", lambda work: work.close())
    one.open_window()
    try:
        room = one._window.screen().availableSize().expandedTo(one._window.minimumSize())
        assert one._window.size().boundedTo(room) == one._window.size()
    finally:
        _close(one)


def test_another_language_is_spoken_at_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start()
    del one.open_window
    # nothing is read ahead outside the loop
    monkeypatch.setattr(one._tasks, "start", lambda work: work.close())
    try:
        one.open_window()
        before = one._window
        _until_dressed(one)
        assert before.nav.item(0).text() == "Overview"
        before.nav.setCurrentRow(9)
        _until_dressed(one)
        page = before.page("Help")
        language.prepare("de", one._paths.cache)
        one._prefer("desktop.language", "de")
        _until_dressed(one)
        # the window itself stays where it is
        assert one._window is before
        assert [before.nav.item(n).text() for n in (0, 3)] == ["Übersicht", "Kosten"]
        assert before.nav.accessibleName() == "Seiten"
        assert before.nav.currentRow() == 9
        assert before.stack.currentWidget() is before.page("Help") is not page
        assert before.page("Help")._title.text() == "Hilfe"
        assert one.tray.menu.actions()[0].text() == "Fenster öffnen"
        assert one.tray._tip.splitlines()[1].startswith("Heute")
        one._settings.sync()
        assert start().tray.menu.actions()[0].text() == "Fenster öffnen", "the next start remembers it"
    finally:
        _close(one)
        language.use("en", one._paths.cache)


def test_a_translation_is_compiled_beside_the_loop(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Compiling takes a tenth of a second; then the language that was chosen last is spoken."""
    one = start()
    # a build leaves compiled translations beside their sources
    sources = language.resources_dir() / "translations"
    shutil.copytree(sources, tmp_path / "translations", ignore=shutil.ignore_patterns("*.qm"))
    monkeypatch.setattr(language, "resources_dir", lambda: tmp_path)
    found: list[Callable[[None], None]] = []
    monkeypatch.setattr(one._tasks, "start", lambda work, then: (work.close(), found.append(then)))
    monkeypatch.setattr(language, "compile_to", lambda *_: pytest.fail("compiled in the loop"))
    try:
        for wanted in ("de", "es"):
            one._prefer("desktop.language", wanted)
            assert one.tray.menu.actions()[0].text() == "Open window"
        monkeypatch.undo()
        language.prepare("de", one._paths.cache)
        language.prepare("es", one._paths.cache)
        found[0](None)
        assert one.tray.menu.actions()[0].text() == "Open window"
        found[1](None)
        assert one.tray.menu.actions()[0].text() == "Abrir ventana"
    finally:
        language.use("en", one._paths.cache)


def test_settings_of_a_file_that_is_read_again_reach_the_open_window(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = start()
    del one.open_window
    monkeypatch.setattr(one._tasks, "start", lambda work: work.close())
    try:
        one.open_window()
        before = one._window
        one.overview.feed(DesktopPreferences("dark", True, False, 150, "system"))
        _until_dressed(one)
        assert (theme.tokens(), theme._percent, one.tray.balloons) == (theme.DARK, 150, False)
        assert one._window is before
        language.prepare("de", one._paths.cache)
        one.overview.feed(DesktopPreferences("dark", True, False, 150, "de"))
        _until_dressed(one)
        assert one._window is before
        assert before.nav.item(0).text() == "Übersicht"
        # what a person changes on the page Settings comes both ways
        page = before.stack.currentWidget()
        one._prefer("desktop.language", "de")
        _until_dressed(one)
        assert before.stack.currentWidget() is page
    finally:
        _close(one)
        language.use("en", one._paths.cache)
        theme.apply(QtWidgets.QApplication.instance(), "light")


def test_without_a_tray_the_window_says_what_its_end_ends(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start()
    one.tray.take_own(False)
    assert one.overview.hint == "", "nothing is known of the tray yet"
    monkeypatch.setattr(module.Tray, "available", staticmethod(lambda: False))
    one._stand_in_for_a_tray()
    assert one.overview.hint.endswith("Closing this window leaves the gateway running.")
    one.tray.take_own(True)
    assert one.overview.hint.endswith("Closing this window ends the program.")
