"""What the page Talk says when something fails, and what a turn costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.fake_talk import ROWS, SECOND, FakeLine, FakeSound, host, until, use_fakes
from tests.support.pages import Play, texts
from voicegw_desktop.sound.conversation import Turn

pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

pytestmark = pytest.mark.app

FAULT = "Talk was stopped by a fault in this program. Try again; the log on the page Help tells more."


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


def test_a_fault_of_the_program_is_told_and_logged(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    FakeLine.breaks = KeyError("delta")

    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.recorded.click()
        await until(lambda: page.model.problem)
        page.refresh()
        assert FAULT in texts(page)
        assert page.model.state == "idle"
        assert "KeyError" in caplog.text
        # nor does a microphone whose samples cannot be sent end without a word
        FakeLine.breaks, page.model.problem = None, ""
        page.free.click()
        await until(lambda: page.model.state == "listening")
        FakeLine.made[-1].talk.hear = None  # type: ignore[assignment]
        FakeSound.made[0].on_samples(SECOND)
        await until(lambda: page.model.problem == FAULT)

    play(host(), scene)


def test_each_turn_has_its_own_cost(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.recorded.click()
        await until(lambda: page.model.turns and page.model.turns[0].priced)
        # the next one has begun when the answer of the first ends
        model, talk = page.model, FakeLine.made[0].talk
        first, second = model.turns[0], Turn()
        first.nanos, first.priced, first.served = 0, False, {}
        talk.turns.append(second)
        page.talking._changed(first.turn)
        await until(lambda: first.priced)
        assert first.served == {"stt": "whisper/base", "llm": "llamacpp/x", "tts": "piper/joe"}
        assert not any(told.priced for told in model.turns[1:])

    play(host(), scene)


def test_the_requests_of_a_failed_turn_are_waited_for(play: Play) -> None:
    heard = {**ROWS[0], "cost_nanos": 5}
    answers = [[heard], [heard, {**ROWS[1], "cost_nanos": 7, "status": "error"}]]

    class Late(FakeHost):
        async def call(self, operation: str, **params: Any) -> Any:
            if operation == "session":
                self.answers["session"] = {"requests": answers.pop(0) if len(answers) > 1 else answers[0]}
            return await super().call(operation, **params)

    async def scene(desk: Desk) -> None:
        page = await desk.open("Talk")
        page.text.setText("Hello")
        desk.press("Send")
        await until(lambda: page.model.turns and page.model.turns[0].priced)
        told = page.model.turns[0]
        answers.insert(0, [heard])
        told.priced, told.stored, told.turn.error = False, 0, "groq answered 500."
        page.talking._changed(told.turn)
        await until(lambda: told.priced)
        assert (told.nanos, told.requests) == (12, 2)

    play(Late(**host().answers), scene)
