"""Live streams with a recogniser that hears piece by piece: it says what it says to the whole, and hears each once."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pytest
import pytest_asyncio

from tests.support import sherpa_networks
from tests.support.odd_messages import KINDS, codes_told, odd_fields
from tests.support.stt import SttProcess, clip, silence, stt_process
from voicegw_desktop.engines.wire import Event, encode
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.sherpa.families import find
from voicegw_desktop.workers.sherpa.worker import SherpaHearingWorker
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Listening, Recogniser
from voicegw_desktop.workers.whisper.live import LONG_S, LONGEST_S, LiveStream
from voicegw_desktop.workers.whisper.pieces import AGAIN_MOST_S, AGAIN_S, AGAIN_SHARE, GUESS_MS, LONGEST_PIECE_S, Pieces
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Unwanted, Urgency, Wish
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.utterance import Utterance
from voicegw_desktop.workers.whisper.vad import open_session

pytest.importorskip("sherpa_onnx")
from voicegw_desktop.workers.sherpa.recogniser import SherpaRecogniser

T = TypeVar("T")
PIECE = RATE // 50 * 2  # bytes of 20 ms
STREAMING = [*sherpa_networks.TELLING, *(name for name in sherpa_networks.FAMILIES if name.endswith("streaming"))]
CLIPS = ("jfk.wav", "austen-0870.wav", "austen-0920.wav")


def recogniser_of(family: str, folder: Path) -> SherpaRecogniser:
    return SherpaRecogniser(find(sherpa_networks.write(family, folder / family)), 1)


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768


class AtOnce(DecodeQueue):
    """Runs what it is asked for in the caller's turn, so that no test waits."""

    async def run(self, urgency: Wish, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if (urgency() if callable(urgency) else urgency) is None:
            raise Unwanted
        self.done += 1
        return call(*args, **kwargs)


@dataclass
class Utterances:
    """What a recogniser was given, utterance by utterance; a `Listening` of each."""

    recogniser: SherpaRecogniser
    pieces: list[list[Samples]] = field(default_factory=list)
    ended: list[bool] = field(default_factory=list)
    alive: list[weakref.ref[Listening]] = field(default_factory=list)

    def listen(self, options: DecodeOptions) -> Listening:
        whole, number = self.recogniser.listen(options), len(self.pieces)
        outer, pieces = self, []
        self.pieces.append(pieces)
        self.ended.append(False)

        class Watched:
            def hear(
                self, audio: Samples, *, prefix: Sequence[int] = (), final: bool = False, words: bool = False
            ) -> Hypothesis:
                assert not outer.ended[number], "nothing may follow the end"
                pieces.append(audio)
                outer.ended[number] = final
                return whole.hear(audio, prefix=prefix, final=final, words=words)

        watched = Watched()
        self.alive.append(weakref.ref(watched))
        return watched

    @property
    def heard_s(self) -> float:
        return sum(len(piece) for pieces in self.pieces for piece in pieces) / RATE


async def live(
    utterances: Utterances, pcm: bytes, piece: int = PIECE, **options: Any
) -> dict[str, list[dict[str, Any]]]:
    """What a live stream tells of `pcm`, by kind of event."""
    told: dict[str, list[dict[str, Any]]] = {}

    async def emit(kind: str, data: dict[str, Any]) -> None:
        told.setdefault(kind, []).append(data)

    engine = Engine(utterances.recogniser, AtOnce(), open_session(), listen=utterances.listen)
    async with LiveStream(engine, StreamOptions(**options), emit) as stream:
        for at in range(0, len(pcm), piece):
            await stream.push(pcm[at : at + piece])
            for _ in range(3):
                await asyncio.sleep(0)
        await stream.end()
    return told


@pytest.mark.parametrize("family", STREAMING)
def test_pieces_give_what_the_whole_gives(family: str, tmp_path: Path) -> None:
    recogniser = recogniser_of(family, tmp_path)
    chance = random.Random(7)
    audio = samples(clip("jfk.wav"))
    whole = recogniser.decode(audio, DecodeOptions(), words=True)
    assert whole.words
    for longest in (900, 9_000, 90_000):
        listening, at, before = recogniser.listen(DecodeOptions()), 0, ""
        while at < len(audio):
            size = chance.randint(0, longest)
            text = listening.hear(audio[at : at + size]).text
            assert text.startswith(before), "words that were told stay"
            at, before = at + size, text
        assert listening.hear(audio[:0], final=True, words=True) == whole


def test_sound_in_a_piece_that_is_not_full_is_heard(tmp_path: Path) -> None:
    # this network hears 1.21 s at a time, and the library leaves what is less than that
    recogniser = recogniser_of("nemotron-telling", tmp_path)
    noise = np.random.default_rng(2).normal(0, 1, 12 * 4480).astype(np.float32)
    sound = noise * np.tile(np.repeat(np.float32([0.2, 0.005]), 4480), 6)
    for parts in range(5, 13):
        heard = recogniser.decode(sound[: parts * 4480], DecodeOptions()).text
        followed = np.concatenate((sound[: parts * 4480], np.zeros(2 * RATE, np.float32)))
        assert heard == recogniser.decode(followed, DecodeOptions()).text


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("family", sherpa_networks.TELLING)
async def test_a_live_stream_says_what_its_utterances_say_at_once(family: str, name: str, tmp_path: Path) -> None:
    recogniser = recogniser_of(family, tmp_path)
    utterances = Utterances(recogniser)
    pcm = clip(name) + silence(1.0)
    told = await live(utterances, pcm)
    said = [np.concatenate(pieces) for pieces, over in zip(utterances.pieces, utterances.ended, strict=True) if over]
    wholes = [recogniser.decode(audio, DecodeOptions(), words=True) for audio in said]
    finals = told["transcript"]
    assert all(final["text"] for final in finals)
    for final in finals:
        # an end that was guessed too early is heard again: the last one of an utterance counts
        (whole,) = [whole for whole in wholes if whole.text == final["text"]][-1:]
        assert len(final["words"]) == len(whole.words)
    # what was heard is the recording, without a gap
    sound = samples(pcm)
    for audio in said:
        at = next(n for n in np.flatnonzero(sound == audio[0]) if np.array_equal(sound[n : n + len(audio)], audio))
        assert at >= 0
    # words that were promised stay, to the final
    promised: dict[float, str] = {}
    for interim in told["interim"]:
        assert interim["committed"].startswith(promised.get(interim["start_s"], ""))
        promised[interim["start_s"]] = interim["committed"]
    assert len(promised) <= len(finals)
    assert all(final["text"].startswith(said) for final, said in zip(finals, promised.values(), strict=False))


async def test_each_second_of_speech_is_heard_once(tmp_path: Path) -> None:
    # no silence within it is long enough for an end to be guessed
    pcm = clip("austen-0880.wav")
    utterances = Utterances(recogniser_of("lstm-telling", tmp_path))
    told = await live(utterances, pcm + silence(1.0))
    assert len(told["transcript"]) == 1
    assert utterances.heard_s <= len(pcm) / 2 / RATE + 0.3
    (pieces,) = utterances.pieces
    assert len(pieces) > 5
    # words come while they are said, and each interim tells new ones
    texts = [interim["text"] for interim in told["interim"] if not interim["pause"]]
    assert len(texts) > 3
    assert len(set(texts)) == len(texts)
    assert any(interim["pause"] for interim in told["interim"])


async def test_a_person_who_often_goes_on_after_a_pause_is_heard_again_within_a_limit(tmp_path: Path) -> None:
    pcm = (clip("austen-0880.wav") + silence(0.25)) * 12
    utterances = Utterances(recogniser_of("lstm-telling", tmp_path))
    told = await live(utterances, pcm + silence(1.0), endpointing_ms=2000)
    assert len(told["transcript"]) >= 1
    length_s = len(pcm) / 2 / RATE
    assert len(utterances.pieces) > 2, "ends were guessed"
    assert utterances.heard_s <= length_s * (1 + AGAIN_SHARE) + AGAIN_S + 1


async def test_a_stream_that_asks_for_no_interims_gets_none(tmp_path: Path) -> None:
    pcm = clip("jfk.wav") + silence(1.0)
    utterances = Utterances(recogniser_of("lstm-telling", tmp_path))
    told = await live(utterances, pcm, interim=False)
    assert "interim" not in told
    assert max(len(pieces) for pieces in utterances.pieces) > 5, "but it hears meanwhile"
    told = await live(Utterances(utterances.recogniser), pcm, steady=True)
    shown = [interim for interim in told["interim"] if not interim["pause"]]
    assert len({interim["committed"] for interim in shown}) >= len(shown) - len(told["transcript"]) - 2


async def test_speech_without_a_pause_is_heard_in_parts_and_once(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    speech = samples(clip("austen-0920.wav"))[: int(5.9 * RATE)]
    pcm = b"".join((speech * chance.uniform(0.6, 1.0) * 32767).astype("<i2").tobytes() for _ in range(16))
    utterances = Utterances(recogniser_of("lstm-telling", tmp_path))
    told = await live(utterances, pcm + silence(1.0))
    length_s = len(pcm) / 2 / RATE
    assert utterances.heard_s <= length_s * (1 + AGAIN_SHARE) + AGAIN_S + 1
    assert all(sum(map(len, pieces)) <= LONGEST_S * RATE for pieces in utterances.pieces)
    words = sum(len(final["words"]) for final in told["transcript"])
    # the network writes one word for each 0.32 s
    assert words >= length_s / 0.32 * 0.8
    starts = [word["start_s"] for final in told["transcript"] for word in final["words"]]
    assert starts == sorted(starts)


async def test_nothing_of_a_stream_is_kept_when_it_ends(tmp_path: Path) -> None:
    utterances = Utterances(recogniser_of("lstm-telling", tmp_path))
    await live(utterances, clip("jfk.wav") + silence(1.0))
    # one whose client leaves within a word
    engine = Engine(utterances.recogniser, AtOnce(), open_session(), listen=utterances.listen)

    async def emit(kind: str, data: dict[str, Any]) -> None:
        pass

    async with LiveStream(engine, StreamOptions(), emit) as stream:
        await stream.push(clip("jfk.wav")[: 2 * RATE * 2])
        await asyncio.sleep(0)
    assert not utterances.ended[-1]
    del stream
    await asyncio.sleep(0)
    gc.collect()
    assert [one() for one in utterances.alive] == [None] * len(utterances.alive)


class Counted:
    """Hears nothing but lengths."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, bool]] = []

    def hear(
        self, audio: Samples, *, prefix: Sequence[int] = (), final: bool = False, words: bool = False
    ) -> Hypothesis:
        self.heard.append((len(audio), final))
        return Hypothesis("a", (97,))


def speech(seconds: float) -> tuple[Tape, Utterance]:
    tape = Tape()
    tape.append(np.zeros(int(seconds * RATE), np.float32))
    return tape, Utterance(0, tape.end, cast("Any", None))


async def test_a_decode_that_nobody_wants_any_more_leaves_the_audio_unheard() -> None:
    tape, utterance = speech(3)
    opened: list[Counted] = []
    pieces = Pieces(lambda _: opened.append(Counted()) or opened[-1], AtOnce(), tape)  # type: ignore[func-returns-value]
    options = DecodeOptions()
    await pieces.decode(utterance, RATE, Urgency.INTERIM, options, final=False, words=False)
    assert pieces.waiting(utterance, 2 * RATE) == RATE
    with pytest.raises(Unwanted):
        await pieces.decode(utterance, 2 * RATE, lambda: None, options, final=True, words=False)
    assert pieces.waiting(utterance, 2 * RATE) == RATE
    await pieces.decode(utterance, 2 * RATE, Urgency.FINAL, options, final=True, words=False)
    # after an end was guessed, the utterance is heard again from its beginning
    assert pieces.waiting(utterance, 3 * RATE) == 3 * RATE
    assert pieces.next_end(utterance, 3 * RATE) == LONGEST_PIECE_S * RATE
    await pieces.decode(utterance, 3 * RATE, Urgency.FINAL, options, final=True, words=False)
    assert [one.heard for one in opened] == [[(RATE, False), (RATE, True)], [(3 * RATE, True)]]
    # 2 s of those were heard again; what may be heard again grows with what is new
    assert pieces._again == (AGAIN_S + AGAIN_SHARE * 3 - 2) * RATE
    assert pieces.may_guess(utterance, 3 * RATE)
    assert not pieces.may_guess(utterance, 4 * RATE)
    # the next utterance is another one, heard from its own beginning
    following = Utterance(3 * RATE, 3 * RATE, cast("Any", None))
    assert pieces.waiting(following, 4 * RATE) == RATE
    await pieces.decode(following, 3 * RATE + 800, Urgency.INTERIM, options, final=False, words=False)
    assert pieces.waiting(following, 4 * RATE) == RATE - 800
    assert pieces.waiting(utterance, 4 * RATE) == 4 * RATE
    pieces._furthest, long = 0, Utterance(0, 0, cast("Any", None))
    tape.append(np.zeros(400 * RATE, np.float32))
    await pieces.decode(long, 400 * RATE, Urgency.FINAL, options, final=True, words=False)
    assert pieces._again == AGAIN_MOST_S * RATE


async def test_a_piece_that_waits_while_the_utterance_ends_is_as_urgent_as_its_final() -> None:
    wishes: list[Wish] = []

    class Noted(AtOnce):
        async def run(self, urgency: Wish, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
            wishes.append(urgency)
            return await super().run(urgency, call, *args, **kwargs)

    async def emit(kind: str, data: dict[str, Any]) -> None:
        pass

    tape, utterance = speech(3)
    engine = Engine(cast("Recogniser", None), Noted(), None, listen=lambda _: Counted())
    stream = LiveStream(engine, StreamOptions(), emit)
    stream._hearing.pieces = Pieces(lambda _: Counted(), engine.queue, tape)
    utterance.last_end = 2 * RATE
    await stream._interim(utterance, RATE)
    (wish,) = wishes
    assert callable(wish)
    assert wish() is Urgency.INTERIM
    utterance.closed = True
    assert wish() is Urgency.FINAL


@pytest.mark.parametrize("family", ["lstm-telling", "zipformer", "sense-voice"])
def test_a_worker_hears_piece_by_piece_where_its_network_can(family: str, tmp_path: Path) -> None:
    folder = sherpa_networks.write(family, tmp_path / family)
    worker = SherpaHearingWorker(Job("sherpa", family, folder))
    worker.load()
    assert worker._engine is not None
    assert (worker._engine.listen is not None) == family.endswith("telling")


def test_pauses_are_shorter_than_parts_and_guesses() -> None:
    assert LONG_S < LONGEST_S
    assert GUESS_MS < 400


@pytest.fixture(scope="module", params=sherpa_networks.TELLING)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(family: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SttProcess]:
    folder = sherpa_networks.write(family, tmp_path_factory.mktemp(family) / family)
    module = "voicegw_desktop.workers.sherpa.worker"
    async with stt_process(folder, engine="sherpa", module=module, model=family, threads=1) as process:
        yield process


@pytest.mark.process
@pytest.mark.asyncio(loop_scope="module")
async def test_two_streams_at_once_hear_what_each_hears_alone(worker: SttProcess) -> None:
    recordings = [clip(name) + silence(1.0) for name in CLIPS]
    alone = [await worker.hear(pcm) for pcm in recordings]
    together = await asyncio.gather(*(worker.hear(pcm) for pcm in recordings * 2))
    assert [heard.text for heard in together] == [heard.text for heard in alone] * 2
    assert all(heard.text for heard in alone)


@pytest.mark.process
@pytest.mark.asyncio(loop_scope="module")
async def test_hanging_up_leaves_the_others_their_words(worker: SttProcess) -> None:
    pcm = clip("jfk.wav") + silence(1.0)
    alone = await worker.hear(pcm)

    async def hang_up(after: int) -> None:
        _, writer = await worker.connect()
        writer.write(encode(Event("transcribe", {"rate": RATE})))
        writer.write(encode(Event("audio-start", {"rate": RATE, "width": 2, "channels": 1})))
        writer.write(encode(Event("audio-chunk", {"rate": RATE, "width": 2, "channels": 1}, pcm[:after])))
        await writer.drain()
        writer.close()

    heard, *_ = await asyncio.gather(worker.hear(pcm), *(hang_up(n * 16_000) for n in range(1, 12)))
    assert heard.text == alone.text
    assert (await worker.hear(pcm, commit=True)).text == alone.text


@pytest.mark.process
@pytest.mark.asyncio(loop_scope="module")
async def test_malformed_messages_are_refused_and_leave_nothing(worker: SttProcess) -> None:
    chance = random.Random(6)
    asked = odd_fields(chance, 5)
    speech = clip("austen-0880.wav")

    def between() -> list[Event]:
        piece = chance.choice([b"\1", bytes(3200), speech[: chance.randrange(0, len(speech), 2)]])
        odd = [Event(chance.choice(KINDS), chance.choice(asked), piece) for _ in range(2)]
        return [Event("audio-chunk", {"rate": RATE}, speech[: RATE * 2]), *odd]

    codes = await codes_told(worker, asked, between)
    refusals = {"engine_error", "invalid_value", "language_not_supported", "not_supported", "model_not_installed"}
    assert codes <= {*refusals, "bad_wire"}
    assert (await worker.hear(speech + silence(1.0))).text
