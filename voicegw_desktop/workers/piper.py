"""The piper worker: one voice model, its speakers, spoken clause by clause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from piper import PiperVoice
from piper.config import PhonemeType, PiperConfig

from voicegw_desktop.core.errors import EngineError, NotFound
from voicegw_desktop.workers.cuda import FELL_BACK
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.tts.audio import FloatArray
from voicegw_desktop.workers.tts.chunker import Pace
from voicegw_desktop.workers.tts.device import choose, machine
from voicegw_desktop.workers.tts.measure import clauses_s, say, warm_up
from voicegw_desktop.workers.tts.onnx import Stop, corrupt, open_session
from voicegw_desktop.workers.tts.speak import Speaker, SpeechWorker, Voice, cache_folder, open_cache

FIRST_WORDS = 3
PACE = Pace(rtf=0.1, overhead_s=0.1)
LOUDNESS = 0.6
"""Peak, as a share of full scale, to which the voice is brought once, when it is loaded."""
WARM_UP = "Ready when you are, and glad to help."
_FAMILIAR = "alloy ash ballad cedar coral default echo fable marin nova onyx sage shimmer verse"
FAMILIAR = frozenset(_FAMILIAR.split())
"""Voice names that OpenAI clients send by default; a model with one voice answers to all of them."""


class PiperEngine:
    """A piper model behind the speaking loop."""

    speeds = (0.25, 4.0)
    pace = PACE

    def __init__(self, folder: Path, model: str, threads: int, device: str) -> None:
        self._model = model
        path = model_file(folder)
        config = _read_config(Path(f"{path}.json"))
        if config.phoneme_type == PhonemeType.PINYIN and not (folder / "g2pW").is_dir():
            # piper would fetch it from the network in the middle of a request
            raise EngineError(
                f"{model} is a Chinese voice that needs piper's g2pW files: put the folder g2pW beside the voice.",
                code="model_incomplete",
            )
        self._config = config
        self._network = self._open(path, threads, device)
        # it reads texts only: the network is run here
        self._reader = PiperVoice(session=self._network, config=config, download_dir=folder)
        self.rate: int = config.sample_rate
        self.first_words = FIRST_WORDS
        self.speakers: dict[str, int] = dict(config.speaker_id_map)
        if not self.speakers and config.num_speakers > 1:
            self.speakers = {str(i): i for i in range(config.num_speakers)}
        self.language = config.espeak_voice.lower()
        self.version = _version(path, model)
        self._gain = 1.0
        say(self, "Ready.")
        warm_up(self, device)
        peak = float(np.abs(say(self, WARM_UP)).max())
        self._gain = LOUDNESS / max(peak, 0.05)

    def _open(self, path: Path, threads: int, device: str) -> Any:
        """The network, loaded for `_run`."""
        return open_session(path, threads, device)

    def _run(self, phonemes: list[str], speaker: int, speed: float, stop: Stop) -> FloatArray:
        """The samples of one sentence."""
        config = self._config
        ids = self._reader.phonemes_to_ids(phonemes)
        inputs: dict[str, Any] = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array(
                [config.noise_scale, config.length_scale / speed, config.noise_w_scale], dtype=np.float32
            ),
        }
        if config.num_speakers > 1:
            inputs["sid"] = np.array([speaker], dtype=np.int64)
        return np.asarray(stop.run(self._network, inputs)[0], dtype=np.float32).reshape(-1)

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """The model's voice, or one of its speakers by name or number; `model#speaker` works as a name too."""
        wanted = name or ""
        if "#" in wanted:
            wanted, _, part = wanted.partition("#")
            speaker = speaker or part
        if wanted and not self._answers_to(wanted):
            if speaker is None and wanted in self.speakers:
                speaker = wanted
            else:
                raise self._unknown(wanted, [self._model, *self.speakers])
        if speaker is None:
            number = self._config.default_speaker_id
        elif speaker in self.speakers:
            number = self.speakers[speaker]
        elif speaker.isdigit() and int(speaker) < self._config.num_speakers:
            number = int(speaker)
        else:
            raise self._unknown(speaker, list(self.speakers) or [self._model])
        return Voice(key=str(number), language=self.language, handle=number)

    def _answers_to(self, name: str) -> bool:
        short = self._model.split("-")[1] if self._model.count("-") >= 2 else self._model
        return name.lower() in {self._model.lower(), short.lower(), *FAMILIAR} and name not in self.speakers

    def _unknown(self, wanted: str, known: list[str]) -> NotFound:
        near = get_close_matches(wanted, known, n=3, cutoff=0.5) or known[:5]
        return NotFound(
            f'{self._model} has no voice "{wanted}". Did you mean {" or ".join(near)}?',
            code="voice_not_found",
            param="voice",
        )

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> FloatArray:
        """Float samples of `text`; what piper takes for several sentences comes as one."""
        said = filter(None, self._reader.phonemize(text))
        parts = [self._run(phonemes, voice.handle, speed, stop) for phonemes in said]
        if not parts:
            return np.zeros(0, np.float32)
        return np.concatenate(parts) * np.float32(self._gain)

    def voices(self) -> list[dict[str, Any]]:
        """For `info`: the one voice and its speakers."""
        language = self.language.split("-")[0]
        speakers = f", {len(self.speakers)} speakers" if self.speakers else ""
        return [
            {
                "name": self._model,
                "language": self._model.split("-")[0].replace("_", "-") if "-" in self._model else language,
                "description": f"Piper {self._model.replace('_', ' ')}{speakers}",
                "speakers": sorted(self.speakers, key=self.speakers.__getitem__),
            }
        ]


def _version(path: Path, model: str) -> str:
    stat = path.stat()
    return f"piper {version('piper-tts')} {model} {stat.st_size} {stat.st_mtime_ns} 1"


def model_file(folder: Path) -> Path:
    """The network in a model's folder. Raises EngineError `model_corrupt`."""
    if folder.is_file():
        return folder
    found = sorted(folder.glob("*.onnx"))
    if not found:
        raise corrupt(folder / "*.onnx", "no .onnx file in the model's folder")
    return found[0]


def _read_config(path: Path) -> PiperConfig:
    try:
        return PiperConfig.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise corrupt(path, "the voice's .onnx.json is missing") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise corrupt(path, f"{type(error).__name__}: {error}") from error


class PiperWorker(SpeechWorker):
    """Piper in a process of its own."""

    def load(self) -> Mapping[str, Any]:
        """Load and warm up; `info` lists voices and the voice's own rate."""
        job = self._job
        measured = cache_folder(job, "networks")
        chosen = choose(
            job.device,
            lambda device: PiperEngine(job.dir, job.model, job.threads, device),
            clauses_s,
            measured / "fastest.json" if measured else None,
            f"devices {_version(model_file(job.dir), job.model)} {machine(job.threads)}",
        )
        engine = chosen.engine
        self._speaker = Speaker(engine, open_cache(job, engine.version))
        return {
            "device": chosen.device,
            "compute_type": "float32",
            "why": chosen.why,
            "threads": job.threads,
            "rate": engine.rate,
            "voices": engine.voices(),
            **({FELL_BACK: True} if chosen.fell_back else {}),
        }


def create(job: Job) -> PiperWorker:
    """The worker for `job`."""
    return PiperWorker(job)
