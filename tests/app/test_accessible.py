"""The window for people who cannot see it, use no mouse, or need contrast or larger letters.

The walk asks Qt's accessible object of each widget, in this process: what AT-SPI, UI Automation and the Mac are told
is made of these. No bus is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QAccessible, QFontDatabase  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.gallery_hosts import busy, empty, fill  # noqa: E402
from tests.support.pages import Play, row  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.windows.parts import Segments  # noqa: E402

pytestmark = pytest.mark.app

PAGES = ("Overview", "Talk", "Conversations", "Money", "Engines", "Models", "Providers", "Projects", "Settings", "Help")
Name, Description = QAccessible.Text.Name, QAccessible.Text.Description
CONTROLS = {
    QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.ComboBox, QAccessible.Role.EditableText,
    QAccessible.Role.Table, QAccessible.Role.List, QAccessible.Role.RadioButton, QAccessible.Role.Slider,
}  # fmt: skip


class Spoken(NamedTuple):
    """What assistive programs are told of a widget. Qt's object itself is not kept: it goes with the widget."""

    role: Any
    name: str
    label: str
    """The name of the label that belongs to a widget."""
    description: str
    disabled: bool
    checkable: bool
    checked: bool


def spoken(widget: Any) -> Spoken:
    one = QAccessible.queryAccessibleInterface(widget)
    labels = [other.text(Name) for other, flag in one.relations() if flag & QAccessible.RelationFlag.Label]
    state = one.state()
    return Spoken(
        one.role(), one.text(Name), " ".join(labels), one.text(Description), bool(state.disabled),
        bool(state.checkable), bool(state.checked),
    )  # fmt: skip


def walk(top: Any) -> Iterator[Spoken]:
    """All visible widgets below `top`; the parts of boxes and tables left out."""
    for widget in top.findChildren(QtWidgets.QWidget):
        inside = widget.parent()
        if widget.isVisible() and not isinstance(inside, QtWidgets.QComboBox | QtWidgets.QAbstractScrollArea):
            yield spoken(widget)


@pytest.mark.parametrize(("name", "state"), [*((name, "busy") for name in PAGES), ("Overview", "empty")])
def test_every_control_is_named_and_keys_alone_reach_it(play: Play, name: str, state: str) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open(name)
        fill(desk.view, state)
        await desk.settle()
        page = desk.window.stack.currentWidget()
        assert page is not None
        found = [one for one in walk(page) if one.role in CONTROLS]
        assert found
        names: dict[tuple[object, ...], int] = {}
        for one in found:
            assert one.name or one.label, f"a {one.role} without a name"
            if one.role is QAccessible.Role.ComboBox:
                # Qt names a box by what is chosen in it, so that something else must say what it is about
                assert one.label or one.description, f'the box "{one.name}" does not say what it is about'
            names[one[:4]] = names.get(one[:4], 0) + 1
        assert {key: n for key, n in names.items() if n > 1} == {}, "told apart by their place alone"
        wanted = {w for w in page.findChildren(QtWidgets.QWidget)
                  if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
                  and not isinstance(w.parent(), QtWidgets.QComboBox)
                  and w.property("role") != "segment"}  # fmt: skip
        desk.window.activateWindow()
        desk.window.nav.setFocus()
        seen = set()
        without = {w: w.grab().toImage() for w in wanted}
        for _ in range(len(wanted) + 12):
            QTest.keyClick(desk.window, Qt.Key.Key_Tab)
            focus = desk.window.focusWidget()
            seen.add(focus)
            if focus in without:
                assert focus.grab().toImage() != without.pop(focus), (type(focus).__name__, focus.accessibleName())
        assert {type(w).__name__ + " " + w.accessibleName() for w in wanted - seen} == set()
        # in a group of options Tab reaches one, and the arrow keys the others
        rows = [frame for frame in page.findChildren(Segments) if frame.isVisible() and frame.isEnabled()]
        assert all(any(frame.isAncestorOf(w) for w in seen if w is not None) for frame in rows)

    play(busy() if state == "busy" else empty(), scene)


def test_the_keys_are_with_the_list_of_pages_after_a_page_was_left(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        desk.window.activateWindow()
        desk.window.nav.setFocus()
        QTest.keyClick(desk.window, Qt.Key.Key_Tab)
        assert page.isAncestorOf(desk.window.focusWidget())
        desk.window.turn_to("Help")
        await desk.settle()
        assert desk.window.stack.currentWidget() is not page
        assert desk.window.focusWidget() is desk.window.nav

    play(busy(), scene)


def test_states_are_spoken(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        assert spoken(desk.window.side).name == "Ready: Ready"
        spans = [one for one in walk(page) if one.name in ("5 min", "1 h")]
        assert [(one.checkable, one.checked) for one in spans] == [(True, True), (True, False)]
        await desk.turn_to("Providers")
        providers_page: Any = desk.window.page("Providers")
        assert not spoken(providers_page._test).disabled
        providers_page.table.choose("groq")
        told = spoken(providers_page._test)
        assert told.disabled
        assert told.description == "It can be tested once it has a key."

    from tests.support.fake_host import FakeHost, provider

    providers = [provider("deepgram", configured=True, api_key="dg-a…6789"), provider("groq", modalities=["llm"])]
    play(FakeHost(logs={"logs": [row("a")]}, list_providers={"providers": providers}), scene)


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_a_high_contrast_desktop_gets_more_contrast(look: theme.Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    strong = theme.stronger(look)
    for role in ("text", "muted", "good", "warn", "bad", "stt", "llm", "tts", "accent"):
        assert contrast(getattr(strong, role), strong.card) >= 7, role
    for role in ("line", "field"):
        assert contrast(getattr(strong, role), strong.card) >= 4.5, role
    # a bar that is not full does not look full, and the letter of a provider can be read
    assert contrast(strong.accent, strong.track) >= 4.5
    assert contrast(strong.track, strong.card) >= 1.4
    monkeypatch.setattr(theme, "wants_contrast", lambda: True)
    assert theme.tokens() in (theme.stronger(theme.LIGHT), theme.stronger(theme.DARK))


def test_letters_are_as_much_larger_as_those_of_the_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    usual = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    for points, size in ((11.0, 10), (16.5, 15), (6.0, 10), (60.0, 20)):
        usual.setPointSizeF(points)
        monkeypatch.setattr(theme, "USUAL_SIZE", 11.0)
        monkeypatch.setattr(QFontDatabase, "systemFont", lambda _kind, font=usual: font)
        theme.apply(app, "light")
        assert app.font().pointSize() == size
    monkeypatch.undo()
    theme.apply(app, "light")


def test_nothing_moves_by_itself(play: Play) -> None:
    """Animations, which a desktop can switch off."""

    async def scene(desk: Desk) -> None:
        app = QtWidgets.QApplication.instance()
        for effect in theme.MOVING:
            app.setEffectEnabled(effect, True)
        theme.apply(app, "light")
        for name in PAGES:
            await desk.turn_to(name)
            bars = desk.window.findChildren(QtWidgets.QProgressBar)
            assert all(bar.minimum() < bar.maximum() for bar in bars), "a bar without an end is animated by Qt"
            page = desk.window.page(name)
            how = page.style().styleHint(QtWidgets.QStyle.StyleHint.SH_Widget_Animation_Duration, None, page)
            assert how == 0, "scroll bars and marks would fade"
        assert not desk.window.isAnimated()
        assert not [effect for effect in theme.MOVING if app.isEffectEnabled(effect)]

    async def run(desk: Desk) -> None:
        await desk.serve()
        await scene(desk)

    play(busy(), run)
