"""Which parts of a text a voice can read."""

from __future__ import annotations

import pytest

from voicegw_desktop.workers.tts.scripts import readable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("Say 你好 to me.", "en-us", "Say   to me."),
        ("你好", "en-us", " "),
        ("Привет, hello", "en-gb", " , hello"),
        ("שלום and مرحبا", "es", "  and  "),
        ("こんにちは、world", "fr", " 、world"),
        ("Привет", "ru", "Привет"),
        ("Γειά σου", "el", "Γειά σου"),
        ("你好 hello", "zh", "你好 hello"),
        ("你好", "cmn", "你好"),
        ("नमस्ते", "en-us", "नमस्ते"),
        ("π is α and Ω", "en-us", "π is α and Ω"),
        ("café naïve Zürich ñ", "en-us", "café naïve Zürich ñ"),
        ("Ｈｅｌｌｏ 𝐛𝐨𝐥𝐝", "en-us", "Hello bold"),
        ("שָׁלוֹם!", "en-us", " !"),
        ("plain", "xx", "plain"),
    ],
)
def test_words_in_foreign_writing_are_left_out_once(written: str, language: str, read: str) -> None:
    text, left_out = readable(written, language)
    assert text == read
    assert left_out == (" ".join(text.split()) != " ".join(written.split()) and text != "Hello bold")
