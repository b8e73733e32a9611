"""500 seeded faults on numbered samples: no sample is lost, and no word is sent twice."""

from __future__ import annotations

import random
from array import array
from typing import Any

import pytest

from tests.support.corridors import CALLER, collect, world
from tests.support.fake_backends import FRAME, LETTER, RATE, Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.events import Alignment, Audio, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Modality, SttOptions, TtsOptions
from voicegw_desktop.corridor.context import Patience

pytestmark = pytest.mark.unit

IMPATIENT = Patience(stall_s=0.03, whole_recording_stall_s=0.03, chat_stall_s=0.03)
STT = ["whisper/base", "whisper/tiny.en", "deepgram/nova-3", "openai/whisper-1"]
TTS = ["piper/joe", "kokoro/v1", "elevenlabs/flash", "openai/tts-1"]
OPEN = {"projects": {"default": {"allow_local_to_cloud": True}}, "routing": {"breaker": {"trip_after": 1000}}}


def _faults(chance: random.Random, names: list[str], kinds: list[str], most: int) -> dict[str, list[Fault]]:
    """At least one fault, and at least one target that serves in the end."""
    faults: dict[str, list[Fault]] = {}
    for name in names[: chance.randint(1, len(names) - 1)]:
        faults[name] = [Fault(chance.choice(kinds), chance.randrange(most))]
        # a crashed local engine is started once more, and may be as bad the second time
        if chance.random() < 0.3:
            faults[name].append(Fault(chance.choice(kinds), chance.randrange(most)))
    return faults


