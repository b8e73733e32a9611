"""The gateway's own sentences in the language of the window: each notice has one, and each is still said."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost  # noqa: E402
from tests.support.pages import Play  # noqa: E402
from tests.support.sources import FOR_PROGRAMS, ROOT, trees  # noqa: E402
from voicegw_desktop.app import language  # noqa: E402
from voicegw_desktop.app.viewmodels import keys, machine  # noqa: E402
from voicegw_desktop.app.viewmodels.faults import BY_CODE, OTHER  # noqa: E402
from voicegw_desktop.app.viewmodels.refusals import REFUSALS  # noqa: E402
from voicegw_desktop.app.viewmodels.rewordings import REFUSALS_INSTEAD  # noqa: E402
from voicegw_desktop.app.viewmodels.sentences import (  # noqa: E402
    GATEWAY_SENTENCES,
    INSTEAD,
    reason,
    told,
    told_notice,
)
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.errors import VoiceGatewayError  # noqa: E402
from voicegw_desktop.middleware.budgets import Budget, Forecast  # noqa: E402
from voicegw_desktop.models.catalogue import load_catalogue  # noqa: E402
from voicegw_desktop.secrets import keychain  # noqa: E402

pytestmark = pytest.mark.app

OWN_WORDS = {
    "crashed": "the window's own text",
    "managed_row": "quotes what is wrong with a stored row, in the words of the check that found it",
    "conversation": "the window's own text",
}
"""Codes of notices without a sentence here, and why."""
FRAGMENT = 14  # letters of a piece of a sentence that must stand in the sources
DOLLAR = 1_000_000_000


def codes() -> Iterator[tuple[str, str]]:
    """Code of each notice of the sources, and the file; of constants their value."""
    for path, tree in trees():
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or len(node.args) != 3:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            level = node.args[0]
            if called not in ("Notice", "_tell", "tell") or not isinstance(level, ast.Constant | ast.IfExp):
                continue
            match node.args[2]:
                case ast.Constant(value=str(code)):
                    yield code, path.name
                case ast.Name(id=name) if name in constants:
                    yield str(constants[name]), path.name
                case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                    yield start, path.name


def test_each_notice_has_a_sentence() -> None:
    known = {*GATEWAY_SENTENCES, *INSTEAD, *OWN_WORDS}
    found = list(codes())
    assert len(found) > 15
    assert [
        (code, path) for code, path in found if not any(name == code or name.startswith(code) for name in known)
    ] == [], "without a sentence in app/viewmodels/sentences.py"


def test_each_sentence_is_one_of_the_gateway() -> None:
    """A sentence that was changed in the gateway has to be changed here."""
    said = "\n".join(
        "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
        if isinstance(node, ast.JoinedStr)
        else str(node.value)
        for path in sorted(ROOT.rglob("*.py"))
        if path.parent.name != "viewmodels"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )
    tables = (GATEWAY_SENTENCES, INSTEAD, REFUSALS, REFUSALS_INSTEAD)
    for text in [text for table in tables for some in table.values() for text in some]:
        for piece in re.split(r"\{\w+\}|the (?:day|week|month) ends at|\. ", text):
            assert len(piece) < FRAGMENT or piece.strip(" .") in said, (text, piece)


def examples() -> Iterator[str]:
    """Sentences that the gateway makes, with their code."""
    budget = Budget("project", "kitchen", "", "day", DOLLAR, "block", "allow", "projects.kitchen.daily_budget")
    yield budget.over(2 * DOLLAR)
    yield budget.told(DOLLAR // 2, Forecast("day", 3 * DOLLAR, 1_700_000_000.0).sentence(DOLLAR))
    yield budget.told(DOLLAR // 2, Forecast("month", 3 * DOLLAR, None).sentence(DOLLAR))
    yield budget.told(DOLLAR // 2, "")
    yield from keychain.SENTENCES.values()
    for lost in ("1 record was", "3 records were"):
        yield f"The database takes records again. {lost} lost."
    for kept in ("The 1 row that could be read was", "The 20 rows that could be read were"):
        yield (
            f"The database /x is damaged (malformed). It was moved to /y and a new one begun. {kept} taken over; check"
            " that disk, and the keys with `voicegw keys list`."
        )
    yield "delete the files of whisper/base"
    yield 'forget the provider "openai" and its stored key'
    yield "keep every secret in the keychain, and only there"
    yield "keep secrets in the sealed file from now on, without those that a closed keychain holds"
    yield "whisper/base was lost while it loaded: it ended with status 3 after saying: no such file."
    yield "3 of the last 10 failed: groq cannot be reached at 127.0.0.1 (ClientConnectorError)."
    yield "openai/x took over from groq/y: groq/y answered 500."
    yield (
        "openai has no key: store one with `voicegw providers key openai --api-key-stdin`, set OPENAI_API_KEY, or write"
        " providers.openai.api_key."
    )


@pytest.mark.parametrize("name", ["de", "es", "zh_CN"])
def test_sentences_are_told_in_the_language(name: str, tmp_path: Path) -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use(name, tmp_path)
    try:
        for sentence in examples():
            shown = told(sentence)
            assert shown != sentence, sentence
            for word in (
                "has spent",
                "refused until",
                "of the last",
                "failed",
                "the keys",
                "answered",
                "lost",
                "could be read",
                "voicegw ",
            ):
                assert word not in shown, (sentence, shown)
        assert told("Something else.") == "Something else."
    finally:
        language.use("en", tmp_path)


@pytest.mark.parametrize("name", ["de", "es", "zh_CN"])
def test_an_engine_tells_its_life_in_the_language(name: str, tmp_path: Path) -> None:
    lines = (
        "loaded in 0.3 s with 1 thread", "loaded in 1.3 s with 4 threads", "unloaded: was idle for 300 s", "is back",
        "unloaded: made room for whisper/base", "failed: ended by SIGSEGV",
    )  # fmt: skip
    whys = "no CUDA device; int8 is the fastest type it supports", "this build of llama.cpp found no GPU"
    hint = "Install it as https://ollama.com/download says, or use a llamacpp/… model, which needs no server."
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use(name, tmp_path)
    try:
        for why in whys:
            engine = {
                "name": "whisper/base", "state": "ready",
                "history": [{"at": 1.0, "message": line} for line in lines],
                "info": {"device": "cpu", "why": why, "hint": hint},
            }  # fmt: skip
            shown = "\n".join(value for _, value in machine.facts(engine, 2.0)) + machine.missing(engine)
            english = "load|idle|back|room|failed|ended|fastest|device|build|found|Get it|Install|needs"
            assert not re.search(english, shown.replace("voicegw", "")), shown
        failed = {
            "test": {"ok": False, "message": "openai refused the key sk-… (401: no). Check providers.openai.api_key."}
        }
        assert not re.search("refused|store", keys.tested(failed)), keys.tested(failed)
        notes = {entry.note for entry in load_catalogue() if entry.note} | {"comes with its engine"}
        assert len(notes) > 5
        assert [note for note in notes if told(note) == note] == []
    finally:
        language.use("en", tmp_path)


@pytest.mark.parametrize("name", ["de", "es", "zh_CN"])
def test_the_speeds_of_the_catalogue_are_told_in_the_language(name: str, tmp_path: Path) -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use(name, tmp_path)
    try:
        speeds = {entry.speed for entry in load_catalogue() if entry.speed}
        assert len(speeds) > 3
        for speed in speeds:
            assert not re.search("faster|clip|about| to |advised|after", told(speed)), speed
    finally:
        language.use("en", tmp_path)


def test_each_code_that_the_window_can_be_told_has_a_kind_of_fault() -> None:
    """Sockets and workers have codes of their own for programs, which no operation of the window answers with."""
    found = set()
    for path, tree in trees():
        if path.relative_to(ROOT).parts[0] in FOR_PROGRAMS:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                    found.add(code)
                case ast.Assign(targets=[ast.Name(id="default_code")], value=ast.Constant(value=str(code))):
                    found.add(code)
    assert len(found) > 50
    assert sorted(found - set(BY_CODE)) == []
    assert sorted(set(BY_CODE) - found - {"upstream_timeout", "upstream_unreachable"}) == [], "no code of the program"


@pytest.mark.parametrize("name", ["de", "es", "zh_CN"])
def test_no_fault_is_told_in_english_alone(name: str, tmp_path: Path) -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    rare = "A sentence that nobody has translated."
    faults = [VoiceGatewayError(rare, code=code) for code in (*BY_CODE, "a_new_one")] + [OSError(rare)]
    assert {reason(fault) for fault in faults} == {rare}
    language.use(name, tmp_path)
    try:
        for fault in faults:
            assert reason(fault).endswith(rare)
            assert not reason(fault).startswith(BY_CODE.get(getattr(fault, "code", ""), OTHER)), fault
        assert told_notice(e.Notice("error", rare, "model_in_use")) == reason(
            VoiceGatewayError(rare, code="model_in_use")
        )
        # the window's own words are in the language already
        assert told_notice(e.Notice("info", rare, "crashed")) == rare
    finally:
        language.use("en", tmp_path)


def test_people_read_no_commands(tmp_path: Path) -> None:
    """In English, too, the window shows no commands."""
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use("en", tmp_path)
    for sentence in examples():
        assert "voicegw " not in told(sentence)
        assert "voicegw " in sentence or told(sentence) == sentence


def test_notices_and_troubles_are_shown_in_the_language(play: Play, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.view.feed(e.Notice("error", "whisper/base ended by SIGSEGV.", "engine_crashed"))
        desk.view.feed(e.Troubles(("3 of the last 10 failed: groq/x answered 500.",)))
        desk.window.refresh()
        assert desk.view.why == "3 der letzten 10 sind fehlgeschlagen: groq/x antwortete mit 500."
        await desk.turn_to("Conversations")
        page = desk.window.page("Conversations")
        page.show_notices()
        table = page.table(3)  # type: ignore[attr-defined]
        shown = [table.model_.data(table.model_.index(0, n)) for n in range(table.model_.columnCount())]
        assert "whisper/base endete durch SIGSEGV." in shown

    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use("de", tmp_path)
    try:
        play(FakeHost(), scene)
    finally:
        language.use("en", tmp_path)


def test_words_between_numbers_are_no_words_of_a_longer_sentence(tmp_path: Path) -> None:
    """The catalogue tells speeds as "{low} to {high}", and longer sentences have a "to", too."""
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use("de", tmp_path)
    try:
        unknown = "The grocer has nothing to sell."
        assert told(unknown) == unknown
        assert "20 bis 30" in told("20 to 30 tokens/s")
    finally:
        language.use("en", tmp_path)
