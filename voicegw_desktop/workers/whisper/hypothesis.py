"""What a recogniser hears in a piece of audio, and what streams ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from voicegw_desktop.workers.whisper.audio import Samples


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How one stream wants to be decoded."""

    language: str | None = None
    prompt: str | None = None
    temperature: float = 0.0
    translate: bool = False
    keyterms: tuple[str, ...] = ()
    beam: int = 1
    joined: bool = False
    """The words that the result begins with are of the utterance before; where it repeats itself behind them, the
    caller tries again without them."""
    ends: bool = False
    """The result says how likely it closes a sentence; it takes memory, some 0.2 MB for a token while it is written."""
    part: bool = False
    """The audio begins in the middle of an utterance; of a doubtful result the caller asks for all of it."""


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word with its place relative to the decoded audio's first sample."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    tokens: int = 0
    """How many of the hypothesis' tokens it is made of."""
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the model heard in one piece of audio."""

    text: str = ""
    tokens: tuple[int, ...] = ()
    language: str = "en"
    language_prob: float = 1.0
    avg_logprob: float = 0.0
    no_speech: float = 0.0
    words: tuple[TimedWord, ...] = ()
    confidence: float = 1.0
    full_window: bool = False
    doubtful: bool = False
    """Words may lack or be wrong, and no longer window was heard: this was an interim or a part."""
    temperature: float = 0.0
    """At which the tokens were drawn."""
    scored: bool = True
    """False: the model gives text only; its scores here are none."""
    ending: float | None = None
    """How likely the model found the mark that closes the text, 0 without one; None: not known."""


@dataclass(frozen=True, slots=True)
class Likely:
    """The most that a result is likely to say behind its prefix, judged by an earlier result of less audio."""

    tokens: int
    words: float


Told = Callable[[Hypothesis], None]
"""Takes what a final says before it is known where its words lie; the final itself may still say something else."""
Wanted = Callable[[], bool]
"""Whether a result that is being made is still of use; asked in the decoding thread."""


class Words(Protocol):
    """What turns a recogniser's tokens into text."""

    @property
    def languages(self) -> Sequence[str]:
        """Two-letter codes of what the model knows."""
        ...

    def language(self, wanted: str | None) -> str | None:
        """The model's name for a BCP-47 tag; None: heard first. Raises BadRequest for one that it does not know."""
        ...

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens say, without space around it."""
        ...

    def words(self, tokens: Sequence[int], language: str) -> list[tuple[str, int]]:
        """(text with the space before it, number of tokens) for each word."""
        ...

    def without_final_marks(self, tokens: Sequence[int]) -> list[int]:
        """`tokens` less the punctuation at their end."""
        ...


class Listening(Protocol):
    """One utterance that a recogniser hears piece by piece."""

    def hear(
        self, audio: Samples, *, prefix: Sequence[int] = (), final: bool = False, words: bool = False
    ) -> Hypothesis:
        """What was said until now; `audio` follows what was heard before. Blocks, as `Recogniser.decode` does.

        Words that a result told, all but its last one, begin the next result too. `final`: nothing follows; what the
        network still holds back is told, and no more can be heard. Times count from the utterance's first sample.
        """
        ...


class Recogniser(Protocol):
    """A loaded model; `decode` blocks and belongs in the decoding thread."""

    multilingual: bool
    continues: bool
    """True: it can be given the words that its result begins with, and tells where words lie. Else each decode hears
    the whole utterance, and the words before it are no context."""

    @property
    def vocabulary(self) -> Words:
        """What its tokens say."""
        ...

    def decode(
        self,
        audio: Samples,
        options: DecodeOptions,
        *,
        prefix: Sequence[int] = (),
        final: bool = True,
        words: bool = False,
        likely: Likely | None = None,
        told: Told | None = None,
        wanted: Wanted | None = None,
    ) -> Hypothesis:
        """Transcribe at most 29.5 s; the result begins with `prefix`, tokens that were promised before.

        `likely`: a longer result may be one that repeats itself. `told` is called in the decoding thread, or not at all
        where looking for the places of words takes no time. `wanted` is asked between the steps of the work, where it
        has some; raises `queue.Unwanted` once it says no.
        """
        ...
