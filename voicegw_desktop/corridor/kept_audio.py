"""What a client sent of a stream, kept until its words are final, so that another target can be given it again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

BYTES_A_SAMPLE = 2


@dataclass(slots=True)
class Entry:
    """Audio, or one of the marks `commit` and `end`, at its place in the client's stream."""

    at: int
    """Samples before it."""
    pcm: bytes = b""
    mark: str = ""

    @property
    def until(self) -> int:
        """Samples up to its end."""
        return self.at + len(self.pcm) // BYTES_A_SAMPLE

    def after(self, sample: int) -> bytes:
        """The entry's audio without what lies before `sample` of the stream, as int16 bytes."""
        return self.pcm[max(0, sample - self.at) * BYTES_A_SAMPLE :]


class KeptAudio:
    """Entries by number. A target's cursor is the number of the next entry to give it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._entries: deque[Entry] = deque()
        self.first = 0
        """Number of the first entry kept."""
        self.received = 0
        """Samples the client has sent."""
        self.cut = 0
        """Everything before this sample is final, or was silence too long ago to keep."""

    def add(self, pcm: bytes) -> None:
        """Keep audio; int16 mono, so an even number of bytes."""
        # a copy: the caller may reuse its buffer
        self._entries.append(Entry(self.received, bytes(pcm)))
        self.received += len(pcm) // BYTES_A_SAMPLE

    def mark(self, mark: str) -> None:
        """Keep `commit` or `end` at this place."""
        self._entries.append(Entry(self.received, mark=mark))

    def entry(self, cursor: int) -> Entry | None:
        """The entry of that number; None when it has not come yet."""
        index = cursor - self.first
        return self._entries[index] if index < len(self._entries) else None

    def given_all(self, cursor: int) -> bool:
        """Whether no entry is left for a target whose cursor is `cursor`."""
        return self.entry(cursor) is None

    @property
    def last_mark(self) -> str:
        """The mark the stream ends with so far; empty when that is audio."""
        return self._entries[-1].mark if self._entries else ""

    @property
    def kept_s(self) -> float:
        """Seconds not cut yet."""
        return (self.received - self.cut) / self._rate

    def cut_to(self, sample: int, cursor: int) -> None:
        """Forget the audio before `sample` and the marks in it, but nothing from `cursor` on."""
        self.cut = max(self.cut, sample)
        while self._entries:
            entry = self._entries[0]
            # `end` stays: every later target has to be told that no audio follows
            if entry.until > self.cut or entry.mark == "end" or self.first >= cursor:
                break
            self._entries.popleft()
            self.first += 1
