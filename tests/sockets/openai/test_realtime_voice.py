"""What a Realtime voice asks for: a target by its name, or only a voice."""

from __future__ import annotations

import pytest

from voicegw_desktop.sockets.openai.realtime.response import SPEECH_MODEL, speech_target

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("voice", "asked"),
    [
        (None, (SPEECH_MODEL, None)),
        ("alloy", (SPEECH_MODEL, "alloy")),
        ("piper/en_US-joe-medium", ("piper/en_US-joe-medium", None)),
        ("kokoro/v1.0-int8:af_heart", ("kokoro/v1.0-int8:af_heart", None)),
    ],
)
def test_a_voice_with_a_slash_names_the_target(voice: str | None, asked: tuple[str, str | None]) -> None:
    assert speech_target(voice) == asked
