"""Say from the sound of speech before a pause whether its speaker has finished (Smart Turn v3, on ONNX Runtime)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.small_network import open_model

MODEL = "turn/smart-turn-v3.2"
WEIGHTS = "smart-turn-v3.2-cpu.onnx"
WINDOW = 8 * RATE  # samples the model hears: the last of the speech, silence before it when it is shorter
FLAT = 1e-7  # added to the variance, so that digital silence can be divided by it


class SmartTurn:
    """The model; one serves every stream of a worker."""

    def __init__(self, weights: Path) -> None:
        """Load it. Raises EngineUnavailable when the file is missing, EngineError when it cannot be read."""
        if not weights.is_file():
            raise EngineUnavailable(
                f"Ends of turns need {MODEL}, whose file {weights} is missing. "
                f"Run `voicegw models pull {MODEL}` or remove its folder.",
                code="model_not_installed",
            )
        from faster_whisper.feature_extractor import FeatureExtractor

        self._session = open_model(weights, MODEL)
        self._mel = FeatureExtractor(feature_size=80, chunk_length=WINDOW // RATE)

    def features(self, speech: Samples) -> Samples:
        """(1, 80, 800) log-mel of the last 8 s; the waveform is brought to mean 0 and variance 1 first."""
        heard: Samples = np.zeros(WINDOW, np.float32)
        tail = speech[-WINDOW:]
        if len(tail):
            heard[-len(tail) :] = tail
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + FLAT)
        mel = self._mel(heard, padding=0)
        return mel[np.newaxis].astype(np.float32)

    def finished(self, speech: Samples) -> float:
        """How likely the speaker has finished, 0..1; `speech` is float32 at 16 kHz and ends with the pause's begin."""
        (odds,) = self._session.run(None, {"input_features": self.features(speech)})
        return float(odds.ravel()[0])
