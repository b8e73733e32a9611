"""Decide how much silence ends an utterance, from the sound before the pause and from the words in it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import Samples
from voicegw_desktop.workers.whisper.endpoint import Endpointer
from voicegw_desktop.workers.whisper.guards import ENDINGS, TITLES

SURE, SUREST = 0.7, 0.8  # of 1, sound times words: from here on the speaker has finished
SURE_MS, SUREST_MS = 240.0, 160.0  # of silence then
POSSIBLE = 0.45  # sound times words: below it, and with a closing mark less likely than PLAIN, more will come
PLAIN = 0.55
MORE_MS = 700.0  # of silence that is waited for where more will come
WAIT_MS = 96.0  # of silence in which the words of a pause may tell that its sound need not be judged
OPEN_WORDS = {
    "en": "a an and the or but nor so because if that than of to from with at by into my your his her its our their "
    "i'm we're they're you're um uh er hmm mr mrs",
    "de": "und oder aber denn weil dass wenn der die das dem den des ein eine einen einem mein dein sein ihr zu von "
    "mit ähm äh",
    "fr": "et ou mais car que si le la les un une des du de à mon ma ton ta son sa notre votre leur pour avec euh",
    "es": "y o pero porque que si el la los las un una de del a mi tu su nuestro con para por eh",
}
"""Language → words with which hardly any sentence ends."""
_OPEN = {language: frozenset(words.split()) for language, words in OPEN_WORDS.items()}


class Judge(Protocol):
    """What tells from the sound of speech whether its speaker has finished."""

    def finished(self, speech: Samples) -> float:
        """The probability, 0 to 1, that the speech is over; blocks."""
        ...


def closing(text: str, language: str) -> bool:
    """Whether the text ends as a sentence does: with a mark that closes it, behind a word that may stand last."""
    if not text.endswith(ENDINGS) or text.endswith(("...", "…")):
        return False
    last = text.rsplit(maxsplit=1)[-1]
    word = guards.plain(last)
    if not word or last.lower() in TITLES:
        return False
    # a question may end with any of them
    return last.endswith(("?", "？")) or word not in _OPEN.get(language, frozenset())


def silence_ms(usual_ms: float, sound: float, words: float) -> float:
    """How much silence ends the utterance: `usual_ms` when the two probabilities (0..1) do not decide."""
    both = sound * words
    if both >= SURE:
        return min(usual_ms, SUREST_MS if both >= SUREST else SURE_MS)
    return usual_ms if both >= POSSIBLE or words >= PLAIN else max(usual_ms, MORE_MS)


class Ending:
    """Moves one stream's endpoint by what is known of each pause; hearing goes on meanwhile."""

    def __init__(self, judge: Judge, ends: Endpointer) -> None:
        self._judge, self._ends = judge, ends
        self._usual_ms = ends.endpoint_ms
        self._speech: Samples | None = None  # of a pause whose sound is not judged yet
        self._waits_until_ms = 0.0  # of silence, at the latest
        self._sound: float | None = None
        self._words: float | None = None
        self._asking: asyncio.Task[None] | None = None

    def paused(self, speech: Samples, *, busy: bool = False) -> None:
        """A pause began behind `speech`. `busy`: leave its sound, the answer would come too late."""
        if busy:
            return
        self._speech, self._waits_until_ms = speech, self._ends.silence_ms + WAIT_MS

    def silent(self) -> None:
        """The pause lasts: ask the model, in a thread, when the words have been waited for long enough."""
        if self._speech is not None and self._ends.silence_ms >= self._waits_until_ms:
            self._ask()

    def voiced(self) -> None:
        """Speech began or goes on: nothing said of a pause holds any longer."""
        self._sound = self._words = None
        self._ends.endpoint_ms = self._usual_ms
        self.close()

    def read(self, ending: float | None) -> None:
        """The words before the pause are known, and how surely they end with a closing mark."""
        self._words = ending or 0.0
        if self._speech is None:
            self._decide()
        elif self._waited(0.0) != self._waited(1.0):
            self._ask()
        else:
            # the words decide, whatever the speech sounds like
            self._speech, self._sound = None, 0.0
            self._decide()

    def close(self) -> None:
        """Ask no longer."""
        self._speech = None
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _ask(self) -> None:
        speech, self._speech = self._speech, None
        assert speech is not None
        self._asking = asyncio.get_running_loop().create_task(self._judged(speech))

    async def _judged(self, speech: Samples) -> None:
        self._sound = await asyncio.to_thread(self._judge.finished, speech)
        self._decide()

    def _decide(self) -> None:
        if self._sound is not None and self._words is not None:
            self._ends.endpoint_ms = self._waited(self._sound)

    def _waited(self, sound: float) -> float:
        assert self._words is not None
        return silence_ms(self._usual_ms, sound, self._words)
