"""The page Talk over a scripted sound process and conversation: by button, Space and typing."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.fake_talk import SECOND, FakeLine, FakeSound, host, until, use_fakes
from tests.support.pages import Play, texts
from voicegw_desktop.app.viewmodels.talk import OWN, Pick
from voicegw_desktop.sound.devices import SoundError

QtCore = pytest.importorskip("PySide6.QtCore", reason="Qt's system libraries are missing")
QtTest = pytest.importorskip("PySide6.QtTest")
QtWidgets = pytest.importorskip("PySide6.QtWidgets")

pytestmark = pytest.mark.app

SPACE = QtCore.Qt.Key.Key_Space


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


def test_a_held_button_is_heard_and_answered(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        QtTest.QTest.mousePress(page.hold, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.model.state == "listening")
        sound = FakeSound.made[0]
        assert sound.microphone
        sound.on_samples(SECOND)
        sound.on_level(0.5)
        page.refresh()
        assert page.level.value() == 50
        QtTest.QTest.mouseRelease(page.hold, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.model.turns and page.model.turns[0].priced)
        sound.on_level(0.4)
        page.refresh()
        await desk.settle()
        assert page.level.value() == 0
        assert not sound.microphone
        assert sound.speaker
        assert sound.played == SECOND
        assert page.model.utterance == FakeSound.early + SECOND
        shown = texts(page)
        for text in ("Good morning", "Hello there.", "first token", "free"):
            assert text in shown
        appended = "input_audio_buffer.append"
        kinds = [appended, appended, "input_audio_buffer.commit"]
        assert [e["type"] for e in FakeLine.made[0].sent][:3] == kinds
        assert page._turns[0].bar.accessibleDescription().startswith("words")

    play(host(), scene)


def test_an_answer_can_be_stopped_until_it_was_played_to_its_end(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.text.setText("Hello")
        FakeSound.made[0].quiet.clear()
        desk.press("Send")
        await until(lambda: page.model.turns and page.model.turns[0].turn.done_at)
        await until(lambda: page.model.state == "speaking")
        page.refresh()
        desk.press("Stop")
        await until(lambda: page.model.turns[0].turn.interrupted)
        page.refresh()
        assert not page.stop.isEnabled()
        FakeSound.made[0].quiet.set()
        await desk.settle()
        assert page.model.state == "idle"

    play(host(), scene)


def test_an_answer_can_be_stopped_before_its_first_word(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        FakeLine.thinks = True
        page.text.setText("Hello")
        desk.press("Send")
        await until(lambda: page.talking.answering)
        assert page.model.state == "thinking"
        page.refresh()
        desk.press("Stop")
        await until(lambda: page.model.turns[0].turn.interrupted)
        await desk.settle()
        page.refresh()
        assert page.model.state == "idle"
        assert not page.stop.isEnabled()

    play(host(), scene)


def test_space_talks_from_the_page_and_from_the_list_of_pages_and_writes_in_a_field(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        for where in (page, desk.window.nav):
            QtTest.QTest.keyPress(where, SPACE)
            await until(lambda: page.model.state == "listening")
            QtTest.QTest.keyRelease(where, SPACE)
            await until(lambda: page.model.state == "idle")
        page.text.setFocus()
        QtTest.QTest.keyClicks(page.text, "a b")
        assert page.text.text() == "a b"
        QtTest.QTest.keyClick(page.text, QtCore.Qt.Key.Key_Return)
        await until(lambda: any(t.turn.typed for t in page.model.turns))
        assert page.text.text() == ""

    play(host(), scene)


def test_hands_free_listens_until_it_is_switched_off(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.free.click()
        await until(lambda: page.model.state == "listening")
        assert FakeLine.made[0].choice.hands_free
        assert FakeSound.made[0].microphone
        page.refresh()
        assert not page.hold.isEnabled()
        page.free.click()
        await until(lambda: page.model.state == "idle")
        assert not FakeSound.made[0].microphone

    play(host(), scene)


def test_a_page_out_of_sight_listens_to_nobody(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.free.click()
        await until(lambda: page.model.state == "listening")
        desk.window.turn_to("Overview")
        await until(lambda: FakeSound.made[0].ended)
        assert not FakeSound.made[0].microphone
        assert not page.model.free

    play(host(), scene)


def test_a_device_that_goes_away_leaves_typing_and_the_recorded_question(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.free.click()
        await until(lambda: page.model.state == "listening")
        FakeSound.made[0].on_gone(SoundError("The microphone Studio is gone."))
        page.refresh()
        assert "The microphone Studio is gone. You can type, or ask the recorded question." in texts(page)
        assert not page.hold.isEnabled()
        assert page.text.isEnabled()

    play(host(), scene)


def test_without_devices_the_recorded_question_is_answered_in_writing(play: Play) -> None:
    FakeSound.broken = "No speaker was found. Connect one, then try again."

    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        assert not page.hold.isEnabled()
        page.recorded.click()
        await until(lambda: page.model.turns and page.model.turns[0].priced)
        page.refresh()
        assert "Hello there." in texts(page)
        assert "The answer is shown, not heard." in texts(page)
        page.text.setText("More")
        desk.press("Send")
        await until(lambda: len(page.model.turns) == 2)
        assert not page.model.turns[0].turn.interrupted

    play(host(), scene)


def test_what_the_gateway_refuses_is_told(play: Play) -> None:
    FakeLine.refuses = "The gateway does not answer."

    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.recorded.click()
        await until(lambda: page.model.problem)
        page.refresh()
        assert "The gateway does not answer." in texts(page)

    play(host(), scene)


def test_a_gateway_that_is_down_is_told_and_nothing_can_be_pressed(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        desk.view.set_life("failed", message="Port 7717 is taken.")
        desk.window.refresh()
        assert "The gateway does not serve, so nothing can answer." in texts(page)
        page._kind.choose(1)
        for push in (page.hold, page.free, page.recorded, page.text, page._send_push, page.comparison.run):
            assert not push.isEnabled()

    play(host(), scene)


def test_one_utterance_goes_through_every_choice_and_the_best_is_kept(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page._kind.choose(1)
        desk.press("Add a third")
        page.comparison.columns[1].picker._stack_chosen("quick")
        page.comparison.columns[2].picker._stack_chosen(OWN)
        page.comparison.columns[2].picker._target_chosen(0, "whisper/base")
        page.refresh()
        page.comparison.run.setFocus()
        desk.press("Compare now")
        assert page.model.comparing
        held = set()

        def compared() -> bool:
            page.refresh()
            # the focus would move on from a button that is disabled, and not come back
            held.add(desk.window.focusWidget() is page.comparison.run)
            return not page.model.comparing

        await until(compared)
        assert held == {True}
        assert [line.choice.stt for line in FakeLine.made] == [None, "whisper/tiny.en", "whisper/base"]
        assert all(c.told is not None and c.told.priced for c in page.model.columns)
        # the gateway's records say that a route went before the second choice
        assert "Routed elsewhere: speech to text by whisper/base" in texts(page.comparison.columns[1])
        assert page.model.fastest is not None
        desk.press("Keep choice 3 as route")
        await desk.settle()
        assert desk.host.asked("set_route") == [
            {"modality": "stt", "target": "whisper/base"},
            {"modality": "llm", "target": "llamacpp/x"},
            {"modality": "tts", "target": "piper/joe"},
        ]

    play(host(), scene)


def test_in_compare_the_held_button_records_what_is_compared(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page._kind.choose(1)
        QtTest.QTest.keyPress(page, SPACE)
        await until(lambda: page.model.state == "listening")
        FakeSound.made[0].on_samples(SECOND)
        QtTest.QTest.keyRelease(page, SPACE)
        await until(lambda: page.model.columns[1].told is not None and not page.model.comparing)
        assert page.model.utterance == FakeSound.early + SECOND
        assert not FakeSound.made[0].microphone
        assert page.model.turns == []

    play(host(), scene)


def test_options_choose_devices_and_what_agents_may(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        desk.press("Options")
        page.refresh()
        choice = page.options.microphone
        assert [choice.itemText(i) for i in range(choice.count())] == ["The system's default", "Studio"]
        choice.activated.emit(1)
        page.options.agents.click()
        page.options.gain.setFocus()
        QtTest.QTest.keyClick(page.options.gain, QtCore.Qt.Key.Key_Right)
        await desk.settle()
        assert desk.host.asked("set_sound") == [{"microphone": "Studio"}, {"agents": "allow"}, {"gain": 1.1}]
        page.options.voice.setText("af_heart")
        page.options.voice.editingFinished.emit()
        page.picker._stack_chosen("quick")
        page.recorded.click()
        await until(lambda: FakeLine.made)
        assert (FakeLine.made[0].choice.stt, FakeLine.made[0].choice.voice) == ("whisper/tiny.en", "af_heart")
        assert page.talking.pick == Pick("quick")

    play(host(), scene)
