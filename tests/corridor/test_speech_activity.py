"""The cheap detector of speech: it finds clear speech at any loudness and rate, and none in other sounds."""

from __future__ import annotations

import random
import wave
from array import array

import pytest

from tests.conftest import ROOT
from tests.support.noises import NOISES
from tests.support.speech import WORDS
from voicegw_desktop.corridor.speech_activity import SpeechActivityEstimator
from voicegw_desktop.testing.sound import pieces as pieces_of

pytestmark = pytest.mark.unit
RATE = 16_000


def recording(name: str) -> bytes:
    with wave.open(str(ROOT / "tests" / "data" / name)) as file:
        return file.readframes(file.getnframes())


def scaled(pcm: bytes, gain: float) -> bytes:
    return array("h", (max(-32768, min(32767, round(s * gain))) for s in array("h", pcm))).tobytes()


def mixed(a: bytes, b: bytes, gain: float) -> bytes:
    pairs = zip(array("h", a), array("h", scaled(b, gain)), strict=False)
    return array("h", (max(-32768, min(32767, x + y)) for x, y in pairs)).tobytes()


def plain_after(pcm: bytes, rate: int = RATE, pieces: random.Random | None = None) -> float | None:
    """Seconds until speech is certain."""
    talk, at = SpeechActivityEstimator(rate), 0
    while at < len(pcm):
        size = 2 * (pieces.randint(1, 4000) if pieces else rate // 10)
        talk.hear(pcm[at : at + size])
        at += size
        if talk.plain:
            return at / 2 / rate
    return None


@pytest.mark.unmeasured
@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
@pytest.mark.parametrize("name", WORDS)
def test_speech_is_plain_within_seconds(name: str, gain: float) -> None:
    after = plain_after(scaled(recording(name), gain))
    assert after is not None
    assert after < 5.0


def test_speech_on_a_telephone_is_too() -> None:
    # every second sample: 8 kHz
    assert plain_after(array("h", recording("jfk.wav"))[::2].tobytes(), 8000) is not None


@pytest.mark.parametrize("seed", range(3))
def test_how_it_is_cut_does_not_matter(seed: int) -> None:
    assert plain_after(recording("jfk.wav"), pieces=random.Random(seed)) is not None


def test_a_recording_in_one_piece_is_not_listened_to_for_long() -> None:
    noise = NOISES["noise"](2)
    talk = SpeechActivityEstimator(RATE)
    talk.hear(recording("jfk.wav") + noise)
    assert not talk.plain


@pytest.mark.unmeasured
@pytest.mark.parametrize("gain", [1.0, 0.3, 0.05])
@pytest.mark.parametrize("name", NOISES)
def test_a_minute_of_noise_is_no_speech(name: str, gain: float) -> None:
    assert plain_after(scaled(NOISES[name](60), gain)) is None


@pytest.mark.parametrize("name", NOISES)
def test_speech_is_heard_above_a_little_of_it(name: str) -> None:
    assert plain_after(mixed(recording("jfk.wav"), NOISES[name](11), 0.1)) is not None


def test_a_word_now_and_then_does_not_add_up() -> None:
    word = recording("austen-0880.wav")[: int(0.5 * RATE) * 2]
    assert plain_after((word + bytes(6 * RATE * 2)) * 20) is None


def test_after_a_sign_it_begins_anew() -> None:
    talk = SpeechActivityEstimator(RATE)

    def hear(pcm: bytes) -> bool:
        for piece in pieces_of(pcm, RATE, 0.1):
            talk.hear(piece)
        return talk.plain

    assert hear(recording("jfk.wav"))
    talk.forget()
    assert not talk.plain
    assert not hear(bytes(30 * RATE * 2))
    assert hear(recording("jfk.wav"))