@pytest.mark.unmeasured
@pytest.mark.parametrize("block", range(10))
@in_virtual_time
async def test_no_input_frame_is_lost_and_no_word_repeated(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        chance = random.Random(seed)
        w = world(IMPATIENT, fallbacks={"stt": STT[1:]}, **OPEN)
        w.script.faults = _faults(chance, STT, ["crash", "error", "close", "stall", "refuse", "deaf"], 60)
        run = await w.corridor.open_stt(CALLER, STT[0], SttOptions())
        spoken = await _talk(run, chance)
        events = await collect(run)
        heard = [int(n) for e in events if isinstance(e, Final) for n in e.text.split()]
        assert heard == spoken, f"seed {seed}: {w.script.opened}"
        _check_order(events, seed)
        assert len(w.meters.reports) == 1
        assert w.meters.held == 0
        await run.cancel()
        await w.corridor.aclose()
        assert w.script.live == 0, f"seed {seed}: a target was left open"


async def _talk(run: Any, chance: random.Random) -> list[int]:
    """Utterances of numbered frames with silence between, in pieces of any size."""
    spoken: list[int] = []
    pcm = bytearray()
    for _ in range(chance.randint(1, 4)):
        count = chance.randint(1, 25)
        for _ in range(count):
            spoken.append(len(spoken) + 1)
            pcm += frame(spoken[-1])
        pcm += frame(0) * chance.randint(4, 10)
    if chance.random() < 0.5:
        # the last utterance is still open when the audio ends
        spoken.append(len(spoken) + 1)
        pcm += frame(spoken[-1])
    position = 0
    while position < len(pcm):
        size = chance.choice([FRAME * 2, 320 * 2, 500 * 2, 2])
        await run.push(bytes(pcm[position : position + size]))
        position += size
    await run.end()
    return spoken


def _check_order(events: list[Any], seed: int) -> None:
    """Started, ended and final alternate, and the committed words of an interim are in the final."""
    committed, open_utterances, last_end = "", 0, 0.0
    for event in events:
        if isinstance(event, SpeechStarted):
            open_utterances += 1
        elif isinstance(event, Interim):
            assert event.committed.startswith(committed), f"seed {seed}"
            committed = event.committed
        elif isinstance(event, Final):
            assert event.text.startswith(committed), f"seed {seed}"
            assert event.start_s >= last_end, f"seed {seed}"
            last_end, committed = event.end_s, ""
            open_utterances -= 1
    assert open_utterances == 0, f"seed {seed}"
    started = sum(isinstance(e, SpeechStarted) for e in events)
    assert sum(isinstance(e, SpeechEnded) for e in events) <= started


@pytest.mark.unmeasured
@pytest.mark.parametrize("block", range(8))
@in_virtual_time
async def test_no_sample_is_repeated_and_none_left_out(block: int) -> None:
    for seed in range(block * 25, block * 25 + 25):
        chance = random.Random(10_000 + seed)
        w = world(IMPATIENT, fallbacks={"tts": TTS[1:]}, **OPEN)
        w.tts.align = False
        kinds = ["crash", "error", "close", "refuse"] + (["stall"] if chance.random() < 0.2 else [])
        w.script.faults = _faults(chance, TTS, kinds, 90 * LETTER)
        run = await w.corridor.open_tts(CALLER, TTS[0], TtsOptions(rate=RATE))
        text = "".join(chance.choice("abcdefgh ,.") for _ in range(chance.randint(20, 90)))
        position = 0
        while position < len(text):
            size = chance.randint(1, 20)
            await run.push(text[position : position + size])
            position += size
        await run.end()
        events = await collect(run)
        heard = b"".join(e.pcm for e in events if isinstance(e, Audio))
        assert heard == array("h", [ord(c) for c in text for _ in range(LETTER)]).tobytes(), f"seed {seed}"
        assert len(w.meters.reports) == 1
        await w.corridor.aclose()
        assert w.script.live == 0, f"seed {seed}"


@in_virtual_time
async def test_with_word_times_the_next_target_goes_on_at_a_word() -> None:
    for seed in range(20):
        chance = random.Random(20_000 + seed)
        w = world(IMPATIENT, fallbacks={"tts": TTS[1:]}, **OPEN)
        w.tts.align = True
        words = [letter * 3 for letter in "abcdefghijklmnopqrstuvwxyz"]
        text = " ".join(words)
        w.script.faults = {TTS[0]: [Fault("error", chance.randrange(1, len(text) * LETTER))]}
        run = await w.corridor.open_tts(CALLER, TTS[0], TtsOptions(rate=RATE))
        await run.push(text)
        await run.end()
        events = await collect(run)
        pcm = array("h", b"".join(e.pcm for e in events if isinstance(e, Audio)))
        said = _letters(pcm).split()
        # at most the word that was cut is heard in part; none twice, none left out
        first_letters = [word[0] for word in said]
        assert first_letters == sorted(set(first_letters)), f"seed {seed}: {said}"
        assert sum(word not in said for word in words) <= 1, f"seed {seed}: {said}"
        assert [e for e in events if isinstance(e, Alignment)]
        resumed = w.script.streams[-1].given.strip()
        assert text.endswith(resumed)
        await w.corridor.aclose()


def _letters(pcm: array[int]) -> str:
    letters = ""
    position = 0
    while position < len(pcm):
        value = pcm[position]
        run = 0
        while position + run < len(pcm) and pcm[position + run] == value:
            run += 1
        letters += chr(value) * max(1, round(run / LETTER))
        position += run
    return letters


@in_virtual_time
async def test_a_route_change_serves_the_next_utterance() -> None:
    w = world(fallbacks={})
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    events = aiter(run)
    await run.push(frame(1) + frame(2))
    while not (isinstance(await anext(events), Interim)):
        pass
    w.router.set_route(Modality.STT, "whisper/tiny.en")
    assert str(run.served) == "whisper/base"
    await run.push(frame(3) + frame(0) * 5)
    while not isinstance(event := await anext(events), Final):
        pass
    assert event.text == "1 2 3"
    await run.push(frame(4) + frame(5) + frame(0) * 5)
    while not isinstance(event := await anext(events), Final):
        pass
    assert event.text == "4 5"
    assert run.served.name == "whisper/tiny.en"
    assert w.script.opened == ["whisper/base", "whisper/tiny.en"]
    await run.end()
    await collect(run)
    assert w.meters.reports[0].fallback_from is None


@pytest.mark.parametrize("overlap", [0.1, 0.3])
@in_virtual_time
async def test_a_moved_stream_gets_the_last_seconds_and_no_more(overlap: float) -> None:
    w = world(Patience(stall_s=0.05, route_overlap_s=overlap), fallbacks={})
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    events = aiter(run)
    await run.push(frame(1) + frame(2) + frame(0) * 60)
    while not isinstance(await anext(events), Final):
        pass
    w.router.set_route(Modality.STT, "whisper/tiny.en")
    await run.push(frame(4) + frame(5) + frame(0) * 5)
    while not isinstance(event := await anext(events), Final):
        pass
    assert event.text == "4 5"
    await run.end()
    await collect(run)
    _, second = w.script.streams
    assert second.target.name == "whisper/tiny.en"
    assert second.samples == 7 * FRAME + round(overlap * RATE)


@in_virtual_time
async def test_offline_mode_takes_a_cloud_stream_home_at_once() -> None:
    w = world(routing={"stt": {"offline": {"*": "whisper/base"}}})
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    events = aiter(run)
    await run.push(frame(1) + frame(2))
    while not isinstance(await anext(events), Interim):
        pass
    w.router.set_offline(True)
    await run.push(frame(3) + frame(0) * 5)
    await run.end()
    rest = await collect(run)
    assert [e.text for e in rest if isinstance(e, Final)] == ["1 2 3"]
    assert run.served.name == "whisper/base"
    assert w.corridor.egress.entries[0].host == "deepgram"
    assert w.corridor.egress.entries[0].sent_s == pytest.approx(0.02)
