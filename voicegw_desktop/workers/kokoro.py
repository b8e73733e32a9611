"""The kokoro worker: its voices in eight languages and any mix of them, spoken clause by clause."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from kokoro_onnx.chunker import split_phonemes
from kokoro_onnx.config import MAX_PHONEME_LENGTH, SAMPLE_RATE
from kokoro_onnx.session import embedded_vocab, input_dtypes
from kokoro_onnx.tokenizer import Tokenizer

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.workers.cuda import FELL_BACK
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.tts.audio import FloatArray, trim
from voicegw_desktop.workers.tts.chunker import Pace
from voicegw_desktop.workers.tts.device import choose, machine
from voicegw_desktop.workers.tts.fastest import fastest
from voicegw_desktop.workers.tts.measure import clauses_s, say, warm_up
from voicegw_desktop.workers.tts.onnx import Stop, corrupt, open_session
from voicegw_desktop.workers.tts.prepared import faster
from voicegw_desktop.workers.tts.speak import Speaker, SpeechWorker, Voice, cache_folder, open_cache

log = logging.getLogger(__name__)

FIRST_WORDS = 3
PACE = Pace(rtf=0.3, overhead_s=0.4)
"""Measured with one thread; a chunk of two words costs as much as one second of a long chunk."""
DEFAULT_VOICE = "af_heart"
WARM_UP = "Ready when you are."
"""The first run is slow: memory is claimed and weights are read."""
LANGUAGES = {
    "a": ("en-us", "en-us", "American English"),
    "b": ("en-gb", "en-gb", "British English"),
    "e": ("es", "es", "Spanish"),
    "f": ("fr", "fr-fr", "French"),
    "h": ("hi", "hi", "Hindi"),
    "i": ("it", "it", "Italian"),
    "p": ("pt-br", "pt-br", "Brazilian Portuguese"),
    "z": ("zh", "cmn", "Mandarin Chinese"),
}
"""A voice's first letter: its language, what espeak calls it, what people call it."""
UNREAD = {"j": "Japanese"}
"""Languages of the model's voices whose writing espeak cannot read; these voices are not offered."""
FAMILIAR = {
    "default": DEFAULT_VOICE,
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_fable",
    "cedar": "am_liam",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_fable",
    "marin": "af_sarah",
    "nova": "af_nova",
    "onyx": "am_onyx",
    "sage": "af_aoede",
    "shimmer": "af_sky",
    "verse": "am_puck",
}
"""Names that OpenAI clients send, and the kokoro voice that answers."""
_PART = re.compile(r"\s*([A-Za-z_][\w-]*)\s*(?::\s*([^+:()]*?)\s*|\(\s*([^+:()]*?)\s*\)\s*)?")
"""`name`, `name:weight`, or `name(weight)` as Kokoro-FastAPI's clients write it."""

_SWITCH = re.compile(r"\([a-z]{2,3}(?:-[a-z]+)*\)")


