"""VITS voices in piper's form, spoken by sherpa-onnx."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx
from piper.config import PhonemeType

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.workers.piper import PiperEngine, model_file
from voicegw_desktop.workers.sherpa.networks import copy_with
from voicegw_desktop.workers.tts.audio import FloatArray
from voicegw_desktop.workers.tts.onnx import Stop, Stopped, corrupt
from voicegw_desktop.workers.tts.speak import Voice


class VitsEngine(PiperEngine):
    """A voice as piper's worker has it, whose network sherpa-onnx computes."""

    def __init__(self, folder: Path, model: str, threads: int) -> None:
        super().__init__(folder, model_file(folder).stem, threads, "cpu")
        self.version = f"sherpa-onnx {version('sherpa-onnx')} {self.version}"
        self._name = model

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """The model's voice, by the model's name or by that of its file, or one of its speakers."""
        if name and name.lower().startswith(self._name.lower()):
            name = self._model + name[len(self._name) :]
        return super().voice(name, speaker, language)

    def voices(self) -> list[dict[str, Any]]:
        """For `info`: the one voice, called as the model is, and its speakers."""
        return [{**voice, "name": self._name, "description": self._name} for voice in super().voices()]

    def _open(self, path: Path, threads: int, device: str) -> Any:
        """The network, loaded; the library reads its facts out of the ONNX file, piper keeps them beside it."""
        config = self._config
        if config.phoneme_type == PhonemeType.PINYIN:
            raise EngineError(
                f"{path.name} is a Chinese voice whose sounds sherpa cannot be given. Use it as piper/{path.stem}.",
                code="model_unknown",
            )
        facts = {
            "model_type": "vits",
            "comment": "piper",
            "language": config.espeak_voice,
            "voice": config.espeak_voice,
            "has_espeak": 1,
            "add_blank": 1,
            "n_speakers": config.num_speakers,
            "sample_rate": config.sample_rate,
        }
        with tempfile.TemporaryDirectory(prefix="voicegw-sherpa-", ignore_cleanup_errors=True) as folder:
            network, tokens = Path(folder) / path.name, Path(folder) / "tokens.txt"
            copy_with(path, network, facts)
            lines = (f"{symbol} {ids[0]}\n" for symbol, ids in config.phoneme_id_map.items() if len(symbol) == 1)
            tokens.write_text("".join(lines), encoding="utf-8")
            vits = sherpa_onnx.OfflineTtsVitsModelConfig(
                str(network),
                tokens=str(tokens),
                noise_scale=config.noise_scale,
                noise_scale_w=config.noise_w_scale,
            )
            model = sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=max(1, threads), provider=device)
            try:
                return sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model))
            except RuntimeError as error:
                # the library has one kind of error for all that goes wrong; its text names the copy
                raise corrupt(path, str(error).rpartition(":")[2]) from error

    def _run(self, phonemes: list[str], speaker: int, speed: float, stop: Stop) -> FloatArray:
        """The samples of one sentence. A network that runs cannot be stopped: clauses are short."""
        if stop.set:
            raise Stopped
        wanted = sherpa_onnx.GenerationConfig()
        wanted.sid = speaker
        # the library forgets its own length scale where a speed is given
        wanted.speed = speed / self._config.length_scale
        wanted.silence_scale = 1.0
        wanted.phoneme_codepoints = [[ord(sign) for phoneme in phonemes for sign in phoneme]]
        parts: list[FloatArray] = []

        def take(samples: FloatArray, done: float) -> int:
            # the array is the library's own memory; its list of all samples would take ten times as long
            parts.append(np.array(samples, dtype=np.float32))
            return int(not stop.set)

        self._network.generate("", wanted, take)
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)
