"""Text in pieces: nothing that is there already is copied or looked at again for the next piece."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.corridors import CALLER, collect, world
from voicegw_desktop.core.events import Alignment, Word
from voicegw_desktop.core.growing import GrowingText
from voicegw_desktop.core.ports import Caller, TtsOptions
from voicegw_desktop.corridor.spoken import WITHIN, Spoken
from voicegw_desktop.sockets.audio.utterances import Utterances

pytestmark = pytest.mark.unit


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters were read at each reading."""
    counts: list[int] = []
    since, whole = GrowingText.since, GrowingText.whole

    def counted_since(self: GrowingText, start: int, most: int = -1) -> str:
        found = since(self, start, most)
        counts.append(len(found))
        return found

    def counted_whole(self: GrowingText) -> str:
        found = whole(self)
        counts.append(len(found))
        return found

    monkeypatch.setattr(GrowingText, "since", counted_since)
    monkeypatch.setattr(GrowingText, "whole", counted_whole)
    return counts


def test_what_was_added_is_read_in_parts() -> None:
    text = GrowingText()
    for piece in ("a\r\nb", "", "é\U0001f600", "\ud800c"):
        text.add(piece)
    assert text.whole() == "a\r\nbé\U0001f600\ud800c"
    assert len(text) == 8
    assert (text.since(3, 2), text.since(6), text.since(8), text.since(0, 0)) == ("bé", "\ud800c", "", "")
    # a reading moves nothing
    text.add("d")
    assert text.since(7) == "cd"


@pytest.mark.parametrize("ends_clauses", [False, True])
async def test_each_character_is_read_a_few_times_whatever_the_number_of_pieces(
    read: list[int], ends_clauses: bool
) -> None:
    place = world()
    run = await place.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    pieces = ["word, " if ends_clauses else "word "] * 400
    heard = asyncio.ensure_future(collect(run))
    for piece in pieces:
        await run.push(piece)
        while run._more.is_set():  # noqa: ASYNC110
            # the target takes each piece alone
            await asyncio.sleep(0)
    await run.end()
    done = (await heard)[-1]
    length = len("".join(pieces))
    assert done.characters == length
    # by the target, by the search for a clause, and as what was said
    assert sum(read) <= 3 * length
    assert place.tts.script.streams[0].given == "".join(pieces)


async def test_a_word_is_looked_for_near_the_word_before_it(read: list[int]) -> None:
    text = GrowingText()
    text.add("one " + "x" * WITHIN + " two " + "y " * WITHIN)
    spoken = Spoken(0, 0.0, 0.0)
    for number, word in enumerate(("one", "twelve", "two", "yes")):
        spoken.place(Alignment((Word(word, float(number), number + 1.0),)), text)
    assert max(read) <= WITHIN
    # the second target goes on after the last word whose place is known
    assert spoken.resume_at(4.0, text.whole()) == (3, 3.0)


async def test_text_that_waits_for_its_turn_is_not_read_at_all(read: list[int]) -> None:
    place = world()
    utterances = Utterances(place.corridor, Caller("default", "deepgram"), "piper/joe", TtsOptions(), Quiet())
    for _ in range(300):
        utterances.say("word ")
    assert utterances.open is not None
    assert (len(utterances.open.text), sum(read)) == (1500, 0)
    assert utterances.open.text.whole() == "word " * 300
    await utterances.stop()


class Quiet:
    """A door that tells its client nothing."""

    async def began(self, utterance: object) -> None: ...

    async def sound(self, utterance: object, pcm: bytes) -> None: ...

    async def done(self, utterance: object) -> None: ...

    async def failed(self, utterance: object, error: Exception) -> None: ...