class KokoroEngine:
    """The kokoro model behind the speaking loop."""

    speeds = (0.5, 2.0)
    rate: int = SAMPLE_RATE
    pace = PACE

    def __init__(self, folder: Path, model: str, threads: int, device: str, networks: Path | None = None) -> None:
        """`networks` is where a faster form of the network may be kept; without it the file is used as it is."""
        path = _file(folder, "*.onnx")
        self._styles = _read_voices(_file(folder, "voices*.bin"))
        self._mixes: dict[str, FloatArray] = {}
        self._threads, self._device = threads, device
        self.first_words = FIRST_WORDS
        self.compute_type = "int8" if "int8" in path.name else "float16" if "fp16" in path.name else "float32"
        self.version = _version(path, model)
        self._forms = _forms(path, networks, device)
        self._opened = ""
        kept = networks / "fastest.json" if networks else None
        key = f"forms on {device} by new lengths {self.version} {machine(threads)}"
        self.network, self.took = fastest(list(self._forms), self._measure, kept, key)
        if self._opened != self.network:
            self._open(self.network)

    def _open(self, form: str) -> None:
        """Use that form of the network, and warm it up."""
        self._session = open_session(self._forms[form], self._threads, self._device)
        self._tokenizer = Tokenizer(vocab=embedded_vocab(self._session))
        self._types = input_dtypes(self._session)
        self._tokens_input = "input_ids" if "input_ids" in self._types else "tokens"
        self._opened = form
        say(self, WARM_UP)
        warm_up(self, self._device)

    def _measure(self, form: str) -> float:
        self._open(form)
        return clauses_s(self)

    # -- voices ----------------------------------------------------------------------------------------------------

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """One voice, or a mix such as `af_heart:0.7+am_adam:0.3`; a bare name weighs 1."""
        wanted = (name or speaker or DEFAULT_VOICE).strip()
        weights = self._weights(wanted)
        heaviest = max(weights, key=lambda n: weights[n])
        tongue, espeak, _ = LANGUAGES.get(heaviest[0], LANGUAGES["a"])
        if language:
            tongue, espeak = self._language(language, tongue, espeak)
        key = "+".join(f"{n}:{weights[n]:.4f}" for n in sorted(weights)) + f"@{espeak}"
        if key not in self._mixes:
            if len(self._mixes) > 64:
                self._mixes.clear()
            mixed = [self._styles[n] * np.float32(w) for n, w in weights.items()]
            self._mixes[key] = sum(mixed[1:], mixed[0])
        return Voice(key=key, language=tongue, handle=(self._mixes[key], espeak))

    def _weights(self, wanted: str) -> dict[str, float]:
        weights: dict[str, float] = {}
        for part in wanted.split("+"):
            found = _PART.fullmatch(part)
            if not found:
                raise self._bad_mix(wanted, f'"{part.strip()}" is not name:weight')
            name = found[1]
            if name not in self._styles:
                name = FAMILIAR.get(name.lower(), name.lower())
            if name not in self._styles:
                raise self._unknown(found[1])
            if (people := UNREAD.get(name[:1])) is not None:
                raise BadRequest(
                    f"{name} is a {people} voice, and there is no reader of {people} writing here. Choose a voice of "
                    "another language, or another engine.",
                    code="language_not_supported",
                    param="voice",
                )
            weight = 1.0
            given = found[2] if found[2] is not None else found[3]
            if given is not None:
                try:
                    weight = float(given)
                except ValueError:
                    raise self._bad_mix(wanted, f'"{given}" is not a number') from None
            if not 0 < weight <= 1000:
                raise self._bad_mix(wanted, f"the weight of {name} must be above 0")
            weights[name] = weights.get(name, 0.0) + weight
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    def _bad_mix(self, wanted: str, why: str) -> BadRequest:
        return BadRequest(
            f'The voice mix "{wanted}" cannot be used: {why}. Write it as af_heart:0.7+am_adam:0.3.',
            code="invalid_voice_mix",
            param="voice",
        )

    def _unknown(self, wanted: str) -> NotFound:
        known = [name for name in sorted(self._styles) if name[:1] not in UNREAD]
        near = get_close_matches(wanted.lower(), known, n=3, cutoff=0.5)
        if not near:
            near = [n for n in known if wanted.lower() in n][:3] or [DEFAULT_VOICE, "am_adam", "bf_emma"]
        return NotFound(
            f'Kokoro has no voice "{wanted}". Did you mean {" or ".join(near)}? It has {len(known)}.',
            code="voice_not_found",
            param="voice",
        )

    @staticmethod
    def _language(language: str, tongue: str, espeak: str) -> tuple[str, str]:
        """The asked language where kokoro has it; `en` keeps a British voice British."""
        wanted = language.lower().replace("_", "-")
        known = [entry for entry in LANGUAGES.values() if wanted in (entry[0], entry[1])]
        known = known or [e for e in LANGUAGES.values() if e[0].split("-")[0] == wanted.split("-")[0]]
        if not known or tongue.split("-")[0] == wanted:
            return tongue, espeak
        return known[0][0], known[0][1]

    def voices(self) -> list[dict[str, Any]]:
        """For `info`: every voice with its language."""
        out = []
        for name in sorted(name for name in self._styles if name[:1] not in UNREAD):
            tongue, _, people = LANGUAGES.get(name[0], LANGUAGES["a"])
            kind = {"f": "woman", "m": "man"}.get(name[1:2], "voice")
            description = f"{name[3:].capitalize()}, {people}, {kind}"
            out.append({"name": name, "language": tongue, "description": description, "speakers": []})
        return out

    # -- synthesis -------------------------------------------------------------------------------------------------

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> FloatArray:
        """Float samples of `text`."""
        styles, espeak = voice.handle
        # espeak marks words it takes from another language, as in "(en)…(fr)"; the marks would be spoken
        phonemes = " ".join(_SWITCH.sub("", self._tokenizer.phonemize(text, espeak)).split())
        parts: list[FloatArray] = []
        for piece in split_phonemes(phonemes, MAX_PHONEME_LENGTH - 2):
            tokens = self._tokenizer.tokenize(piece)
            if not tokens:
                continue
            inputs = {
                self._tokens_input: np.array([[0, *tokens, 0]], dtype=self._types[self._tokens_input]),
                "style": np.asarray(styles[min(len(tokens), len(styles)) - 1], dtype=self._types["style"]),
                "speed": np.array([speed], dtype=self._types["speed"]),
            }
            audio = np.asarray(stop.run(self._session, inputs)[0], dtype=np.float32).reshape(-1)
            parts.append(trim(audio, self.rate))
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _forms(path: Path, networks: Path | None, device: str) -> dict[str, Path]:
    """The network by the names of its forms, the one that is mostly fastest on that device first."""
    on_card = device != "cpu"
    forms = {"as installed": path}
    if networks is not None:
        try:
            rewritten = faster(path, networks / "floats" if on_card else networks, floats=on_card)
        except Exception as error:  # for any error: the unchanged file still works, or its error is clearer
            log.warning("%s is used as it is, at half the speed: %s: %s", path.name, type(error).__name__, error)
        else:
            if rewritten != path:
                forms = {"with floats" if on_card else "rewritten": rewritten, **forms}
    return forms


