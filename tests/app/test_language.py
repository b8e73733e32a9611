"""Texts in other languages: none is missing, none is cut off, and the window is mirrored where one reads leftwards."""

from __future__ import annotations

import importlib.util
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QSize, Qt, QTranslator  # noqa: E402
from PySide6.QtGui import QGuiApplication  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.gallery_hosts import busy, fill  # noqa: E402
from tests.support.pages import Play  # noqa: E402
from voicegw_desktop.app import language  # noqa: E402
from voicegw_desktop.app.viewmodels import ahead, history, keys, machine, spent, words  # noqa: E402
from voicegw_desktop.app.viewmodels.matters import matters  # noqa: E402
from voicegw_desktop.app.viewmodels.overview import Overview  # noqa: E402
from voicegw_desktop.app.viewmodels.sentences import told  # noqa: E402
from voicegw_desktop.app.windows import activity_lists, side, story  # noqa: E402
from voicegw_desktop.app.windows.models_page import FILTERS  # noqa: E402
from voicegw_desktop.app.windows.parts import Elided  # noqa: E402
from voicegw_desktop.app.windows.table import Table  # noqa: E402
from voicegw_desktop.app.windows.waterfall import Waterfall  # noqa: E402
from voicegw_desktop.config.settings import SETTINGS  # noqa: E402
from voicegw_desktop.core.registry import PROVIDERS  # noqa: E402

pytestmark = pytest.mark.app

TOOL = importlib.util.spec_from_file_location(
    "translations", Path(__file__).resolve().parents[2] / "packaging" / "dev" / "translations.py"
)
assert TOOL is not None
assert TOOL.loader is not None
translations = importlib.util.module_from_spec(TOOL)
TOOL.loader.exec_module(translations)

PAGES = ("Overview", "Talk", "Conversations", "Money", "Engines", "Models", "Providers", "Projects", "Settings", "Help")
OPEN, CLOSE = "\u27e6", "\u27e7"
"""Marks around each text that was translated."""
DATA = re.compile(
    r"^(VoiceGateway|export |curl |LIVEKIT|OPENAI|http|/|\W*$|[\d.,:%$ ]+(ms|s|MB|GB|kB|B|min|h)?$)|\.yaml|/nowhere"
    r"|^(whisper|piper|kokoro|llamacpp|openai|deepgram|groq|cartesia|default|kitchen|shop|room-|req_|Kitchen|Shop)"
    r"|^(Whisper|Piper|Kokoro|Llamacpp|Default|quick|best|MIT|CC0|Apache|STT|LLM|TTS|fast|agent|LiveKit|OpenAI|cpu|dg-|curl)"
    r"|^(Open WebUI|Deutsch|English|Esp)"
)
"""Texts that are not the program's own: names, figures, answers of the gateway."""


