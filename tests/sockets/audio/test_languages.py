"""A language in every form that clients write."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.audio.languages import asked_language, asked_tag

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "written", [None, "", " ", "auto", "AUTO", "detect", "null", "undefined", "None", "und", "any", "unknown"]
)
def test_the_choice_is_left_to_the_server(written: str | None) -> None:
    assert asked_language(written) is None
    assert asked_tag(written) is None


@pytest.mark.parametrize(
    ("written", "code", "tag"),
    [
        ("en", "en", "en"),
        ("EN", "en", "en"),
        ("en_US", "en", "en-US"),
        ("zh-Hant-TW", "zh", "zh-Hant-TW"),
        ("english", "en", "en"),
        ("eng", "en", "en"),
        ("deu-AT", "de", "de-AT"),
        ("cmn", "zh", "zh"),
        ("nb-NO", "nb", "nb-NO"),
        ("iw", "iw", "iw"),
        ("fil", "fil", "fil"),
        ("multi", "multi", "multi"),
        ("mul", "multi", "multi"),
    ],
)
def test_languages_are_read(written: str, code: str, tag: str) -> None:
    assert asked_language(written) == code
    assert asked_tag(written) == tag


@pytest.mark.parametrize(
    ("written", "hint"),
    [("jp", 'Japanese is "ja"'), ("cz", 'Czech is "cs"'), ("xx", "en or pt-BR"), ("klingon", "en or pt-BR"), ("e", "")],
)
def test_what_is_no_language_is_refused_with_a_hint(written: str, hint: str) -> None:
    with pytest.raises(BadRequest, match="is not a language code") as refused:
        asked_language(written)
    assert hint in str(refused.value)
    assert refused.value.status == 400