def _version(path: Path, model: str) -> str:
    stat = path.stat()
    return f"kokoro {version('kokoro-onnx')} {model} {stat.st_size} {stat.st_mtime_ns} 1"


def _file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise corrupt(folder / pattern, f"no {pattern} in the model's folder")
    return found[0]


def _read_voices(path: Path) -> dict[str, FloatArray]:
    try:
        # opened here, so that it is closed when it turns out to be no archive
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            styles = {name: np.asarray(archive[name], dtype=np.float32) for name in archive.files}
    except MemoryError:
        raise
    except Exception as error:
        raise corrupt(path, f"{type(error).__name__}: {error}") from error
    if not styles or any(s.ndim != 3 or s.shape[1:] != (1, 256) for s in styles.values()):
        raise corrupt(path, "its voices do not have kokoro's shape")
    return styles


class KokoroWorker(SpeechWorker):
    """Kokoro in a process of its own."""

    def load(self) -> Mapping[str, Any]:
        """Load and warm up; `info` lists all voices."""
        job = self._job
        networks = cache_folder(job, "networks")
        chosen = choose(
            job.device,
            lambda device: KokoroEngine(job.dir, job.model, job.threads, device, networks),
            clauses_s,
            networks / "fastest.json" if networks else None,
            f"devices {_version(_file(job.dir, '*.onnx'), job.model)} {machine(job.threads)}",
        )
        engine, why = chosen.engine, chosen.why
        if engine.took:
            times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in engine.took.items())
            why += f"; the network {engine.network} is fastest here ({times})"
        self._speaker = Speaker(engine, open_cache(job, engine.version))
        return {
            "device": chosen.device,
            "compute_type": engine.compute_type,
            "why": why,
            "threads": job.threads,
            "rate": engine.rate,
            "voices": engine.voices(),
            **({FELL_BACK: True} if chosen.fell_back else {}),
        }


def create(job: Job) -> KokoroWorker:
    """The worker for `job`."""
    return KokoroWorker(job)
