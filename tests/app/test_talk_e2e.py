"""The page Talk with real devices and engines: a recorded voice is heard, answered aloud, timed and priced."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.engines import eventually
from tests.support.pages import Play
from tests.support.pulse import Pulse, pulse
from tests.support.served import CONFIG
from tests.support.speech import WORDS, word_errors
from voicegw_desktop.app.host import LocalHost
from voicegw_desktop.app.viewmodels.talk import TalkModel
from voicegw_desktop.core.paths import paths_below

QtTest = pytest.importorskip("PySide6.QtTest", reason="Qt's system libraries are missing")
QtCore = pytest.importorskip("PySide6.QtCore")

pytestmark = [pytest.mark.app, pytest.mark.e2e, pytest.mark.process, pytest.mark.socket, pytest.mark.real_engine]

JFK = Path(__file__).resolve().parents[1] / "data" / "jfk.wav"
SPACE = QtCore.Qt.Key.Key_Space


def peak(raw: Path) -> int:
    """The loudest sample recorded so far."""
    data = raw.read_bytes()
    return max(array("h", data[: len(data) // 2 * 2]), default=0)


def failure(model: TalkModel) -> str:
    """Why no answer will come, or empty."""
    told = (told.turn.error for told in model.turns if told.turn.error)
    return model.problem or model.no_microphone or next(told, "")


def answered(model: TalkModel) -> bool:
    """Whether the newest turn is over and its cost is known."""
    return bool(model.turns) and model.turns[-1].priced


def test_space_is_held_and_the_answer_is_heard(
    play: Play,
    tmp_path: Path,
    models_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "voicegw.yaml").write_text(CONFIG.replace("tiny.en", "base") % {"llm": "smollm2-135m"})
    monkeypatch.setenv("VOICEGW_HOME", str(home))
    monkeypatch.setenv("VOICEGW_MODELS_DIR", str(models_dir))
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")

    async def talk(desk: Desk, server: Pulse) -> None:
        host = LocalHost(paths_below(home), str(home / "voicegw.yaml"))
        await host.start(desk.view.feed)
        desk.host = desk.actions.host = host  # type: ignore[assignment]
        try:
            page = await desk.open("Talk")
            QtTest.QTest.keyPress(page, SPACE)
            await eventually(lambda: server.streams("source-outputs") == 1, "the open microphone")
            speaking = server.say(JFK)
            await eventually(lambda: speaking.poll() is not None, "the end of the recording", 30)
            with server.recorded(tmp_path / "answer.wav"):
                QtTest.QTest.keyRelease(page, SPACE)
                await eventually(lambda: failure(page.model) or answered(page.model), "an answer", 120)
                assert failure(page.model) == ""
                await eventually(lambda: peak(tmp_path / "answer.raw") > 1000, "the answer's sound", 30)
            await eventually(lambda: server.streams("source-outputs") == 0, "the closed microphone")
            told = page.model.turns[-1]
            wrong, of = word_errors(WORDS["jfk.wav"], told.turn.said)
            assert wrong <= of * 0.1, told.turn.said
            assert told.turn.answer.strip()
            assert [name for name, _ in told.turn.stages] == ["words", "token", "audio"]
            assert told.nanos == 0
            assert told.served["stt"].startswith("whisper/")
        finally:
            await desk.tasks.close()
            await host.stop()
        assert server.streams("sink-inputs") == 0

    with pulse(tmp_path) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        play(None, lambda desk: talk(desk, server))  # type: ignore[arg-type]
