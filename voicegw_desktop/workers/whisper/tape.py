"""Hold the newest audio of a stream under absolute sample numbers."""

from __future__ import annotations

import numpy as np

from voicegw_desktop.workers.whisper.audio import Samples


class Tape:
    """Append at the end, forget at the start; indices count from the stream's first sample."""

    def __init__(self) -> None:
        self._pieces: list[Samples] = []
        self.start = 0
        self.end = 0

    def append(self, samples: Samples) -> None:
        """Add audio at the end."""
        if len(samples):
            self._pieces.append(samples)
            self.end += len(samples)

    def cut(self, start: int, end: int) -> Samples:
        """A copy of samples start..end, as far as they are still held."""
        if not self._pieces:
            return np.zeros(0, np.float32)
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        whole = self._pieces[0]
        return whole[max(0, start - self.start) : max(0, end - self.start)].copy()

    def forget(self, before: int) -> None:
        """Drop whole pieces that end at or before sample `before`."""
        while self._pieces and self.start + len(self._pieces[0]) <= before:
            self.start += len(self._pieces.pop(0))
        if self._pieces and before - self.start > 16_000:
            kept = self._pieces[0][before - self.start :].copy()
            self._pieces[0], self.start = kept, before
