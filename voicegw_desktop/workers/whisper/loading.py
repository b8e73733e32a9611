"""Load a whisper model from its folder, without a network, and say truthfully on which device it runs and why."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import BadRequest, EngineError, EngineUnavailable, did_you_mean
from voicegw_desktop.engines.threads import machine_cores
from voicegw_desktop.workers.cuda import CUBLAS, FELL_BACK, missing, sentence
from voicegw_desktop.workers.whisper.decode import Whisper
from voicegw_desktop.workers.whisper.tokens import Vocabulary

NEEDED = ("model.bin", "config.json", "tokenizer.json")
DEVICES = ("auto", "cpu", "cuda")


def absent_libraries() -> list[str]:
    """The libraries that CTranslate2 needs on a card and that cannot be loaded; those found are loaded by this."""
    return missing(CUBLAS)


def stay_offline() -> None:
    """Keep every library in this process off the network; call before they are imported."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[name] = "1"


@dataclass(frozen=True, slots=True)
class Choice:
    """A device to compute on."""

    device: str
    compute_type: str
    why: str
    fell_back: bool = False
    """True when there is a graphics card that cannot be used."""


def choices(device: str, compute_type: str) -> list[Choice]:
    """The devices to try, best first; more than one only for `auto`.

    Raises BadRequest for what the engine does not know, EngineUnavailable for `cuda` that cannot work.
    """
    if device not in DEVICES:
        raise BadRequest(
            f'The whisper engine has no device "{device}".{did_you_mean(device, DEVICES)} '
            "Set device to auto, cpu or cuda (CTranslate2 has no Metal).",
            param="device",
        )
    if device == "cpu":
        return [_choice("cpu", compute_type, "as configured")]
    cards, why_not = _cuda_devices()
    has_card = bool(cards)
    if cards and (lacking := absent_libraries()):
        cards, why_not = 0, sentence(lacking)
    found: list[Choice] = []
    if cards:
        why = "as configured" if device == "cuda" else f"{cards} CUDA device{'s' if cards > 1 else ''}"
        try:
            found.append(_choice("cuda", compute_type, why))
        except RuntimeError as error:
            why_not = str(error)
    if device == "cuda":
        if not found:
            raise unavailable(why_not)
        return found
    # what was asked of a card may be beyond the processor, which then chooses for itself
    on_cpu = _choice("cpu", "auto" if found else compute_type, "on the processor" if found else why_not)
    return [*found, replace(on_cpu, fell_back=has_card)]


def unavailable(why: str) -> EngineUnavailable:
    """The error for `cuda` that was asked for and cannot work."""
    return EngineUnavailable(
        f"engines.whisper.device is cuda, but {why.rstrip('.')}. To work without the card, set it to auto or cpu.",
        code="device_unavailable",
        param="device",
    )


def _choice(device: str, compute_type: str, why: str) -> Choice:
    known = _supported(device)
    if compute_type in ("auto", "default", ""):
        wanted = ("float16", "int8_float16", "float32") if device == "cuda" else ("int8", "int8_float32", "float32")
        compute_type = next((kind for kind in wanted if kind in known), "float32")
        why += f"; {compute_type} is the fastest type it supports"
    elif compute_type not in known:
        raise BadRequest(
            f'The {device} device here cannot compute in "{compute_type}". It can in {", ".join(known)}, or set auto.',
            param="compute_type",
        )
    return Choice(device, compute_type, why)


def _supported(device: str) -> list[str]:
    import ctranslate2

    return sorted(ctranslate2.get_supported_compute_types(device))


def _cuda_devices() -> tuple[int, str]:
    import ctranslate2

    try:
        cards = int(ctranslate2.get_cuda_device_count())
    except Exception as error:
        return 0, f"CUDA could not be asked ({error})"
    return cards, "" if cards else "no CUDA device was found"


def corrupt(folder: Path, reason: object) -> EngineError:
    """The error for files that are there and cannot be read."""
    return EngineError(
        f"The whisper model in {folder.name} cannot be read ({reason}). "
        f"Remove it and pull it again: voicegw models pull whisper/{folder.name}",
        code="model_corrupt",
    )


def load(folder: Path, device: str, compute_type: str, threads: int) -> tuple[Whisper, dict[str, Any]]:
    """The recogniser, which has decoded once on its device, and its `info`.

    Raises EngineError(model_corrupt) when files are missing or unreadable, EngineUnavailable(device_unavailable) when
    `cuda` was asked for and the card does not work.
    """
    stay_offline()
    lacking = [name for name in NEEDED if not (folder / name).is_file()]
    if lacking:
        raise corrupt(folder, f"{', '.join(lacking)} missing")
    failed = ""
    for choice in choices(device, compute_type):
        try:
            recogniser = _open(folder, choice, threads)
        except DeviceFailed as error:
            if device == "cuda":
                raise unavailable(str(error)) from error
            failed = f"the card was tried and does not work: {error}; "
            continue
        return recogniser, {
            "device": choice.device,
            "compute_type": choice.compute_type,
            "why": failed + choice.why,
            "threads": max(1, threads),
            "multilingual": recogniser.multilingual,
            "languages": recogniser.vocabulary.languages,
            **({FELL_BACK: True} if choice.fell_back else {}),
        }
    raise AssertionError("the CPU is always among the choices that may fail over")


class DeviceFailed(Exception):
    """The card, or a library it needs, did not work; the model may be fine."""


def _open(folder: Path, choice: Choice, threads: int) -> Whisper:
    """Load the model and decode once. Raises DeviceFailed on a card, EngineError(model_corrupt), MemoryError."""
    import ctranslate2
    from faster_whisper.feature_extractor import FeatureExtractor
    from tokenizers import Tokenizer

    on_card = choice.device == "cuda"
    # they share the weights; where there are cores enough, a second person's words need not wait for the first one's
    at_once = 2 if not on_card and machine_cores() >= 2 * max(1, threads) else 1
    try:
        model = ctranslate2.models.Whisper(
            str(folder),
            device=choice.device,
            compute_type=choice.compute_type,
            intra_threads=max(1, threads),
            inter_threads=at_once,
        )
        multilingual = bool(model.is_multilingual)
        vocabulary = Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), multilingual)
        extractor = FeatureExtractor(feature_size=int(model.n_mels))
        recogniser = Whisper(model, extractor, vocabulary, multilingual, at_once=at_once)
        recogniser.warm_up(everything=on_card)
    except MemoryError:
        raise
    except Exception as error:
        if on_card and (said := _device_trouble(str(error))):
            raise DeviceFailed(said) from error
        if "memory" in str(error).lower():
            raise MemoryError(str(error)) from error
        raise corrupt(folder, error) from error
    return recogniser


def _device_trouble(said: str) -> str:
    """What CTranslate2 said of the card or its libraries; empty when it spoke of something else, such as a file."""
    if not any(word in said.lower() for word in ("cuda", "cublas", "cudnn", "library", "driver")):
        return ""
    library = re.search(r"[\w.-]*(?:\.so(?:\.\d+)*|\.dll)", said)
    return sentence([library[0]]) if library else said