class Pseudo(QTranslator):
    """Longer than English by a third, and marked; remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        if context != language.CONTEXT:
            return ""
        self.asked.add(source)
        told = source.replace("%n", str(n)) if n >= 0 else source
        return f"{OPEN}{told}{'~' * (len(source) // 3)}{CLOSE}"


@pytest.fixture
def pseudo() -> Iterator[Pseudo]:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    translator = Pseudo()
    QCoreApplication.installTranslator(translator)
    yield translator
    QCoreApplication.removeTranslator(translator)


@pytest.fixture
def english(tmp_path: Path) -> Iterator[Path]:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    yield tmp_path
    language.use("en", tmp_path)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("name", translations.FORMS)
def test_no_text_is_missing_in_a_language(name: str) -> None:
    """`python packaging/dev/translations.py update` writes the new texts into the .ts files."""
    told, wanted = translations.read(name), translations.messages()
    assert [text for text in wanted if not all(told.get(text, ("",)))] == []
    assert [text for text in told if text not in wanted] == [], "no longer in the program"
    for text, forms in told.items():
        assert len(forms) == (translations.FORMS[name] if wanted[text] else 1)
        places = set(re.findall(r"\{\w+\}|%n", text))
        assert all(set(re.findall(r"\{\w+\}|%n", form)) == places for form in forms), text


def test_a_kind_of_model_and_the_language_one_speaks_are_two_texts() -> None:
    """One text has one translation: the filter `Language` once made the setting of that name `Text`."""
    assert not set(FILTERS) & {setting.title for setting in SETTINGS}


@pytest.mark.parametrize(("name", "quit", "one", "many", "gigabytes"), [
    ("de", "Beenden", "1 Anfrage", "1.284 Anfragen", "1,2 GB"),
    ("es", "Salir", "1 solicitud", "12.840 solicitudes", "1,2 GB"),
    ("zh_CN", "退出", "1 个请求", "1,284 个请求", "1.2 GB"),
])  # fmt: skip
def test_texts_counts_and_figures_follow_the_language(
    english: Path, name: str, quit: str, one: str, many: str, gigabytes: str
) -> None:
    language.use(name, english)
    assert language.tr("Quit") == quit
    assert language.count(1, "request") == one
    assert language.count(12_840 if name == "es" else 1284, "request") == many
    assert words.size(1_200_000_000) == gigabytes
    assert QLocale().language() == QLocale(name).language()
    language.use("en", english)
    assert (language.tr("Quit"), language.count(1284, "request")) == ("Quit", "1,284 requests")


def test_the_system_chooses_when_the_person_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for tags, name in (("fr-FR", "en"), ("fr-FR de-AT", "de"), ("zh-TW", "zh_CN"), ("es-MX", "es"), ("", "en")):
        monkeypatch.setattr(QLocale, "uiLanguages", lambda _self, tags=tags: tags.split())
        assert language.chosen("system") == name
    assert language.chosen("de") == "de"


def test_a_state_keeps_its_colour_in_every_language(english: Path) -> None:
    language.use("de", english)
    row = {"id": "r1", "model_id": "openai/tts-1", "project": "default", "status": "success", "modality": "tts",
           "timestamp": 5.0, "fallback_from": "piper/joe"}  # fmt: skip
    status = next(c for c in activity_lists.REQUESTS if c.title == "Status")
    told = history.request_row(row)
    assert status.tone is not None
    assert (status.text(told), status.tone(told)) == (language.tr("fell back"), "warn")
    assert language.tr("fell back") != "fell back"


@pytest.mark.parametrize("name", ["en", *translations.FORMS])
def test_the_state_at_the_left_is_whole(play: Play, english: Path, name: str) -> None:
    """Every page shows it; in German its longest word was cut."""

    async def scene(desk: Desk) -> None:
        await desk.open()
        state = desk.window.side._state
        for word in side.WORDS.values():
            state.setText(language.tr(word))
            assert state.sizeHint().width() <= state.width(), state.text()

    language.use(name, english)
    play(busy(), scene)


def test_kinds_of_servers_are_told_in_the_language(english: Path) -> None:
    language.use("de", english)
    assert {entry.own_server for entry in PROVIDERS.values() if entry.own_server} == set(keys.KINDS)
    assert [title for title, _ in keys.server_kinds()][:2] == ["OpenAI-kompatibler Server", "Wyoming-Server"]
    engine = {"name": "cloud/speech", "state": "idle", "info": {"device": "network"}}
    assert dict(machine.facts(engine, 9.0))[language.tr("Device")] == "Netz"


def test_fractions_have_the_comma_of_the_language(english: Path) -> None:
    """In German, `2.052 s` is more than half an hour."""
    language.use("de", english)
    engine = {"name": "whisper/base", "state": "idle", "info": {"load_s": 2.052}}
    assert dict(machine.facts(engine, 9.0))[language.tr("Loaded in")] == "2,1 s"
    assert told("loaded in 2.052 s with 4 threads") == "geladen in 2,052 s mit 4 Threads"
    assert told("Version 1.25 is here.") == "Version 1.25 is here."
    (after,) = (column for column in story.STEPS if column.title == "After")
    assert after.text({"after": 1.5}) == "1,5 s"
    (audio,) = (column for column in activity_lists.EGRESS if column.title == "Audio")
    assert audio.text(SimpleNamespace(sent_s=0.5)) == "0,5 s"


def shown(widget: Any) -> Iterator[tuple[Any, str]]:
    """Each visible widget with a text, and the heads of tables."""
    for one in widget.findChildren(QtWidgets.QWidget):
        if not one.isVisible():
            continue
        match one:
            case QtWidgets.QLabel() | QtWidgets.QAbstractButton() if one.text().strip():
                yield one, one.text()
            case QtWidgets.QComboBox():
                yield from ((one, one.itemText(number)) for number in range(one.count()))
            case QtWidgets.QLineEdit():
                yield one, one.placeholderText()
            case Table():
                for number in range(one.model_.columnCount()):
                    if not one.isColumnHidden(number):
                        yield one, str(one.model_.headerData(number, Qt.Orientation.Horizontal))


@pytest.mark.parametrize("name", PAGES)
def test_every_text_is_translated_and_none_is_cut_off(play: Play, pseudo: Pseudo, name: str) -> None:
    async def scene(desk: Desk) -> None:
        desk.window.resize(QSize(1180, 720))
        await desk.open(name)
        fill(desk.view, "busy")
        await desk.settle()
        # layouts apply the change
        QCoreApplication.sendPostedEvents()
        desk.window.grab()
        plain, cut = [], []
        for widget, text in shown(desk.window):
            if re.search(r"[A-Za-z]{2}", text) and OPEN not in text and not DATA.search(text):
                plain.append((type(widget).__name__, text))
            if isinstance(widget, QtWidgets.QPushButton) and widget.width() < widget.sizeHint().width():
                cut.append((text, widget.width(), widget.sizeHint().width()))
            if isinstance(widget, QtWidgets.QLabel) and not isinstance(widget, Elided) and not widget.wordWrap():
                need = max(widget.fontMetrics().horizontalAdvance(line) for line in text.splitlines())
                if widget.width() < need:
                    cut.append((text, widget.width(), need))
        assert plain == []
        unknown = {text for text in pseudo.asked - set(translations.messages()) if re.search(r"[A-Za-z]{2}", text)}
        # texts that were translated before a label got them are translated again
        assert {text for text in unknown if not DATA.search(text) and OPEN not in text} == set()
        assert cut == []

    play(busy(), scene)


@pytest.mark.parametrize("tongue", ["de", "es"])
@pytest.mark.parametrize("name", ["Overview", "Talk", "Models", "Providers", "Projects"])
def test_no_button_is_cut_in_a_small_window(play: Play, english: Path, name: str, tongue: str) -> None:
    async def scene(desk: Desk) -> None:
        desk.window.resize(QSize(900, 600))
        await desk.open(name)
        fill(desk.view, "busy")
        await desk.settle()
        QCoreApplication.sendPostedEvents()
        desk.window.grab()
        pushes = [b for b in desk.window.findChildren(QtWidgets.QPushButton) if b.isVisible()]
        cut = [(b.text(), b.width(), b.sizeHint().width()) for b in pushes if b.width() < b.sizeHint().width() - 8]
        assert cut == []

    language.use(tongue, english)
    play(busy(), scene)


def test_the_address_is_whole_in_a_small_window(play: Play, english: Path) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        fill(desk.view, "busy")
        for width, folded in ((900, True), (1600, False)):
            desk.window.resize(QSize(width, 600))
            await desk.settle()
            QCoreApplication.sendPostedEvents()
            desk.window.grab()
            assert page._address.folded is folded
            assert page._endpoint.text() == desk.view.endpoint

    language.use("de", english)
    play(busy(), scene)


def test_the_bar_of_a_turn_begins_where_one_begins_to_read(play: Play) -> None:
    async def scene(_desk: Desk) -> None:
        bar = Waterfall()
        bar.resize(100, 10)
        bar.show_stages([("words", 30.0), ("token", 50.0)], 100.0)
        left = [box for _, box in bar.segments()]
        bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        right = [box for _, box in bar.segments()]
        assert left[0].left() == 0
        assert [100 - box.right() for box in right] == pytest.approx([box.left() for box in left])

    play(busy(), scene)


@pytest.mark.parametrize("name", ["Overview", "Conversations", "Models", "Projects"])
def test_the_window_is_mirrored_where_one_reads_leftwards(play: Play, english: Path, name: str) -> None:
    async def scene(desk: Desk) -> None:
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        desk.window.resize(QSize(900, 600))
        await desk.open(name)
        fill(desk.view, "busy")
        desk.window.refresh()
        desk.window.grab()
        assert desk.window.side.geometry().left() > desk.window.stack.geometry().left()
        page = desk.window.stack.currentWidget()
        assert page is not None
        if name in ("Models", "Projects"):
            assert page.table.chosen() is not None  # type: ignore[attr-defined]
        for widget in page.findChildren(QtWidgets.QPushButton):
            if widget.isVisible():
                left = widget.mapTo(page, widget.rect().topLeft()).x()
                assert left >= 0, widget.text()
                assert left + widget.width() <= page.width(), widget.text()

    play(busy(), scene)


def test_days_are_written_as_the_language_does(english: Path) -> None:
    then, now = (time.mktime((2026, month, 5, 15, 30, 0, 0, 0, -1)) for month in (3, 11))
    day = QDate(2026, 3, 5)
    for name, written in (("en", "Mar 5"), ("es", "5 mar"), ("zh_CN", "3月5日")):
        language.use(name, english)
        assert words.day_of_year(day) == spent.day_words("2026-03-05") == written
        assert history.moment(then, now) == f"{written}, 15:30"
    language.use("de", english)
    assert words.day_of_year(day).startswith("5. M")
    assert spent.day_words("2026-03").startswith("M")
    assert spent.day_words("openai") == "openai"


def test_money_is_written_as_the_language_does(english: Path) -> None:
    for nanos, english_form, german in (
        (1_500_000_000, "$1.50", "1,50 $"),
        (620_500, "$0.0006", "0,0006 $"),
        (5, "< $0.0001", "< 0,0001 $"),
        (1_234_500_000_000, "$1,234.50", "1.234,50 $"),
    ):
        language.use("en", english)
        assert words.money(nanos) == english_form
        language.use("de", english)
        assert words.money(nanos).replace("\xa0", " ") == german
    assert words.money(None) == "unbekannt"
    month = {"periods": [{"period": "month", "spent_nanos": 1_500_000_000, "forecast_nanos": None}]}
    assert ahead.month_words(month)[0].replace("\xa0", " ") == "1,50 $"


def test_a_missing_font_is_told_in_letters_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    monkeypatch.setattr(language.QFontDatabase, "families", lambda *_: [])
    view = Overview()
    view.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    try:
        language.use("de", tmp_path)
        assert not any("font" in matter.text for matter in matters(view))
        language.use("zh_CN", tmp_path)
        told = next(matter for matter in matters(view) if "fonts-noto-cjk" in matter.text)
        assert (told.title + told.text + told.button).isascii()
        view.dismissed.add(told.text)
        assert told not in matters(view)
        monkeypatch.setattr(language.QFontDatabase, "families", lambda *_: ["Noto Sans CJK SC"])
        language.use("zh_CN", tmp_path)
        assert language.without_font() == ""
    finally:
        monkeypatch.undo()
        language.use("en", tmp_path)
