"""Say for every 32 ms of 16 kHz audio how likely it is speech (Silero, on ONNX Runtime)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicegw_desktop.workers.whisper import small_network
from voicegw_desktop.workers.whisper.audio import Samples

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

CHUNK = 512  # samples the model takes at once, 32 ms
CONTEXT = 64  # samples before the chunk that the model also sees
BATCH = 2_000  # chunks in one run, 64 s
STATE = (1, 1, 128)
MUTED = 63  # chunks of zeros in a row, 2 s: shorter ones may be cut into speech


def open_session() -> InferenceSession:
    """The detector's weights, as they come with faster-whisper; one session serves every stream.

    Raises ImportError without that package. It is not imported: its own engine takes memory that not all need.
    """
    found = find_spec("faster_whisper")
    if found is None or not found.submodule_search_locations:
        raise ImportError("No module named 'faster_whisper'", name="faster_whisper")
    return small_network.open_session(Path(found.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx")


class VoiceDetector:
    """The detector's memory of one stream."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._zeros = 0  # chunks of them in a row, the newest ones
        self._forget()

    def _forget(self) -> None:
        self._h: Samples = np.zeros(STATE, np.float32)
        self._c: Samples = np.zeros(STATE, np.float32)
        self._context: Samples = np.zeros(CONTEXT, np.float32)

    def __call__(self, samples: Samples, *, resting: bool = False) -> list[float]:
        """One probability for each 512 samples; `samples` holds whole chunks only.

        `resting`: no voice was heard of late. Zeros, as a muted microphone sends them for hours, are then not looked
        at from the MUTED-th chunk on, and what follows them is heard as the beginning of a stream.
        """
        self._zeros = 0 if samples.any() else self._zeros + len(samples) // CHUNK
        if resting and self._zeros >= MUTED:
            self._forget()
            return [0.0] * (len(samples) // CHUNK)
        found: list[float] = []
        for start in range(0, len(samples), CHUNK * BATCH):
            part = samples[start : start + CHUNK * BATCH]
            rows: Samples = np.empty((len(part) // CHUNK, CONTEXT + CHUNK), np.float32)
            rows[:, CONTEXT:] = part.reshape(-1, CHUNK)
            rows[0, :CONTEXT] = self._context
            rows[1:, :CONTEXT] = rows[:-1, -CONTEXT:]
            self._context = rows[-1, -CONTEXT:].copy()
            out, self._h, self._c = self._session.run(None, {"input": rows, "h": self._h, "c": self._c})
            found.extend(out.ravel().tolist())
        return found
