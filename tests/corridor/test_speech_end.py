"""Where speech ended and when: sounds of known ends, in pieces of any size, live and as recordings."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from tests.support.corridors import CALLER, QUICK, collect, world
from tests.support.fake_backends import FRAME, RATE
from voicegw_desktop.core.events import Final, RequestFirstByte
from voicegw_desktop.core.ports import SttOptions
from voicegw_desktop.corridor.speech_end import SpeechEnds, Waits
from voicegw_desktop.storage.percentiles import bucket_of

pytestmark = pytest.mark.unit

MS = 1_000_000  # ns


def sound(seconds: float, rate: int, loud: int = 8000) -> bytes:
    """A voice-like tone of two pitches."""
    return array(
        "h",
        (
            round(loud * (math.sin(2 * math.pi * 170 * n / rate) + math.sin(2 * math.pi * 410 * n / rate)) / 2)
            for n in range(round(seconds * rate))
        ),
    ).tobytes()


def room(seconds: float, rate: int, loud: int = 0) -> bytes:
    """Silence, or the noise of a room."""
    chance = random.Random(3)
    return array("h", (chance.randint(-loud, loud) for _ in range(round(seconds * rate)))).tobytes()


def given(
    ends: SpeechEnds | Waits, pcm: bytes, rate: int, piece_s: float, faster: float = 1.0, late_ns: int = 0
) -> int:
    """Push the audio in pieces as a microphone would, or `faster`; returns the time of the last piece."""
    size, now = round(piece_s * rate) * 2, 0
    for at in range(0, len(pcm), size):
        piece = pcm[at : at + size]
        now = round((at + len(piece)) / 2 / rate * 1e9 / faster) + late_ns
        ends.hear(piece, now)
    return now


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("piece_s", [0.0107, 0.02, 0.25])
@pytest.mark.parametrize("noise", [0, 60])
def test_the_end_is_found_to_ten_milliseconds_at_any_rate_and_in_any_pieces(
    rate: int, piece_s: float, noise: int
) -> None:
    ends = SpeechEnds(rate, 0)
    pcm = room(0.4, rate, noise) + sound(0.7, rate) + room(0.6, rate, noise)
    given(ends, pcm, rate, piece_s)
    found = ends.end(0, len(pcm) // 2)
    assert found.sample / rate == pytest.approx(1.1, abs=0.0101)
    # not when its piece came, which may hold a quarter of a second of silence
    assert found.at_ns / 1e9 == pytest.approx(found.sample / rate, abs=0.001)
    assert not found.recorded


def test_a_piece_that_is_late_does_not_move_the_end_of_speech() -> None:
    ends = SpeechEnds(16_000, 0)
    ends.hear(sound(1.0, 16_000), 1300 * MS)  # 300 ms late
    ends.hear(room(0.5, 16_000), 1520 * MS)  # 20 ms late
    assert ends.end(0, 24_000).at_ns == 1020 * MS


def test_audio_that_waited_for_a_model_to_load_is_live_and_a_file_is_not() -> None:
    waited = SpeechEnds(16_000, 0)
    waited.hear(sound(1.5, 16_000) + room(0.5, 16_000), 2000 * MS)
    found = waited.end(0, 32_000)
    assert (found.at_ns, found.recorded) == (1500 * MS, False)
    file = SpeechEnds(16_000, 0)
    given(file, sound(1.5, 16_000) + room(0.5, 16_000), 16_000, 0.02, faster=20)
    assert file.end(0, 32_000).recorded


def test_each_utterance_that_waited_for_a_model_to_load_is_live() -> None:
    ends = SpeechEnds(16_000, 0)
    utterance = sound(1.5, 16_000) + room(1.5, 16_000)
    given(ends, 3 * utterance, 16_000, 0.05, faster=100, late_ns=9_500 * MS)
    # the last piece came at 9.59 s, so that the nine seconds began at 0.59 s
    for n in range(3):
        found = ends.end(n * 48_000, (n + 1) * 48_000)
        assert (found.at_ns, found.recorded) == ((2090 + 3000 * n) * MS, False)


def test_what_comes_at_once_within_a_stream_is_live_only_where_it_was_awaited() -> None:
    utterance = sound(1.5, 16_000) + room(1.5, 16_000)
    for late_s, recorded in ((0.0, True), (6.0, False)):
        ends = SpeechEnds(16_000, 0)
        now = given(ends, utterance, 16_000, 0.05)
        assert not ends.end(0, 48_000).recorded
        given(ends, 2 * utterance, 16_000, 0.05, faster=100, late_ns=now + round(late_s * 1e9))
        assert [ends.end(n * 48_000, (n + 1) * 48_000).recorded for n in (1, 2)] == [recorded, recorded]


def test_what_was_kept_before_a_stream_began_marks_its_first_utterance_only() -> None:
    ends = SpeechEnds(16_000, 0)
    utterance = sound(1.0, 16_000) + room(1.0, 16_000)
    ends.hear(utterance, 10 * MS)
    for n in range(100):
        ends.hear(utterance[n * 640 : (n + 1) * 640], (10 + 20 * (n + 1)) * MS)
    assert ends.end(0, 32_000).recorded
    found = ends.end(32_000, 64_000)
    assert (found.at_ns, found.recorded) == (1010 * MS, False)


def test_surroundings_as_loud_as_the_voice_leave_the_word_to_the_target() -> None:
    waits = Waits(16_000, 0, whole=False, known_length=False)
    pcm = sound(1.0, 16_000) + sound(1.0, 16_000)
    now = given(waits, pcm, 16_000, 0.02)
    told = Final("words", end_s=1.0)
    answer = waits.answered(told, after=0, endpoint=0, fed=32_000, decided_ns=None, marked_ns=0, now_ns=now)
    assert answer.end_s == 1.0
    assert answer.wait_ms == 1000
    # without its word: the end of all that was heard
    answer = waits.answered(Final("w"), after=0, endpoint=0, fed=32_000, decided_ns=None, marked_ns=0, now_ns=now)
    assert answer.end_s == 2.0


def voice(frames: int) -> list[bytes]:
    """The frames of one value that the fake target returns as words, up to half a frame from the measured ones."""
    samples = array("h", [900] * 80)
    for n in range(frames):
        samples.extend([-900 if n % 2 else 900] * FRAME)
    samples.extend([-samples[-1]] * 80)
    return [samples[at : at + FRAME].tobytes() for at in range(0, len(samples), FRAME)]


async def test_each_utterance_of_a_stream_counts_from_the_end_of_its_speech() -> None:
    w = world(QUICK)
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    events = aiter(run)
    for wait in (0.3, 0.5):
        for piece in [*voice(40), *[bytes(2 * FRAME)] * 4]:
            w.clock.advance(len(piece) / 2 / RATE)
            await run.push(piece)
        w.clock.advance(wait - 0.04)
        while not isinstance(await anext(events), Final):
            pass
    await run.end()
    await collect(events)
    heard = [e.ttfb_ms for e in w.events if isinstance(e, RequestFirstByte)]
    assert heard == pytest.approx([300, 500], abs=5.1)
    report = w.meters.reports[0]
    assert report.ttfb_ms == heard[0]
    assert report.measured.waits == {bucket_of(ms): 1 for ms in heard}
    assert report.measured.endpoint_ms is not None
    assert not report.measured.recorded


async def test_a_recording_is_marked_and_counts_from_when_all_of_it_was_here() -> None:
    w = world(QUICK)
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions(endpointing_ms=0, length_s=0.5))
    for piece in voice(50):
        await run.push(piece)
    w.clock.advance(2.0)
    await run.end()
    w.clock.advance(0.25)
    await collect(run)
    (first,) = [e for e in w.events if isinstance(e, RequestFirstByte)]
    assert (first.ttfb_ms, first.recorded) == (250, True)
    assert w.meters.reports[0].measured.recorded
    assert not w.meters.reports[0].measured.waits
