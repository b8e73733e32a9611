"""Sound for the fakes: a tone to answer with, and a detector that tells speech from silence."""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Iterator

LOUD = 500  # of 32767; a sample above it is speech
SILENCE_S = 0.3  # silence that ends an utterance
SECONDS_PER_CHARACTER = 0.03
PIECE_S = 0.04


def tone(seconds: float, rate: int, hz: float = 440.0, level: float = 0.3) -> bytes:
    """A sine of `seconds` at `rate` samples per second: int16 mono little-endian."""
    step = 2 * math.pi * hz / rate
    peak = level * 32767
    return array("h", (int(peak * math.sin(step * i)) for i in range(int(seconds * rate)))).tobytes()


def spoken(text: str, rate: int) -> bytes:
    """What a fake says for `text`: a tone as long as the text would take."""
    return tone(max(0.1, len(text.strip()) * SECONDS_PER_CHARACTER), rate)


def pieces(pcm: bytes, rate: int, seconds: float = PIECE_S) -> Iterator[bytes]:
    """`pcm` cut into pieces of `seconds`."""
    size = int(rate * seconds) * 2
    return (pcm[at : at + size] for at in range(0, len(pcm), size))


def wav(pcm: bytes, rate: int) -> bytes:
    """`pcm` in a WAV container."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return out.getvalue()


class Ear:
    """Listens to int16 mono and says when speech starts, goes on and ends; keeps the place in seconds."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.heard_s = 0.0
        """Seconds of audio received."""
        self.start_s = 0.0
        self.speaking = False
        self._quiet_s = 0.0
        self._told = 0

    def hear(self, pcm: bytes) -> str | None:
        """`start`, `more`, `still` once in each second of speech, `end`, or None while there is silence."""
        usable = memoryview(pcm)[: len(pcm) // 2 * 2]
        length = len(usable) / 2 / self.rate
        began, self.heard_s = self.heard_s, self.heard_s + length
        samples = array("h", bytes(usable))
        if samples and max(max(samples), -min(samples)) > LOUD:
            self._quiet_s = 0.0
            if self.speaking:
                told, self._told = self._told, self.words
                return "still" if self.words > told else "more"
            self.speaking, self.start_s = True, began
            self._told = self.words
            return "start"
        if not self.speaking:
            return None
        self._quiet_s += length
        return self.end() if self._quiet_s >= SILENCE_S else "more"

    @property
    def words(self) -> int:
        """How many words a provider would have heard of this utterance: one a second, and the first at once."""
        return int(self.heard_s - self.start_s) + 1

    def end(self) -> str | None:
        """End the utterance now; None when there was no speech."""
        was, self.speaking, self._quiet_s = self.speaking, False, 0.0
        return "end" if was else None


def mp3(pcm: bytes, rate: int) -> bytes:
    """`pcm` as MP3; uses PyAV."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=rate, layout="mono")
        frame = av.AudioFrame(format="s16p", layout="mono", samples=len(pcm) // 2)
        frame.sample_rate = rate
        frame.planes[0].update(pcm)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()
