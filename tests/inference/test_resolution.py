"""Model strings: what resolves, and the sentence for what does not."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.errors import ModelResolutionError
from voicegw_desktop.inference._resolution import resolve_model, split_variant

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ollama/qwen2.5:3b", ("ollama", "qwen2.5:3b")),
        ("openai/gpt-4o", ("openai", "gpt-4o")),
        ("deepgram/nova-3:en", ("deepgram", "nova-3:en")),
        ("groq/meta/llama-3", ("groq", "meta/llama-3")),
        ("  whisper/base ", ("whisper", "base")),
    ],
)
def test_the_first_slash_divides(text: str, expected: tuple[str, str]) -> None:
    assert resolve_model(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("gpt-4o", "names no provider"),
        ("whisper", "whisper/<model>"),
        ("/base", "before the slash"),
        ("whisper/", "after the slash"),
        ("whisprr/base", 'Did you mean "whisper"'),
        ("nobody/base", "Known: anthropic"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ModelResolutionError, match=says) as caught:
        resolve_model(text)
    assert isinstance(caught.value, ValueError)


def test_providers_of_ones_own_count_when_given() -> None:
    assert resolve_model("studio/m", known=["studio"]) == ("studio", "m")


def test_variants_split_at_the_last_colon() -> None:
    assert split_variant("nova-3:en") == ("nova-3", "en")
    assert split_variant("nova-3") == ("nova-3", None)
    assert split_variant("nova-3:") == ("nova-3", None)
