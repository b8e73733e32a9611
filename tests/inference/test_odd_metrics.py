"""Impossible metrics of LiveKit plugins count as unknown, and the call is recorded."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.inference._metrics import note
from voicegw_desktop.providers.livekit_llm import _usage

pytestmark = pytest.mark.unit

ODD = [math.nan, math.inf, -5, 1e30, 10**400, "12"]


class Book:
    """What `note` needs of an account, and what was reported to it."""

    def __init__(self) -> None:
        self.whole = False
        self.leg: Leg | None = None
        self.closed = False
        self.given_s = 0.0
        self.opened_ns = 0
        self.ttfb_ms: float | None = None
        self.total_ms = 0.0
        self.told: list[Leg] = []

    def target(self, metrics: Any) -> Target:
        return Target("openai", "gpt-4o-mini")

    def report(self, leg: Leg, status: str = "ok", error: str | None = None) -> None:
        self.told.append(leg)


def noted(**metrics: Any) -> tuple[Book, Leg]:
    book = Book()
    note(book, SimpleNamespace(cancelled=False, **metrics))  # type: ignore[arg-type]
    (leg,) = book.told
    return book, leg


@pytest.mark.parametrize("odd", ODD)
def test_chat(odd: Any) -> None:
    base = {"type": "llm_metrics", "duration": 1.0, "ttft": 0.5, "prompt_tokens": 10, "completion_tokens": 5,
            "prompt_cached_tokens": 0, "total_tokens": 15}  # fmt: skip
    book, leg = noted(**base)
    assert (leg.usage, book.ttfb_ms, book.total_ms) == (Usage(10, 5), 500.0, 1000.0)
    for name in ("prompt_tokens", "completion_tokens", "prompt_cached_tokens"):
        assert noted(**{**base, name: odd})[1].usage is None
    book, leg = noted(**{**base, "duration": odd, "ttft": odd})
    assert (leg.usage, book.ttfb_ms, book.total_ms) == (Usage(10, 5), None, 0.0)
    assert noted(**{**base, "prompt_cached_tokens": 50})[1].usage is None


@pytest.mark.parametrize("odd", ODD)
def test_speech_and_transcription(odd: Any) -> None:
    spoken = {"type": "tts_metrics", "duration": 1.0, "ttfb": 0.1, "characters_count": 4, "audio_duration": 2.0,
              "input_tokens": 0, "output_tokens": 0, "streamed": False}  # fmt: skip
    _, leg = noted(**{**spoken, "characters_count": odd, "audio_duration": odd, "input_tokens": odd})
    assert (leg.characters, leg.audio_out_s, leg.usage) == (0, 0.0, None)
    heard = {"type": "stt_metrics", "duration": 1.0, "audio_duration": 2.0, "input_tokens": 7, "output_tokens": odd,
             "streamed": False}  # fmt: skip
    _, leg = noted(**heard)
    assert (leg.audio_in_s, leg.usage) == (2.0, None)


@pytest.mark.parametrize("odd", ODD)
def test_a_chat_that_the_app_serves(odd: Any) -> None:
    told = _usage({"prompt_tokens": 10, "completion_tokens": 5})
    assert told is not None
    assert told.total_tokens == 15
    assert _usage({"prompt_tokens": odd, "completion_tokens": 5}) is None
    assert _usage(odd) is None


def test_a_model_that_is_no_text_is_refused() -> None:
    from tests.support.corridors import world

    router = world().router
    for name in ("openai/\ud800", "x" * 300, "a\0b"):
        with pytest.raises(BadRequest, match='"model"'):
            router.plan(Modality.LLM, name, Caller("default", "python"))
    with pytest.raises(BadRequest, match='"session"'):
        router.plan(Modality.LLM, "llamacpp/small", Caller("default", "python", session="\udcff"))
