"""A conversation with devices on the page Talk."""

from __future__ import annotations

from collections.abc import Callable

from voicegw_desktop.sound.conversation import Line
from voicegw_desktop.sound.devices import Sound, SoundError
from voicegw_desktop.sound.speech import Live


class Taped(Live):
    """A conversation on the page: keeps a copy of what is heard while it listens."""

    def __init__(self, line: Line, sound: Sound, broke: Callable[[SoundError], None], tape: bytearray | None) -> None:
        super().__init__(line, sound)
        self._broke, self._tape = broke, tape

    def captured(self, pcm: bytes) -> None:
        if self._tape is not None and self.listening:
            self._tape += pcm
        super().captured(pcm)

    def gone(self, error: SoundError) -> None:
        self._broke(error)
