"""A conversation from the person's side: turns, their times, interruptions; over events as the gateway sends them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from voicegw_desktop.sound import wire
from voicegw_desktop.sound.conversation import HEARD, NOTHING_HEARD, Choice, Conversation, Turn

pytestmark = pytest.mark.unit

SECOND = b"\1\0" * wire.RATE


class Scene:
    """A conversation whose clock is moved by hand and whose speaker has played `played_ms`."""

    def __init__(self, **choice: Any) -> None:
        self.now = 100.0
        self.sent: list[dict[str, Any]] = []
        self.played = bytearray()
        self.played_ms = 0.0
        self.hushed = 0
        self.talk = Conversation(
            Choice(**choice),
            self._send,
            lambda turn: None,
            play=self.played.extend,
            hush=self._hush,
            clock=lambda: self.now,
        )

    async def _send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)

    async def _hush(self) -> float:
        self.hushed += 1
        return self.played_ms

    async def take(self, kind: str, after: float = 0.0, **more: Any) -> Turn:
        self.now += after
        await self.talk.take({"type": kind, **more})
        return self.talk.turn

    async def answer(self, text: str, item: str = "item_1") -> None:
        await self.take("response.created", 0.1, response={})
        await self.take("response.output_audio_transcript.delta", 0.2, item_id=item, delta=text)
        sound = base64.b64encode(SECOND).decode()
        await self.take("response.output_audio.delta", 0.3, item_id=item, delta=sound)


async def spoken(scene: Scene) -> None:
    await scene.talk.hear(SECOND * 2)
    await scene.take("input_audio_buffer.speech_started")
    await scene.take("input_audio_buffer.speech_stopped", 0.0, audio_end_ms=1500)
    await scene.take(f"{HEARD}.delta", 0.1, delta="Good ")
    await scene.take(f"{HEARD}.completed", 0.1, transcript="Good morning")


async def test_a_turn_keeps_its_words_and_the_time_of_each_stage() -> None:
    scene = Scene()
    await scene.talk.begin()
    await spoken(scene)
    await scene.answer("Hello")
    turn = await scene.take("response.done", 1.0, response={"status": "completed"})
    assert (turn.said, turn.answer, turn.error) == ("Good morning", "Hello", "")
    # 2 s were sent and speech ended at 1.5 s: half a second was the pause that ends a turn
    assert [(name, round(ms)) for name, ms in turn.stages] == [
        ("pause", 500), ("words", 200), ("token", 300), ("audio", 300)
    ]  # fmt: skip
    assert scene.played == SECOND == turn.audio
    assert not scene.talk.answering


async def test_an_answer_belongs_to_the_turn_it_answers_also_when_the_next_has_begun() -> None:
    scene = Scene()
    await scene.take("input_audio_buffer.speech_started", item_id="one")
    await scene.take("input_audio_buffer.speech_stopped", 1.0, item_id="one", audio_end_ms=0)
    await scene.take("response.created", response={"id": "r1"})
    await scene.take("input_audio_buffer.speech_started", item_id="two")
    await scene.take("conversation.item.input_audio_transcription.completed", item_id="one", transcript="And so")
    await scene.take("response.output_audio_transcript.delta", item_id="a", response_id="r1", delta="Yes.")
    await scene.take("response.done", response={"id": "r1", "status": "completed"})
    first, second = scene.talk.turns
    assert (first.said, first.answer) == ("And so", "Yes.")
    assert first.done_at is not None
    assert first.stages
    assert (second.answer, second.done_at) == ("", None)


async def test_speech_over_an_answer_silences_it_and_what_was_not_heard_leaves_the_conversation() -> None:
    scene = Scene()
    await spoken(scene)
    await scene.answer("A long answer")
    scene.played_ms = 400.0
    await scene.take("input_audio_buffer.speech_started")
    assert scene.hushed == 1
    cut = next(e for e in scene.sent if e["type"] == "conversation.item.truncate")
    assert (cut["item_id"], cut["audio_end_ms"]) == ("item_1", 400)
    assert scene.talk.turns[0].interrupted
    assert not scene.talk.turns[1].interrupted
    before = len(scene.played)
    # what was on its way when the person began
    await scene.take("response.output_audio.delta", item_id="item_1", delta=base64.b64encode(SECOND).decode())
    assert len(scene.played) == before


async def test_answers_played_before_do_not_count_as_parts_of_the_one_that_is_cut() -> None:
    scene = Scene()
    await scene.answer("One", "item_1")
    await scene.take("response.done", response={"status": "completed"})
    await scene.answer("Two", "item_2")
    # the speaker has played all of the first and 0.4 s of the second
    scene.played_ms = 1400.0
    await scene.take("input_audio_buffer.speech_started")
    cut = next(e for e in scene.sent if e["type"] == "conversation.item.truncate")
    assert (cut["item_id"], cut["audio_end_ms"]) == ("item_2", 400)


async def test_what_comes_too_late_to_stop_an_answer_is_no_fault_of_the_turn() -> None:
    scene = Scene()
    await scene.take("response.created", response={})
    await scene.take("input_audio_buffer.speech_started")
    stop = next(e for e in scene.sent if e["type"] == "response.cancel")
    refused = {"message": "Cancellation failed: no active response.", "event_id": stop["event_id"]}
    assert not (await scene.take("error", error=refused)).error
    assert (await scene.take("error", error={**refused, "event_id": None})).error


async def test_an_answer_that_was_played_out_cannot_be_interrupted() -> None:
    scene = Scene()
    await spoken(scene)
    await scene.answer("Hello")
    await scene.take("response.done", response={"status": "completed"})
    scene.talk.heard_out()
    await scene.talk.write("More")
    assert scene.hushed == 0
    assert not scene.talk.turns[0].interrupted


async def test_an_answer_that_was_heard_to_its_end_is_not_cut() -> None:
    scene = Scene()
    await spoken(scene)
    await scene.answer("Hello")
    await scene.take("response.done", response={"status": "completed"})
    scene.played_ms = 1000.0
    await scene.take("input_audio_buffer.speech_started")
    assert not scene.talk.turns[0].interrupted
    assert all(e["type"] != "conversation.item.truncate" for e in scene.sent)


async def test_a_button_asks_for_the_answer_once_there_are_words() -> None:
    scene = Scene(hands_free=False)
    await scene.talk.begin()
    assert scene.sent[0]["session"]["audio"]["input"]["turn_detection"] is None
    await scene.talk.commit()
    assert scene.sent[-1]["type"] == "input_audio_buffer.commit"
    await scene.take(f"{HEARD}.completed", 0.4, transcript="Hello")
    assert scene.sent[-1]["type"] == "response.create"
    assert [(n, round(ms)) for n, ms in scene.talk.turn.stages] == [("words", 400)]


async def test_words_that_come_while_the_button_is_held_belong_to_the_turn_that_it_ends() -> None:
    scene = Scene(hands_free=False)
    await scene.talk.commit()
    await scene.take(f"{HEARD}.completed", transcript="First")
    await scene.answer("Yes")
    await scene.take("response.done", response={"status": "completed"})
    await scene.take(f"{HEARD}.delta", delta="Second ")
    await scene.talk.commit()
    await scene.take(f"{HEARD}.completed", 0.2, transcript="Second one")
    assert [t.said for t in scene.talk.turns] == ["First", "Second one"]
    assert [(n, round(ms)) for n, ms in scene.talk.turn.stages] == [("words", 200)]


async def test_silence_is_told_and_not_answered() -> None:
    scene = Scene(hands_free=False)
    await scene.talk.commit()
    turn = await scene.take(f"{HEARD}.completed", transcript="")
    assert turn.error == NOTHING_HEARD
    assert scene.sent[-1]["type"] == "input_audio_buffer.commit"


@pytest.mark.parametrize(("hands_free", "told"), [(False, NOTHING_HEARD), (True, "")])
async def test_a_commit_of_too_little_audio(hands_free: bool, told: str) -> None:
    """A button held briefly heard nothing; a turn that the detector ended keeps waiting for its words."""
    scene = Scene(hands_free=hands_free)
    await scene.talk.commit()
    turn = await scene.take("error", error={"code": "input_audio_buffer_commit_empty", "message": "0 ms"})
    assert turn.error == told


async def test_a_cough_is_no_turn() -> None:
    scene = Scene()
    await scene.take("input_audio_buffer.speech_started")
    await scene.talk.take({"type": f"{HEARD}.completed", "transcript": ""})
    assert scene.talk.turns == []


async def test_an_answer_cut_off_at_the_longest_is_over() -> None:
    scene = Scene()
    await spoken(scene)
    await scene.answer("Once upon a")
    turn = await scene.take("response.done", 1.0, response={"status": "incomplete"})
    assert turn.done_at == scene.now
    assert (turn.answer, turn.error) == ("Once upon a", "")


async def test_a_typed_turn_is_answered_and_timed_without_speech() -> None:
    scene = Scene()
    await scene.talk.write("Hello")
    assert [e["type"] for e in scene.sent] == ["conversation.item.create", "response.create"]
    await scene.answer("Hi")
    assert [n for n, _ in scene.talk.turn.stages] == ["token", "audio"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("error", {"error": {"message": "No."}}),
        (f"{HEARD}.failed", {"error": {"message": "No."}}),
        ("response.done", {"response": {"status": "failed", "status_details": {"error": {"message": "No."}}}}),
    ],
)
async def test_what_fails_is_told_in_the_turn(kind: str, more: dict[str, Any]) -> None:
    assert (await Scene().take(kind, **more)).error == "No."


def test_targets_are_asked_for_by_name() -> None:
    choice = Choice("whisper/base", "llamacpp/x", "kokoro/v1.0-int8", "af_heart")
    assert choice.query == {"model": "llamacpp/x"}
    audio = choice.session()["audio"]
    assert audio["input"]["transcription"] == {"model": "whisper/base"}
    assert audio["output"]["voice"] == "kokoro/v1.0-int8:af_heart"
    assert Choice(answers=False).query == {"intent": "transcription"}


def test_an_answer_has_a_longest_length() -> None:
    """A small model sometimes repeats itself until its context is full, for minutes."""
    assert Choice().session()["max_output_tokens"] == 1024
    assert "max_output_tokens" not in Choice(answers=False).session()
