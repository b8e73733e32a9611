"""What the page Talk says: targets, states, times, cost, the fastest and the routes that keep it."""

from __future__ import annotations

from typing import Any

import pytest

from voicegw_desktop.app.viewmodels.talk import (
    OWN,
    Column,
    Pick,
    TalkModel,
    Told,
    account,
    choice_of,
    served_words,
)
from voicegw_desktop.sound.conversation import ASSISTANT, Turn

pytestmark = pytest.mark.unit

STACKS: dict[str, dict[str, Any]] = {"quick": {"stt": "whisper/tiny.en", "llm": "llamacpp/x", "tts": "piper/joe:slow"}}


def turn(first_sound: float = 0.6, **more: Any) -> Turn:
    return Turn("Hi", "Hello", 10.0, 10.0, 10.2, 10.3, 10.0 + first_sound, 12.0, **more)


def test_the_routes_a_stack_or_three_targets_are_asked_for() -> None:
    routed = choice_of(Pick(), STACKS, "", "", free=True)
    assert (routed.stt, routed.llm, routed.tts, routed.voice, routed.instructions) == (
        None,
        None,
        None,
        None,
        ASSISTANT,
    )
    stack = choice_of(Pick("quick"), STACKS, " Be brief. ", "fast", free=False)
    assert (stack.stt, stack.tts, stack.voice, stack.instructions) == (
        "whisper/tiny.en",
        "piper/joe",
        "fast",
        "Be brief.",
    )
    assert not stack.hands_free
    own = choice_of(Pick(OWN, ("whisper/base", None, "kokoro/v1")), STACKS, "", "", free=True)
    assert (own.stt, own.llm, own.tts) == ("whisper/base", None, "kokoro/v1")


def test_the_status_says_what_to_do_whatever_happens() -> None:
    model = TalkModel()
    assert "does not serve" in model.status("stopped")
    assert model.status("running").startswith("Hold the button or Space")
    model.free = True
    assert model.status("running").startswith("Hands-free")
    model.no_microphone = "No microphone was found."
    assert model.status("running") == "No microphone was found."
    model.state = "thinking"
    assert model.status("running") == "Thinking …"
    model.problem = "The gateway does not answer."
    assert model.status("running") == "The gateway does not answer."


def test_a_turn_tells_its_stages_their_sum_and_its_cost() -> None:
    told = Told(turn())
    assert told.caption == "words 200 ms · first token 100 ms · first sound 300 ms = 600 ms"
    told.priced, told.nanos = True, 0
    assert told.caption.endswith("= 600 ms · free")
    told.nanos = 1_500_000
    assert told.caption.endswith("· $0.0015")
    told.nanos = None
    assert told.caption.endswith("· unknown")
    assert Told(Turn()).caption == ""
    assert Told(Turn(error="No.", interrupted=True)).notes == "No."


def test_a_session_s_requests_are_added_up_and_say_what_served() -> None:
    rows = [
        {"timestamp": 2, "modality": "stt", "model_id": "whisper/base", "cost_nanos": 5, "status": "success"},
        {"timestamp": 1, "modality": "stt", "model_id": "groq/x", "cost_nanos": 1, "status": "error"},
        {"timestamp": 3, "modality": "tts", "model_id": "piper/joe", "cost_nanos": 2, "status": "success"},
    ]
    assert account(rows) == (8, {"stt": "whisper/base", "tts": "piper/joe"})
    assert account([*rows, {**rows[0], "cost_nanos": None}])[0] is None


def test_a_route_that_overrules_the_choice_is_told() -> None:
    assert (
        served_words({"stt": "whisper/base", "tts": "piper/joe"}, {"stt": "whisper/base", "tts": "piper/joe:a"}) == ""
    )
    told = served_words({"stt": "whisper/base"}, {"stt": "groq/whisper", "llm": None})
    assert "speech to text by whisper/base" in told


def test_the_fastest_wins_and_is_kept_with_what_served_it() -> None:
    model = TalkModel()
    model.columns = [Column(Pick("quick"), Told(turn(0.9))), Column(Pick(), Told(turn(0.5)))]
    assert model.fastest == 1
    model.columns[1].told = None
    assert model.fastest is None
    told = Told(turn(), served={"stt": "whisper/base", "llm": "ollama/q", "tts": "piper/joe"})
    model.columns[1] = Column(Pick(OWN, ("whisper/tiny.en", None, None)), told)
    assert model.winner(1, STACKS) == {"stt": "whisper/tiny.en", "llm": "ollama/q", "tts": "piper/joe"}


def test_what_is_known_of_a_turn_outlives_its_growth() -> None:
    model = TalkModel()
    one = Turn("Hi")
    model.take([one])
    model.turns[0].nanos = 7
    model.take([one, Turn("You")])
    assert [t.turn.said for t in model.turns] == ["Hi", "You"]
    assert model.turns[0].nanos == 7
    assert model.longest_ms() == 0
