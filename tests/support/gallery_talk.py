"""What the page Talk shows after some turns, and after a comparison."""

from __future__ import annotations

import itertools

from voicegw_desktop.app.viewmodels.talk import Column, Pick, Told
from voicegw_desktop.app.windows.picker import Picker
from voicegw_desktop.app.windows.talk_page import TalkPage
from voicegw_desktop.sound.conversation import Turn

SERVED = {"stt": "whisper/base", "llm": "llamacpp/qwen2.5-coder-0.5b", "tts": "piper/en_US-joe-medium"}
QUESTION = "What can I cook from rice and two eggs?"


def told(
    said: str, answer: str, waits: tuple[float, float, float, float], served: dict[str, str], nanos: int = 0
) -> Told:
    """A turn with the seconds of its pause, words, first token and first sound."""
    pause, words, token, sound = itertools.accumulate(waits)
    return Told(Turn(said, answer, 0.0, pause, words, token, sound, sound + 2), nanos, True, served)


def converse(page: TalkPage) -> None:
    """Three turns; the second is interrupted, the third has a cost."""
    page.model.no_microphone = ""
    page.model.turns = [
        told("Hello, who are you?", "I am an assistant that runs on this machine.", (0.3, 0.09, 0.19, 0.11), SERVED),
        told(QUESTION, "Fried rice with egg. Heat some oil,", (0.31, 0.12, 0.24, 0.1), SERVED),
        told("How long does that take?", "About fifteen minutes.", (0.29, 0.08, 0.41, 0.12), SERVED, 620_500),
    ]
    page.model.turns[1].turn.interrupted = True
    page.model.touch()


def compare(page: TalkPage) -> None:
    """One question through two stacks."""
    far = {"stt": "deepgram/nova-3", "llm": "openai/gpt-4o-mini", "tts": "piper/en_US-joe-medium"}
    page.model.columns = [
        Column(Pick("quick"), told(QUESTION, "Fried rice with egg.", (0.0, 0.12, 0.24, 0.1), SERVED), "done"),
        Column(
            Pick("best"),
            told(QUESTION, "Egg fried rice, or rice pudding.", (0.0, 0.21, 0.48, 0.11), far, 4_920_500),
            "done",
        ),
    ]
    page.talking.stacks = {"quick": dict(SERVED), "best": far}
    for picker, column in zip(page.comparison.findChildren(Picker), page.model.columns, strict=False):
        picker.pick = column.pick
    page.model.touch()
