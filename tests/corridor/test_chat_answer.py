"""The bytes of a chat's answer, read in passing."""

from __future__ import annotations

import pytest

from voicegw_desktop.corridor.chat_answer import LONG_HEAD, ChatAnswer

EVENT = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n'
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}\n\n'
END = b"data: [DONE]\n\n"


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_only_the_usage_event_is_left_out(size: int) -> None:
    answer = ChatAnswer(streamed=True, hide_usage=True)
    whole = EVENT + USAGE + END
    shown = b"".join(answer.take(whole[at : at + size]) for at in range(0, len(whole), size))
    assert shown + answer.rest() == EVENT + END
    usage = answer.usage()
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (3, 1)


def test_a_document_is_passed_on_and_counts_no_events() -> None:
    answer = ChatAnswer(streamed=False, hide_usage=False)
    body = b'{"choices": [{"delta": {"content": "x"}}]}'
    assert answer.take(body) == body
    # one letter is one token, whatever the JSON around it
    assert (answer.events, answer.text_tokens()) == (0, 1)


def test_content_begins_in_its_event_or_after_a_long_head() -> None:
    answer = ChatAnswer(streamed=True, hide_usage=False)
    role = b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n'
    assert not answer.has_begun([role])
    assert answer.has_begun([role, EVENT])
    assert answer.has_begun([role] * (LONG_HEAD + 1))
    assert answer.makes_sense([role])
    assert not answer.makes_sense([b"<html>Sign in</html>"])


def test_the_text_of_a_stream_is_counted_wherever_its_chunks_end() -> None:
    body = b'data: {"choices": [{"delta": {"role": "assistant", "content": "eight \\n\\"x"}}]}\n\n' * 4
    for size in (1, 7, len(body)):
        answer = ChatAnswer(streamed=True, hide_usage=False)
        for at in range(0, len(body), size):
            answer.take(body[at : at + size])
        # nine characters, four times
        assert answer.text_tokens() == 9
