"""Merges the events of several targets in a row into one account: when speech began and ended, and its words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from voicegw_desktop.core.events import Final, Interim, Progress, SpeechEnded, SpeechStarted, SttEvent

END_SLACK_S = 3.0  # an endpoint this long after the last word still belongs to its utterance


@dataclass(slots=True)
class Part:
    """What one target has reported so far; its times begin at `base`."""

    base: int
    """Where in the client's stream its own begins, in samples."""
    finals_before: int
    """Utterances that other targets had finished."""
    started: int = 0
    ended: int = 0
    finals: int = 0
    endpoints: deque[int] = field(default_factory=deque)
    """Ends of the utterances whose words are still owed, in the client's samples."""


class Utterances:
    """What the client was told: voices begin and end once, promised words stay, times are those of its own stream."""

    def __init__(self, rate: int, now_ns: Callable[[], int]) -> None:
        self._rate, self._now_ns = rate, now_ns
        self.started = self.stopped = self.finals = 0
        self.voices = False
        """Whether a target reports where speech begins and ends."""
        self.replays = 0
        """How often a target was given again what another had heard."""
        self._committed = ""
        self._owed_since: int | None = None

    @property
    def quiet(self) -> bool:
        """Whether no utterance is open, and no target owes a transcript."""
        return self.started <= self.stopped <= self.finals

    def tell(self, part: Part, event: SttEvent) -> SttEvent | None:
        """The event as the client may have it; None for what it was told already."""
        shift = part.base / self._rate
        if isinstance(event, SpeechStarted):
            return self._began(part, event.at_s + shift)
        if isinstance(event, SpeechEnded):
            return self._stopped(part, event.at_s + shift)
        if isinstance(event, Interim):
            return self._interim(part, replace(event, start_s=event.start_s + shift))
        if isinstance(event, Final):
            return self._final(part, shifted(event, shift))
        return replace(event, done_s=event.done_s + shift) if isinstance(event, Progress) else event

    def answered(self) -> int | None:
        """When the utterance that was just answered had ended (monotonic ns), if a target said so."""
        since = self._owed_since
        if self.stopped <= self.finals:
            self._owed_since = None
        return since

    def said_until(self, part: Part, event: Final, *, cut: int, fed: int) -> int:
        """Up to which sample everything has been said; `fed` is what the target has been given."""
        end = round(event.end_s * self._rate)
        endpoint = part.endpoints.popleft() if part.endpoints else 0
        if end <= cut:
            # a target without times: what it had heard when it spoke
            end = endpoint if endpoint > cut else fed
        elif end < endpoint <= end + END_SLACK_S * self._rate:
            end = endpoint
        return min(end, fed)

    def _began(self, part: Part, at_s: float) -> SttEvent | None:
        self.voices = True
        part.started += 1
        number = part.finals_before + part.started
        if number <= self.started:
            return None
        self.started = number
        return SpeechStarted(at_s)

    def _stopped(self, part: Part, at_s: float) -> SttEvent | None:
        part.ended += 1
        part.endpoints.append(round(at_s * self._rate))
        number = part.finals_before + part.ended
        if number <= self.stopped:
            return None
        self.stopped = number
        self._owed_since = self._now_ns()
        return SpeechEnded(at_s)

    def _interim(self, part: Part, event: Interim) -> Interim:
        text = joined(self._committed, event.text) if part.base and self._committed else event.text
        committed = event.committed
        if len(self._committed) > len(committed):
            committed = self._committed
        self._committed = committed
        return replace(event, text=text, committed=committed)

    def _final(self, part: Part, event: Final) -> Final:
        if self._committed and part.base + part.finals_before and part.finals == 0 and self.replays:
            event = replace(event, text=joined(self._committed, event.text))
        self._committed = ""
        part.finals += 1
        self.finals = part.finals_before + part.finals
        self.started, self.stopped = max(self.started, self.finals), max(self.stopped, self.finals)
        return event


def shifted(event: Final, by_s: float) -> Final:
    """The event with its times moved by `by_s` seconds; an end of 0 means that the target gave none."""
    if not by_s:
        return event
    return replace(
        event,
        start_s=event.start_s + by_s,
        end_s=event.end_s + by_s if event.end_s else 0.0,
        words=tuple(replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in event.words),
        segments=tuple(replace(s, start_s=s.start_s + by_s, end_s=s.end_s + by_s) for s in event.segments),
    )


def joined(committed: str, text: str) -> str:
    """`text` with its beginning replaced by words that were promised not to change."""
    said, heard = committed.split(), text.split()
    if heard[: len(said)] == said:
        return text
    # rare: an engine takes back words that it promised
    from difflib import SequenceMatcher

    match = SequenceMatcher(None, [w.lower() for w in said], [w.lower() for w in heard], autojunk=False)
    blocks = [b for b in match.get_matching_blocks() if b.size]
    # words after the last common one are as many as were promised after it
    skip = blocks[-1].b + len(said) - blocks[-1].a if blocks else len(said)
    return " ".join([*said, *heard[skip:]])
